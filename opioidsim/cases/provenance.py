"""Which facts stand behind a scenario, and how to cite them.

`question` and `model` are what kept parts of a study are stamped with: the first says what was
asked, the second every number that the answer hangs on. An edit of a drug's file then shows, and
old parts are not mixed with new.
"""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from opioidsim.cases.known import known
from opioidsim.cases.scenario import Scenario
from opioidsim.facts.evidence import Fact, Source, sources


def facts(scenario: Scenario, *groups: str) -> list[tuple[str, Fact]]:
    """Every fact a scenario's numbers rest on, by name, changed where it changes them: exactly what the engine is given.

    groups: further groups of the body's facts, which a question about the scenario uses.
    """
    return list(known(scenario, *groups).facts().items())


PROSE = {
    "about",
    "also",
    "contested",
    "note",
    "source",
    "where",
    "basis",
    "system",
    "read_in",
}  # of a file: they move no number


def question(scenario: Scenario) -> str:
    """What is asked of a scenario, as text: the scenario, and what stands in its tables of draws."""
    tables = [
        hashlib.sha256(Path(path).read_bytes()).hexdigest()
        for path in (scenario.population.table if scenario.population else ())
    ]
    dosing = [each for each in (scenario.dosing, scenario.before and scenario.before.dosing) if each]
    tables += [hashlib.sha256(Path(each.table).read_bytes()).hexdigest() for each in dosing]
    return "\n".join([scenario.toml(), *tables])


def model(scenarios: Iterable[Scenario], groups: Iterable[str] = (), surfaces: Iterable[Path] = ()) -> str:
    """Everything else that numbers depend on, a line each: the package's version, every number and switch of the drugs of
    these scenarios and every fact of the body that they rest on, and these stored surfaces' content. groups: see `facts`."""
    found: dict[str, dict] = {}
    for all_of_it in (known(one, *groups) for one in scenarios):
        found |= {drug.name: drug.model_dump(mode="json", exclude={"readings"}) for drug in all_of_it.drugs}
        found |= {name: _dumped(table) for name, table in all_of_it.body.items()}
    lines = [f"{name} = {value!r}" for name, value in _leaves(found) if value is not None]
    stored = [f"{path.name} = {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in surfaces]
    return "\n".join([f"opioidsim = {this_version()}", *lines, *stored])


def _dumped(table) -> dict:
    """A table of facts as plain dictionaries."""
    return (
        table.model_dump(mode="json")
        if isinstance(table, Fact)
        else {key: _dumped(part) for key, part in table.items()}
    )


def _leaves(table, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """(path, value) of everything in a nest that can move a number; prose is passed over, so that a
    better note costs no new run.
    """
    parts = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    if not isinstance(table, dict | list):
        yield ".".join(path), table
    for key, part in parts:
        if key not in PROSE:
            yield from _leaves(part, (*path, str(key)))


def cited(scenario: Scenario, *groups: str) -> dict[str, Source]:
    """The sources behind a scenario, by key, in alphabetical order."""
    keys = sorted({fact.source for _, fact in facts(scenario, *groups) if fact.source})
    return {key: sources()[key] for key in keys}


def bibtex(found: dict[str, Source]) -> str:
    """BibTeX entries for these sources."""
    kinds = {"article": "article", "book": "book", "report": "techreport"}
    entries = []
    for key, source in found.items():
        fields = {
            "title": f"{{{source.named}}}",
            "author": source.authors,
            "year": str(source.year),
            "journal": source.in_,
            "doi": source.doi,
            "pmid": source.pmid,
            "note": source.number,
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        entries.append(f"@{kinds.get(source.kind, 'misc')}{{{key},\n{lines}\n}}")
    return "\n\n".join(entries) + "\n"


def this_version() -> str:
    """The installed version of the package."""
    try:
        return version("opioidsim")
    except PackageNotFoundError:
        return "from source"
