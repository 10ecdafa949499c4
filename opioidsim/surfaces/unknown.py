"""How far what is not known moves a risk surface: the typical person's own thresholds under each joint draw.

A surface is made of people who differ, at the library's numbers. A draw moves all of their thresholds as it moves those of the
typical person, in octaves of dose, without tolerance and with that of a chronic user; between the two in a straight line, as the
surface itself is read. To make a surface anew under each draw would take an hour and tell little more.
"""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from opioidsim.engine import simulate_episode
from opioidsim.facts import posterior
from opioidsim.surfaces import grid, thresholds
from opioidsim.surfaces.surface import Surface, surface

TOLERANCE = (0.0, 1.0)  # at which thresholds are looked for
FOUND = ("arrest", "depressed", "apnoea")


def under(opioid: str, route: str, draws: int) -> tuple[Surface, ...]:
    """The stored surface as each of the first `draws` draws of what is not known moves it."""
    plain, moves = surface(opioid, route), octaves(opioid, route, draws)
    return tuple(_moved(plain, {name: each[k] for name, each in moves.items()}) for k in range(draws))


def _moved(plain: Surface, octaves_of: dict[str, np.ndarray]) -> Surface:
    """The surface with its thresholds moved; help is as good as ever: whom it reaches is moved as who is alone."""
    quantiles = {}
    for name, table in plain.quantiles.items():
        by = np.interp(plain.tolerance, TOLERANCE, octaves_of.get(name, octaves_of["arrest"]))
        quantiles[name] = table + by[:, None, None, None]
    return replace(plain, quantiles=quantiles)


@lru_cache(maxsize=8)
def octaves(opioid: str, route: str, draws: int) -> dict[str, np.ndarray]:
    """By how many octaves each draw moves the typical person's threshold, by outcome, (draws, tolerances)."""
    alone, _ = grid.scenarios(opioid, route, 1)
    alone = alone.model_copy(update={"population": None})
    facts = grid.known(opioid, route)
    told, points = posterior.of(facts, draws), posterior.story()["points"]
    columns = {name: np.append(points[name], column) for name, column in told.items()}
    rows, size = draws + 1, simulate_episode.SOME
    found = [_thresholds(alone, columns, range(first, first + size)) for first in range(0, rows, size)]
    at = {name: np.concatenate([part[name] for part in found], 1)[:, :rows] for name in FOUND}
    return {name: (each[:, 1:] - each[:, :1]).T for name, each in at.items()}


def _thresholds(alone, columns: dict[str, np.ndarray], who: range) -> dict[str, np.ndarray]:
    """log2 of the doses [mg] from which these people meet each end, (tolerances, people): person k lives under row k of the columns."""
    used = thresholds.use(alone, who, columns)
    guess, found = {name: np.full(len(who), 5.0) for name in FOUND}, []
    for tolerance in TOLERANCE:
        tried = partial(thresholds.outcomes, used, thresholds.patients(used, tolerance, 0.0, 0.0))
        met = thresholds.found(tried, guess, grid.LEAST, grid.MOST)
        guess = {name: np.clip(at, grid.LEAST, grid.MOST) for name, at in met.items()}
        found.append(guess)
    return {name: np.stack([each[name] for each in found]) for name in FOUND}
