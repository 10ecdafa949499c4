"""THE BRIDGE: facts x people -> named arrays. Hours, litres, nanomoles.

A parameter is named by the path of its fact, "naltrexone.disposition.CL"; a table of draws uses the same names.
"""

from collections import namedtuple
from functools import cache

import numpy as np

from opioidsim.cases.drug import Covariate, Drug
from opioidsim.cases.person import adaptation, behaviour, body, breathing, drawn, drinking, normal, traits, within
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact, symbol_of, walk
from opioidsim.refusal import Refusal, nearest

_UNIT = {"CL": "L/h", "Q2": "L/h", "Q3": "L/h", "Q4": "L/h", "V1": "L", "V2": "L", "V3": "L", "V4": "L", "CL_per_kg": "L/h/kg", "V1_per_kg": "L/kg",
         "half_life": "h", "biophase_half_life": "h", "molar_mass": "g/mol", "slope": "", "K": "nM",
         "unit_dose": "mg", "Vmax": "mg/h", "Km": "mg/L"}  # fmt: skip
_RATE = {"k10", "k12", "k21", "k13", "k31", "ka", "ktr", "rate", "ke0", "koff"}
_CLEARANCE, _VOLUME = {"CL", "Q2", "Q3", "Q4"}, {"V1", "V2", "V3", "V4"}
_MICRO = {"k10", "k12", "k21", "k13", "k31"}
_INSTEAD = {"k10": "CL", "k12": "Q2", "k21": "V2", "k13": "Q3", "k31": "V3"}  # a drawn rate constant takes its place


