"""What the figures of the story run; what was run before is kept."""

from functools import lru_cache

import numpy as np

from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs, simulate_episode
from opioidsim.engine.result import Result
from opioidsim.engine.simulate import simulate

PEOPLE, CROWD = 100, 136  # people shown; people marched, so that chunks fit
KEPT = 256


@lru_cache(maxsize=KEPT)
def course(doses: tuple[str, ...], duration: str, every: str, reading: str = "") -> Result:
    """A course of one typical person. reading: another one of naltrexone's evidence, by its name."""
    readings = {"naltrexone": reading} if reading else {}
    return simulate(from_table({"doses": list(doses), "duration": duration, "every": every, "readings": readings}))


@lru_cache(maxsize=KEPT)
def episode(doses: tuple[str, ...], duration: str, tolerance: float = 0.0, help_: tuple = ()) -> Result:
    """An episode of one typical person. help_: what, how often at most, and under how much of the baseline of breathing."""
    return simulate(from_table(_table(doses, duration, tolerance, help_)))


@lru_cache(maxsize=KEPT)
def ends(doses: tuple[str, ...], duration: str, tolerance: float = 0.0, help_: tuple = ()) -> dict[str, np.ndarray]:
    """How the same episode ends for a crowd."""
    table = _table(doses, duration, tolerance, help_) | {"population": {"n": CROWD, "seed": 1}}
    found = simulate_episode.ends_of_chunk(inputs.read(from_table(table)), range(CROWD))
    return {name: value[:PEOPLE] for name, value in found.items()}


def _table(doses, duration, tolerance, help_) -> dict:
    table = {"clock": "episode", "doses": list(doses), "duration": duration, "person": {"tolerance": tolerance}}
    if help_:
        drug, times, level = help_
        rule = {"drug": drug, "doses": times, "when": f"ventilation < {level:g} % of baseline", "if_needed": True}
        table["rescue"] = rule
    return table


def share(low: float, high: float) -> str:
    """A range of shares in whole percent."""
    return f"{low:.0%} to {high:.0%}" if f"{low:.0%}" != f"{high:.0%}" else f"{low:.0%}"


def count(n: float, what: str) -> str:
    return f"{'No' if not n else f'{n:g}'} {what}{'' if n == 1 else 's'}"
