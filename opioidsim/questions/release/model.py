"""The stated model of library/body/release.toml: return to use, tolerance that comes back with it, and the risk of heroin."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from opioidsim.cases.dose import parse
from opioidsim.cases.known import known as known_of
from opioidsim.cases.person import normal, within
from opioidsim.cases.scenario import LEFT_BEHIND, Scenario, from_table
from opioidsim.engine import inputs
from opioidsim.engine.history import blocked, followed, ready, unadapted
from opioidsim.facts import units
from opioidsim.facts.evidence import LIBRARY, Fact, read_toml
from opioidsim.model import behaviour
from opioidsim.questions.question import Work
from opioidsim.refusal import Refusal, nearest
from opioidsim.surfaces import surface as risk
from opioidsim.surfaces.surface import Surface

RESTS_ON = ("release", "adaptation")  # groups of the body's facts, beside those of every course; and the risk surface's
DAYS = 84
PARTS = 3  # of the work, told as it goes on
READINGS = 96  # of what is not known, where only a median is wanted
OPIOID, ROUTE = "heroin", "iv"  # what most of the published deaths were of
SHARES = (np.arange(40) + 0.5) / 40  # of people, from the most vulnerable on
YEAR = 365.25
MOST = 1000.0  # ratios beyond this say no more than "hardly any in it"
COURSES = {"methadone": "methadone 80 mg oral every 24 h x 60", "naltrexone": "naltrexone 50 mg oral every 24 h x 60"}
RATIOS = (  # of deaths per time, or per use
    "weeks 1-2 against 3-12 after release",
    "weeks 3-4 against 5-12 after release",
    "four weeks after methadone against in it",
    "four weeks after naltrexone against in it",
    "four weeks after naltrexone against after methadone",
)
STUDIES = ("merrall-2010", "sordo-2017", "gibson-2007", "digiusto-2004", "morgan-2019")  # what they are held against


@dataclass(frozen=True)
class Deaths:
    """One number for each reading of what is not known, (readings,).

    weeks: deaths per 100 person-years, (readings, 12). dose: the habitual dose [mg] that gives the published death rate.
    ratios: by the names of `RATIOS`, 1000 at most.
    """

    weeks: np.ndarray
    dose: np.ndarray
    ratios: dict[str, np.ndarray]


def published() -> list[dict[str, Any]]:
    """The published ratios, each with its study's source."""
    studies = [read_toml(LIBRARY / "studies" / f"{name}.toml") for name in STUDIES]
    return [{**seen, "source": study["source"]} for study in studies for arm in study["arms"] for seen in arm["observations"]]  # fmt: skip


@cache
def median(ratio: str) -> float:
    """One of `RATIOS`, the median over what is not known."""
    return float(np.median(readings(ratio)))


def readings(ratio: str) -> np.ndarray:
    """One of `RATIOS` in READINGS readings of what is not known, (readings,). Raises Refusal for another."""
    if ratio not in RATIOS:
        raise Refusal(f'"{ratio}" is no ratio of deaths after release or treatment.{nearest(ratio, RATIOS)}')
    return deaths(READINGS).ratios[ratio]