def values(scenario, people: range, table: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Every parameter of the scenario's drugs for these person numbers, each of shape (len(people),).

    The typical value, times the person's draw where the scenario has a population, times what the person's traits
    change. Columns of `table` replace the parameters they name; who comes from a table is otherwise the typical person.
    """
    crowd = scenario.population if scenario.population and not scenario.population.table else None
    who = traits(scenario.person, crowd, people)
    own = traits(scenario.person, None, people)
    for trait, column in _traits_of(table, scenario, people).items():
        who[trait] = own[trait] = column
    found: dict[str, np.ndarray] = {}
    for drug in scenario.drugs():
        given = {name: (fact, symbol) for name, fact, symbol in _facts(drug)}
        z = draws(drug, crowd.seed, people) if crowd else {}
        trait = own if drug.weight_in_spread else who
        scaled_by_source = {f"{drug.name}.{c.on}" for c in drug.covariates if c.of == "weight"}
        for name, (fact, symbol) in given.items():
            number = np.full(len(people), _canonical(drug, fact, symbol))
            if crowd:
                number = number * drawn(fact, z[name])
            if name not in scaled_by_source and ".disposition." in name:
                number = number * (trait["weight"] / _reference_weight()) ** _allometric(symbol)
            found[name] = number
        for covariate in drug.covariates:
            name = f"{drug.name}.{covariate.on}"
            fact, symbol = given[name]
            found[name] = found[name] * _change(covariate, _canonical(drug, fact, symbol), trait[covariate.of])
        site = drug.receptor.get("mu")
        if site and site.kon and site.kon.unit == "pM^-n/s":
            slope = found.get(f"{drug.name}.receptor.mu.n", 1.0)
            found[f"{drug.name}.receptor.mu.kon"] = found[f"{drug.name}.receptor.mu.kon"] * 1000.0**slope
    found["person.weight"] = who["weight"]
    found["person.tolerance"] = np.full(len(people), scenario.person.tolerance)
    for name, column in (table or {}).items():
        if name.startswith("breathing.") or name in TRAITS:
            continue
        prefix, _, symbol = name.rpartition(".")
        instead = _INSTEAD.get(symbol)
        if instead and f"{prefix}.{instead}" in found:
            del found[f"{prefix}.{instead}"]
        elif name not in found:
            raise Refusal(
                f'the table of draws has a column "{name}", but no such parameter is in play.{nearest(name, found)}'
            )
        found[name] = np.take(column, people, mode="clip")
    for name in found:
        if name.rpartition(".")[2] in ("F", "F_third", "F_second_pair"):
            found[name] = np.minimum(found[name], 1.0)
    return found


TRAITS = {"person.weight": ("weight", 30.0, 250.0), "person.age": ("age", 16.0, 100.0)}  # kg, years; as Person has them


def _traits_of(table: dict[str, np.ndarray] | None, scenario, people: range) -> dict[str, np.ndarray]:
    """The traits that a table of draws gives: they change clearances and volumes as any weight and age do."""
    found = {}
    limits = TRAITS | {"person.tolerance": ("tolerance", 0.0, 1.0)}
    for name, (trait, low, high) in limits.items():
        column = (table or {}).get(name)
        if column is None:
            continue
        beyond = column[(column < low) | (column > high)]
        if len(beyond):
            raise Refusal(f'the table of draws has {beyond[0]:g} in "{name}"; {low:g} to {high:g} can be simulated.')
        if name in TRAITS:
            found[trait] = np.take(column, people, mode="clip")
        elif scenario.clock == "course":
            raise Refusal(
                f'the table of draws has a column "{name}", which the course clock does not read; write [person] tolerance = {column[0]:g} for everyone.'
            )
    return found


def table_of(scenario) -> dict[str, np.ndarray] | None:
    """The scenario's tables of draws by parameter, in hours, litres and nanomoles; None where it has none.

    A file whose columns are those of a published table that a drug in play knows is read as that; of any other file each
    column must be named as a parameter.
    """
    found: dict[str, np.ndarray] = {}
    for columns in scenario.draws():
        known = [
            (drug, table)
            for drug in scenario.drugs()
            for table in drug.draws
            if _applies(scenario, drug, table, columns)
        ]
        for drug, table in known:
            for name, column in table.columns.items():
                number = columns[name] * _column_factor(drug, column)
                if column.unit == "pM^-n/s":
                    slope = next((columns[key] for key, c in table.columns.items() if c.fact == "receptor.mu.n"), 1.0)
                    number = columns[name] * 3600.0 * 1000.0**slope
                found[f"{drug.name}.{column.fact}"] = number
        if not known:
            found |= {name: column for name, column in columns.items() if name not in ("person", "row")}
    return found or None


def _applies(scenario, drug: Drug, table, columns) -> bool:
    routes = {dose.route for dose in scenario.given() if dose.drug == drug.name}
    own = {column.fact.split(".")[1] for column in table.columns.values() if column.fact.startswith("routes.")}
    general = any(not drug.routes[route].disposition for route in routes)
    place = (
        own <= routes if own else general or not any(c.fact.startswith("disposition.") for c in table.columns.values())
    )
    return set(table.columns) <= set(columns) and place


def _column_factor(drug: Drug, column) -> float:
    symbol = column.fact.rpartition(".")[2]
    if column.unit == "pM^-n/s":
        return 1.0
    wanted = "1/h" if symbol in _RATE else _UNIT.get(symbol, "")
    number, space, unit = column.unit.partition(" ")  # "0.1 L/s": a unit with a factor
    return float(number) * units.factor(unit, wanted) if space else units.factor(column.unit, wanted)


def physiology(table: dict[str, np.ndarray] | None, people: range):
    """Breathing and circulation: one number for everyone, or one for each person where the table has a column
    "breathing.SYMBOL". Seconds, litres, mmHg; blood flows and metabolism in L/s, drives in L/min."""
    found = {}
    for symbol, fact in breathing().items():
        per_second = symbol[:2] in ("M_", "Q_") and fact.unit == "L/min"
        column = (table or {}).get(f"breathing.{symbol}")
        value = fact.value if column is None else np.take(column, people, mode="clip")
        found[symbol] = value / 60.0 if per_second else value
    for name in table or {}:
        if name.startswith("breathing.") and name.partition(".")[2] not in found:
            raise Refusal(
                f'the table of draws has a column "{name}", but breathing has no such parameter.{nearest(name, [f"breathing.{s}" for s in found])}'
            )
    return _record("Physiology", tuple(found))(**found)


def adaptation_of(people: range, seed: int = 1, uncertain: bool = False):
    """The facts of adaptation [h] for these people: what spreads between people is drawn where `uncertain`, and what is
    not known is drawn within its band, each from its own stream. The middle of the draws is the point value."""
    found = {}
    for symbol, fact in adaptation().items():
        hours = units.factor(fact.unit, "h") if symbol.startswith("tau_") else 1.0
        z = normal(seed, f"adaptation.{symbol}", people)
        number = np.full(len(people), fact.value)
        if uncertain and fact.spread:
            number = fact.value * drawn(fact, z)
        elif uncertain and (fact.low is not None or fact.high is not None):
            number = within(fact, z)
        found[symbol] = number * hours
    return _record("Adaptation", tuple(found))(**found)


def behaviour_of(groups: np.ndarray, seed: int = 1, uncertain: bool = False):
    """The facts of behaviour [d] for people in these numbered groups: where `uncertain`, each group has its own reading of
    what is not known, drawn within the bands. Each of shape (len(groups),)."""
    return _by_group("behaviour", behaviour(), groups, seed, uncertain)


def drinking_of(groups: np.ndarray, seed: int = 1, uncertain: bool = False):
    """The facts of drinking [d, h] in the same way."""
    return _by_group("drinking", drinking(), groups, seed, uncertain)


def _by_group(name: str, facts, groups: np.ndarray, seed: int, uncertain: bool):
    found = {}
    for symbol, fact in facts.items():
        number = np.full(len(groups), fact.value)
        if uncertain and (fact.low is not None or fact.high is not None):
            first, last = int(groups.min()), int(groups.max())
            number = within(fact, normal(seed, f"{name}.{symbol}", range(first, last + 1)))[groups - first]
        found[symbol] = number
    return _record(name.title(), tuple(found))(**found)


@cache
def _record(name: str, symbols: tuple[str, ...]):
    """One type for all records of these symbols: compiled functions know their arguments by their types."""
    return namedtuple(name, symbols)


def draws(drug: Drug, seed: int, people: range) -> dict[str, np.ndarray]:
    """Standard normal draws for every fact of a drug, by name; correlated as the drug's file says.

    Each fact has its own stream. A fact that goes together with others gets its part of the others' streams, by the
    Cholesky factor of their correlations in the order of their names.
    """
    z = {name: normal(seed, name, people) for name, fact, _ in _facts(drug) if fact.spread}
    z |= {name: np.zeros(len(people)) for name, fact, _ in _facts(drug) if not fact.spread}
    pairs = {
        (f"{drug.name}.{a}", f"{drug.name}.{b}"): c.r.value for c in drug.correlations for a, b in (c.of, c.of[::-1])
    }
    names = sorted({a for a, _ in pairs} & set(z))
    if names:
        matrix = np.array([[1.0 if a == b else pairs.get((a, b), 0.0) for b in names] for a in names])
        mixed = np.linalg.cholesky(matrix) @ np.stack([z[name] for name in names])
        z |= dict(zip(names, mixed, strict=True))
    return z


def _facts(drug: Drug):
    """(name, fact, symbol) of every fact of a drug that the equations use."""
    for path, fact in walk(drug):
        if path[0] not in ("covariates", "readings", "correlations"):
            symbol = symbol_of(path)
            yield ".".join((drug.name, *path)), fact, symbol


def _canonical(drug: Drug, fact: Fact, symbol: str) -> float:
    if symbol == "kon":
        per_picomolar = fact.unit == "pM^-n/s"  # times 1000^n, which is each person's own
        return fact.value * (3600.0 if per_picomolar else units.factor(fact.unit, "1/nM/h"))
    if symbol in ("K", "C50") and units.same_dimension(fact.unit, "ng/mL"):
        return fact.value * units.factor(fact.unit, "ng/mL") * 1000.0 / drug.molar_mass.value
    return fact.value * units.factor(fact.unit, "1/h" if symbol in _RATE else _UNIT.get(symbol, ""))


def _reference_weight() -> float:
    return body()["reference_weight"].value


def _allometric(symbol: str) -> float:
    """The exponent of body weight for a disposition parameter (Anderson and Holford 2008); rate constants take the difference."""
    powers = body()["allometry"]
    clearance, volume = powers["clearance"]["exponent"].value, powers["volume"]["exponent"].value
    if symbol in _CLEARANCE:
        return clearance
    if symbol in _VOLUME:
        return volume
    if symbol in _MICRO:
        return clearance - volume
    return {"half_life": volume - clearance, "CL_per_kg": clearance - 1.0, "V1_per_kg": volume - 1.0}.get(symbol, 0.0)


def _change(covariate: Covariate, typical: float, trait: np.ndarray) -> np.ndarray:
    """What a trait multiplies a parameter of this typical value by."""
    if covariate.slope is not None:
        per = {"weight": "L/h/kg", "age": "L/h/y"}[covariate.of]
        slope = covariate.slope.value * units.factor(covariate.slope.unit, per)
        return 1.0 + slope * (trait - covariate.reference) / typical
    if covariate.exponent is not None:
        return (trait / covariate.reference) ** covariate.exponent.value
    return (covariate.factor.value if covariate.factor else 1.0) ** trait


def clearances(given: dict, prefix: str):
    """CL, V1, and (Q, V) of each peripheral compartment, from whichever form the facts have."""
    get = {key.removeprefix(prefix + "."): value for key, value in given.items() if key.startswith(prefix + ".")}
    weight = given["person.weight"]
    volume = get["V1"] if "V1" in get else get["V1_per_kg"] * weight if "V1_per_kg" in get else None
    clearance = get["CL"] if "CL" in get else get["CL_per_kg"] * weight if "CL_per_kg" in get else None
    if "Vmax" in get:
        clearance = np.zeros_like(volume)  # what is eliminated at a limited rate has no clearance
    if volume is None:
        volume = clearance * get["half_life"] / np.log(2.0)
    if clearance is None:
        clearance = get["k10"] * volume
    peripheral = []
    for q, v, out, back in (("Q2", "V2", "k12", "k21"), ("Q3", "V3", "k13", "k31"), ("Q4", "V4", "", "")):
        if q in get:
            peripheral.append((get[q], get[v]))
        elif out in get:
            peripheral.append((get[out] * volume, get[out] * volume / get[back]))
    return clearance, volume, peripheral
