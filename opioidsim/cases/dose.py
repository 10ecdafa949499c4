"""Doses as sentences: DRUG AMOUNT UNIT ROUTE [over DURATION] [at TIME] [every INTERVAL x N].

"naltrexone 50 mg oral every 24 h x 28", "fentanyl 100 mcg iv over 30 s at 10 min", "naloxone 0.01 mg/kg iv".
"""

import csv
import re
from math import isfinite
from pathlib import Path

from opioidsim.cases import drug as drugs
from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import Refusal, nearest

FORM = "DRUG AMOUNT UNIT ROUTE [over DURATION] [at TIME] [every INTERVAL x N]"
ROUTES = ("oral", "sublingual", "nasal", "iv", "im", "im-autoinjector", "sc", "im-depot", "sc-depot", "implant")
AMOUNT_UNITS = ("ng", "mcg", "ug", "µg", "mg", "g")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TIME_UNIT = re.compile(r"[a-z]+")
MOST_DOSES = 20000


class Dose(Table):
    """One dose, or a row of equal ones. Times in hours from the start; `over` is 0 for a dose given at once."""

    drug: str
    amount: float
    unit: str
    route: str
    over: float = 0.0
    at: float = 0.0
    every: float = 0.0
    times: int = 1

    def __str__(self) -> str:
        words = [self.drug, f"{self.amount:.12g}", self.unit, self.route]
        if self.over:
            words += ["over", units.time_text(self.over)]
        if self.at:
            words += ["at", units.time_text(self.at)]
        if self.times > 1:
            words += ["every", units.time_text(self.every), "x", str(self.times)]
        return " ".join(words)

    def milligrams(self, weight: float = 70.0) -> float:
        """The amount in mg for a person of `weight` [kg]."""
        base, per_kg, _ = self.unit.partition("/kg")
        scale = 1.0 if base == "mg" else units.factor(base, "mg")  # the usual unit waits for no table of units
        return self.amount * scale * (weight if per_kg else 1.0)

    def starts(self) -> list[float]:
        """The time of each single dose [h]."""
        return [self.at + number * self.every for number in range(self.times)]

    def delayed(self, by: float) -> "Dose":
        """The same dose, `by` hours later."""
        return self.model_copy(update={"at": self.at + by})


def parse(text: str | Dose) -> Dose:
    """The dose that a sentence says. The sentence is read to its last character or refused with the remedy."""
    if isinstance(text, Dose):
        return text
    words = _Words(str(text))
    name = drugs.find_or_refuse(words.take("a drug"), words.text)
    amount, unit = _amount(words)
    route = _route(words, name)
    given = {"drug": name, "amount": amount, "unit": unit, "route": route}
    for keyword in ("over", "at", "every"):
        if words.peek() == keyword:
            words.take(keyword)
            given[keyword] = _time(words, keyword)
    if "every" in given:
        given["times"] = _count(words)
        if given["times"] == 1:
            del given["every"]
    if words.rest:
        raise words.refusal(f'"{" ".join(words.rest)}" is left over. A dose reads: {FORM}.')
    if given.get("over", 0.0) and given["over"] > given.get("every", float("inf")):
        raise words.refusal(
            "each infusion lasts longer than the interval to the next; shorten it or widen the interval."
        )
    return Dose(**given)


class _Words:
    """The words of a sentence, taken one by one; remembers the sentence for refusals."""

    def __init__(self, text: str):
        self.text = text
        self.rest = text.replace("×", " x ").split()

    def refusal(self, reason: str) -> Refusal:
        return Refusal(f'dose "{self.text}": {reason}')

    def peek(self) -> str:
        return self.rest[0] if self.rest else ""

    def take(self, wanted: str) -> str:
        if not self.rest:
            raise self.refusal(f"{wanted} is missing at the end. A dose reads: {FORM}.")
        return self.rest.pop(0)


def _number(words: _Words, wanted: str) -> tuple[float, str]:
    """A number and the unit behind it, glued or as the next word."""
    word = words.take(wanted)
    match = _NUMBER.match(word)
    if match is None:
        raise words.refusal(f'{wanted} should stand where "{word}" stands. A dose reads: {FORM}.')
    unit = word[match.end() :] or words.take(f'the unit of "{word}"')
    return float(match.group()), unit