def deaths(
    draws: int, seed: int = 1, uncertain: bool = True, work: Work = Work(), change: Mapping[str, str] | None = None
) -> Deaths:
    """The stated model of library/body/release.toml x tolerance that comes back with use x the risk surface of heroin.

    People leave without tolerance. Each returns to use on some day, and some stop again; tolerance comes back as with a
    daily habit, and with it the whole habitual dose. What one dose holds varies; a person's own threshold stays. Who dies is gone.
    draws: how many readings of what is not known, each within its band; `uncertain=False`: the point values. change: facts
    that have another value. Raises Refusal for a change of what the risk surface was worked out with.
    """
    who = range(draws if uncertain else 1)
    known = {name: _drawn(fact, name, who, seed, uncertain) for name, fact in facts_of(change).items()}
    surface = risk.surface(OPIOID, ROUTE)
    surface.unchanged(change or {})
    gained, _, loss = _along(habit(change), range(DAYS), who, seed, uncertain, 0.0, change)
    known["potency_loss"] = loss
    work.told(1 / PARTS)
    limits, lived = _limits(surface, gained, np.zeros_like(gained)), gained[:, -1]
    log_dose = _habitual(limits, known, gained, lived)
    daily = _deaths(limits, known, gained, lived, log_dose)
    work.told(2 / PARTS)
    weekly = [_rate(daily, 7 * week, 7 * week + 7) for week in range(DAYS // 7)]
    ratios = [_rate(daily, 0, 14) / _rate(daily, 14, DAYS), _rate(daily, 14, 28) / _rate(daily, 28, DAYS)]
    ratios += _treatments(surface, known, lived, log_dose, who, seed, uncertain, change)
    work.told(1.0)
    return Deaths(
        np.stack(weekly, 1),
        2.0**log_dose,
        {name: np.minimum(ratio, MOST) for name, ratio in zip(RATIOS, ratios, strict=True)},
    )


def facts_of(change=None) -> dict[str, Fact]:
    """The facts of return to use, changed where `change` says so."""
    return known_of(course(f"{OPIOID} 1 mg {ROUTE}", 24.0, change), *RESTS_ON).body["release"]


def habit(change=None) -> str:
    """The daily habit with which tolerance comes back."""
    return f"{OPIOID} {facts_of(change)['habit'].value:g} mg {ROUTE} every 8 h x {3 * DAYS}"


def courses(change: Mapping[str, str] | None = None) -> list[Scenario]:
    """What was simulated: the habit, and each treatment with the weeks after it; the typical person."""
    ends = {text: parse(text).starts()[-1] for text in COURSES.values()}
    return [
        course(habit(change), 24.0 * DAYS, change),
        *(course(text, end + 24.0 * 29, change) for text, end in ends.items()),
    ]


def course(sentence: str, hours: float, change=None) -> Scenario:
    """This habit or treatment of the typical person, for so many hours."""
    table = {
        "doses": [sentence],
        "duration": units.time_text(hours),
        "every": "1 d",
        "outputs": LEFT_BEHIND,
        "change": change or {},
    }
    return from_table({"title": f"Tolerance along {sentence}"} | table, "the question")


def _drawn(fact: Fact, name: str, who: range, seed: int, uncertain: bool) -> np.ndarray:
    """A fact in each reading, (readings,): within its band where `uncertain`, else the value for all."""
    banded = uncertain and (fact.low is not None or fact.high is not None)
    stream = "returned" if name.startswith("returned_") else name  # who is early in the week is so in the month
    return within(fact, normal(seed, f"release.{stream}", who)) if banded else np.full(len(who), fact.value)


def _along(sentence: str, days: range, who: range, seed: int, uncertain: bool, after: float, change):
    """Tolerance and share of receptors blocked, (readings, days), `after` hours into a course of the typical person and on;
    and by what tolerance 1 divides the stimulus to breathing, (readings,)."""
    read = inputs.read(course(sentence, after + 24.0 * len(days), change), *RESTS_ON)
    walk, adapts = ready(read, who), read.adaptation(who, seed, uncertain)
    times = [after + 24.0 * day for day in days]
    along = followed(walk, read.doses, times[-1], 1.0, times, None, unadapted(read.person, len(who)), adapts)
    at = [int(np.argmin(np.abs(along.times - time))) for time in times]
    held = np.asarray(blocked(walk, along.states.bound))
    return np.asarray(along.adapted.tolerance)[at].T, held[at].T, np.asarray(adapts.breathing_potency_loss)


def _limits(surface: Surface, tolerance, held) -> np.ndarray:
    """log2 of the dose [mg] that kills each share of people whom nobody treats; (readings, days, SHARES)."""
    return np.log2(surface.dose("arrest", SHARES, tolerance[..., None], held[..., None]))


def _per_use(limits, known: dict[str, Any], tolerance, lived, log_dose) -> np.ndarray:
    """Chance of death by one use, (readings, days, SHARES): of each share of people, each with their own threshold.

    The dose is smaller by `caution` as tolerance, (readings, days), falls short of that lived with, (readings,); and what
    it holds varies. Who is treated in time lives.
    """
    from scipy.special import ndtr

    loss, caution = known["potency_loss"][:, None], known["caution"][:, None]
    taken = np.log2(np.asarray(behaviour.amount(2.0 ** log_dose[:, None], tolerance, lived[:, None], caution, loss)))
    octaves = np.sqrt(np.log1p(known["dose_spread"] ** 2))[:, None, None] / np.log(2.0)
    return (1.0 - known["helped"][:, None, None]) * ndtr((taken[..., None] - limits) / octaves)


def _deaths(limits, known: dict[str, Any], tolerance, lived, log_dose) -> np.ndarray:
    """Share of those released who die on each day, (readings, DAYS)."""
    chance = np.minimum(_per_use(limits, known, tolerance, lived, log_dose), 1.0 - 1e-12)
    through = np.cumsum(np.log1p(-chance) * known["uses_per_day"][:, None, None], 1)
    left = np.exp(np.concatenate([np.zeros_like(through[:, :1]), through], 1))
    dies = (left[:, :-1] - left[:, 1:]).mean(-1) * _still(known)  # on each day since the return
    return _since_return(_returned(known), dies)


def _still(known: dict[str, Any]) -> np.ndarray:
    """Of those who returned to use, the share that still uses, by days since, (readings, DAYS): they stop at a constant rate."""
    return known["still_using"][:, None] ** (np.arange(DAYS) / DAYS)


def _since_return(back: np.ndarray, each: np.ndarray) -> np.ndarray:
    """On each day the sum over those who returned on the days before of `each`, by days since; (readings, DAYS)."""
    return np.stack([np.convolve(b, e)[:DAYS] for b, e in zip(back, each, strict=True)])


def _returned(known: dict[str, Any]) -> np.ndarray:
    """Share that returns to use on each day, (readings, DAYS): constant hazards in the day, week, month, two years."""
    shares = [np.zeros_like(known["returned_day"])]
    shares += [known[f"returned_{end}"] for end in ("day", "week", "month", "ever")]
    ends = (0.0, 1.0, 7.0, 30.0, 2.0 * YEAR)
    left = [np.log1p(-share) for share in shares]
    left = [np.minimum.reduce(left[: i + 1]) for i in range(len(left))]  # a later share is no smaller
    days = np.arange(DAYS + 1.0)
    still = np.exp([np.interp(days, ends, curve) for curve in np.stack(left, 1)])
    return still[:, :-1] - still[:, 1:]


def _rate(daily: np.ndarray, first: int, last: int) -> np.ndarray:
    """Deaths per 100 person-years from day `first` to `last`, (readings,)."""
    alive = 1.0 - np.concatenate([np.zeros_like(daily[:, :1]), np.cumsum(daily, 1)], 1)[:, :-1]
    return 100.0 * YEAR * daily[:, first:last].sum(1) / alive[:, first:last].sum(1)


def _habitual(limits, known: dict[str, Any], tolerance, lived) -> np.ndarray:
    """log2 of the habitual dose [mg] with which the twelve weeks have the published death rate, by
    halving; (readings,).

    What people take on the street is not known; the level of deaths is. So the level is taken from
    there; what the model adds is how it goes over the weeks, and ratios.
    """
    low, high = np.full(len(tolerance), -10.0), np.full(len(tolerance), 12.0)
    for _ in range(24):
        middle = (low + high) / 2.0
        more = _rate(_deaths(limits, known, tolerance, lived, middle), 0, DAYS) > known["deaths"]
        low, high = np.where(more, low, middle), np.where(more, middle, high)
    return (low + high) / 2.0


def _treatments(surface: Surface, known: dict[str, Any], lived, log_dose, who: range, seed: int, uncertain: bool, change) -> list[np.ndarray]:  # fmt: skip
    """Deaths per time in four weeks after treatment over in it: methadone; naltrexone; and after one over the other.

    After it people return to use as after release, and tolerance goes as if nobody did. In it `used_in_treatment` of days
    have a use, of which `missed` find no more protection than those of the four weeks after.
    """
    using = _since_return(_returned(known), _still(known))[:, :28]
    rate = {}
    for name, sentence in COURSES.items():
        last = parse(sentence).starts()[-1]
        inside, outside = (
            _along(sentence, days, who, seed, uncertain, after, change)[:2]
            for days, after in ((range(1), last), (range(28), last + 24.0))
        )
        safe, open_ = (
            _per_use(_limits(surface, *there), known, there[0], lived, log_dose).mean(-1) for there in (inside, outside)
        )
        missed = known["missed"]
        rate[name, "in"] = known["used_in_treatment"] * ((1.0 - missed) * safe[:, 0] + missed * open_.mean(1))
        rate[name, "after"] = (using * open_).mean(1)
    return [
        rate["methadone", "after"] / rate["methadone", "in"],
        rate["naltrexone", "after"] / rate["naltrexone", "in"],
        rate["naltrexone", "after"] / rate["methadone", "after"],
    ]
