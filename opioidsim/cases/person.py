"""Who: one person, or a crowd whose members differ by named, reproducible random streams.

A draw belongs to a seed, a name and a person's number, and to nothing else: not to the order of
drawing, the chunk, the thread or the size of the crowd. So two scenarios with one seed have the
same people, differences between them are not noise, and a further quantity leaves every earlier
draw where it was.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Unpack

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema

from opioidsim.cases.said import PersonSaid, PopulationSaid
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact, Table
from opioidsim.files import read_columns
from opioidsim.refusal import Refusal, shown

LARGEST_SEED = 2**63 - 1
MOST_DRAWS = 400  # joint draws of what is not known that come with the package
TRAITS = {  # what a table may say of each person: the trait, and what can be simulated [kg; years; 0 or 1]
    "person.weight": ("weight", 30.0, 250.0),
    "person.age": ("age", 16.0, 100.0),
    "person.cirrhosis": ("cirrhosis", 0.0, 1.0),
}
LIVERS = ("healthy", "cirrhosis")
Share = Annotated[float, Field(ge=0, le=1)]
MOST_TOLERANT = 2.0  # that may be stated: about what heroin 100 mg three times a day brings


def _tolerance(given: Any) -> Any:
    """The words for the two tolerances that were measured, as numbers; anything else as it is."""
    return {"naive": 0.0, "chronic": 1.0}.get(given, given) if isinstance(given, str) else given


Tolerance = Annotated[  # 0 naive, 1 chronic; the words are understood
    float,
    Field(ge=0, le=MOST_TOLERANT),
    BeforeValidator(_tolerance),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": MOST_TOLERANT}, {"enum": ["naive", "chronic"]}]}
    ),
]


def _in(unit: str, low: float, high: float, what: str) -> BeforeValidator:
    """A reader of numbers in this unit, with or without it, within what can be simulated."""

    def read(given: Any) -> float:
        value = given if isinstance(given, int | float) else units.quantity(given, unit, f"the {what}")
        if not low <= value <= high:
            raise ValueError(f"the {what} is {shown(value)} {unit}; {low:g} to {high:g} {unit} can be simulated.")
        return float(value)

    return BeforeValidator(read)


WITH_UNIT = WithJsonSchema({"type": "string", "examples": ["70 kg", "35 years"]})


class Person(Table):
    """One person: weight [kg], age [years], sex, liver; tolerance 0 (naive), 1 (chronic high dose), at most 2; dependence 0 to 1."""

    if TYPE_CHECKING:  # what may be written, for editors: texts and tables too

        def __init__(self, **said: Unpack[PersonSaid]) -> None: ...

    weight: Annotated[float, _in("kg", 30, 250, "weight"), WITH_UNIT] = 70.0
    age: Annotated[float, _in("y", 16, 100, "age"), WITH_UNIT] = 35.0
    sex: Literal["male", "female"] = "male"
    liver: Literal["healthy", "cirrhosis"] = "healthy"
    tolerance: Tolerance = 0.0
    dependence: Share = 0.0


class Population(Table):
    """A crowd: `n` people drawn with `seed`; or, from one `table` or several side by side, one person per row. With `draws`
    person k lives under the k-th reading of what is not known (and again from the first); without `n` each is the typical one.

    A column is named by its parameter, or as in a published table that a drug's file knows. With a table, `n` takes its
    first rows.
    """

    if TYPE_CHECKING:  # what may be written, for editors: texts and tables too

        def __init__(self, **said: Unpack[PopulationSaid]) -> None: ...

    n: int = Field(default=0, ge=0, le=10_000_000)
    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)
    draws: int = Field(default=0, ge=0, le=MOST_DRAWS)
    table: Annotated[
        tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) and given else given)
    ] = ()

    def sound(self, ids: int) -> None:
        """Refuses a crowd without people, and draws beside other people than the typical one. ids: people of an event table."""
        if not (self.n or self.table or self.draws) and ids < 2:
            raise Refusal(
                "population.n: it is 0; it must be at least 1, unless `table` or `draws` say who.", where="population.n"
            )
        if self.draws and (self.table or ids > 1):
            which = "a table of draws" if self.table else "a dosing table of several people"
            raise ValueError(f"population: {which} and the package's own `draws` were given; leave one of them out.")

    def columns(self) -> list[dict[str, np.ndarray]]:
        """The columns of each of the tables of draws, one person per row."""
        tables = [read_columns(path, "table of draws") for path in self.table]
        lengths = {len(next(iter(columns.values()))) for columns in tables}
        if len(lengths) > 1:
            raise Refusal(
                f"the tables of draws have {' and '.join(map(str, sorted(lengths)))} rows; they must have the same people in the same rows."
            )
        if lengths and self.n > min(lengths):
            raise Refusal(f"{self.n} people are asked for, but the table of draws has {min(lengths)} rows.")
        return tables


def uniform(seed: int, name: str, people: range) -> np.ndarray:
    """Draws between 0 and 1 for these person numbers, (people,), from the stream of one named quantity; see `uniforms`."""
    return uniforms(seed, [name], people)[0]


def uniforms(seed: int, names: Iterable[str], people: range) -> np.ndarray:
    """Draws between 0 and 1 for these person numbers, from a stream of each named quantity, (names, people).

    Counter-based (Philox keyed by seed and name; the person number is the counter), so that a
    further quantity, person, chunk or thread changes no one else's draw. Of each counter's four
    words the first is used; 53 bits of it, centred, so that neither 0 nor 1 is ever drawn. Raises
    Refusal for a seed that is none.
    """
    if not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:  # pyright: ignore[reportUnnecessaryIsInstance]  # from outside
        raise Refusal(f"the seed is {shown(seed)}; write a whole number from 0 to {LARGEST_SEED}.")
    names = list(names)
    words = np.empty((len(names), len(people)), np.uint64)
    generator = np.random.Philox(key=0, counter=people.start)
    begins = generator.state
    for row, name in zip(words, names, strict=True):  # with a new key each, a tenth of the cost of a new generator
        begins["state"]["key"] = np.frombuffer(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:16], "<u8")
        generator.state = begins
        row[:] = generator.random_raw(4 * len(people))[::4]
    return ((words >> np.uint64(11)) + 0.5) * 2.0**-53


def normal(seed: int, name: str, people: range) -> np.ndarray:
    """Standard normal draws: the same stream as `uniform` of that name, through the inverse normal."""
    from scipy.special import ndtri

    return ndtri(uniform(seed, name, people))


def traits(
    person: Person, population: Population | None, people: range, around: dict[str, Fact] | None = None
) -> dict[str, np.ndarray]:
    """Weight [kg], age [y], liver and dependence of these people: the person's own, or, of a population, drawn around the
    facts `around`, by trait."""
    n = len(people)
    found = {"weight": np.full(n, person.weight), "age": np.full(n, person.age)}
    if population is not None and population.n:
        for trait, fact in (around or {}).items():
            z = normal(population.seed, f"person.{trait}", people)
            found[trait] = (fact.value * np.exp(log_sigma(fact.spread or 0.0) * z)).clip(*TRAIT_RANGE[trait])
    found["cirrhosis"] = np.full(n, float(person.liver == "cirrhosis"))
    found["dependent"] = np.full(n, person.dependence)
    return found


TRAIT_RANGE = {"weight": (40.0, 180.0), "age": (18.0, 85.0)}  # beyond these the draws are not credible


def log_sigma(cv: float) -> float:
    """The standard deviation of the logarithm, of a log-normal spread with this coefficient of variation."""
    return float(np.sqrt(np.log1p(cv * cv)))


def drawn(fact: Fact, z: np.ndarray) -> np.ndarray:
    """The fact as a multiple of its typical value for standard normal draws z: around the median, cut at `most`."""
    if not fact.spread:
        return np.ones(len(z))
    centre = (fact.value if fact.median is None else fact.median) / fact.value
    found = centre * (1.0 + fact.spread * z if fact.law == "normal" else np.exp(log_sigma(fact.spread) * z))
    return found if fact.most is None else (0.0 * found + fact.most / fact.value).clip(max=found)


def within(fact: Fact, z: np.ndarray) -> np.ndarray:
    """A fact that is not well known, for standard normal draws z: its value at z = 0, never beyond its low and high.

    Half of the draws lie on each side, spread evenly in logarithms; where low is 0, evenly in the value.
    """
    from scipy.special import ndtr

    low, high = (fact.value if end is None else end for end in (fact.low, fact.high))
    share = 2.0 * ndtr(z) - 1.0  # -1 at low, 0 at the value, 1 at high
    below = share < 0
    end = below * low + ~below * high
    if low > 0:
        return fact.value * (end / fact.value) ** np.abs(share)
    return fact.value + (end - fact.value) * np.abs(share)
