"""One use of an opioid at moments of a course: what the course left of drug and tolerance, and how the use ends."""

from functools import lru_cache

import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.person import Population
from opioidsim.cases.scenario import STEP, Scenario
from opioidsim.engine import inputs, layout, simulate_episode
from opioidsim.engine.handover import hand_over
from opioidsim.engine.history import Walk, blocked, followed, ready, unadapted
from opioidsim.facts import units
from opioidsim.facts.evidence import build
from opioidsim.model.adaptation import Adapted

CHUNK = 136  # people at once
EVERY = 1.0  # hours between looks at the course


def before(scenario: Scenario, who: range) -> tuple[Walk, list]:
    """These people, ready for the course before the use, with the drugs of course and use."""
    members = scenario.drugs()
    plan = layout.layout(members, scenario.given())
    return ready(plan, inputs.values(scenario, who, inputs.table_of(scenario))), members


def begins(scenario: Scenario, people: int) -> Adapted:
    """The tolerance and dependence with which the course before the use begins."""
    found = unadapted(scenario.person, people)
    if scenario.before is None or scenario.before.tolerance is None:
        return found
    return found._replace(tolerance=np.full(people, scenario.before.tolerance))


def used(
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


def on_day(use, after: tuple[str, ...], since: float, days: tuple[float, ...], day: float, duration: str = "30 min"):
    """How `use` ends for CHUNK people on one of `days` [d], counted from `since` [h] in the course of the doses `after`.

    Returns the ends by name, see `simulate_episode.ends`, with `tolerance` and `blocked` at the moment of use; each (people,).
    The course is kept for the next call with the same `days`.
    """
    scenario, walk, members, left = _left(parse(use), tuple(map(parse, after)), since, days, duration)  # pyright: ignore[reportArgumentType]
    state, adapted, held = left[day]
    found = used(scenario, walk, members, state, adapted.tolerance, range(CHUNK))
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
    walk, members = before(scenario, range(CHUNK))
    facts = inputs.adaptation_of(range(CHUNK), 1, True)
    whens = [since + 24.0 * day for day in days]
    along = followed(walk, after, last, EVERY, whens, None, begins(scenario, CHUNK), facts)
    held = np.asarray(blocked(walk, along.states.bound))
    at = [int(np.argmin(np.abs(along.times - when))) for when in whens]
    return scenario, walk, members, {day: (*along.at(w), held[i]) for day, w, i in zip(days, whens, at, strict=True)}
