"""The stated model of library/body/release.toml: return to use, tolerance that comes back with it, and the risk of heroin.

How much is taken after days off, with which sedatives and how often alone is that of trials (body/behaviour.toml).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from opioidsim.cases.dose import parse
from opioidsim.cases.known import known as known_of
from opioidsim.cases.scenario import LEFT_BEHIND, Scenario, from_table
from opioidsim.engine import inputs
from opioidsim.engine.history import blocked, followed, ready, unadapted
from opioidsim.facts import posterior, units
from opioidsim.facts.evidence import LIBRARY, Fact, read_toml
from opioidsim.model import behaviour
from opioidsim.questions.question import Work
from opioidsim.refusal import Refusal, nearest
from opioidsim.surfaces import surface as risk
from opioidsim.surfaces.surface import Surface

USE = ("caution", "sedative_share", "sedative_level", "treated")  # of a use, as in trials
RESTS_ON = (
    "release",
    *(f"behaviour.{name}" for name in USE),
    "adaptation",
)  # beside a course's; and the risk surface's
DAYS = 84
PARTS = 3  # of the work, told as it goes on
READINGS = 96  # of what is not known, where only a median is wanted
OPIOID, ROUTE = "heroin", "iv"  # what most of the published deaths were of
SHARES = (np.arange(40) + 0.5) / 40  # of people, from the most vulnerable on
YEAR = 365.25
MOST = 1000.0  # ratios beyond this say no more than "hardly any in it"
COURSES = {"methadone": "methadone 80 mg oral every 24 h x 60", "naltrexone": "naltrexone 50 mg oral every 24 h x 60"}
USED_IN = {"methadone": "used_in_treatment", "naltrexone": "used_on_naltrexone"}
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


def between_places() -> float:
    """How far a ratio lies apart from place to place beyond its study's own error, standard deviation of its logarithm."""
    return float(posterior.story()["blocks"]["exposure"]["effects"]["deaths"])


@cache
def median(ratio: str) -> float:
    """One of `RATIOS`, the median over what is not known."""
    return float(np.median(readings(ratio)))


def readings(ratio: str) -> np.ndarray:
    """One of `RATIOS` in READINGS readings of what is not known, (readings,). Raises Refusal for another."""
    if ratio not in RATIOS:
        raise Refusal(f'"{ratio}" is no ratio of deaths after release or treatment.{nearest(ratio, RATIOS)}')
    return deaths(READINGS).ratios[ratio]


class Paths(NamedTuple):
    """Courses of the typical person, by reading; one row where they are the same in all. gained: tolerance along the habit, (rows, DAYS);
    loss: by what tolerance 1 divides the stimulus to breathing, (rows,). treated: by medicine tolerance and share of receptors
    blocked in it, (rows, 1) each, and in the four weeks after it, (rows, 28) each."""

    gained: np.ndarray
    loss: np.ndarray
    treated: dict[str, tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]]


def deaths(draws: int, uncertain: bool = True, work: Work = Work(), change: Mapping[str, str] | None = None) -> Deaths:
    """The stated model of library/body/release.toml x tolerance that comes back with use x the risk surface of heroin.

    People leave without tolerance. Each returns to use on some day, and some stop again; tolerance comes back as with a
    daily habit, and with it the whole habitual dose. What one dose holds varies; a person's own threshold stays. Who dies is gone.
    draws: how many joint draws of what is not known; `uncertain=False`: the point values. The facts behind the risk surface
    stay as they are. change: facts that have another value. Raises Refusal for a change of what the surface was worked out with.
    """
    surface = risk.surface(OPIOID, ROUTE)
    surface.unchanged(change or {})
    read = [inputs.read(each, *RESTS_ON) for each in courses(change)]
    mine = {name: fact for each in read for name, fact in each.facts().items() if name not in surface.story["facts"]}
    columns = posterior.of(mine, draws) if uncertain else {}
    paths = paths_of([each.drawing(columns) if columns else each for each in read], draws if columns else 1)
    work.told(1 / PARTS)
    return under(known(columns, draws if columns else 1, change), paths, work)


