"""Readings of contested evidence, as a scenario names them: of one drug, or of the whole model."""

from collections.abc import Iterable, Mapping
from typing import Any

from opioidsim.cases.drug import ALL, Drug, find, load, names
from opioidsim.facts import library
from opioidsim.refusal import Refusal, nearest, shown

HOW = 'write readings = "mann-2022" for the whole model, or for a drug naltrexone = "slower"'


def read_as(given: Any) -> dict[str, str]:
    """Readings by drug, by the library's names; a name alone is of the whole model, and stands under `ALL`; an empty name is
    none.

    Raises Refusal for a drug that is not known, for a reading that there is not, for two readings of one drug, and for a
    reading of the whole model that is named for a drug alone.
    """
    if isinstance(given, str):
        given = {ALL: given}
    if not isinstance(given, Mapping) or not all(isinstance(word, str) for pair in given.items() for word in pair):
        raise Refusal(f"{shown(given)} was given; {HOW}.")
    found: dict[str, str] = {}
    for drug, reading in given.items():
        name = drug if drug == ALL else find(drug)
        if reading:
            _sound(name, reading)
            if found.setdefault(name, reading) != reading:
                raise Refusal(f'{name} is read in two ways, "{found[name]}" and "{reading}"; give one.')
    return found


def _sound(name: str, reading: str) -> None:
    """Refuses a reading that there is not under this name."""
    whole = library.readings()
    if name != ALL and reading in whole:
        raise Refusal(
            f'"{reading}" is a reading of the whole model, not of {name} alone: its numbers belong to other equations; write readings = "{reading}".'
        )
    if name != ALL:
        load(name, reading)
    elif reading not in whole:
        owners = [drug for drug in names() if reading in load(drug).readings]
        remedy = (
            f' It is one of {" and ".join(owners)}: write {owners[0]} = "{reading}".'
            if owners
            else nearest(reading, whole)
        )
        raise Refusal(f'"{shown(reading)}" is no reading of the whole model.{remedy}')


def plain(readings: Mapping[str, str]) -> str | dict[str, str]:
    """As they would be written: the name alone where it is of the whole model, and nothing else is read otherwise."""
    return readings[ALL] if set(readings) == {ALL} else dict(readings)


def said(readings: Mapping[str, str]) -> list[str]:
    """What these readings are, in sentences."""
    return [
        f"Read as {reading}: {library.readings()[reading]}."
        if name == ALL
        else f"{name} read as {reading}: {load(name).readings[reading].about}."
        for name, reading in readings.items()
    ]


def offered(members: Iterable[Drug], clock: str) -> dict[str, dict[str, str]]:
    """The readings that may be chosen here, name to meaning: of each of these drugs, and of the whole model in an episode."""
    whole = library.readings()
    found = {ALL: dict(whole)} if clock == "episode" else {}
    for name in (drug.name for drug in members):
        found[name] = {key: each.about for key, each in load(name).readings.items() if key not in whole}
    return {name: readings for name, readings in found.items() if readings}
