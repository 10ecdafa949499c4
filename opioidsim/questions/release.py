"""How much more often do people die of an overdose just after release from prison, or after treatment, than later?"""

from dataclasses import dataclass

import numpy as np

from opioidsim import compartments, parameters, risk
from opioidsim.dose import Dose, parse
from opioidsim.evidence import Fact
from opioidsim.history import blocked, followed, ready, unadapted
from opioidsim.person import Person, normal, release, within
from opioidsim.risk import Surface
from opioidsim.scenario import Scenario

DAYS = 84
OPIOID, ROUTE = "heroin", "iv"  # what most of the published deaths were of
SHARES = (np.arange(40) + 0.5) / 40  # of people, from the most vulnerable on
YEAR = 365.25
MOST = 1000.0  # ratios beyond this say no more than "hardly any in it"
COURSES = {"methadone": "methadone 80 mg oral every 24 h x 60", "naltrexone": "naltrexone 50 mg oral every 24 h x 60"}
READINGS = {  # what the model says -> the published numbers it is held against
    "weeks 1-2 against 3-12 after release": ("release_uk", "release_australia"),
    "weeks 3-4 against 5-12 after release": ("release_later",),
    "four weeks after methadone against in it": ("methadone_out",),
    "four weeks after naltrexone against in it": ("naltrexone_out",),
    "four weeks after naltrexone against after methadone": ("naltrexone_leavers", "naltrexone_claims"),
}


@dataclass(frozen=True)
class Release:
    """One number for each reading of what is not known, (readings,). weeks: deaths per 100 person-years, (readings, 12).

    dose: the habitual dose [mg] that gives the published death rate. ratios: by the names of `READINGS`, 1000 at most.
    """

    weeks: np.ndarray
    dose: np.ndarray
    ratios: dict[str, np.ndarray]

    def rows(self) -> list[dict]:
        """What the model says, 5th to 95th percentile, beside each published number, and whether the two meet."""
        rows = []
        for name, published in READINGS.items():
            low, middle, high = (float(x) for x in np.quantile(self.ratios[name], (0.05, 0.5, 0.95)))
            for key in published:
                fact: Fact = release()["published"][key]["ratio"]
                known = (fact.value if end is None else end for end in (fact.low, fact.high))
                row = {"what": name, "model": middle, "model_low": low, "model_high": high, "published": fact.value}
                row |= dict(zip(("published_low", "published_high"), known, strict=True))
                row["median_within"] = row["published_low"] <= middle <= row["published_high"]
                row["ranges_meet"] = row["published_low"] <= high and low <= row["published_high"]
                rows.append(row | {"source": fact.source, "where": fact.where})
        return rows


def said(found: Release) -> list[str]:
    """The answer in sentences: the main ratio, why it is what it is, and what is contested."""
    low, middle, high = np.quantile(found.ratios[next(iter(READINGS))], (0.05, 0.5, 0.95))
    seen = " and ".join(f"{release()['published'][key]['ratio'].value:g}" for key in READINGS[next(iter(READINGS))])
    return [
        f"The model has {middle:.2g} times ({low:.2g} to {high:.2g}) as many deaths per time in weeks 1-2 after release as in weeks 3-12; {seen} were seen.",
        "It falls short because in this physiology full tolerance raises the deadly dose only about one and a half times, and because a careful first dose offsets that.",
        "Whether more people die after naltrexone than after other treatment is contested: Australian cohorts say so, insured people in the United States do not.",
        "Frequency of use is the same throughout; who stays in treatment differs from who leaves, and that is not in the model.",
    ]


