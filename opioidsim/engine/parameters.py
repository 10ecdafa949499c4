"""Facts of drugs x people -> named arrays, each of shape (people,). Hours, litres, nanomoles.

A parameter is named by the path of its fact, "naltrexone.disposition.CL"; a table of draws uses the
same names. All of it is plain arithmetic on the facts' values, so that JAX can trace them.

A person's value is

    typical value x draw x (weight / reference)^exponent x covariates

Clearances scale with one power of weight and volumes with another (Anderson and Holford 2008); both
exponents are facts of the library, and rates follow from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from opioidsim.cases.drug import Covariate, Drug
from opioidsim.cases.person import TRAITS, Person, Population, drawn, normal, traits
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact, symbol_of, walk
from opioidsim.refusal import Refusal, nearest

_UNIT = {"CL": "L/h", "Q2": "L/h", "Q3": "L/h", "Q4": "L/h", "V1": "L", "V2": "L", "V3": "L", "V4": "L", "CL_per_kg": "L/h/kg", "V1_per_kg": "L/kg",
         "half_life": "h", "biophase_half_life": "h", "molar_mass": "g/mol", "slope": "", "K": "nM",
         "A": "1/L", "B": "1/L", "unit_dose": "mg", "worn": "h", "reference": "mg", "smallest": "mg", "largest": "mg", "Vmax": "mg/h", "Km": "mg/L"}  # fmt: skip
_RATE = {"k10", "k12", "k21", "k13", "k31", "ka", "ktr", "rate", "ke0", "koff", "alpha", "beta"}
_CLEARANCE, _VOLUME = {"CL", "Q2", "Q3", "Q4"}, {"V1", "V2", "V3", "V4"}
_MICRO = {"k10", "k12", "k21", "k13", "k31"}
_INSTEAD = {"k10": "CL", "k12": "Q2", "k21": "V2", "k13": "Q3", "k31": "V3"}  # a drawn rate constant takes its place
PER_PICOMOLAR = "pM^-n/s"  # of a kon: its unit changes with n
SHARES = ("F", "F_third", "F_second_pair")  # of a dose: at most all of it


def values(
    members: Iterable[Drug],
    body: Mapping[str, Any],
    person: Person,
    crowd: Population | None,
    table: Mapping[str, np.ndarray],
    people: range,
) -> dict[str, Any]:
    """Every parameter of these drugs for these person numbers, each of shape (len(people),). body: the body's facts.

    The typical value, times the person's draw where there is a crowd, times what the person's
    traits change. Columns of the table replace the parameters they name; who comes from a table is
    otherwise the typical person. A row that the table lacks, in a full last chunk, repeats its last
    one.

    A drug whose spread was found among people of all weights (`weight_in_spread`) has that of
    weight in it: drawn weights would count twice, and the person's own is taken. Shares of a dose
    that a draw carries beyond all of it are cut at 1. Raises Refusal for a column that names no
    parameter in play.
    """
    who = traits(person, crowd, people, body["population"])
    own = traits(person, None, people)
    for name, (trait, _, _) in TRAITS.items():
        if name in table:
            who[trait] = own[trait] = np.take(table[name], people, mode="clip")
    found: dict[str, Any] = {}
    for drug in members:
        facts = {parameter.name: parameter for parameter in _facts(drug)}
        z = draws(drug, facts, crowd.seed, people) if crowd else {}
        found |= _of_drug(drug, facts, z, own if drug.weight_in_spread else who, body)
    found["person.weight"] = who["weight"]
    found["person.tolerance"] = np.full(len(people), person.tolerance)
    _replace(found, table, people)
    for name in found:
        if name.rpartition(".")[2] in SHARES:
            found[name] = found[name].clip(max=1.0)
    return found


class Parameter(NamedTuple):
    """A fact of a drug that the equations use.

    name: its path, with the drug's name before it. symbol: as in the glossary, which decides its
    unit here and how weight scales it. fact: with value, unit and spread. of_disposition: whether a
    disposition has it; only those scale with weight.
    """

    name: str
    symbol: str
    fact: Fact
    of_disposition: bool


def _of_drug(
    drug: Drug,
    facts: Mapping[str, Parameter],
    z: Mapping[str, np.ndarray],
    trait: Mapping[str, np.ndarray],
    body: Mapping,
) -> dict[str, Any]:
    """The parameters of a drug for people with these draws and traits, by name, each (people,). facts: of the drug, by name;
    z: empty for typical people.

    Where the source itself relates a parameter to weight, that covariate acts, and the general
    scaling is left out.
    """
    scaled_by_source = {f"{drug.name}.{c.on}" for c in drug.covariates if c.of == "weight"}
    relative = trait["weight"] / body["reference_weight"].value
    found = {}
    for name, parameter in facts.items():
        number = np.ones(len(trait["weight"])) * _canonical(drug, parameter)
        if z:
            number = number * drawn(parameter.fact, z[name])
        if parameter.of_disposition and name not in scaled_by_source:
            number = number * relative ** _allometric(parameter.symbol, body["allometry"])
        found[name] = number
    for covariate in drug.covariates:
        name = f"{drug.name}.{covariate.on}"
        found[name] = found[name] * _change(covariate, _canonical(drug, facts[name]), trait[covariate.of])
    return found | _per_nanomolar(drug, found)


def _per_nanomolar(drug: Drug, found: Mapping[str, Any]) -> dict[str, Any]:
    """kon of a drug whose file has it per picomolar to the power n: times 1000^n, each person's own n.

    The unit of such a kon changes with n, so that no single factor converts it.
    """
    site, prefix = drug.receptor.get("mu"), f"{drug.name}.receptor.mu"
    if not (site and site.kon and site.kon.unit == PER_PICOMOLAR):
        return {}
    return {f"{prefix}.kon": found[f"{prefix}.kon"] * 1000.0 ** found.get(f"{prefix}.n", 1.0)}


def _replace(found: dict[str, Any], table: Mapping[str, np.ndarray], people: range) -> None:
    """Puts the columns of a table in the place of the parameters that they name.

    Published draws may have micro rate constants where the drug's file has clearances: a drawn k12
    then takes the place of Q2, or both would be there and disagree. Raises Refusal for a column
    that names nothing in play, since a misspelt one would otherwise change nothing without a word.
    """
    for name, column in table.items():
        if name.startswith("breathing.") or name in TRAITS or name == "person.sensitivity":
            continue
        prefix, _, symbol = name.rpartition(".")
        instead = _INSTEAD.get(symbol)
        if instead and f"{prefix}.{instead}" in found:
            del found[f"{prefix}.{instead}"]
        elif name not in found and symbol != "n":  # a slope of 1 has no fact
            raise Refusal(
                f'the table of draws has a column "{name}", but no such parameter is in play.{nearest(name, found)}'
            )
        if symbol == "F":  # one's own share is that of the doses given
            for fact in [key for key in found if key.startswith(f"{prefix}.falls.")]:
                del found[fact]
        found[name] = np.take(column, people, mode="clip")


def draws(drug: Drug, facts: Mapping[str, Parameter], seed: int, people: range) -> dict[str, np.ndarray]:
    """Standard normal draws for every one of these facts of a drug, by name, each (people,); correlated as the drug's file says.

    Each fact has its own stream, keyed by seed and name with the person's number as counter. A
    further fact, drug or person then changes nobody else's draw, and two scenarios with one seed
    compare the same people. A fact that goes together with others gets its part of the others'
    streams, by the Cholesky factor of their correlations in the order of their names.
    """
    z = {p.name: normal(seed, p.name, people) if p.fact.spread else np.zeros(len(people)) for p in facts.values()}
    both = [(*c.of, c.r.value) for c in drug.correlations]
    pairs = {(f"{drug.name}.{a}", f"{drug.name}.{b}"): r for one, other, r in both for a, b in ((one, other), (other, one))}  # fmt: skip
    names = sorted({a for a, _ in pairs} & set(z))
    if names:
        matrix = np.array([[1.0 if a == b else pairs.get((a, b), 0.0) for b in names] for a in names])
        mixed = np.linalg.cholesky(matrix) @ np.stack([z[name] for name in names])
        z |= dict(zip(names, mixed, strict=True))
    return z


def _facts(drug: Drug) -> Iterator[Parameter]:
    """Every fact of a drug that the equations use: not those that only say how facts change or go together."""
    for path, fact in walk(drug):
        if path[0] not in ("covariates", "readings", "correlations"):
            yield Parameter(".".join((drug.name, *path)), symbol_of(path), fact, "disposition" in path)


def _canonical(drug: Drug, parameter: Parameter) -> Any:
    """The typical value in hours, litres and nanomoles. K and C50 by mass become nM by the drug's molar mass."""
    return parameter.fact.value * scale(parameter.symbol, parameter.fact.unit, drug.molar_mass.value)