def _amount(words: _Words) -> tuple[float, str]:
    amount, unit = _number(words, "the amount")
    allowed = [*AMOUNT_UNITS, *(f"{u}/kg" for u in AMOUNT_UNITS)]
    if unit not in allowed:
        raise words.refusal(f'"{unit}" is not a unit of drug amount.{nearest(unit, allowed)}')
    if not 0 < amount < float("inf"):
        raise words.refusal(f"the amount is {amount:g} {unit}; it must be more than zero.")
    return amount, unit


def _route(words: _Words, name: str) -> str:
    route = words.take("the route").lower()
    has = drugs.load(name).routes
    if route not in has:
        known = f"{name} has the routes {', '.join(has)}." if has else f"{name} is a metabolite and is not given."
        raise words.refusal(
            f'{name} has no route "{route}".{nearest(route, has) if route not in ROUTES else ""} {known}'.replace(
                "  ", " "
            )
        )
    return route


def _time(words: _Words, keyword: str) -> float:
    number, unit = _number(words, f'a time behind "{keyword}"')
    try:
        hours = units.hours(f"{number!r} {unit}")
    except Refusal:
        raise words.refusal(
            f'"{unit}" behind "{keyword}" is not a unit of time.{nearest(unit, ("s", "min", "h", "d", "weeks"))}'
        ) from None
    if hours < 0 or (hours == 0 and keyword != "at"):
        raise words.refusal(
            f'the time behind "{keyword}" is {number:g} {unit}; it must be {"zero or more" if keyword == "at" else "more than zero"}.'
        )
    return hours


def _count(words: _Words) -> int:
    word = words.take('"x N"')
    digits = word[1:] if word.startswith("x") else ""
    if not word.startswith("x"):
        raise words.refusal(f'"x N" (how often) should stand where "{word}" stands.')
    digits = digits or words.take('the number behind "x"')
    if not digits.isdecimal() or not 1 <= int(digits) <= MOST_DOSES:
        raise words.refusal(f'"{digits}" is no number of doses; write a whole number from 1 to {MOST_DOSES}.')
    return int(digits)


# ---- dosing tables ------------------------------------------------------------------------------------------------

COLUMNS = ("ID", "TIME", "AMT", "DRUG", "ROUTE", "RATE", "II", "ADDL", "EVID", "WT", "AGE")


def read_table(path: Path, drug: str = "", route: str = "") -> tuple[tuple[Dose, ...], ...]:
    """One row of doses per person from a CSV dosing table: ID, TIME [h], AMT [mg], and where wanted DRUG, ROUTE,
    RATE [mg/h], II [h], ADDL, EVID. Rows with EVID 0 are observations and passed over.

    `drug` and `route` stand in for columns that the table lacks. Raises Refusal for anything unreadable.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refusal(
            f'the dosing table "{path}" could not be read: {getattr(error, "strerror", None) or error}.'
        ) from None
    header = [str(key).upper() for key in (rows[0] if rows else {})]
    missing = [c for c in ("ID", "TIME", "AMT") if c not in header]
    if missing:
        raise Refusal(
            f'the dosing table "{path.name}" lacks the column {missing[0]}. Its columns are: {", ".join(header) or "none"}.'
        )
    people: dict[str, list[Dose]] = {}
    for number, row in enumerate(rows, 2):
        if None in row:
            raise Refusal(f'dosing table "{path.name}", line {number}: there are more values than columns.')
        row = {str(key).upper(): (value or "").strip() for key, value in row.items()}
        doses = people.setdefault(row["ID"], [])
        if row.get("EVID", "1") not in ("0", "2"):
            doses.append(_table_dose(row, f'dosing table "{path.name}", line {number}', drug, route))
    return tuple(tuple(doses) for doses in people.values())


def _table_dose(row: dict[str, str], place: str, drug: str, route: str) -> Dose:
    def value(column: str, default: float = 0.0) -> float:
        text = row.get(column, "")
        try:
            number = float(text) if text not in ("", ".") else default
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            raise Refusal(f'{place}: {column} is "{text}"; write a number.')
        return number

    words = [row.get("DRUG") or drug or "?", f"{value('AMT'):.12g} mg", row.get("ROUTE") or route or "?"]
    if value("RATE"):
        words.append(f"over {value('AMT') / value('RATE'):.15g} h")
    if value("TIME"):
        words.append(f"at {value('TIME'):.15g} h")
    if value("ADDL"):
        words.append(f"every {value('II'):.15g} h x {int(value('ADDL')) + 1}")
    try:
        return parse(" ".join(words))
    except Refusal as refusal:
        raise Refusal(f"{place}: {refusal}") from None
