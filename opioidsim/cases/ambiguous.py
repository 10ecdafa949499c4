"""What an event table says in two ways: refused, since either could be meant and one of them would be a wrong number."""

from collections.abc import Collection, Iterable, Mapping

from opioidsim.facts import units
from opioidsim.refusal import Refusal, shown

IN = {
    "TIME": "h",
    "II": "h",
    "DUR": "h",
    "AMT": "mg",
    "RATE": "mg/h",
    "WT": "kg",
    "AGE": "y",
}  # what a header's unit may turn into
BY_TIME = ("II", "DUR", "RATE")  # in other programs these count in the unit of TIME


def units_of(header: Mapping[str, str], names: Collection[str], place: str) -> None:
    """Refuses a unit that its column cannot have, and a TIME in another unit than hours beside a column that says none of its own:
    elsewhere that would be in the unit of TIME, here in hours. header: the unit of each column that says one; names: all columns."""
    for name, unit in header.items():
        if name not in IN:
            continue  # what was observed is in any unit: who uses it asks
        try:
            units.factor(unit.replace("/kg", ""), IN[name])
        except Refusal as refusal:
            raise Refusal(f'{place} has a column "{name} [{shown(unit)}]": {refusal}') from None
    time = header.get("TIME", "h")
    bare = next((name for name in BY_TIME if name in names and name not in header), None)
    if bare and abs(units.factor(time, "h") - 1.0) > 1e-9:
        mine, usual = (f"mg/{time}", "mg/h") if bare == "RATE" else (time, "h")
        raise Refusal(
            f'{place} has TIME in {time} and a column "{bare}" without a unit; write in its header what is meant, "{bare} [{mine}]" or "{bare} [{usual}]".'
        )


def names_of(people: Iterable[str], place: str) -> None:
    """Refuses an ID that is written in two ways, 1 and 1.0, which would be two people."""
    found: dict[float, str] = {}
    for name in people:
        number = float(name) if name.replace(".", "", 1).isdecimal() else None
        if number is not None and found.setdefault(number, name) != name:
            raise Refusal(
                f'{place} has the ID "{shown(found[number], 20)}" and the ID "{shown(name, 20)}", the same number written in two ways; write it in one way, or give two people names that are told apart.'
            )
