"""Dosing tables with the columns of pharmacometrics: read to the last column, or refused by name.

Such tables come from other programs, in which a column may mean something that is not simulated
here (a steady state, a reset, a weight that changes). To read past it would give numbers that look
right.
"""

import csv
from math import isfinite
from pathlib import Path

from opioidsim.cases import drug as drugs
from opioidsim.cases.dose import Dose, parse
from opioidsim.refusal import Refusal, shown

NEEDED = ("ID", "TIME", "AMT")
COLUMNS = (*NEEDED, "UNIT", "DRUG", "ROUTE", "RATE", "II", "ADDL", "EVID", "MDV", "DV", "SS")
INSTEAD = {  # what to write for columns that are often there and are not read
    "WT": '[person] weight = "90 kg"',
    "WEIGHT": '[person] weight = "90 kg"',
    "BW": '[person] weight = "90 kg"',
    "AGE": '[person] age = "40 years"',
    "SEX": '[person] sex = "female"',
    "CMT": "the route in ROUTE",
    "DUR": "RATE, the amount per hour",
    "UNITS": "UNIT, the unit of AMT in each row",
    "DOSE": "the amount in AMT",
}
NOTHING = ("", ".")


def read_table(path: Path, drug: str = "", route: str = "") -> dict[str, tuple[Dose, ...]]:
    """The doses of each person by ID, from a table separated by commas, semicolons or tabs: ID, TIME [h], AMT [mg, or UNIT],
    and where wanted UNIT, DRUG, ROUTE, RATE [of that unit per hour], II [h], ADDL, EVID, MDV, DV.

    Observations (EVID 0, or no EVID and no AMT) are passed over; an AMT of 0 gives nothing. `drug` and `route` stand in for
    columns that the table lacks. Raises Refusal for anything that is not understood, an unknown column too.
    """
    header, rows = _cells(path)
    place = f'dosing table "{path.name}"'
    _known(header, place)
    people: dict[str, list[Dose]] = {}
    for number, cells in rows:
        here = f"{place}, line {number}"
        if len(cells) != len(header):
            more = "more" if len(cells) > len(header) else "fewer"
            raise Refusal(
                f"{here}: there are {more} values than columns ({len(cells)} for {len(header)}); write a decimal point, not a comma, and leave no column out."
            )
        row = dict(zip(header, cells, strict=True))
        if row["ID"] in NOTHING:
            raise Refusal(f"{here}: ID is missing; write the same number in each row of a person.")
        dose = _dose(row, here, drug, route)
        people.setdefault(row["ID"], []).extend([dose] if dose else [])
    return {who: tuple(doses) for who, doses in people.items()}


def of_one(path: Path) -> tuple[Dose, ...]:
    """The doses of a table that is about one person."""
    people = read_table(path)
    if len(people) > 1:
        ids = ", ".join(shown(who, 20) for who in list(people)[:6])
        raise Refusal(
            f'dosing table "{path.name}": it has {len(people)} people (ID {ids}{", ..." if len(people) > 6 else ""}); a scenario takes the doses of one. Give each person a table and a scenario.'
        )
    return next(iter(people.values()), ())


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header in capitals, and the rows with their line numbers; whatever separates them."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            file.seek(0)
            separator = max(",;\t", key=first.count)
            reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise Refusal(f'the dosing table "{shown(str(path))}" could not be read: {said}.') from None
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        return [], []
    return [cell.upper() for cell in lines[0][1]], lines[1:]


def _known(header: list[str], place: str) -> None:
    """Refuses a header that lacks a column, has one twice, or has one that is not read here; with what
    to write instead.
    """
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise Refusal(
            f"{place} lacks the column {missing[0]}. Its columns are: {shown(', '.join(header), 200) or 'none'}; they are separated by commas, semicolons or tabs."
        )
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise Refusal(f'{place} has the column "{shown(twice)}" twice; leave one of them out.')
    strange = next((column for column in header if column not in COLUMNS), None)
    if strange is not None:
        said = f'{place} has a column "{shown(strange)}", which is not read here'
        said += f"; write {INSTEAD[strange]} in the scenario instead" if strange in INSTEAD else ""
        raise Refusal(f"{said}. Known are: {', '.join(COLUMNS)}. Leave the column out if it changes nothing.")


