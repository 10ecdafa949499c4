"""Event tables as pharmacometricians mean them: one reader, from rows to individuals.

Semantics are those of NONMEM's PREDPP: events at one time in the order of their rows; a reset, and a steady state that is not
on top of another, end what runs and cancel what is still to come; a trait holds from its row on (the last value is carried
forward, the first one back).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from opioidsim.cases import ambiguous, columns, phrases
from opioidsim.cases import drug as drugs
from opioidsim.cases.columns import DOSE, OBSERVATION, RESET, RESET_AND_DOSE, Row
from opioidsim.cases.dose import Dose
from opioidsim.cases.person import LIVERS, TRAITS
from opioidsim.facts import units
from opioidsim.refusal import Refusal, nearest, shown


class Observation(NamedTuple):
    """What was seen of a person at a time [h]: DV as it stands in the table, nan where it is missing or MDV is 1; of: what it is
    of, by DVID or CMT; below: whether it is only known to be less than DV."""

    at: float
    dv: float
    of: str = ""
    below: bool = False


@dataclass(frozen=True)
class Individual:
    """One person of a table, or everyone where doses were given as sentences. Times in hours.

    id: as in the table. doses: in the order of the rows. resets: (time, how many of the doses stand before it): all is
    cleared then. changes: (time, traits by name from then on), ascending, the first at 0; none where the scenario's person holds.
    values: parameters of this person by header. observed: in the order of time. others: what stands in each further column that is used, by name, each different text once.
    """

    id: str
    doses: tuple[Dose, ...]
    resets: tuple[tuple[float, int], ...] = ()
    changes: tuple[tuple[float, Mapping[str, float]], ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    observed: tuple[Observation, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Dosing:
    """An event table: its individuals in the order of their first rows, and what was made of its columns, in sentences.

    table: the path. drug, route: for rows that do not say; cmt: the route of each number of CMT. unit: of DV, where its header
    says one.
    """

    table: str
    individuals: tuple[Individual, ...]
    said: tuple[str, ...] = ()
    drug: str = ""
    route: str = ""
    cmt: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""

    @cached_property
    def kinds(self) -> tuple[Dose, ...]:
        """One dose of each drug, route and way of giving it."""
        found = {(d.drug, d.route, d.over > 0, bool(d.steady)): d for one in self.individuals for d in one.doses}
        return tuple(found.values())

    def followed_by(self, dose: Dose) -> "Dosing":
        """The table with this dose behind those of each."""
        return replace(self, individuals=tuple(replace(one, doses=(*one.doses, dose)) for one in self.individuals))

    def plain(self) -> str | dict[str, Any]:
        """As a scenario has it."""
        more = {key: value for key in ("drug", "route", "cmt") if (value := getattr(self, key))}
        return {"table": self.table, **more} if more else self.table


def event_table(given: Any) -> Dosing | None:
    """The event table that a scenario names: by its path, or as {table, drug, route, cmt}; None where it names none."""
    if given is None or given == "" or isinstance(given, Dosing):
        return given or None
    given = {"table": given} if isinstance(given, str) else given
    if not isinstance(given, dict) or not given.get("table") or not isinstance(given["table"], str):
        raise Refusal(
            f'it is {shown(given)}; write the path of an event table, "doses.csv", or {{table = "doses.csv", drug = "naltrexone", route = "oral"}}.'
        )
    strange = next((key for key in given if key not in ("table", "drug", "route", "cmt")), None)
    if strange:
        raise Refusal(f'"{shown(strange)}" is not known here; write table, drug, route or cmt.')
    cmt = given.get("cmt", {})
    if not isinstance(cmt, dict) or not all(isinstance(route, str) for route in cmt.values()):
        raise Refusal(f'"cmt" is {shown(cmt)}; write the route of each number, {{1 = "oral", 2 = "iv"}}.')
    return read(
        Path(given["table"]), given.get("drug", ""), given.get("route", ""), {str(k): v for k, v in cmt.items()}
    )


def read(
    path: Path,
    drug: str = "",
    route: str = "",
    cmt: Mapping[str, str] | None = None,
    *,
    uses: Collection[str] = (),
    doses: bool = True,
) -> Dosing:
    """The individuals of a table: ID, TIME, AMT, and where wanted the columns that `columns.KNOWN` names, parameters too.

    drug, route: of rows that do not say; cmt: the route of each number of CMT. uses: further columns, by name, that the question
    about the table uses. doses: whether there must be any. Raises Refusal, with the line, for anything
    that is not understood.
    """
    table = columns.read(path)
    rows: dict[str, list[Row]] = {}
    order = []
    for number, cells in table.rows:
        if cells.get("C"):
            continue  # a row that its author has struck out
        row = Row(f"{table.place}, line {number}", cells, table.units)
        rows.setdefault(row.text("ID"), []).append(row)
        order.append(row)
    if not rows:
        raise Refusal(f"{table.place} has no rows.")
    ambiguous.names_of(rows, table.place)
    columns.one_clock(rows, order)
    usual = {"DRUG": drug, "ROUTE": route}
    of = columns.seen_by(order)
    people = tuple(_individual(who, mine, usual, cmt or {}, table.parameters, uses, of) for who, mine in rows.items())
    if doses and not any(one.doses for one in people):
        raise Refusal(f"{table.place} gives no dose.")
    strange = next((name for name in uses if name not in table.rows[0][1]), None)
    if strange:
        raise Refusal(f'{table.place} has no column "{shown(strange)}".{nearest(strange, table.rows[0][1])}')
    said = _said(table, people, rows, uses)
    return Dosing(str(path), people, said, drug, route, cmt or {}, table.units.get("DV", ""))


def _said(
    table: columns.Columns, people: tuple[Individual, ...], rows: Mapping[str, list[Row]], uses
) -> tuple[str, ...]:
    """What a reader should know of how the table was read."""
    unused = [given for given in table.unused if columns.called(given) not in uses]
    beside = sum(
        1 for mine in rows.values() for row in mine if row.event() in (DOSE, RESET_AND_DOSE) and row.seen()[0] > 0
    )
    bolus = ({d.at for d in one.doses if d.route == "iv" and not d.over} for one in people)
    after = sum(map(columns.behind, rows.values(), bolus))
    struck = sum(bool(cells.get("C")) for _, cells in table.rows)
    told = {
        f"Passed over, since nothing here depends on them: {', '.join(unused)}.": bool(unused),
        "Traits that change in time hold from their row on: the last value is carried forward.": any(len(one.changes) > 1 for one in people),
        "Rows were put in order of time; those of one time stay as they stand.": any(
            a.hours("TIME") > b.hours("TIME") for mine in rows.values() for a, b in pairwise(mine)
        ),
        f"DV of {beside} rows with a dose was passed over, since a dose is no observation; write what was seen in a row of its own.": beside,
        f"{after} observations stand behind an injection of the very same time: they are read as drawn just before it; write a later TIME where they were drawn after it.": after,
        f"{struck} rows with a mark in C were left out.": struck,
    }  # fmt: skip
    return tuple(text for text, so in told.items() if so)


def _individual(who: str, rows: list[Row], usual, cmt, parameters: Mapping[str, str], uses, of: str) -> Individual:
    """A person from the rows, put in order of time; rows of one time stay in theirs. of: the column that says what was seen."""
    doses, resets, observed = [], [], []
    for row in sorted(rows, key=_time):
        event = row.event()
        if event in (RESET, RESET_AND_DOSE):
            resets.append((_time(row), len(doses)))
        if event in (DOSE, RESET_AND_DOSE):
            doses.append(_dose(row, usual, cmt))
        if event == OBSERVATION:
            row.gives_nothing()
            dv, below = row.seen()
            observed.append(Observation(_time(row), dv, row.text(of), below))
    values = {header: _constant(who, rows, name) for name, header in parameters.items()}
    others = {name: tuple(dict.fromkeys(row.text(name) for row in rows if row.text(name))) for name in uses}
    return Individual(who, tuple(doses), tuple(resets), _changes(who, rows), values, tuple(observed), others)


def _time(row: Row) -> float:
    """When the row is [h]. Refuses a time before the start."""
    time = row.hours("TIME")
    if not row.text("TIME") or time < 0:
        raise Refusal(f'{row.here}: TIME is "{row.text("TIME")}"; it must be zero or more, in hours from the start.')
    return time


def _constant(who: str, rows: list[Row], name: str) -> float:
    """A person's parameter. Refuses one that is missing, or that changes."""
    found = {row.number(name) for row in rows if row.text(name)}
    if len(found) != 1:
        how = "changes in time, which only WT, AGE and LIVER may" if found else "is missing"
        raise Refusal(f'{rows[0].here}: "{name}" of ID {shown(who, 20)} {how}; write one number in its rows.')
    return found.pop()