def scale(symbol: str, unit: str, molar_mass: Any) -> Any:
    """What a number in this unit is multiplied by to be in hours, litres and nanomoles. A kon per picomolar to the power n lacks
    1000^n still, which is each person's own. molar_mass [g/mol]: of the drug."""
    if symbol == "kon":
        return 3600.0 if unit == PER_PICOMOLAR else units.factor(unit, "1/nM/h")
    if symbol in ("K", "C50") and units.same_dimension(unit, "ng/mL"):
        return units.factor(unit, "ng/mL") * 1000.0 / molar_mass
    return units.factor(unit, "1/h" if symbol in _RATE else _UNIT.get(symbol, ""))


def _allometric(symbol: str, powers: Mapping) -> Any:
    """The exponent of body weight for a disposition parameter (Anderson and Holford 2008).

    powers: the body's exponents of clearance and of volume. A rate constant is a clearance over a
    volume and takes their difference, a half-life its negative, and what is given per kilogram has
    one power less.
    """
    clearance, volume = powers["clearance"]["exponent"].value, powers["volume"]["exponent"].value
    if symbol in _CLEARANCE:
        return clearance
    if symbol in _VOLUME:
        return volume
    if symbol in _MICRO or symbol in ("alpha", "beta"):
        return clearance - volume
    return {
        "A": -volume,
        "B": -volume,
        "half_life": volume - clearance,
        "CL_per_kg": clearance - 1.0,
        "V1_per_kg": volume - 1.0,
    }.get(symbol, 0.0)