def after_release(draws: int = 96, seed: int = 1, uncertain: bool = True, progress=None) -> Release:
    """The stated model of library/body/release.toml x tolerance that comes back with use x the risk surface of heroin.

    People leave without tolerance. Each returns to daily use on some day; tolerance comes back as with a habit from then
    on, and with it the whole habitual dose. What one dose holds varies; a person's own threshold stays. Who dies is gone.
    draws: how many readings of what is not known, each within its band; `uncertain=False`: the point values. progress:
    called with the parts done, of 3.
    """
    who = range(draws if uncertain else 1)
    known = {name: _drawn(fact, name, who, seed, uncertain) for name, fact in release().items() if name != "published"}
    surface = risk.surface(OPIOID, ROUTE)
    habit = f"{OPIOID} {release()['habit'].value:g} mg {ROUTE} every 8 h x {3 * DAYS}"
    tolerance = _along(parse(habit), range(DAYS), who, seed, uncertain, 0.0)[0]
    told = progress or (lambda done: None)
    told(1)
    limits = _limits(surface, tolerance, np.zeros_like(tolerance))
    log_dose = _habitual(limits, known, tolerance)
    daily = _deaths(limits, known, tolerance, log_dose)
    told(2)
    weekly = [_rate(daily, 7 * week, 7 * week + 7) for week in range(DAYS // 7)]
    ratios = [_rate(daily, 0, 14) / _rate(daily, 14, DAYS), _rate(daily, 14, 28) / _rate(daily, 28, DAYS)]
    ratios += _treatments(surface, known, log_dose, who, seed, uncertain)
    return Release(
        np.stack(weekly, 1),
        2.0**log_dose,
        {name: np.minimum(ratio, MOST) for name, ratio in zip(READINGS, ratios, strict=True)},
    )


def _drawn(fact: Fact, name: str, who: range, seed: int, uncertain: bool) -> np.ndarray:
    banded = uncertain and (fact.low is not None or fact.high is not None)
    return within(fact, normal(seed, f"release.{name}", who)) if banded else np.full(len(who), fact.value)


def _along(dose: Dose, days: range, who: range, seed: int, uncertain: bool, after: float, tolerance: float = 0.0):
    """Tolerance and share of receptors blocked, (readings, days), `after` hours into a course of the typical person and on."""
    scenario = Scenario(doses=(dose,), duration=f"{after + 24.0 * len(days)} h", every="1 d")  # pyright: ignore[reportArgumentType]
    walk = ready(compartments.layout(scenario.drugs(), scenario.given()), parameters.values(scenario, who))
    times = [after + 24.0 * day for day in days]
    facts = parameters.adaptation_of(who, seed, uncertain)
    start = unadapted(Person(tolerance=tolerance), len(who))
    along = followed(walk, scenario.given(), times[-1], 1.0, times, None, start, facts)
    at = [int(np.argmin(np.abs(along.times - time))) for time in times]
    held = np.asarray(blocked(walk, along.states.bound))
    return np.asarray(along.adapted.tolerance)[at].T, held[at].T


def _limits(surface: Surface, tolerance, held) -> list[np.ndarray]:
    """log2 of the dose [mg] that kills each share of people, alone and helped; (readings, days, SHARES)."""
    ends = ("arrest", "arrest_helped")
    return [np.log2(surface.dose(end, SHARES, tolerance[..., None], held[..., None])) for end in ends]


def _per_use(limits, known: dict, tolerance, log_dose) -> np.ndarray:
    """Chance of death by one use, (readings, days, SHARES): of each share of people, each with their own threshold.

    The dose is smaller by `caution` as far as tolerance, (readings, days), is missing; and what it holds varies.
    """
    from scipy.special import ndtr

    taken = log_dose[:, None] + np.log2(1.0 - known["caution"][:, None] * (1.0 - tolerance))
    octaves = np.sqrt(np.log1p(known["dose_spread"] ** 2))[:, None, None] / np.log(2.0)
    alone, helped = (ndtr((taken[..., None] - limit) / octaves) for limit in limits)
    share = known["helped"][:, None, None]
    return (1.0 - share) * alone + share * helped


def _deaths(limits, known: dict, tolerance, log_dose) -> np.ndarray:
    """Share of those released who die on each day, (readings, DAYS)."""
    chance = np.minimum(_per_use(limits, known, tolerance, log_dose), 1.0 - 1e-12)
    lived = np.cumsum(np.log1p(-chance) * known["uses_per_day"][:, None, None], 1)
    left = np.exp(np.concatenate([np.zeros_like(lived[:, :1]), lived], 1))
    dies = (left[:, :-1] - left[:, 1:]).mean(-1)  # on each day of use
    back = _returned(known)
    return np.stack([np.convolve(b, d)[:DAYS] for b, d in zip(back, dies, strict=True)])


def _returned(known: dict) -> np.ndarray:
    """Share that returns to use on each day, (readings, DAYS): constant hazards within the week, the month, two years."""
    shares = [
        np.zeros_like(known["returned_week"]),
        known["returned_week"],
        known["returned_month"],
        known["returned_ever"],
    ]
    ends = (0.0, 7.0, 30.0, 2.0 * YEAR)
    left = [np.log1p(-share) for share in shares]
    left = [np.minimum.reduce(left[: i + 1]) for i in range(len(left))]  # a later share is no smaller
    days = np.arange(DAYS + 1.0)
    still = np.exp([np.interp(days, ends, curve) for curve in np.stack(left, 1)])
    return still[:, :-1] - still[:, 1:]


def _rate(daily: np.ndarray, first: int, last: int) -> np.ndarray:
    """Deaths per 100 person-years from day `first` to `last`, (readings,)."""
    alive = 1.0 - np.concatenate([np.zeros_like(daily[:, :1]), np.cumsum(daily, 1)], 1)[:, :-1]
    return 100.0 * YEAR * daily[:, first:last].sum(1) / alive[:, first:last].sum(1)


def _habitual(limits, known: dict, tolerance) -> np.ndarray:
    """log2 of the habitual dose [mg] with which the twelve weeks have the published death rate, by halving."""
    low, high = np.full(len(tolerance), -10.0), np.full(len(tolerance), 12.0)
    for _ in range(24):
        middle = (low + high) / 2.0
        more = _rate(_deaths(limits, known, tolerance, middle), 0, DAYS) > known["deaths"]
        low, high = np.where(more, low, middle), np.where(more, middle, high)
    return (low + high) / 2.0


def _treatments(surface: Surface, known: dict, log_dose, who: range, seed: int, uncertain: bool) -> list[np.ndarray]:
    """Chance of death by one use, four weeks after treatment over in it: methadone; naltrexone; and after one over the other.

    Only tolerance and what naltrexone holds differ: how often people use in treatment and after it is not in these.
    """
    mean = {}
    for name, sentence in COURSES.items():
        dose = parse(sentence)
        last = dose.starts()[-1]
        for when, days, after in (("in", range(1), last), ("after", range(28), last + 24.0)):
            tolerance, held = _along(dose, days, who, seed, uncertain, after)
            mean[name, when] = _per_use(_limits(surface, tolerance, held), known, tolerance, log_dose).mean((1, 2))
    return [
        mean["methadone", "after"] / mean["methadone", "in"],
        mean["naltrexone", "after"] / mean["naltrexone", "in"],
        mean["naltrexone", "after"] / mean["methadone", "after"],
    ]