def _changes(who: str, rows: list[Row]) -> tuple[tuple[float, Mapping[str, float]], ...]:
    """The person's traits from each time on at which one changes; what the first rows lack has the first value that comes."""
    now: dict[str, float] = {}
    ordered = sorted(rows, key=_time)
    for trait in (*columns.TRAITS, "LIVER"):
        if trait in rows[0].cells:
            first = next((row for row in ordered if row.text(trait)), None)
            if first is None:
                raise Refusal(
                    f"{rows[0].here}: {trait} of ID {shown(who, 20)} is missing; write it once, or leave the column out."
                )
            now |= _trait(first, trait)
    if not now:
        return ()
    found = [(0.0, dict(now))]
    for row in ordered:
        for trait in (*columns.TRAITS, "LIVER"):
            now = now | (_trait(row, trait) if row.text(trait) else {})
        if now != found[-1][1]:
            at = _time(row)
            found = [each for each in found if each[0] < at] + [(at, dict(now))]
    return tuple(found)


def _trait(row: Row, column: str) -> dict[str, float]:
    """A trait of a row by the name that a table of draws has for it."""
    if column == "LIVER":
        said = row.text(column).lower()
        if said not in LIVERS:
            raise Refusal(f'{row.here}: LIVER is "{shown(said)}"; known are {" and ".join(LIVERS)}.')
        return {"person.cirrhosis": float(said == "cirrhosis")}
    name = {"WT": "person.weight", "AGE": "person.age"}[column]
    value = row.number(column) * units.factor(row.unit.get(column, columns.TRAITS[column]), columns.TRAITS[column])
    _, low, high = TRAITS[name]
    if not low <= value <= high:
        raise Refusal(
            f"{row.here}: {column} is {value:g} {columns.TRAITS[column]}; {low:g} to {high:g} can be simulated."
        )
    return {name: value}


