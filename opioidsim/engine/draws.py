"""Columns of people's parameters -> parameters by name, in hours, litres and nanomoles: tables of draws, and what an event table
says of each person.

A column of a drug's parameter has its unit in its header, "naltrexone.disposition.CL [L/h]"; a published table that a drug's
file knows has them there. The unit that `opioidsim show` prints is always right.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from opioidsim.cases.dosing import Individual
from opioidsim.cases.drug import Draws, Drug, load
from opioidsim.cases.person import TRAITS
from opioidsim.cases.scenario import Scenario
from opioidsim.engine.parameters import PER_PICOMOLAR, SHARES, scale
from opioidsim.facts import library, units
from opioidsim.facts.evidence import Fact, glossary, symbol_of, walk
from opioidsim.refusal import Refusal, shown

OWN = {
    "person.weight": "kg",
    "person.age": "y",
    "person.cirrhosis": "",
    "person.sensitivity": "",
    "person.tolerance": "",
}
DIVISORS = ("CL", "K", "C50", "k10", "half_life", "biophase_half_life", "largest")  # beside volumes: what is divided by
OVER = 3.0  # of a share: a draw may lie beyond 1, where it is cut; not a person's own number, nor a percentage
_HEADER = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]*?)\s*[\])]$")


def table_of(scenario: Scenario, members: Iterable[Drug]) -> dict[str, np.ndarray]:
    """The scenario's tables of draws by parameter, in hours, litres and nanomoles; each (rows,).

    A file whose columns are those of a published table that a drug in play knows is read as that,
    with its units; of any other file each column must be named as a parameter. An event table is read
    as one more. Raises Refusal for people that cannot be simulated.
    """
    found: dict[str, np.ndarray] = {}
    members = list(members)
    for columns, most in (
        *((each, OVER) for each in scenario.draws()),
        *((each, 1.0) for each in _of_people(scenario)),
    ):
        known = [(drug, table) for drug in members for table in drug.draws if _applies(scenario, drug, table, columns)]
        for drug, table in known:
            _read_so(drug, table)
            found |= {f"{drug.name}.{c.fact}": _column(table, name, columns) for name, c in table.columns.items()}
        if not known:
            mine = {name: column for name, column in columns.items() if name not in ("person", "row")}
            found |= _parameters(mine, members, most)
    _sound_traits(found, scenario.clock)
    return found


def _read_so(drug: Drug, table: Draws) -> None:
    """Refuses a published table of facts that the drug has in another reading alone: its numbers belong to other equations."""
    mine = {".".join(path) for path, _ in walk(drug)}
    # a disposition may be drawn as rate constants where the file has clearances
    wanted = {c.fact for c in table.columns.values() if not c.fact.startswith("disposition.")}
    for reading in reversed(load(drug.name).readings) if wanted - mine else ():
        if wanted <= {".".join(path) for path, _ in walk(load(drug.name, reading))}:
            raise Refusal(
                f'the table of draws with {", ".join(table.columns)} is of {drug.name} in the reading "{reading}"; write readings = "{reading}", or leave the table out.'
            )


def _sound_traits(table: Mapping[str, np.ndarray], clock: str) -> None:
    """Refuses people that cannot be simulated, and a tolerance where the clock does not read it. The other traits that a
    table gives change clearances and volumes as any weight and age do."""
    for name, (_, low, high) in (TRAITS | {"person.tolerance": ("tolerance", 0.0, 1.0)}).items():
        column = table.get(name, np.zeros(0))
        beyond = column[(column < low) | (column > high)]
        if len(beyond):
            raise Refusal(f'the table of draws has {beyond[0]:g} in "{name}"; {low:g} to {high:g} can be simulated.')
        if len(column) and name not in TRAITS and clock == "course":
            raise Refusal(
                f'the table of draws has a column "{name}", which the course clock does not read; write [person] tolerance = {column[0]:g} for everyone.'
            )


def _applies(scenario, drug: Drug, table, columns) -> bool:
    """Whether a file with these columns is this published table, of a product that is given here.

    It has all of the table's columns; and the table is of a route in play, or of the drug's own
    disposition while a dose in play reaches that, or of neither (a table of receptor constants).
    """
    routes = {dose.route for dose in scenario.given() if dose.drug == drug.name}
    own = {column.fact.split(".")[1] for column in table.columns.values() if column.fact.startswith("routes.")}
    general = any(not drug.routes[route].disposition for route in routes)
    place = (
        own <= routes if own else general or not any(c.fact.startswith("disposition.") for c in table.columns.values())
    )
    return set(table.columns) <= set(columns) and place


def _of_people(scenario: Scenario) -> list[dict[str, np.ndarray]]:
    """What event tables say of each person, as columns of a table; the traits are those of the beginning."""
    found = []
    for table in (scenario.before and scenario.before.dosing, scenario.dosing):
        if table and (columns := _columns(table.individuals)):
            found.append(columns)
    return found


def _columns(individuals: tuple[Individual, ...]) -> dict[str, np.ndarray]:
    """Parameters and first traits of these people, (people,) each."""
    rows = [dict(one.values) | dict(one.changes[0][1] if one.changes else {}) for one in individuals]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _parameters(columns: Mapping[str, np.ndarray], members: list[Drug], most: float) -> dict[str, np.ndarray]:
    """Columns by the parameters that they are of, in hours, litres and nanomoles. most: of a share. Refuses one without its unit."""
    known = {".".join((drug.name, *path)): (drug, fact) for drug in members for path, fact in walk(drug)}
    read = {header: _named(header, known) for header in columns}
    names = {name: header for header, (name, _) in read.items()}
    found: dict[str, np.ndarray] = {}
    for header, (name, unit) in read.items():
        if names[name] != header:
            raise Refusal(
                f'the table of draws has two columns for "{name}", "{names[name]}" and "{header}"; leave one out.'
            )
        found[name] = columns[header] * _scale(header, name, unit, known)
        _possible(header, name, found[name], [drug.name for drug in members], most)
        if unit == PER_PICOMOLAR:
            slope = f"{name.removesuffix('.kon')}.n"
            own = columns[names[slope]] if slope in names else known[slope][1].value if slope in known else 1.0
            found[name] = found[name] * 1000.0**own
    return found


def _possible(header: str, name: str, values: np.ndarray, drugs: list[str], most: float) -> None:
    """Refuses numbers that a drug's parameter cannot have: less than none, none of what is divided by, percentages where shares are meant."""
    symbol, least = name.rpartition(".")[2], float(values.min(initial=np.inf))
    divides = symbol.startswith("V") or symbol in DIVISORS
    if name.partition(".")[0] in drugs and (least < 0 or (least == 0 and divides)):
        must = "more than 0" if divides else "0 or more"
        raise Refusal(f'the table of draws has {least:g} in "{shown(header)}", which must be {must}.')
    if symbol in SHARES and (values > most).any():
        raise Refusal(
            f'the table of draws has {values.max():g} in "{shown(header)}", a share from 0 to 1; divide by 100, or write "{name} [%]".'
        )


