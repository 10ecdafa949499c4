"""How dangerous is the old dose after so many days off, or after a missed injection?"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from opioidsim.cases.dose import Dose, parse, something
from opioidsim.cases.drug import load
from opioidsim.cases.person import Person, Population, breathing, log_sigma, normal
from opioidsim.cases.scenario import STEP, Scenario
from opioidsim.engine import chunks, inputs, layout, simulate_episode
from opioidsim.engine.handover import hand_over
from opioidsim.engine.history import blocked, followed, ready, unadapted
from opioidsim.engine.result import ratio_of, share_of
from opioidsim.facts import units
from opioidsim.facts.evidence import build
from opioidsim.refusal import Refusal
from opioidsim.surfaces import thresholds

DAYS = (1.0, 7.0, 14.0, 28.0, 42.0, 56.0)
CHUNK = 136  # people at once
HISTORY_EVERY = 1.0  # hours between looks
LEAST, MOST, CLOSE = -8.0, 8.0, 2.0**-6  # log2 of the multiples tried for the danger curve, and how near they must come


@dataclass(frozen=True)
class Relapse:
    """The same use of an opioid on different days. Arrays are (days, people); day "before" is the tolerant state, clean.

    tolerance and blocked: at the moment of use. no_effect, stops: for the typical person, the largest multiple of the dose
    that leaves breathing alone, and the smallest that stops the circulation (nan: beyond what was tried), by day: 5th, 50th
    and 95th percentile of the readings of what is not known. spread: coefficient of variation of the dose taken.
    """

    use: Dose
    after: tuple[Dose, ...]
    people: int
    days: tuple[float, ...]
    arrest: np.ndarray
    apnoea: np.ndarray
    tolerance: np.ndarray
    blocked: np.ndarray
    tolerant_arrest: np.ndarray  # (people,)
    tolerant_apnoea: np.ndarray
    no_effect: np.ndarray  # (days, 3)
    stops: np.ndarray
    scenario: Scenario
    spread: float = 0.0

    @property
    def tolerant(self) -> tuple[float, float, float]:
        """The share with cardiac arrest in the tolerant state, with its 95 % interval."""
        return share_of(self.tolerant_arrest)

    def rows(self) -> list[dict]:
        """One row per day: shares with 95 % intervals, and how much more often than in the tolerant state."""
        rows = []
        for i, day in enumerate(self.days):
            row: dict = {"day": day}
            for name in ("arrest", "apnoea"):
                row |= _banded(name, share_of(getattr(self, name)[i]))
            row |= _banded("times_tolerant", ratio_of(self.arrest[i], self.tolerant_arrest))
            for name in ("tolerance", "blocked"):
                middle, low, high = np.quantile(getattr(self, name)[i], (0.5, 0.05, 0.95))
                row |= _banded(name, (middle, low, high))
            for name in ("no_effect", "stops"):
                low, middle, high = getattr(self, name)[i]
                row |= _banded(name, (middle, low, high))
            rows.append(row)
        return rows


def relapse(
    use,
    after,
    days: Iterable[float] = DAYS,
    also: Iterable = (),
    spread: float = 0.0,
    people: int = 1,
    seed: int = 1,
    person: Person | None = None,
    duration: str = "45 min",
    readings: dict[str, str] | None = None,
    uncertain: bool = True,
    threads: int | None = None,
    progress=None,
) -> Relapse:
    """What `use` (a dose sentence) does on each of `days` after the last dose of `after`: a history of opioids, antagonists
    or both, one dose sentence or several.

    person: where the history begins; its tolerance, by default 0, is moved on by the history. also: doses at the same time,
    such as a sedative. spread: the dose taken varies by this coefficient of variation, log-normally, around `use`; the
    typical person of a point answer takes `use`. uncertain: carry the bands of the time constants. Raises Refusal for what
    cannot be asked.
    """
    dose = something(use)
    history = tuple(parse(text) for text in ([after] if isinstance(after, str | Dose) else after))
    if load(dose.drug).role not in ("agonist", "partial agonist"):
        raise Refusal(
            f'"{dose}" is no use of an opioid: {dose.drug} is a {load(dose.drug).role}. Give for example "heroin 50 mg iv".'
        )
    if not 0 <= spread <= 2:
        raise Refusal(f"the spread of the dose is {spread:g}; give 0, for always the same dose, to 2.")
    wanted = tuple(sorted(set(float(day) for day in days)))
    if not history or not 1 <= len(wanted) <= 60 or not all(0 <= day <= 365 for day in wanted):
        raise Refusal("give a history and one to 60 days, from 0 to 365 after its last dose.")
    ends = max(at + d.over for d in history for at in d.starts())
    scenario = build(
        Scenario,
        {
            "clock": "episode", "duration": duration, "every": "10 s", "doses": (dose, *map(parse, also)),
            "before": {"doses": history, "duration": units.time_text(ends + 24.0 * wanted[-1])},
            "person": person or Person(), "readings": readings or {},
            "population": Population(n=people, seed=seed) if people > 1 else None,
        },
        "the question",
    )  # fmt: skip
    crowd = people if people > 1 else CHUNK if uncertain else 1
    parts, done = [], 0
    groups = chunks.of(crowd, CHUNK)

    def run(who: range):
        return _chunk(scenario, history, ends, wanted, who, seed, uncertain, spread if crowd > 1 else 0.0)

    for part in chunks.each(run, groups, threads):
        parts.append(part)
        done += CHUNK
        if progress:
            progress(min(done, crowd))
    found = {name: np.concatenate([part[name] for part in parts], -1)[..., :crowd] for name in parts[0]}
    typical = scenario.model_copy(update={"population": None})
    danger = _danger(typical, history, ends, wanted, range(crowd), seed, uncertain)
    no_effect, stops = danger
    return Relapse(
        dose, history, people, wanted, **found, no_effect=no_effect, stops=stops, scenario=scenario, spread=spread
    )


def _chunk(scenario: Scenario, history, ends, wanted, who: range, seed, uncertain, spread) -> dict[str, np.ndarray]:
    """Arrest, apnoea, tolerance and share blocked by day, and arrest and apnoea in the tolerant state."""
    walk, members = _walk(scenario, who)
    facts = inputs.adaptation_of(who, seed, uncertain)
    times = [ends + 24.0 * day for day in wanted]
    along = followed(
        walk, history, times[-1], HISTORY_EVERY, [ends, *times], None, unadapted(scenario.person, len(who)), facts
    )
    taken = np.exp(log_sigma(spread) * normal(seed, "use.dose", who))
    empty = type(along.states)(0.0 * along.states.x[0], 0.0 * along.states.bound[0])
    clean = _used(scenario, walk, members, empty, along.at(ends)[1].tolerance, who, taken)
    ended = [
        _used(scenario, walk, members, state, adapted.tolerance, who, taken) for state, adapted in map(along.at, times)
    ]
    held = np.asarray(blocked(walk, along.states.bound))
    return {
        "arrest": np.stack([end["cardiac_arrest"] for end in ended]),
        "apnoea": np.stack([np.maximum(end["apnoea"], end["cardiac_arrest"]) for end in ended]),
        "tolerance": np.stack([along.at(t)[1].tolerance for t in times]),
        "blocked": np.stack([held[int(np.argmin(np.abs(along.times - t)))] for t in times]),
        "tolerant_arrest": clean["cardiac_arrest"],
        "tolerant_apnoea": np.maximum(clean["apnoea"], clean["cardiac_arrest"]),
    }


def _danger(scenario: Scenario, history, ends, wanted, who: range, seed, uncertain) -> tuple[np.ndarray, np.ndarray]:
    """For the typical person, (days, 3): the largest multiple without effect, and the smallest that stops the circulation.

    The thresholds at a few tolerances; between them a straight line of the logarithm, at the tolerance of each reading.
    """
    few = range(simulate_episode.FEW)
    some = range(min(len(who), CHUNK) if uncertain else 1)
    walk, members = _walk(scenario, few)
    times = [ends + 24.0 * day for day in wanted]
    along = _typical(scenario, history, times, few, inputs.adaptation_of(few))
    read = _typical(scenario, history, times, some, inputs.adaptation_of(some, seed, uncertain))
    felt = breathing()["felt"].value
    guess = {"felt": np.full(len(few), -1.0), "arrest": np.zeros(len(few))}
    found = {name: np.zeros((len(times), 3)) for name in guess}
    for i, time in enumerate(times):
        state, tolerance = along.at(time)[0], np.asarray(read.at(time)[1].tolerance)
        nodes = np.linspace(tolerance.min(), tolerance.max() + 1e-9, len(few))

        def tried(multiples, state=state, nodes=nodes):
            end = _used(scenario, walk, members, state, nodes, few, multiples)
            arrest = end["cardiac_arrest"] == 1
            return {"felt": arrest | (end["lowest_ventilation"] < felt * end["baseline"]), "arrest": arrest}

        guess = {
            name: np.clip(at, LEAST, MOST) for name, at in thresholds.found(tried, guess, LEAST, MOST, CLOSE).items()
        }
        for name, at in guess.items():
            middle = np.quantile(np.interp(tolerance, nodes, at), (0.05, 0.5, 0.95))
            found[name][i] = np.where((middle > LEAST) & (middle < MOST), 2.0**middle, np.nan)
    return found["felt"], found["arrest"]


def _typical(scenario: Scenario, history, times, who: range, facts):
    """The typical person's history, as often as there are readings of what is not known."""
    walk, _ = _walk(scenario, who)
    return followed(walk, history, times[-1], HISTORY_EVERY, times, None, unadapted(scenario.person, len(who)), facts)


