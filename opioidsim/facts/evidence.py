"""Facts: numbers that know where they came from. Read from the TOML files of `library/`; no equations, no arrays.

A number without a source cannot be checked: `faults` names each that has none, or whose unit or
size cannot be. The glossary holds for each symbol the units it may have and the range outside which
it cannot be right; a slip of a unit shows there.
"""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from opioidsim.facts import units
from opioidsim.facts.own import LIBRARY, own
from opioidsim.refusal import Refusal, is_listed, is_table, nearest, read_text, shown, slip, wanted


class Table(BaseModel):
    """A frozen record, from TOML or from Python; what does not belong is refused with one sentence."""

    # what reads a record is built when one is first read: less to import
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    def __init__(self, **given: Any) -> None:
        """From keywords; raises Refusal, one sentence, where pydantic would raise its own list of faults."""
        _checked(type(self), given, type(self).__name__.lower(), self)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # so that a record within a record keeps its place

    @classmethod
    def model_validate(cls, obj: Any, **_: Any) -> Self:
        """The record that a table says; `build`, under the name that pydantic gives it."""
        return _checked(cls, obj, cls.__name__.lower())

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth(cls, given: Any, info: ValidationInfo) -> Any:
        """Refuses true and false where a number belongs: Python would read them as 1 and 0."""
        if isinstance(given, bool) and cls.model_fields[info.field_name].annotation is not bool:  # type: ignore[index]
            raise ValueError(f"it is {str(given).lower()}, which is neither a number nor a text.")
        return given


Read = Literal["", "paper", "abstract", "label", "code", "quoted", "recalled"]
READ = tuple(word for word in get_args(Read) if word)  # how a number was seen, see `Source`


class Source(Table):
    """A publication, label or data set that numbers are taken from.

    read_in: how its numbers were seen. paper: in its full text | abstract | label: of a product | code: in the published program
    or data set itself | quoted: in another text, or in a program of others | recalled: not seen again.
    """

    title: str
    title_confirmed: bool = True
    authors: str
    year: int
    in_: str = ""
    doi: str = ""
    pmid: str = ""
    number: str = ""  # of a document without DOI or PMID: a label, a registration, a repository
    kind: Literal["article", "label", "dataset", "software", "book", "report"] = "article"
    read_in: Read = ""

    @property
    def named(self) -> str:
        """The title, with a word where it has not been seen on the publication itself or in an index."""
        return self.title if self.title_confirmed else f"{self.title} [title not confirmed]"

    @property
    def link(self) -> str:
        """Where it can be found: an https address, or its document number; empty where volume and pages say it."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else self.number


class Fact(Table):
    """One number: value [unit], how it varies between people, how it is known, and where it stands.

    spread: coefficient of variation between people; None: the same in everyone. law: how it is spread.
    median: of a population, where it is not the typical value. most: what it is cut off at in a population.
    low, high: what the evidence leaves open for the typical value.
    basis: measured in people | fitted to them here or by the source | scaled from another system | assumed.
    read_in: how this number was seen, where that is not how its source was; see `how_read`.
    """

    value: float
    unit: str = ""
    spread: float | None = None
    law: Literal["log-normal", "normal"] = "log-normal"
    median: float | None = None
    most: float | None = None
    low: float | None = None
    high: float | None = None
    basis: Literal["measured", "fitted", "scaled", "assumed"]
    source: str = ""
    where: str = ""
    note: str = ""
    system: Literal["people", "cells", "animals"] = "people"
    read_in: Read = ""

    def text(self) -> str:
        """Value and unit as one would write them."""
        return f"{units.plain(self.value)} {self.unit}".strip()


class Stated(Table):
    """Something in words that the library knows by name. basis, source, where, note: how it is known, as of a fact."""

    about: str
    basis: Literal["measured", "assumed"]
    source: str
    where: str
    note: str = ""


S = TypeVar("S", bound=Stated)
T = TypeVar("T", bound=Table)


class Meaning(Table):
    """What a symbol stands for, the units it may have, and the range outside which it cannot be right."""

    meaning: str
    units: tuple[str, ...] = ("",)
    low: float | None = None
    high: float | None = None


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; a slip in it is refused with its line."""
    try:
        return tomllib.loads(read_text(path))
    except FileNotFoundError:
        raise Refusal(f'there is no file "{shown(str(path))}".') from None
    except OSError as error:
        raise Refusal(f'"{shown(str(path))}" could not be read: {error.strerror}.') from None
    except Refusal:
        raise
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{path.name} is not valid TOML: {said_of(error)}. Mend that place and try again.") from None