def _dose(row: dict[str, str], place: str, drug: str, route: str) -> Dose | None:
    """The dose of a row; None for an observation."""

    def value(column: str, whole: bool = False) -> float:
        """A number of this row; 0 for an empty cell. Raises Refusal for a text, for infinity, and for
        a broken number where a whole one belongs.
        """
        text = row.get(column, "")
        try:
            number = (
                float(text) if text not in NOTHING and "_" not in text else 0.0 if text in NOTHING else float("nan")
            )
        except ValueError:
            number = float("nan")
        if not isfinite(number) or (whole and number != round(number)):
            comma = " with a decimal point" if "," in text else ""
            raise Refusal(f'{place}: {column} is "{shown(text)}"; write a {"whole " if whole else ""}number{comma}.')
        return number

    event = row.get("EVID", "")
    if event not in NOTHING and value("EVID", whole=True) not in (0.0, 1.0):
        raise Refusal(
            f"{place}: EVID is {shown(event)}; known are 1 (a dose) and 0 (an observation). Resets and other events are not."
        )
    if value("SS", whole=True):
        raise Refusal(
            f"{place}: SS is {shown(row['SS'])}; a steady state is not worked out from a table. Give the doses that lead up to it, with II and ADDL."
        )
    amount, observed = value("AMT"), event not in NOTHING and value("EVID") == 0
    if row.get("MDV", "") not in NOTHING and value("MDV", whole=True) not in (0.0, 1.0):
        raise Refusal(f"{place}: MDV is {shown(row['MDV'])}; known are 0 and 1.")
    observed = observed or (event in NOTHING and row.get("MDV", "") not in NOTHING and value("MDV") == 0)
    if observed and amount:
        raise Refusal(
            f"{place}: the row is an observation by EVID or MDV, but AMT is {amount:g}. Leave AMT at 0, or mark it as a dose."
        )
    if observed or (event in NOTHING and not amount and (row["AMT"] in NOTHING or row.get("DRUG", drug) in NOTHING)):
        return None
    if row["AMT"] in NOTHING:
        raise Refusal(f"{place}: AMT is missing for a dose; write 0 where nothing is given.")
    return _given(row, place, amount, value, drug, route)


def _given(row: dict[str, str], place: str, amount: float, value, drug: str, route: str) -> Dose:
    """The dose of a row, by way of its sentence, so that both are held to the same rules."""
    rate, further, interval = value("RATE"), value("ADDL", whole=True), value("II")
    _timed(row, place, rate, further, interval)
    cells = {"DRUG": drug, "ROUTE": route, "UNIT": "mg"}
    for column, otherwise in cells.items():
        cells[column] = row.get(column, "") if row.get(column, "") not in NOTHING else otherwise
        if not cells[column]:
            raise Refusal(f"{place}: {column} is missing.")
        if column != "DRUG" and " " in cells[column]:
            raise Refusal(f'{place}: {column} is "{shown(cells[column])}"; write one word.')
    try:
        name = drugs.find(cells["DRUG"])
        words = [name if " " in cells["DRUG"] else cells["DRUG"], f"{amount:.15g} {cells['UNIT']}", cells["ROUTE"]]
        words += [f"over {amount / rate:.15g} h"] if rate and amount else []
        words += [f"at {value('TIME'):.15g} h"] if value("TIME") else []
        words += [f"every {interval:.15g} h x {further + 1:.0f}"] if further else []
        return parse(" ".join(words))
    except Refusal as refusal:
        raise Refusal(f"{place}: {refusal}") from None


def _timed(row: dict[str, str], place: str, rate: float, further: float, interval: float) -> None:
    """Refuses a rate, a number of further doses or an interval that say nothing, or not enough."""
    if rate in (-1.0, -2.0):
        raise Refusal(
            f"{place}: RATE is {rate:g}, a rate or duration that a model works out; that is not known here. Write the rate itself, in amount per hour."
        )
    if rate < 0 or further < 0 or interval < 0:
        name = "RATE" if rate < 0 else "ADDL" if further < 0 else "II"
        raise Refusal(f"{place}: {name} is {row[name]}; it must be zero or more.")
    if further and not interval:
        raise Refusal(
            f'{place}: ADDL is {further:g}, but II, the hours between doses, is "{row.get("II", "")}"; it must be more than zero.'
        )
    if interval and row.get("ADDL", "") in NOTHING:
        raise Refusal(f"{place}: II is {interval:g}, but ADDL does not say how many doses follow; write 0 for none.")