def _walk(scenario: Scenario, who: range):
    members = scenario.drugs()
    plan = layout.layout(members, scenario.given())
    return ready(plan, inputs.values(scenario, who, inputs.table_of(scenario))), members


def _used(
    scenario: Scenario, walk, members, state, tolerance, who: range, times: float | np.ndarray = 1.0
) -> dict[str, np.ndarray]:
    """How the use, `times` as large (what is taken beside it is not), ends for people in this state with this tolerance."""
    values = walk.values | {"person.tolerance": np.clip(np.asarray(tolerance), 0.0, 1.0)}
    patients = hand_over(scenario, walk.plan, members, values, state, who)
    steps = round(scenario.duration * 3600.0 / STEP)
    in_order = sorted(((d, at) for d in scenario.doses for at in d.starts()), key=lambda pair: pair[1])
    mine = np.array([d is scenario.doses[0] for d, _ in in_order for _ in range(2 if d.over else 1)])
    larger = np.where(mine[:, None, None], times, 1.0)
    tally = simulate_episode.marched(scenario, patients, 2, steps, times=larger)[3]
    return simulate_episode.ends(tally, who) | {"baseline": patients.baseline}


def _banded(name: str, found) -> dict:
    """A row's three entries, from (value, low, high); None for what is not a number."""
    keys = (name, f"{name}_low", f"{name}_high")
    return {key: float(x) if np.isfinite(x) else None for key, x in zip(keys, found, strict=True)}