def said_of(error: Exception) -> str:
    """What a reader of texts complained about, in a few words."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return (
        "it has a number of thousands of digits" if "int" in str(error)[:40] and "digits" in str(error) else str(error)
    )


def build(cls: type[T], table: dict[str, Any], what: str) -> T:
    """`cls` from a table, or a sentence about the first thing that is wrong with it."""
    return _checked(cls, table, what)


def stated(cls: type[S], name: str) -> dict[str, S]:
    """The tables of a file of the library, each a `cls`. Raises Refusal for an unknown source, or what is assumed without a reason."""
    found = {key: build(cls, table, f"{name}, {key}") for key, table in read_toml(LIBRARY / name).items()}
    for key, each in found.items():
        if each.source not in sources():
            raise Refusal(f"{name}, {key}: {unknown(each.source)}")
        if each.basis == "assumed" and not each.note:
            raise Refusal(f"{name}, {key}: what is assumed needs a note that says why.")
    return found


def _checked(cls: type[T], table: Any, what: str, into: T | None = None) -> T:
    """The record, or one sentence about the first thing that is wrong with it: a wrong value before a
    missing one. into: the record that is being made. Raises Refusal, with the place as `where`.
    """
    try:
        return cls.__pydantic_validator__.validate_python(table, self_instance=into)
    except RecursionError:
        raise Refusal(f"{f'{what}: ' if what else ''}it is nested too deeply.") from None
    except ValidationError as error:
        every = error.errors(include_url=False)
        complaint = next((each for each in every if each["type"] != "missing"), every[0])
    place = shown(".".join(str(part) for part in complaint["loc"]))
    head = f"{what}: " if what else ""
    said = f'{head}"{place}" ' if place else head
    match complaint["type"]:
        case "extra_forbidden":
            said = f'{head}"{place}" is not a key that belongs here.'
            said += nearest(str(complaint["loc"][-1]), _fields(cls, complaint["loc"][:-1]))
        case "missing":
            said += "is missing."
        case "value_error":
            error = complaint.get("ctx", {}).get("error")
            said = f"{head}{place}: {error}" if place else f"{head}{error}"
            place = place or getattr(error, "where", "")  # a rule of the whole that knows which key it is about
        case _:
            given = complaint["input"]
            said += f"is {repr(shown(given)) if isinstance(given, str) else shown(given)}; {wanted(complaint['msg'])}."
    raise Refusal(said, where=place) from None


def _fields(cls: Any, path: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a place inside `cls`; none where that place is not a record."""
    for part in path:
        if isinstance(part, int) and hasattr(cls, "model_fields"):
            continue  # a place in a list of these records
        field = getattr(cls, "model_fields", {}).get(part)
        kinds = (field.annotation, *get_args(field.annotation)) if field else get_args(cls)
        cls = next((kind for kind in kinds if hasattr(kind, "model_fields")), next(iter(get_args(cls)), None))
    return list(getattr(cls, "model_fields", {}))


@cache
def sources() -> dict[str, Source]:
    """All sources by key."""
    tables, folder = read_toml(LIBRARY / "sources.toml"), own()
    if folder and (folder / "sources.toml").exists():
        tables = read_toml(folder / "sources.toml") | tables
    return {
        key: build(Source, {"in_" if k == "in" else k: v for k, v in table.items()}, f"sources.toml, {key}")
        for key, table in tables.items()
    }


