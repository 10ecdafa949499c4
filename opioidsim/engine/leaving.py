"""How an episode ends for many, without curves: who has no circulation left, and nothing more to be given, leaves the march.

In an overdose without help most of the work would be for people who have been dead for an hour. People are marched in groups;
after each leg who has finished is left out, and the others close up to fewer groups. Nobody's numbers hang on who is beside
them, so that everyone ends as if nobody had left.
"""

from typing import Any

import jax
import numpy as np

from opioidsim.engine import device, episode
from opioidsim.engine.episode import Drugs, State, Wiring
from opioidsim.engine.watch import Doses, Rescue, Tally, blank, finished

LEG = 450.0  # seconds
TOGETHER = 104  # people of a group, where they are so many or a multiple of it


def tally(wiring: Wiring, body, drugs: Drugs, state: State, doses: Doses, rescue: Rescue,
          steps: int, h: float, second_look: bool = False, clamped: bool = False) -> Tally:  # fmt: skip
    """What was noted of everyone after so many steps; the arguments are those of `episode.march`."""
    people = np.shape(drugs.tolerance)[-1]
    group = TOGETHER if people % TOGETHER == 0 and not device.accelerated() else people
    many = steps + 1 if device.accelerated() else round(LEG / h)
    given, who, found = (body, drugs, episode.spare(doses), rescue), np.arange(people), blank(people)
    groups = _groups(given, episode.started(body, drugs, state, h), people, group)
    for first in range(0, steps + 1, many):
        end = min(first + many, steps + 1)
        groups = [
            (each, episode.leg(wiring, *each, carry, first, end, 0, 1, 0, h, second_look, clamped)[0])
            for each, carry in groups
        ]
        noted = _joined([carry[2] for _, carry in groups])
        for everyone, those in zip(found, noted, strict=True):
            everyone[who] = those
        done = finished(noted, given[3], (end - 1) * h)
        stay = -(-np.sum(~done) // group) * group
        if not stay:
            break
        if stay < len(who):
            kept = np.argsort(done, kind="stable")[:stay]
            given, who = _of(given, kept), who[kept]
            groups = _groups(given, _those(_joined([carry for _, carry in groups]), kept), stay, group)
    return found


def _groups(given: tuple, carry: Any, people: int, group: int) -> list[tuple]:
    """What each group of so many people is marched with, and what goes from step to step."""
    cut = [slice(at, at + group) for at in range(0, people, group)]
    return [jax.device_put((_of(given, mine), _those(carry, mine))) for mine in cut]


def _joined(parts: list) -> Any:
    """All groups as one, people last."""
    return jax.tree.map(lambda *each: np.concatenate(each, -1), *parts)


def _of(given: tuple, who: slice | np.ndarray) -> tuple:
    """Bodies, drugs, doses and rescue of some of the people."""
    body, drugs, doses, rescue = given
    return _those(body, who), _those(drugs, who), doses.of(who), rescue.of(who)


def _those(arrays: Any, who: slice | np.ndarray) -> Any:
    """Some of the people of all arrays; a single number is everyone's."""
    return jax.tree.map(lambda each: np.asarray(each)[..., who] if np.ndim(each) else each, arrays)
