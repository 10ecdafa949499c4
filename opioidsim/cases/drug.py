"""Drugs as facts: disposition, routes, receptor. Agonists and antagonists alike; one TOML file each.

A drug has no code of its own: what it is, is which facts its file has. A file keeps the form in
which its source gives a number (a clearance or a rate constant, per kilogram or not);
`engine/parameters.py` turns all of them into the same.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from opioidsim.cases.otherwise import Reading, read_otherwise
from opioidsim.facts.evidence import LIBRARY, Fact, Table, build, read_toml
from opioidsim.facts.own import files
from opioidsim.refusal import Refusal, listed, nearest, shown, slip


class Disposition(Table):
    """Up to four compartments, as clearances and volumes or as rate constants; per kilogram where so published.

    CL, V1: of the central compartment. Q, V of each peripheral one, or k out and back. half_life:
    with a clearance, gives the volume of a drug with one compartment. A, alpha, B, beta: two exponentials,
    dose x (A e^(-alpha t) + B e^(-beta t)), alpha the faster. Vmax, Km: elimination at a limited rate,
    instead of a clearance.
    """

    CL: Fact | None = None
    V1: Fact | None = None
    Q2: Fact | None = None
    V2: Fact | None = None
    Q3: Fact | None = None
    V3: Fact | None = None
    Q4: Fact | None = None
    V4: Fact | None = None
    k10: Fact | None = None
    k12: Fact | None = None
    k21: Fact | None = None
    k13: Fact | None = None
    k31: Fact | None = None
    A: Fact | None = None
    alpha: Fact | None = None
    B: Fact | None = None
    beta: Fact | None = None
    CL_per_kg: Fact | None = None
    V1_per_kg: Fact | None = None
    half_life: Fact | None = None  # with a clearance, gives the volume of a one-compartment drug
    Vmax: Fact | None = None  # saturable elimination, Vmax C / (Km + C), instead of a clearance
    Km: Fact | None = None


class Phase(Table):
    """A share of the dose released through a row of equal first-order stages (a gamma-shaped release).

    fraction: of the dose. stages: how many; one is plain first order, more begin later and peak
    more sharply. rate or half_life: of each stage. transits, ktr: stages before them that only
    delay, and the rate of each.
    """

    fraction: Fact
    stages: int = Field(ge=1, le=8)
    rate: Fact | None = None
    half_life: Fact | None = None
    transits: int = Field(default=0, ge=0, le=8)
    ktr: Fact | None = None


class Weighed(Table):
    """What the milligrams of a product's label are of: the drug itself or a salt of it, and why.

    molar_mass: of the salt, per mole of the drug; none where nothing is to be converted.
    """

    name: str
    molar_mass: Fact | None = None
    why: str = ""


class Falling(Table):
    """How a smaller share of a larger dose arrives: F (dose / reference)^power, from the smallest dose to the largest, and as at
    these beyond them. The doses in mg of the label."""

    reference: Fact
    power: Fact
    smallest: Fact
    largest: Fact


class Route(Table):
    """A way into the body: transit stages, absorption, release phases; the share that arrives, the rest is lost."""

    about: str
    dose_is: Weighed
    F: Fact | None = None
    ka: Fact | None = None
    ktr: Fact | None = None
    transits: int = Field(default=0, ge=0, le=8)
    F_third: Fact | None = None  # from the third single dose on, when less arrives
    F_second_pair: Fact | None = None  # from the second pair on, when two are given at once
    falls: Falling | None = None  # where F hangs on the dose
    unit_dose: Fact | None = None  # what one spray or one injector holds
    worn: Fact | None = None  # of a patch, which gives its drug for so long
    phases: tuple[Phase, ...] = ()
    presystemic: dict[
        str, Fact
    ] = {}  # metabolite: of the dose that does not arrive unchanged, the share that arrives as it
    disposition: Disposition | None = None  # where a product was fitted with its own
    shrinking: Literal["amount", "rate"] = "amount"  # what a shrinking volume keeps: see model/breathing.py


class Site(Table):
    """Binding at one receptor type: half-occupancy K, or kon; koff; slope n; intrinsic efficacy.

    At mu binding takes time: koff with K or kon. At kappa and delta only an equilibrium is
    reported, and K is enough. efficacy: 0 of an antagonist to 1 of a full agonist; breathing_efficacy: in breathing, where a
    ceiling there makes it another number.
    """

    K: Fact | None = None
    kon: Fact | None = None
    koff: Fact | None = None
    n: Fact | None = None
    efficacy: Fact | None = None
    breathing_efficacy: Fact | None = None


class Scan(Table):
    """What a scan of the brain finds held, against plasma: most C / (C + K). Not the same number as what acts."""

    K: Fact
    most: Fact


class Sedation(Table):
    """What a sedative takes from breathing: at C50 half of what it can take of the wakefulness drive; it raises the stimulus of
    an opioid by `potentiation` for each C50."""

    C50: Fact
    potentiation: Fact


class Induction(Table):
    """How a drug speeds its own clearance: CL (1 + rise I / (C50 + I)), I following its plasma level with this half-life."""

    rise: Fact
    C50: Fact
    half_life: Fact


class Correlation(Table):
    """How two facts of a drug go together between people: the correlation of their logarithms (of the value where its law is normal)."""

    of: tuple[str, str]
    r: Fact


class Column(Table):
    """A column of a published table of draws: the fact it stands for, and its unit (with a factor, "0.1 L/s")."""

    fact: str
    unit: str = ""


class Draws(Table):
    """A published table of virtual people from which this drug's facts can be read, known by its columns."""

    about: str
    source: str
    columns: dict[str, Column]


