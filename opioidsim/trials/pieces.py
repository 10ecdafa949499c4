"""Days in pieces: what lives through them is compiled for so many days, and serves a trial of any length."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

PIECE = 14  # days that are lived in one go; what is beyond a trial's last day is left out
PLANNED = 364  # days that a plan of tablets is laid out for, or whole multiples of them: few widths are compiled


def lived(piece: Callable, begin, by_day) -> Any:
    """What `piece` leaves of each day, from where people stand at the beginning: records with a leading axis of days.

    piece: (begin, PIECE days of `by_day`) -> where people stand then, and what it leaves of these days. by_day: a tree of arrays
    with a leading axis of days.
    """
    by_day, found = jax.tree.map(np.asarray, by_day), []
    days = len(jax.tree.leaves(by_day)[0])
    by_day = jax.tree.map(lambda each: widened(each, 0, PIECE), by_day)
    for first in range(0, days, PIECE):
        begin = jax.tree.map(np.asarray, begin)  # of one type, so that the first piece is compiled as the others are
        begin, seen = piece(begin, jax.tree.map(lambda each, at=first: each[at : at + PIECE], by_day))
        found.append(seen)
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:days], *found)


def widened(each: np.ndarray, axis: int, multiple: int) -> np.ndarray:
    """The array with zeros behind it on this axis, up to a multiple of so many."""
    more = [(0, 0)] * each.ndim
    more[axis] = 0, -each.shape[axis] % multiple
    return np.pad(each, more)
