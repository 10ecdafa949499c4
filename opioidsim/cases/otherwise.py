"""Contested evidence read otherwise: what a reading replaces of a drug's file, or leaves out of it."""

from typing import Any

from opioidsim.facts.evidence import Table
from opioidsim.refusal import is_table


class Reading(Table):
    """Contested evidence read otherwise: what it says, the facts it replaces or leaves out, what goes along with it."""

    about: str
    replace: dict[str, Any] = {}
    without: tuple[str, ...] = ()
    along: dict[str, str] = {}  # other drugs that are then read otherwise too
    beneath: tuple[str, ...] = ()  # readings of this drug that it goes over


def read_otherwise(table: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The table of a drug with the facts that a reading replaces, and without those that it leaves out."""
    table = _merge(table, reading.replace)
    for path in reading.without:
        *folder, last = path.split(".")
        inner = table
        for key in folder:
            inner[key] = dict(inner[key])
            inner = inner[key]
        inner.pop(last, None)
    return table


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """One table over another: tables within go together key by key, a fact replaces a fact whole."""
    merged = dict(base)
    for key, value in over.items():
        deep = is_table(value) and is_table(merged.get(key)) and "value" not in value
        merged[key] = _merge(merged[key], value) if deep else value
    return merged