def _dose(row: Row, usual: Mapping[str, str], cmt: Mapping[str, str]) -> Dose:
    """The dose of a row."""
    steady: Any = int(row.among("SS", (0.0, 1.0, 2.0), "0, 1 (all else is cleared) and 2 (on top of what is there)"))
    further, interval = row.number("ADDL", whole=True), row.hours("II")
    unit = row.text("UNIT") or row.unit.get("AMT", "mg")
    if units.micro(row.unit.get("AMT", unit)) != units.micro(unit):
        raise Refusal(
            f'{row.here}: UNIT is "{shown(unit)}", but the header of AMT says "{shown(row.unit["AMT"])}"; leave one of them out.'
        )
    amount, over, times = _given(row, unit, bool(steady and not interval))
    for column, value in (("ADDL", further), ("II", interval)):
        if value < 0:
            raise Refusal(f"{row.here}: {column} is {row.text(column)}; it must be zero or more.")
    if further and not interval:
        raise Refusal(
            f'{row.here}: ADDL is {further:g}, but II, the hours between doses, is "{row.text("II")}"; it must be more than zero.'
        )
    if interval and not steady and not row.text("ADDL"):
        raise Refusal(f"{row.here}: II is {interval:g}, but ADDL does not say how many doses follow; write 0 for none.")
    if steady and not interval and times:
        raise Refusal(f"{row.here}: SS is {steady}, but II, the hours between doses, is missing; write it.")
    name = row.text("DRUG") or usual["DRUG"]
    if not name:
        raise Refusal(f"{row.here}: DRUG is missing.")
    try:
        found = drugs.find(name)
        return Dose(
            drug=found, amount=amount, unit=unit, route=_route(row, found, name, usual["ROUTE"], cmt), over=over,
            at=_time(row), every=interval if further or steady else 0.0, times=int(further) + 1 if times else 0, steady=steady,
        )  # fmt: skip
    except Refusal as refusal:
        raise Refusal(f"{row.here}: {str(refusal).removeprefix('dose: ').removeprefix(f'{row.here}: ')}") from None