def how_read(fact: Fact) -> str:
    """How a fact's number was seen: its own word, or its source's; empty where it has no source."""
    source = sources().get(fact.source)
    return fact.read_in or (source.read_in if source else "")


@cache
def glossary() -> dict[str, dict[str, Meaning]]:
    """Two dictionaries, "facts" and "quantities": every symbol of a fact and every output, with meaning and unit."""
    tables = read_toml(LIBRARY / "glossary.toml")
    return {
        group: {name: build(Meaning, table, f"glossary.toml, {name}") for name, table in tables[group].items()}
        for group in ("facts", "quantities")
    }


def walk(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], "Fact"]]:
    """Every Fact in a nest of records, dictionaries and lists, with the path to it."""
    if isinstance(tree, Fact):
        yield path, tree
    elif isinstance(tree, BaseModel):
        for name in type(tree).model_fields:
            yield from walk(getattr(tree, name), (*path, name))
    elif is_table(tree):
        for key, value in tree.items():
            yield from walk(value, (*path, key))
    elif is_listed(tree):
        for number, value in enumerate(tree, 1):
            yield from walk(value, (*path, str(number)))


def symbol_of(path: Sequence[str]) -> str:
    """The glossary's symbol of the fact at a path; tables keyed by a metabolite hold shares."""
    return "fraction" if len(path) > 1 and path[-2] in ("metabolites", "presystemic") else path[-1]


def faults(path: tuple[str, ...], fact: Fact) -> list[str]:
    """What is wrong with one fact, as sentences; empty when it is sound."""
    name, symbol = ".".join(path), symbol_of(path)
    found: list[str] = []
    meaning = glossary()["facts"].get(symbol)
    if meaning is None:
        return [f'{name}: the glossary has no symbol "{symbol}".{nearest(symbol, glossary()["facts"])}']
    if not any(units.same_dimension(fact.unit, unit) for unit in meaning.units):
        allowed = " or ".join(f'"{unit}"' if unit else "no unit" for unit in meaning.units)
        found.append(f'{name}: {symbol} is given in "{fact.unit}" but must be in {allowed}.')
    ends = [x for x in (fact.value, fact.low, fact.high, fact.median, fact.most) if x is not None]
    found += [
        f"{name}: {end:g} {fact.unit} lies outside the plausible {meaning.low:g} to {meaning.high:g} {meaning.units[0]}."
        for end in ends
        if not plausible(end, fact.unit, meaning)
    ]
    if fact.spread is not None and not 0 < fact.spread < 3:
        found.append(f"{name}: a spread of {fact.spread:g} is no coefficient of variation (0 to 3).")
    return found + _unfounded(name, fact)


def plausible(value: float, unit: str, meaning: Meaning) -> bool:
    """Whether a value in this unit lies within the range of the glossary; true where there is none for the unit."""
    if meaning.low is None or meaning.high is None or not units.same_dimension(unit, meaning.units[0]):
        return True
    return meaning.low <= value * (1.0 if unit == meaning.units[0] else units.factor(unit, meaning.units[0])) <= meaning.high  # fmt: skip


def unknown(source: str) -> str:
    """What to do about a source that no sources.toml has."""
    near = slip(source, sources())
    meant = f' Did you mean "{near}"?' if near else ""
    return f'source "{source}" is not in sources.toml.{meant} A new one goes into the sources.toml beside your files: [{source}] with title, authors, year, read_in, and doi, pmid or number.'


def _unfounded(name: str, fact: Fact) -> list[str]:
    """What a fact does not say of how it is known."""
    found: list[str] = []
    if fact.basis != "measured" and not fact.note:
        found.append(f"{name}: a value that is {fact.basis} must say in `note` from what and why.")
    if fact.basis != "assumed" and not fact.source:
        found.append(f"{name}: a value that is {fact.basis} needs a `source`.")
    if fact.source and fact.source not in sources():
        found.append(f"{name}: {unknown(fact.source)}")
    if fact.source and not fact.where:
        found.append(f"{name}: say in `where` at which place of {fact.source} the number stands.")
    return found
