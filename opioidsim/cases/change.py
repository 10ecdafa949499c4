"""Any fact can be changed for one call: "adaptation.tau_loss" = "20 d".

A change has a unit like a fact, and is held to the same plausible range. It goes into the facts
before anything is computed: nothing else has to know that there are changes.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from opioidsim.cases import drug as drugs
from opioidsim.facts import library, units
from opioidsim.facts.evidence import Fact, glossary, plausible, symbol_of, walk
from opioidsim.refusal import Refusal, shown

MOST_NAMED = 6  # candidates that a refusal lists


def flat(given: Any, path: tuple[str, ...] = ()) -> dict[str, str]:
    """A table of changes by full name: TOML reads an unquoted adaptation.tau_loss as a table in a table."""
    if not isinstance(given, dict):
        raise Refusal('write a table, for example "adaptation.tau_loss" = "20 d".')
    found = {}
    for key, value in given.items():
        here = (*path, str(key))
        if isinstance(value, dict):
            found |= flat(value, here)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            found[".".join(here)] = str(value)
        else:
            raise Refusal(f'"{".".join(here)}" is {shown(value)}; write a number and a unit, for example "20 d".')
    return found


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Changes written as "NAME = VALUE UNIT". Raises Refusal for a text without =, and for a name given twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise Refusal(f'"{shown(text)}" changes no fact; write for example "adaptation.tau_loss = 20 d".')
        if name in found:
            raise Refusal(f'"{name}" is changed twice, to {found[name]} and to {value}; give it once.')
        found[name] = value
    return found


def facts_of(members: Iterable[drugs.Drug], reading: str = "") -> dict[str, Fact]:
    """Every fact of these drugs and of the body, by name. reading: of the whole model."""
    found = {".".join((drug.name, *path)): fact for drug in members for path, fact in walk(drug)}
    for group in library.groups():
        found |= {".".join((group, *path)): fact for path, fact in walk(library.body(group, reading))}
    return found


def resolved(change: dict[str, str], members: Iterable[drugs.Drug], reading: str = "") -> dict[str, Fact]:
    """The changed facts by full name, of these drugs, of the body, or of any other drug where it is named in full.
    reading: of the whole model.

    A name may be a unique end of one. Raises Refusal for a name that no fact has or several have, and for a value of
    another dimension or outside the plausible range.
    """
    found: dict[str, Fact] = {}
    known = facts_of(members, reading) if change else {}
    for given, text in change.items():
        name, fact = _named(given, known)
        if name in found:
            raise Refusal(f'"{name}" is changed twice, the second time as "{given}"; give it once.')
        found[name] = changed(name, fact, text)
    return found


def _named(given: str, known: dict[str, Fact]) -> tuple[str, Fact]:
    """(full name, fact) of a name that a user wrote: in full, by an end that only one has, or of a
    drug by any of its names. Raises Refusal where several facts or none fit.
    """
    if given in known:
        return given, known[given]
    ends = [name for name in known if name.endswith(f".{given}")]
    if len(ends) > 1:
        some = ", ".join(ends[:MOST_NAMED]) + (", ..." if len(ends) > MOST_NAMED else "")
        raise Refusal(f'several facts end in "{given}": {some}. Name the one that is to change in full.')
    if ends:
        return ends[0], known[ends[0]]
    first, _, rest = given.partition(".")
    if rest and drugs.is_known(first):
        other = facts_of([drugs.load(drugs.find(first))])
        name = f"{drugs.find(first)}.{rest}"
        if name in other:
            return name, known.get(name, other[name])
        known = known | other
    raise Refusal(f'there is no fact "{shown(given)}" to change.{_like(given, known)}')


def _like(given: str, known: Iterable[str]) -> str:
    """The fact whose name, or end of a name, is spelled most alike; else where the names stand."""
    spelled = {name.split(".", depth)[-1]: name for depth in range(4) for name in known}
    close = get_close_matches(given, spelled, n=1, cutoff=0.75)
    if close:
        return f' Did you mean "{spelled[close[0]]}"?'
    return " A run.json, a report and  opioidsim show DRUG  give every name."


def changed(name: str, fact: Fact, text: str) -> Fact:
    """The fact with the value that `text` gives it; its spread between people stays what it was, in proportion."""
    value = units.like(text, fact.unit, f'the fact "{name}"')
    meaning = glossary()["facts"][symbol_of(name.split("."))]
    if not plausible(value, fact.unit, meaning):
        range_ = f"{meaning.low:g} to {meaning.high:g} {meaning.units[0]}".strip()
        raise Refusal(
            f'the fact "{name}" was given as "{shown(text)}", outside the plausible {range_}; it is {fact.text()} in the library.'
        )
    note = f"Changed for this call; the library has {fact.text()}."
    moved = at(fact, value).model_copy(update={"low": None, "high": None, "basis": "assumed", "note": note})
    return moved.model_copy(update={"source": "", "where": "", "system": "people"})


def at(fact: Fact, value: Any) -> Fact:
    """The fact at another value, which may be traced by JAX; median and cap of its spread move in proportion."""
    share = value / fact.value if fact.value else 1.0
    ends = {key: end * share for key in ("median", "most") if (end := getattr(fact, key)) is not None}
    return fact.model_copy(update={"value": value, **ends})


def put(tree: Any, path: tuple[str, ...], fact: Fact) -> Any:
    """The nest of records, dictionaries and tuples with this fact at a path; see `evidence.walk`."""
    if not path:
        return fact
    key, *rest = path
    if isinstance(tree, BaseModel):
        return tree.model_copy(update={key: put(getattr(tree, key), tuple(rest), fact)})
    if isinstance(tree, dict):
        return tree | {key: put(tree[key], tuple(rest), fact)}
    number = int(key) - 1
    return (*tree[:number], put(tree[number], tuple(rest), fact), *tree[number + 1 :])