def _named(header: str, known: Mapping[str, Any]) -> tuple[str, str]:
    """(parameter, unit) of a header: "NAME [UNIT]"; the name may be an end of it that no other has."""
    match = _HEADER.match(header)
    name, unit = match.groups() if match else (header, "")
    ends = [each for each in known if each.endswith(f".{name}")] if name not in known else []
    if len(ends) > 1:
        raise Refusal(
            f'the table of draws has a column "{shown(header)}", but several parameters end so: {", ".join(ends[:4])}. Name it in full.'
        )
    return (ends or [name])[0], unit


def _scale(header: str, name: str, unit: str, known: Mapping[str, tuple[Drug, Fact]]) -> float:
    """What the numbers of a column are multiplied by. Refuses a unit of another dimension, and none where one is needed."""
    first, *path = name.split(".")
    molar_mass = next((drug.molar_mass.value for drug, _ in known.values() if drug.name == first), None)
    symbol = symbol_of([first, *path])
    if molar_mass is None or symbol not in glossary()["facts"]:
        own = library.body("breathing", "")[symbol].unit if name in _breathing() else OWN.get(name)
        return (
            units.factor(unit, own) if unit and own is not None else 1.0
        )  # of no such name: refused where it is looked for
    usual = known[name][1].unit if name in known else glossary()["facts"][symbol].units[0]
    if not unit and usual:
        raise Refusal(
            f'the table of draws has a column "{shown(header)}" without a unit; write "{name} [{usual}]", as opioidsim show prints it.'
        )
    try:
        return float(scale(symbol, unit, molar_mass))
    except Refusal as refusal:
        raise Refusal(f'the table of draws has a column "{shown(header)}": {refusal}') from None


def _breathing() -> set[str]:
    """The parameters of breathing, by name."""
    return {f"breathing.{symbol}" for symbol in library.body("breathing", "")}


def _column(table: Draws, name: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """A column of a published table as the parameter that it stands for, in hours, litres and nanomoles."""
    column = table.columns[name]
    symbol = column.fact.rpartition(".")[2]
    number, space, unit = column.unit.partition(" ")  # "0.1 L/s": a unit with a factor
    if space:
        return columns[name] * float(number) * scale(symbol, unit, 1.0)
    found = columns[name] * scale(symbol, column.unit, 1.0)
    if column.unit == PER_PICOMOLAR:
        slope = next((columns[key] for key, c in table.columns.items() if c.fact == "receptor.mu.n"), 1.0)
        return found * 1000.0**slope
    return found