class Covariate(Table):
    """How a trait of the person changes a fact.

    linear: value + slope (trait - reference); power: value (trait / reference) ^ exponent; factor: value x factor
    where the person has the named condition.
    """

    on: str
    of: Literal["weight", "age", "dependent", "cirrhosis"]
    reference: float | None = None  # kg or years
    slope: Fact | None = None
    exponent: Fact | None = None
    factor: Fact | None = None


class Drug(Table):
    """A drug or metabolite: what it is, and every number that the equations need."""

    name: str
    role: Literal["agonist", "partial agonist", "antagonist", "sedative", "metabolite", "non-opioid"]
    about: str
    also: tuple[str, ...] = ()  # other names a user may type
    brands: dict[str, str] = {}  # of these names, those of a product with one route: that route
    duration: Literal["short", "long", ""] = ""  # decides the opioid-free interval of the labels
    molar_mass: Fact
    disposition: Disposition
    routes: dict[str, Route] = {}
    mixture: tuple[str, ...] = ()  # of these mirror forms: the level of the drug is that of all of them together
    metabolites: dict[str, Fact] = {}  # metabolite: share of systemic clearance that forms it
    ke0: Fact | None = None
    biophase_half_life: Fact | None = None
    receptor: dict[Literal["mu", "kappa", "delta"], Site] = {}
    scan: Scan | None = None
    sedation: Sedation | None = None
    induction: Induction | None = None
    covariates: tuple[Covariate, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    draws: tuple[Draws, ...] = ()
    contested: tuple[str, ...] = ()
    readings: dict[str, Reading] = {}
    weight_in_spread: bool = False  # the spreads were found among people of all weights: a drawn weight changes nothing


@cache
def paths() -> dict[str, Path]:
    """The file of each drug of the library."""
    return files("drugs")


def names() -> tuple[str, ...]:
    """All drugs of the library."""
    return tuple(paths())


@cache
def aliases() -> dict[str, str]:
    """The library's name by every name that a user may type, in small letters."""
    found = {name.lower(): name for name in names()}
    for name in names():
        found.update({other.lower(): name for other in load(name).also})
    return found


def given_by(name: str) -> str:
    """By which routes a drug is given, in a sentence; of one without any, what it is: a part of a mixture, or a metabolite."""
    if routes := load(name).routes:
        return f"{name} has the routes {', '.join(routes)}."
    whole = next((other for other in names() if name in load(other).mixture), "")
    return f"{name} is {f'a part of {whole}' if whole else 'a metabolite'} and is not given by itself."


def is_known(name: str) -> bool:
    """Whether a drug of the library has this name, or is also called so."""
    return name.lower() in aliases()


def words_of_name(words: Sequence[str]) -> int:
    """How many of the words with which a sentence begins are one name, modelled or not, such as "MS Contin"; 1 of any other."""
    return 2 if len(words) > 1 and " ".join(words[:2]).lower() in {**aliases(), **_others()} else 1


def find(name: str) -> str:
    """The library's name of the drug a user wrote. What is not there is refused: a slip of the pen with the right name,
    any other with what it is and what is known of its kind; never another drug because it is spelled alike."""
    known = aliases()
    word = name.lower() if isinstance(name, str) else shown(name)  # pyright: ignore[reportUnnecessaryIsInstance]  # from outside
    if word in known:
        return known[word]
    about, kind = _others().get(word, ("", ""))
    if about:
        alike = [n for n in names() if load(n).role == kind]
        others = f" Modelled of its kind: {listed(alike, 25)}." if alike else ""
        raise Refusal(f'"{shown(name)}" is not modelled: {about}.{others}{f" {ADDING}" if kind != "product" else ""}')
    meant = slip(word, names()) or slip(word, known)
    if meant:
        drug = f" ({known[meant]})" if known[meant] != meant else ""
        raise Refusal(f'there is no drug "{shown(name)}" in the library. Did you mean "{meant}"{drug}?')
    given = sorted((n for n in names() if load(n).role != "metabolite"), key=lambda n: load(n).role != "antagonist")
    raise Refusal(f'there is no drug "{shown(name, 40)}" in the library. Modelled are: {listed(given)}. {ADDING}')


ALL = "all"  # readings of the whole model stand under this name
ADDING = "To add a drug:  opioidsim --library FOLDER new drug NAME."


@cache
def _others() -> dict[str, tuple[str, str]]:
    """Well-known names that are not modelled: what each is; the role of drugs that come nearest, or "product" of one modelled."""
    tables = read_toml(LIBRARY / "other_drugs.toml")
    return {name.lower(): (about, kind) for kind, table in tables.items() for name, about in table.items()}


def route_of(brand: str) -> str:
    """The one route of a brand, such as "im-depot" of Vivitrol; "" for any other name."""
    return load(find(brand)).brands.get(brand.lower(), "")


def find_or_refuse(name: str, sentence: str) -> str:
    """`find`, with the dose sentence in the refusal."""
    try:
        return find(name)
    except Refusal as refusal:
        raise Refusal(f'dose "{sentence}": {refusal}') from None


@cache
def load(name: str, *readings: str) -> Drug:
    """The drug, or other readings of it ("which numbers, if the contested evidence is read differently"), one over the other;
    an empty name is none.

    A reading replaces facts of the file, or leaves some out, and is then checked like any file.
    Raises Refusal for a reading that there is not.
    """
    table = read_toml(paths().get(name, LIBRARY / "drugs" / f"{name}.toml"))
    drug = build(Drug, table, f"drugs/{name}.toml")
    for reading in filter(None, readings):
        if reading not in drug.readings:
            raise Refusal(f'{name} has no reading "{reading}".{nearest(reading, drug.readings)}')
        for layer in (*drug.readings[reading].beneath, reading):
            table = read_otherwise(table, drug.readings[layer])
    if not any(readings):
        return drug
    given = " and ".join(filter(None, readings))
    read = build(Drug, table, f"drugs/{name}.toml, reading {given}")
    if any(site.K and site.kon for site in read.receptor.values()):
        raise Refusal(f"{name} cannot be read as {given} at once: both say how it binds; leave one of them out.")
    return read


def family(name: str, readings: dict[str, str] | None = None) -> list[Drug]:
    """The drug and, behind it, everything it turns into, each once; in these readings and what goes along with them.

    A reading of all is one of the whole model: every drug that knows it is read so, and then as its own reading says.
    """
    chosen = dict(readings or {})
    whole = chosen.pop(ALL, "")
    for drug, reading in dict(chosen).items():
        chosen |= load(drug, reading).readings[reading].along
    found: dict[str, Drug] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        if current in found:
            continue
        both = (whole if whole in load(current).readings else "", chosen.get(current, ""))
        drug = found[current] = load(current, *both)
        waiting += [*drug.metabolites, *(m for route in drug.routes.values() for m in route.presystemic)]
    return list(found.values())
