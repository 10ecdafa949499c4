"""The columns of an event table: whatever separates them, however they are spelled, each used, passed over by name, or refused.

Such tables come from other programs, in which a column may mean something that is not simulated here. To read past it would
give numbers that look right: what changes a dose is refused where it is not understood, and the rest is named.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite
from pathlib import Path

from opioidsim.cases import ambiguous
from opioidsim.facts import units
from opioidsim.files import LARGEST_TABLE
from opioidsim.refusal import Refusal, printable, read_text, shown

NOTHING = ("", ".", "NA")
OBSERVATION, DOSE, RESET, RESET_AND_DOSE = 0.0, 1.0, 3.0, 4.0  # values of EVID; 2 is another event
NEEDED = ("ID", "TIME", "AMT")
EVENTS = (
    *NEEDED,
    "UNIT",
    "DRUG",
    "ROUTE",
    "CMT",
    "RATE",
    "DUR",
    "II",
    "ADDL",
    "SS",
    "EVID",
    "MDV",
    "CENS",
    "DVID",
    "C",
)
TRAITS = {"WT": "kg", "AGE": "y"}  # covariates that something here depends on, and the unit in which they are read
KNOWN = (*EVENTS, *TRAITS, "LIVER", "DV")
SPELLED = {
    "SUBJ": "ID", "SUBJID": "ID", "SUBJECT": "ID", "USUBJID": "ID", "PATIENT": "ID", "AMOUNT": "AMT", "DOSE": "AMT", "UNITS": "UNIT",
    "DURATION": "DUR", "TINF": "DUR", "WEIGHT": "WT", "BW": "WT", "COMPARTMENT": "CMT", "INTERVAL": "II",
    "WTKG": "WT", "BODYWEIGHT": "WT", "BWT": "WT", "WTBL": "WT", "AGEYR": "AGE", "AGEYRS": "AGE",
    "BLQ": "CENS", "BQL": "CENS", "DVNAME": "DVID", "YTYPE": "DVID", "CONC": "DV", "CONCENTRATION": "DV",
}  # fmt: skip
WITH_UNIT = {
    "TIME": "h",
    "II": "h",
    "DUR": "h",
    "AMT": "",
    "RATE": "",
    "DV": "",
    **TRAITS,
}  # may have a unit in their header
MISSING = (-99.0, -999.0, -9999.0)  # written in DV for what is missing
REFUSED = {  # what changes doses, times or observations, and what to write instead
    "DATE": "TIME in hours from the start",
    "DAT1": "TIME in hours from the start",
    "DAT2": "TIME in hours from the start",
    "DAT3": "TIME in hours from the start",
    "LAG": "the dose at the time at which it begins to be taken up",
    "ALAG": "the dose at the time at which it begins to be taken up",
    "ALAG1": "the dose at the time at which it begins to be taken up",
    "F": 'a column "DRUG.routes.ROUTE.F"',
    "F1": 'a column "DRUG.routes.ROUTE.F"',
    "BIO": 'a column "DRUG.routes.ROUTE.F"',
    "CALL": "the rows without it",
    "PCMT": "the rows without it",
    "STRT": "a RATE or a DUR",
    "LLOQ": 'in DV "<0.5" for what lies under a limit of 0.5, or a column BLQ with 1 and the limit in DV',
    "LOQ": 'in DV "<0.5" for what lies under a limit of 0.5, or a column BLQ with 1 and the limit in DV',
}
LOGARITHMS = ("LNDV", "LOGDV", "LDV", "LNCONC", "LOGCONC")  # of what DV holds here as it is
PERIODS = ("DAY", "OCC", "OCCASION", "PERIOD", "REP", "IREP", "SIM")  # in each of which some tables begin TIME anew
PARAMETERS = ("CL", "V", "V1", "V2", "V3", "V4", "Q", "Q2", "Q3", "Q4", "KA", "KE", "KTR", "KE0", "K10", "K12", "K21", "K13", "K31", "VMAX", "KM")  # fmt: skip
_SUFFIX = re.compile(r"^(\w+?)_(KG|LBS?|Y|YRS?|YEARS|H|HRS?|MIN|D|MG|MCG|UG|NG)$")
_UNIT = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]*?)\s*[\])]$")


@dataclass(frozen=True)
class Columns:
    """The rows of a table under the names that they have here.

    place: of the table, for refusals. rows: (line, value by column) each. units: by column, where the header says one.
    parameters: header by parameter ("naltrexone.disposition.CL"). unused: headers that are passed over.
    """

    place: str
    rows: tuple[tuple[int, dict[str, str]], ...]
    units: dict[str, str]
    parameters: dict[str, str]
    unused: tuple[str, ...]


def read(path: Path) -> Columns:
    """The columns of a table separated by commas, semicolons, tabs or blanks. Raises Refusal for what is not understood."""
    place = f'dosing table "{path.name}"'
    header, lines = separated(path)
    names, units, parameters, unused = [], {}, {}, []
    for given in header:
        name, unit = header_of(given)
        if unit and name in WITH_UNIT:
            units[name] = unit
        if "." in name:
            parameters[name] = f"{name} [{unit}]" if unit else name
        elif name not in KNOWN:
            _passed_over(given, name, place, header)
            unused.append(given)
        names.append(name)
    _whole(names, header, place)
    ambiguous.units_of(units, names, place)
    rows = tuple((number, _row(names, cells, f"{place}, line {number}")) for number, cells in lines)
    return Columns(place, rows, units, parameters, tuple(unused))


def separated(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the rows with their line numbers; whatever separates them. Lines that begin with # are remarks."""
    try:
        lines = _cells(read_text(path, LARGEST_TABLE))
    except Refusal as refusal:
        raise Refusal(f"the dosing table could not be read: {refusal}") from None
    except (OSError, ValueError, csv.Error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise Refusal(f'the dosing table "{shown(str(path))}" could not be read: {said}.') from None
    while lines and not lines[0][1][-1] and all(len(cells) == len(lines[0][1]) and not cells[-1] for _, cells in lines):
        lines = [(number, cells[:-1]) for number, cells in lines]  # a column of nothing, as spreadsheets leave them
    for number, cells in lines:
        strange = next((cell for cell in cells if printable(cell) != cell), None)
        if strange is not None:
            raise Refusal(
                f'dosing table "{path.name}", line {number}: "{shown(strange)}" has a character that cannot be shown; take it out.'
            )
    return (lines[0][1], lines[1:]) if lines else ([], [])


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """Line numbers and cells of what is no remark and not empty; raises csv.Error."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(",;\t", key=first.count) if any(mark in first for mark in ",;\t") else " "
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    return [(number, cells) for number, cells in lines if any(cells) and not cells[0].startswith(("#", "sep="))]


def header_of(given: str) -> tuple[str, str]:
    """A header as it is called here, and its unit: "Time (h)" is TIME in h; a name with a point is a parameter's, as written."""
    match = _UNIT.match(given)
    name, unit = match.groups() if match else (given.strip(), "")
    if "." in name:
        return name, unit
    name = name.upper().replace(" ", "").lstrip("#")
    return SPELLED.get(name, name), unit


def called(given: str) -> str:
    """A header as it is called here, whatever its capitals and unit."""
    return header_of(given)[0]


def _passed_over(given: str, name: str, place: str, header: list[str]) -> None:
    """Refuses a column that would change a dose, or that looks like a slip of a known one; any other may be passed over."""
    if not name:
        raise Refusal(f'{place} has a column "", which has no name; name it, or leave it out.')
    if name in REFUSED:
        raise Refusal(
            f'{place} has a column "{shown(given)}", which is not read here; write {REFUSED[name]}, and leave the column out.'
        )
    if name in LOGARITHMS and "DV" not in map(called, header):
        raise Refusal(
            f'{place} has a column "{shown(given)}", a logarithm by its name, and no DV; write in DV what was measured, and leave the column out.'
        )
    if name in PARAMETERS:
        raise Refusal(
            f'{place} has a column "{shown(given)}", which may be meant as a parameter; write its name as opioidsim show prints it, with its unit, "naltrexone.disposition.CL [L/h]", or leave it out.'
        )
    unit = _SUFFIX.match(name)
    meant = SPELLED.get(unit[1], unit[1]) if unit else ""
    if unit and meant in KNOWN:
        raise Refusal(
            f'{place} has a column "{shown(given)}", which seems to be {meant} with its unit; write the unit in brackets, "{meant} [{unit[2].lower()}]".'
        )
    meant = get_close_matches(name, KNOWN[:-1], n=1, cutoff=0.8)
    if meant:
        there = "; leave one of the two out" if meant[0] in [header_of(each)[0] for each in header] else ""
        raise Refusal(
            f'{place} has a column "{shown(given)}", which is not known here. Did you mean "{meant[0]}"{there}?'
        )


def _whole(names: list[str], header: list[str], place: str) -> None:
    """Refuses a header that lacks a column or has one twice."""
    missing = next((column for column in NEEDED if column not in names), None)
    if missing:
        raise Refusal(
            f"{place} lacks the column {missing}. Its columns are: {shown(', '.join(header), 200) or 'none'}; they are separated by commas, semicolons, tabs or blanks."
        )
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None:
        raise Refusal(f'{place} has the column "{shown(twice)}" twice; leave one of them out.')


def _row(names: list[str], cells: list[str], here: str) -> dict[str, str]:
    """The values of a row by column; "" for what is missing."""
    if len(cells) != len(names):
        more = "more" if len(cells) > len(names) else "fewer"
        raise Refusal(
            f"{here}: there are {more} values than columns ({len(cells)} for {len(names)}); write a decimal point, not a comma, and leave no column out."
        )
    return {name: "" if cell in NOTHING else cell for name, cell in zip(names, cells, strict=True)}


class Row:
    """The cells of a row, read one by one; knows its line for refusals."""

    def __init__(self, here: str, cells: Mapping[str, str], unit: Mapping[str, str]):
        self.here, self.cells, self.unit = here, cells, unit
        if not cells["ID"]:
            raise Refusal(f"{here}: ID is missing; write the same one in each row of a person.")

    def text(self, column: str) -> str:
        """The cell as it stands; "" where it is empty or the column is not there."""
        return self.cells.get(column, "")

    def number(self, column: str, whole: bool = False) -> float:
        """A number; 0 for an empty cell. Refuses a text, infinity, and a broken number where a whole one belongs."""
        text = self.text(column)
        try:
            value = float(text or 0.0) if "_" not in text else float("nan")
        except ValueError:
            value = float("nan")
        if not isfinite(value) or (whole and value != round(value)):
            comma = " with a decimal point" if "," in text else ""
            clock = "; count hours from the start" if column == "TIME" and ":" in text else ""
            raise Refusal(
                f'{self.here}: {column} is "{shown(text)}"; write a {"whole " if whole else ""}number{comma}{clock}.'
            )
        return value

    def hours(self, column: str) -> float:
        """A time [h], in the unit of the header."""
        return self.number(column) * units.factor(self.unit.get(column, "h"), "h")

    def among(self, column: str, allowed: tuple[float, ...], meaning: str) -> float:
        """A whole number that must be one of these."""
        value = self.number(column, whole=True)
        if value not in allowed:
            raise Refusal(f"{self.here}: {column} is {shown(self.text(column))}; known are {meaning}.")
        return value

    def seen(self) -> tuple[float, bool]:
        """What was observed, nan where it is missing; and whether it is only known to be less: CENS is 1, or DV is "<0.5"."""
        below = self.among("CENS", (0.0, 1.0), "0 and 1 (less than DV, a limit of quantification)") == 1.0
        if self.number("MDV"):
            return float("nan"), False
        if (below or self.text("DV").startswith("<")) and not self.text("DV").strip("<0. "):
            raise Refusal(
                f'{self.here}: the row is below a limit, but DV is "{self.text("DV")}"; write the limit of quantification in DV, or MDV 1 to leave the row out.'
            )
        if not self.text("DV"):
            return float("nan"), False
        if self.text("DV").startswith("<"):
            limit = Row(self.here, dict(self.cells) | {"DV": self.text("DV")[1:].strip()}, self.unit)
            return limit.number("DV"), True
        if self.number("DV") in MISSING:
            raise Refusal(
                f'{self.here}: DV is {self.text("DV")}, which many tables write for what is missing; write "." there, or MDV 1.'
            )
        return self.number("DV"), below

    def gives_nothing(self) -> None:
        """Refuses an observation that says how a dose is given: its amount may have been left out."""
        for column in ("RATE", "DUR", "ADDL", "SS"):
            if self.number(column) and not self.number("MDV"):
                raise Refusal(
                    f"{self.here}: {column} is {self.text(column)}, but the row is an observation, since AMT is {self.text('AMT') or 'missing'}; write AMT, or leave {column} out of the row."
                )

    def event(self) -> float:
        """What the row is, as EVID says it; where it does not, as AMT and MDV do."""
        amount = self.number("AMT")
        missing = self.among("MDV", (0.0, 1.0), "0 and 1")
        if self.text("EVID"):
            said = "0 (an observation), 1 (a dose), 2 (another event), 3 (a reset) and 4 (a reset and a dose)"
            event = self.among("EVID", (0.0, 1.0, 2.0, 3.0, 4.0), said)
            if amount and event not in (DOSE, RESET_AND_DOSE):
                raise Refusal(
                    f"{self.here}: EVID is {event:g}, which is no dose, but AMT is {amount:g}; change one of the two."
                )
            return event
        if amount and self.text("MDV") and not missing:
            raise Refusal(
                f"{self.here}: the row is an observation by MDV, but AMT is {amount:g}. Leave AMT at 0, or mark it as a dose."
            )
        steady = self.number("SS") and self.number("RATE")
        zero = self.text("AMT") and self.text("DRUG") and not (self.text("MDV") and not missing)
        return DOSE if amount or zero or steady else OBSERVATION


def seen_by(rows: list[Row]) -> str:
    """The column that says what an observation is of: DVID; or without one CMT, where observations differ in it."""
    kinds = {row.text("CMT") for row in rows if row.text("DV") and row.event() == OBSERVATION}
    return "CMT" if len(kinds) > 1 and "DVID" not in rows[0].cells else "DVID"


def behind(rows: list[Row], given: set[float]) -> int:
    """How many observations of a person stand behind a dose of their very time. given: the times of these [h]."""
    now, found = float("nan"), 0
    for row in sorted(rows, key=lambda row: row.hours("TIME")):
        time = row.hours("TIME")
        now = time if row.event() in (DOSE, RESET_AND_DOSE) and time in given else now
        found += time == now and row.event() == OBSERVATION and row.seen()[0] > 0
    return found


def one_clock(rows: Mapping[str, list[Row]], order: list[Row]) -> None:
    """Refuses a person whose TIME begins anew: by a column that counts days, occasions or repeats; or in rows that stand apart, with a dose
    at the time of one before. rows: of each person, in the order of the table, as `order` has all of them."""
    for mine in rows.values():
        for column in PERIODS:
            if column in mine[0].cells:
                _goes_on(column, mine)
    given: dict[tuple[str, ...], int] = {}
    block, last = 0, ""
    for row in order:
        block, last = block + (row.text("ID") != last), row.text("ID")
        if row.event() in (DOSE, RESET_AND_DOSE):
            what = (last, *(row.text(name) for name in ("DRUG", "ROUTE", "CMT")), f"{row.hours('TIME'):.9g}")
            if given.setdefault(what, block) != block:
                raise Refusal(
                    f"{row.here}: the rows of ID {shown(last, 20)} stand apart, and this dose is at the time of one before; if it is another person, write an ID of their own, else put the rows together."
                )


def _goes_on(column: str, rows: list[Row]) -> None:
    """Refuses rows of a person in which TIME does not go on from one value of the column to the next."""
    spans: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.hours("TIME")):
        spans.setdefault(row.text(column), []).append(row)
    for before, after in pairwise(spans.values()):
        begins, now = after[0].hours("TIME"), after[0]
        if begins < before[-1].hours("TIME") or begins == before[0].hours("TIME"):
            raise Refusal(
                f"{now.here}: {column} is {shown(now.text(column)) or 'missing'}, but TIME does not go on from where {column} was {shown(before[0].text(column)) or 'missing'}; "
                f"TIME counts the hours from one start for each ID. Count on, or give each {column} an ID of its own; leave the column out where TIME is right as it stands."
            )