def on_day(use, after: tuple[str, ...], since: float, days: tuple[float, ...], day: float, duration: str = "30 min"):
    """How `use` ends for CHUNK people on one of `days` [d], counted from `since` [h] in the course of the doses `after`.

    Returns the ends by name, see `simulate_episode.ends`, with `tolerance` and `blocked` at the moment of use; each (people,).
    The course is kept for the next call with the same `days`.
    """
    scenario, walk, members, left = _left(parse(use), tuple(map(parse, after)), since, days, duration)  # pyright: ignore[reportArgumentType]
    state, adapted, held = left[day]
    found = _used(scenario, walk, members, state, adapted.tolerance, range(CHUNK))
    return found | {"tolerance": np.asarray(adapted.tolerance), "blocked": held}


def before_use(
    use, after: tuple[str, ...], since: float, days: tuple[float, ...], duration: str = "30 min"
) -> list[dict]:
    """Tolerance and share of receptors blocked as `on_day` meets them, one row per day: median, 5th and 95th percentile."""
    left = _left(parse(use), tuple(map(parse, after)), since, days, duration)[3]  # pyright: ignore[reportArgumentType]
    rows = []
    for day, (_, adapted, held) in left.items():
        row = {"day": day}
        for name, numbers in (("tolerance", adapted.tolerance), ("blocked", held)):
            low, middle, high = np.quantile(np.asarray(numbers), (0.05, 0.5, 0.95))
            row |= {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}
        rows.append(row)
    return rows


@lru_cache(maxsize=16)
def _left(use: Dose, after: tuple[Dose, ...], since: float, days: tuple[float, ...], duration: str):
    """The scenario of a use, its people's walk and drugs, and by day their state, adaptation and share blocked."""
    last = max(since + 24.0 * days[-1], max(dose.starts()[-1] + dose.over for dose in after))
    scenario = build(
        Scenario,
        {
            "clock": "episode", "duration": duration, "every": "10 s", "doses": (use,),
            "before": {"doses": after, "duration": units.time_text(last)}, "population": Population(n=CHUNK, seed=1),
        },
        "the question",
    )  # fmt: skip
    walk, members = _walk(scenario, range(CHUNK))
    facts = inputs.adaptation_of(range(CHUNK), 1, True)
    whens = [since + 24.0 * day for day in days]
    begin = unadapted(scenario.person, CHUNK)
    along = followed(walk, after, last, HISTORY_EVERY, whens, None, begin, facts)
    held = np.asarray(blocked(walk, along.states.bound))
    at = [int(np.argmin(np.abs(along.times - when))) for when in whens]
    return scenario, walk, members, {day: (*along.at(w), held[i]) for day, w, i in zip(days, whens, at, strict=True)}
