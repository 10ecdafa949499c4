"""What was seen in people, as points on a figure: single observations of published studies, and a table of one's own.

A point is only what can stand at a time: a study's number "at 48 h", or a peak whose time was seen as well. Its arm's doses are
told with it, since they need not be those of the figure.
"""

import re
from functools import cache
from math import isfinite, nan
from pathlib import Path
from typing import NamedTuple

from opioidsim.cases.columns import NOTHING, header_of, separated
from opioidsim.cases.scenario import unit_of
from opioidsim.facts import units
from opioidsim.facts.evidence import glossary, read_toml, sources
from opioidsim.facts.own import files
from opioidsim.refusal import Refusal, listed, nearest, shown

AT = re.compile(r"at (\d+(?:\.\d+)? ?[a-z]+)")
TIME, VALUE, OF = "TIME", "DV", "DVID"


class Point(NamedTuple):
    """Something seen. time [h]; value, low, high in the quantity's unit, low and high nan where nothing is told; who: whose
    it is; what: what was seen and given, with the place in the source."""

    quantity: str
    time: float
    value: float
    low: float
    high: float
    who: str
    what: str


class Arm(NamedTuple):
    """People of a study who got the same doses, and what was seen of them at a time. untimed: how many further numbers of theirs
    stand at no time, and are no points."""

    name: str
    clock: str
    doses: tuple[str, ...]
    source: str
    points: tuple[Point, ...]
    untimed: int


@cache
def arms() -> dict[str, Arm]:
    """Every arm of the studies that has points, by "study: arm"."""
    found = {}
    for name, path in files("studies").items():
        table = read_toml(path)
        source = sources().get(table["source"])
        named = f"{source.authors.split()[0].rstrip(',')} {source.year}" if source else str(table["source"])
        for arm in table["arms"]:
            points = _points(arm, named, source.named if source else "")
            if points:
                clock, doses = arm.get("clock", "course"), tuple(arm["doses"])
                untimed = len(arm["observations"]) - len(points)
                found[f"{name}: {arm['name']}"] = Arm(f"{name}: {arm['name']}", clock, doses, named, points, untimed)
    return found


def _points(arm: dict, who: str, title: str) -> tuple[Point, ...]:
    """The observations of an arm that stand at a time."""
    if arm.get("trial") or arm.get("question") or arm.get("challenge") or not arm.get("doses"):
        return ()
    peaks = {seen["quantity"]: seen for seen in arm["observations"] if seen["measure"] == "time of peak"}
    found = []
    for seen in arm["observations"]:
        at, peak = AT.fullmatch(seen["measure"]), peaks.get(seen["quantity"])
        if seen.get("against") or not (at or (seen["measure"] == "peak" and peak)):
            continue
        if seen["quantity"].partition(".")[0] not in glossary()["quantities"]:
            continue
        time = units.hours(at[1]) if at else peak["observed"] * units.factor(peak.get("unit", "h"), "h")  # type: ignore[index]
        unit = unit_of(seen["quantity"])
        scale = units.factor(seen["unit"], unit) if seen.get("unit") and unit else 1.0
        value, low, high = (seen[key] * scale for key in ("observed", "low", "high"))
        found.append(
            Point(
                seen["quantity"],
                time,
                value,
                low,
                high,
                who,
                f"{' and '.join(arm['doses'])}: {seen['where']} ({title})",
            )
        )
    return tuple(found)


def points(name: str, usual: str = "") -> tuple[Point, ...]:
    """The points of a study ("meyer-1984"), of one of its arms ("meyer-1984: 100 mg by mouth"), or of a table (a path).
    usual: the quantity of rows of a table that do not say."""
    if name.lower().endswith((".csv", ".tsv", ".txt")):
        return table(Path(name), usual)
    found = [arm.points for key, arm in arms().items() if name in (key, key.partition(":")[0])]
    if not found:
        known = [*arms(), *dict.fromkeys(key.partition(":")[0] for key in arms())]
        if name in files("studies"):
            raise Refusal(
                f'beside: "{name}" has no number that stands at a time; it is on the scoreboard.', where="beside"
            )
        raise Refusal(f'beside: there is no study "{shown(name)}".{nearest(name, known)}', where="beside")
    return tuple(point for each in found for point in each)


def table(path: Path, usual: str) -> tuple[Point, ...]:
    """The rows of a table that have a number in DV (or value) at a TIME [h, or as its header says]; DVID (or quantity) names what
    was seen, LOW and HIGH its range. An event table is read too: its doses are passed over."""
    header, lines = separated(path)
    named = [header_of(each) for each in header]
    names = [{"VALUE": VALUE, "QUANTITY": OF}.get(name.upper(), name.upper()) for name, _ in named]
    for needed in (TIME, VALUE):
        if needed not in names:
            raise Refusal(f'beside: "{path.name}" lacks the column {needed}; it has {shown(listed(header) or "none", 120)}.', where="beside")  # fmt: skip
    unit = {name: said for name, (_, said) in zip(names, named, strict=True)}
    found = []
    for number, cells in lines:
        row = dict(zip(names, cells, strict=False))
        if len(cells) != len(names):
            raise Refusal(f'beside: line {number} of "{path.name}" has {len(cells)} cells for {len(names)} columns.', where="beside")  # fmt: skip
        if row[VALUE] in NOTHING or row.get("EVID", "0") not in ("0", *NOTHING) or row.get("MDV", "0") == "1":
            continue
        of = _quantity(row.get(OF, ""), usual)
        scale = units.factor(unit[VALUE], unit_of(of)) if unit[VALUE] and unit_of(of) else 1.0
        value, low, high = (_number(path, number, name, row.get(name, "")) * scale for name in (VALUE, "LOW", "HIGH"))
        time = _number(path, number, TIME, row[TIME]) * units.factor(unit[TIME] or "h", "h")
        found.append(
            Point(of, time, value, low, high, path.name, f"{row['ID']}" if row.get("ID") else f"line {number}")
        )
    if not found:
        raise Refusal(f'beside: "{path.name}" has no row with a number in {VALUE}.', where="beside")
    return tuple(found)


def _quantity(said: str, usual: str) -> str:
    """The quantity that a row names: in full, or a drug for its concentration."""
    if said in NOTHING:
        if not usual:
            raise Refusal(
                "beside: say what was seen, in a column DVID: concentration.naltrexone, liking, ...", where="beside"
            )
        return usual
    return said if said.partition(".")[0] in glossary()["quantities"] else f"concentration.{said}"


def _number(path: Path, line: int, column: str, said: str) -> float:
    """A number of a cell; nan where there is none."""
    try:
        value = nan if said in NOTHING else float(said)
    except ValueError:
        value = float("inf")
    if value == value and not isfinite(value):
        raise Refusal(
            f'beside: {column} in line {line} of "{path.name}" is "{shown(said)}"; write a number.', where="beside"
        )
    return value
