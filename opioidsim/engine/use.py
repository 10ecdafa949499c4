"""One use of an opioid at moments of a course: what the course left of drug and tolerance, and how the use ends.

Weeks of treatment belong to the course clock, minutes of an overdose to the episode clock. The
course is marched once; at each moment asked about its amounts, bound shares and tolerance are
handed over to an episode in which the use happens. Each moment is a thought experiment of its own:
the course goes on as if there had been no use.
"""

from functools import lru_cache

import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.person import Population
from opioidsim.cases.scenario import STEP, Scenario
from opioidsim.engine import inputs, simulate_episode
from opioidsim.engine.course import State
from opioidsim.engine.handover import hand_over
from opioidsim.engine.history import Walk, begins, blocked, followed, ready
from opioidsim.facts import units
from opioidsim.facts.evidence import build

RESTS_ON = ("adaptation",)  # groups of the body's facts, beside those of every episode
CHUNK = 136  # people at once
EVERY = 1.0  # hours between looks at the course


def used(
    walk: Walk, state: State, tolerance: np.ndarray, who: range, times: float | np.ndarray = 1.0
) -> dict[str, np.ndarray]:
    """How the use, `times` as large (what is taken beside it is not), ends for people in this state
    with this tolerance.

    The first dose of the scenario is the use. times: one number, or each person's. Returns the ends
    by name, see `simulate_episode.ends`, with `baseline`, ventilation at rest [L/min]; each
    (people,).
    """
    values = walk.values | {"person.tolerance": np.maximum(np.asarray(tolerance), 0.0)}
    given = walk.given
    patients = hand_over(given, values, state, who)
    steps = round(given.duration * 3600.0 / STEP)
    in_order = sorted(((d, at) for d in given.doses for at in d.starts()), key=lambda pair: pair[1])
    mine = np.array([d is given.doses[0] for d, _ in in_order for _ in range(2 if d.over else 1)])
    larger = np.where(mine[:, None, None], times, 1.0)
    tally = simulate_episode.tallied(patients, steps, times=larger)
    return simulate_episode.ends(patients, tally, who) | {"baseline": patients.baseline}


def on_day(use, after: tuple[str, ...], since: float, days: tuple[float, ...], day: float, duration: str = "30 min"):
    """How `use` ends for CHUNK people on one of `days` [d], counted from `since` [h] in the course of
    the doses `after`.

    Returns the ends by name, see `simulate_episode.ends`, with `tolerance` and `blocked` at the
    moment of use; each (people,). The course is kept for the next call with the same `days`: a
    figure asks day by day.
    """
    walk, left = _left(parse(use), tuple(map(parse, after)), since, days, duration)  # pyright: ignore[reportArgumentType]
    state, adapted, held = left[day]
    found = used(walk, state, adapted.tolerance, range(CHUNK))
    return found | {"tolerance": np.asarray(adapted.tolerance), "blocked": held}


def before_use(
    use, after: tuple[str, ...], since: float, days: tuple[float, ...], duration: str = "30 min"
) -> list[dict]:
    """Tolerance and share of receptors blocked as `on_day` meets them, one row per day: median, 5th and 95th percentile."""
    left = _left(parse(use), tuple(map(parse, after)), since, days, duration)[1]  # pyright: ignore[reportArgumentType]
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
    """The people of a use, ready to be marched, and by day their state, adaptation and share blocked.

    Tolerance is looked at every hour on the way, with readings of what is not known about it, each
    person's own.
    """
    last = max(since + 24.0 * days[-1], max(dose.starts()[-1] + dose.over for dose in after))
    scenario = build(
        Scenario,
        {
            "clock": "episode", "duration": duration, "every": "10 s", "doses": (use,),
            "before": {"doses": after, "duration": units.time_text(last)}, "population": Population(n=CHUNK, seed=1),
        },
        "the question",
    )  # fmt: skip
    read = inputs.read(scenario, *RESTS_ON)
    walk, facts = ready(read, range(CHUNK)), read.adaptation(range(CHUNK), 1, True)
    whens = [since + 24.0 * day for day in days]
    along = followed(walk, after, last, EVERY, whens, None, begins(read, CHUNK, facts), facts)
    held = np.asarray(blocked(walk, along.bound))
    at = [int(np.argmin(np.abs(along.times - when))) for when in whens]
    return walk, {day: (*along.at(w), held[i]) for day, w, i in zip(days, whens, at, strict=True)}