def _given(row: Row, unit: str, endless: bool) -> tuple[float, float, int]:
    """The amount, over how many hours [h] it is infused, and whether the dose itself is given: 0 where only what went before
    counts. endless: at a steady state without interval, an infusion that has run for ever and ends here."""
    rate, over = row.number("RATE"), row.hours("DUR")
    if rate in (-1.0, -2.0):
        raise Refusal(
            f"{row.here}: RATE is {rate:g}, a rate or duration that a model works out; that is not known here. Write the rate itself, in amount per hour, or DUR in hours."
        )
    if rate < 0 or over < 0:
        column = "RATE" if rate < 0 else "DUR"
        raise Refusal(f"{row.here}: {column} is {row.text(column)}; it must be zero or more.")
    rate = _per_hour(row, rate, unit)
    if endless and rate and not row.number("AMT"):
        return rate, 1.0, 0
    if not row.text("AMT"):
        raise Refusal(f"{row.here}: AMT is missing for a dose; write 0 where nothing is given.")
    amount = row.number("AMT")
    if rate and not amount:
        raise Refusal(
            f"{row.here}: RATE is {row.text('RATE')}, but AMT is 0, so that nothing is infused; write in AMT what is given in all, or SS 1 for an infusion that has always run."
        )
    if rate and over and abs(amount / rate - over) > 1e-3 * over:
        raise Refusal(
            f"{row.here}: AMT {amount:g} at RATE {rate:g} lasts {amount / rate:g} h, but DUR is {over:g} h; leave one of them out."
        )
    return amount, over or (amount / rate if rate else 0.0), 1


def _per_hour(row: Row, rate: float, unit: str) -> float:
    """A rate in the unit of AMT per hour; the header may say another, "RATE [mcg/h]"."""
    said = row.unit.get("RATE", "")
    if not rate or not said:
        return rate
    base, _, per = said.rpartition("/")
    return rate * units.factor(base, unit) / units.factor(per, "h")


def _route(row: Row, drug: str, brand: str, usual: str, cmt: Mapping[str, str]) -> str:
    """The route of a row: ROUTE; or CMT, where it is a word, or a number that the scenario has a route for; or the brand's."""
    said = row.text("ROUTE") or cmt.get(row.text("CMT"), "") or usual
    own = drugs.route_of(brand)
    if not said and row.text("CMT") and not row.text("CMT").replace(".", "").isdigit():
        said = row.text("CMT")
    if said or own:
        said = phrases.ROUTES.get(said.lower(), said.lower())
        if own and said in drugs.load(drug).routes and said != own:
            raise Refusal(
                f'{row.here}: {shown(brand)} is given by one route, "{own}"; for another write {drug} instead.'
            )
        return own if own and (not said or own.startswith(f"{said}-")) else said
    if row.text("CMT"):
        raise Refusal(
            f'{row.here}: CMT is {shown(row.text("CMT"))}, a number of another program\'s compartments; write ROUTE, or in the scenario  dosing = {{table = "...", cmt = {{{shown(row.text("CMT"))} = "oral"}}}}.'
        )
    raise Refusal(f"{row.here}: ROUTE is missing; {drug} has the routes {', '.join(drugs.load(drug).routes)}.")


def individuals(given) -> tuple[Individual, ...]:
    """The individuals of what is `given` (a scenario, or what comes before it): those of its event table, or one whom everyone
    is like, where its sentences have a steady state; none where everyone simply has the doses."""
    return given.dosing.individuals if given.dosing else everyone(given.doses)


def everyone(doses: tuple[Dose, ...]) -> tuple[Individual, ...]:
    """One individual, whom everyone is like, where these doses have a steady state; none otherwise."""
    return (Individual("", doses),) if any(dose.steady for dose in doses) else ()
