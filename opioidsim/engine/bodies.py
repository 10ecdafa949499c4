"""The body's facts for people: records by symbol, hours and seconds, with what differs and what is not known drawn."""

from collections import namedtuple
from collections.abc import Mapping
from functools import cache

import numpy as np

from opioidsim.cases.person import drawn, normal, within
from opioidsim.cases.scene import AIR
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.model import breathing
from opioidsim.refusal import Refusal, nearest


def physiology(
    facts: Mapping[str, Fact],
    people: range,
    table: Mapping[str, np.ndarray] | None = None,
    attended: bool = False,
    oxygen: float | None = None,
):
    """Breathing and circulation: a record of `library/body/breathing.toml` by symbol. Seconds, litres,
    mmHg; blood flows and metabolism in L/s, drives in L/min. `commanded` is in it where the people are attended; oxygen:
    the share that they inspire, None: air.

    One number for everyone, or (people,) where the table has a column "breathing.SYMBOL". Numbers
    stay plain where they can: breathing at rest is then the same for all and worked out once.
    Raises Refusal for a column that no fact has.
    """
    found = {}
    for symbol, fact in facts.items():
        per_second = symbol[:2] in ("M_", "Q_") and fact.unit == "L/min"
        column = (table or {}).get(f"breathing.{symbol}")
        value = fact.value if column is None else np.take(column, people, mode="clip")
        found[symbol] = value / 60.0 if per_second else value
    for name in table or {}:
        if name.startswith("breathing.") and name.partition(".")[2] not in found:
            raise Refusal(
                f'the table of draws has a column "{name}", but breathing has no such parameter.{nearest(name, [f"breathing.{s}" for s in found])}'
            )
    air = [found.pop(symbol, None) for symbol in AIR]
    if oxygen is not None:
        found["P_I_O2"] = breathing.inspired(found["P_I_O2"], oxygen, air)
    if not attended:
        found.pop("commanded", None)
    return record("Physiology", tuple(found))(**found)


def adaptation(
    facts: Mapping[str, Fact], people: range, seed: int = 1, uncertain: bool = False, differ: bool | None = None
):
    """The facts of adaptation for these people by symbol, times in h, each (people,).

    Where people `differ`, what spreads between them is drawn; where `uncertain`, what is not known is drawn within
    its band, each from its own stream; the middle of the draws is the point value. No human
    measurement gives these time constants, so that their band is carried by every crowd.
    """
    found = {}
    for symbol, fact in facts.items():
        hours = units.factor(fact.unit, "h") if symbol.startswith("tau_") else 1.0
        z = normal(seed, f"adaptation.{symbol}", people)
        number = np.ones(len(people)) * fact.value
        if fact.spread and (uncertain if differ is None else differ):
            number = fact.value * drawn(fact, z)
        elif uncertain and (fact.low is not None or fact.high is not None):
            number = within(fact, z)
        found[symbol] = number * hours
    return found


def by_group(name: str, facts: Mapping[str, Fact], groups: np.ndarray, seed: int = 1, uncertain: bool = False):
    """The facts of "behaviour" [d] or "drinking" [d, h] for people in these numbered groups, each (len(groups),).

    Where `uncertain`, each group has its own reading of what is not known, drawn within the bands.
    A group is a pair of replicates of a trial: nobody's coefficient is a trait of that person, so
    that a whole trial is lived under one reading. A group's reading is drawn by the group's number,
    so that chunks that share a group agree.
    """
    found = {}
    for symbol, fact in facts.items():
        number = np.ones(len(groups)) * fact.value
        if uncertain and (fact.low is not None or fact.high is not None):
            first, last = int(groups.min()), int(groups.max())
            number = within(fact, normal(seed, f"{name}.{symbol}", range(first, last + 1)))[groups - first]
        found[symbol] = number
    return record(name.title(), tuple(found))(**found)


@cache
def record(name: str, symbols: tuple[str, ...]):
    """One type for all records of these symbols: compiled functions know their arguments by their types."""
    return namedtuple(name, symbols)