def under(use: dict[str, np.ndarray], paths: Paths, work: Work = Work()) -> Deaths:
    """The same with these facts of return and use, (readings,) each; see `known`."""
    surface, known = risk.surface(OPIOID, ROUTE), use | {"potency_loss": paths.loss}
    limits, lived = _limits(surface, known, paths.gained, np.zeros_like(paths.gained)), paths.gained[:, -1]
    log_dose = _habitual(limits, known, paths.gained, lived)
    daily = _deaths(limits, known, paths.gained, lived, log_dose)
    work.told(2 / PARTS)
    weekly = [_rate(daily, 7 * week, 7 * week + 7) for week in range(DAYS // 7)]
    ratios = [_rate(daily, 0, 14) / _rate(daily, 14, DAYS), _rate(daily, 14, 28) / _rate(daily, 28, DAYS)]
    ratios += _treatments(surface, known, paths, lived, log_dose)
    work.told(1.0)
    return Deaths(
        np.stack(weekly, 1),
        2.0**log_dose,
        {name: np.minimum(ratio, MOST) for name, ratio in zip(RATIOS, ratios, strict=True)},
    )


def facts_of(change: Mapping[str, str] | None = None) -> dict[str, Fact]:
    """The facts of return to use and of a use by full name, changed where `change` says so."""
    body = known_of(course(f"{OPIOID} 1 mg {ROUTE}", 24.0, change), *RESTS_ON).body
    groups = (("release", body["release"]), ("behaviour", body["behaviour"]))
    return {f"{group}.{name}": fact for group, facts in groups for name, fact in facts.items()}


def known(
    columns: Mapping[str, np.ndarray], readings: int, change: Mapping[str, str] | None = None
) -> dict[str, np.ndarray]:
    """The facts of return and use by their own names, (readings,) each: as drawn, or as they are."""
    return {
        name.partition(".")[2]: columns.get(name, np.full(readings, fact.value))
        for name, fact in facts_of(change).items()
    }


def habit(change=None) -> str:
    """The daily habit with which tolerance comes back."""
    return f"{OPIOID} {facts_of(change)['release.habit'].value:g} mg {ROUTE} every 8 h x {3 * DAYS}"


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


def paths_of(read: list[inputs.Inputs], readings: int) -> Paths:
    """The courses of `courses`, as so many readings have them."""
    days = range(DAYS)
    gained, _, loss = _along(read[0], habit_of(read[0]), days, readings, 0.0)
    treated = {}
    for (name, sentence), each in zip(COURSES.items(), read[1:], strict=True):
        last = parse(sentence).starts()[-1]
        treated[name] = tuple(
            _along(each, sentence, some, readings, after)[:2]
            for some, after in ((range(1), last), (range(28), last + 24.0))
        )
    return Paths(gained, loss, treated)


def habit_of(read: inputs.Inputs) -> str:
    """The doses of a course as one sentence."""
    return str(read.doses[0])


def _along(read: inputs.Inputs, sentence: str, days: range, readings: int, after: float):
    """Tolerance and share of receptors blocked, (readings, days), `after` hours into a course of the typical person and on;
    and by what tolerance 1 divides the stimulus to breathing, (readings,)."""
    who = range(readings)
    walk, adapts = ready(read, who), read.adaptation(who, 1, False)
    times = [after + 24.0 * day for day in days]
    along = followed(walk, (parse(sentence),), times[-1], 1.0, times, None, unadapted(read.person, len(who)), adapts)
    at = [int(np.argmin(np.abs(along.times - time))) for time in times]
    held = np.asarray(blocked(walk, along.bound))
    loss = np.broadcast_to(adapts.breathing_potency_loss, readings)
    return np.asarray(along.adapted.tolerance)[at].T, held[at].T, np.asarray(loss)


def _limits(surface: Surface, known: dict[str, Any], tolerance, held) -> np.ndarray:
    """log2 of the dose [mg] that kills each share of people whom nobody treats, alone and with a sedative; (2, readings, days, SHARES)."""
    level = known["sedative_level"][:, None, None]
    return np.stack(np.broadcast_arrays(*(
        np.log2(surface.dose("arrest", SHARES, tolerance[..., None], held[..., None], sedative)) for sedative in (0.0, level)
    )))  # fmt: skip


def _per_use(limits, known: dict[str, Any], tolerance, lived, log_dose) -> np.ndarray:
    """Chance of death by one use, (readings, days, SHARES): of each share of people, each with their own threshold.

    The dose is smaller by `caution` as tolerance, (readings, days), falls short of that lived with, (readings,); and what
    it holds varies. With some uses a sedative is taken. Who is treated in time lives.
    """
    from scipy.special import ndtr

    loss, caution = known["potency_loss"][:, None], known["caution"][:, None]
    taken = np.log2(np.asarray(behaviour.amount(2.0 ** log_dose[:, None], tolerance, lived[:, None], caution, loss)))
    octaves = np.sqrt(np.log1p(known["dose_spread"] ** 2))[:, None, None] / np.log(2.0)
    alone, sedated = (ndtr((taken[..., None] - at) / octaves) for at in limits)
    with_it = known["sedative_share"][:, None, None]
    return (1.0 - known["treated"][:, None, None]) * ((1.0 - with_it) * alone + with_it * sedated)


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
    readings = len(known["deaths"])
    low, high = np.full(readings, -10.0), np.full(readings, 14.0)
    for _ in range(24):
        middle = (low + high) / 2.0
        more = _rate(_deaths(limits, known, tolerance, lived, middle), 0, DAYS) > known["deaths"]
        low, high = np.where(more, low, middle), np.where(more, middle, high)
    return (low + high) / 2.0


def _treatments(surface: Surface, known: dict[str, Any], paths: Paths, lived, log_dose) -> list[np.ndarray]:
    """Deaths per time in four weeks after treatment over in it: methadone; naltrexone; and after one over the other.

    After it people return to use as after release, and tolerance goes as if nobody did. In it a share of days, USED_IN,
    has a use, of which `missed` find no more protection than those of the four weeks after.
    """
    using = _since_return(_returned(known), _still(known))[:, :28]
    rate = {}
    for name, (inside, outside) in paths.treated.items():
        safe, open_ = (
            _per_use(_limits(surface, known, *there), known, there[0], lived, log_dose).mean(-1)
            for there in (inside, outside)
        )
        missed = known["missed"]
        rate[name, "in"] = known[USED_IN[name]] * ((1.0 - missed) * safe[:, 0] + missed * open_.mean(1))
        rate[name, "after"] = (using * open_).mean(1)
    return [
        rate["methadone", "after"] / rate["methadone", "in"],
        rate["naltrexone", "after"] / rate["naltrexone", "in"],
        rate["naltrexone", "after"] / rate["methadone", "after"],
    ]