def _change(covariate: Covariate, typical: Any, trait: np.ndarray) -> Any:
    """What a trait multiplies a parameter of this typical value by, (people,).

    A slope adds to the typical value in the parameter's own unit; an exponent is a power of the
    trait over its reference; a factor counts once for a trait of 1 (liver, dependence), in part for
    a trait between 0 and 1.
    """
    if covariate.slope is not None:
        per = {"weight": "L/h/kg", "age": "L/h/y"}[covariate.of]
        slope = covariate.slope.value * units.factor(covariate.slope.unit, per)
        return 1.0 + slope * (trait - covariate.reference) / typical
    if covariate.exponent is not None:
        return (trait / covariate.reference) ** covariate.exponent.value
    return (covariate.factor.value if covariate.factor else 1.0) ** trait


def clearances(given: Mapping[str, Any], prefix: str):
    """CL [L/h], V1 [L], and (Q [L/h], V [L]) of each peripheral compartment, from whichever form the facts have.

    Papers give clearances and volumes, or rate constants, or two exponentials, or a volume or clearance
    per kilogram, or a half-life with a clearance; each drug's file keeps the form of its source.
    prefix: of the disposition. What is eliminated by Vmax and Km has no clearance.
    """
    get = {key.removeprefix(prefix + "."): value for key, value in given.items() if key.startswith(prefix + ".")}
    if "beta" in get:
        get |= _rates_of_exponentials(**{symbol: get[symbol] for symbol in ("A", "alpha", "B", "beta")})
    weight = given["person.weight"]
    volume, clearance = (get.get(symbol, _whole(get, symbol, weight)) for symbol in ("V1", "CL"))
    if "Vmax" in get:
        clearance = 0.0 * get["Vmax"]  # what is eliminated at a limited rate has no clearance
    if volume is None:
        volume = clearance * get["half_life"] / np.log(2.0)
    if clearance is None:
        clearance = get["k10"] * volume
    return clearance, volume, list(_peripheral(get, volume))


def _rates_of_exponentials(A: Any, alpha: Any, B: Any, beta: Any) -> dict[str, Any]:
    """V1 [L] and rate constants [1/h] of what falls as A e^(-alpha t) + B e^(-beta t) after a dose of 1 into the blood
    (Gibaldi and Perrier, Pharmacokinetics, 2nd edition 1982, chapter 2)."""
    back = (A * beta + B * alpha) / (A + B)
    out = alpha * beta / back
    return {"V1": 1.0 / (A + B), "k10": out, "k12": alpha + beta - back - out, "k21": back}


def _whole(get: Mapping[str, Any], symbol: str, weight: Any) -> Any:
    """A volume or clearance that is given per kilogram, for each person's own weight; None where it is not given."""
    return get[f"{symbol}_per_kg"] * weight if f"{symbol}_per_kg" in get else None


def _peripheral(get: Mapping[str, Any], volume: Any) -> Iterator[tuple[Any, Any]]:
    """(Q, V) of each peripheral compartment: as given, or Q = k_out V1 and V = Q / k_back."""
    for q, v, out, back in (("Q2", "V2", "k12", "k21"), ("Q3", "V3", "k13", "k31"), ("Q4", "V4", "", "")):
        if q in get:
            yield get[q], get[v]
        elif out in get:
            yield get[out] * volume, get[out] * volume / get[back]
