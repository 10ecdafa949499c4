"""What kept parts of a study are stamped with, besides the question: everything that its numbers could hang on.

The whole library counts, not only what a question uses: what is stamped then does not depend on who remembered to name it, and an
edit of a drug's file always shows. Prose does not count.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from opioidsim.cases import drug as drugs
from opioidsim.cases import provenance
from opioidsim.cases.scenario import Scenario
from opioidsim.facts import library, own
from opioidsim.facts.evidence import Fact

PACKAGE = Path(__file__).parents[1]
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
EQUATIONS = ("facts", "model", "cases", "engine", "surfaces", "trials", "questions", "studies", "calibration")
TABLES = (
    "library/posterior/*",
    "surfaces/*.csv",
    "surfaces/*.json",
    "library/procedures.toml",
    "library/priors/*",
    "library/studies/*",
)


def files(scenario: Scenario) -> list[Path]:
    """The tables that a scenario reads: of draws, of doses."""
    dosing = [each.table for each in (scenario.dosing, scenario.before and scenario.before.dosing) if each]
    return [Path(path) for path in (*(scenario.population.table if scenario.population else ()), *dosing)]


def model() -> str:
    """Everything that numbers depend on besides the question, a line each: versions, equations, every number and switch of every
    drug and of the body, in every reading, and every stored table; one's own library's too."""
    found: dict[str, object] = {name: drugs.load(name).model_dump(mode="json") for name in drugs.names()}
    for reading in ("", *library.readings()):
        read = f" read as {reading}" if reading else ""
        found |= {f"{group}{read}": _dumped(library.body(group, reading)) for group in library.groups()}
    lines = [f"{name} = {value!r}" for name, value in _leaves(found) if value is not None]
    stored = sorted(path for place in TABLES for path in PACKAGE.glob(place) if path.is_file())
    stored += own.files("studies").values() if own.own() else ()
    tables = [f"{path.name} = {checksum(path)}" for path in dict.fromkeys(stored)]
    versions = [f"opioidsim = {provenance.this_version()}", f"jax = {version('jax')}", f"equations = {_equations()}"]
    return "\n".join([*versions, *lines, *tables])


def mark() -> str:
    """The model as one number."""
    return hashlib.sha256(model().encode()).hexdigest()


def checksum(path: Path) -> str:
    """A short one, of the bytes of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@cache
def _equations() -> str:
    """A short checksum of every line of Python from which numbers come."""
    found = hashlib.sha256()
    for path in sorted(path for room in EQUATIONS for path in (PACKAGE / room).rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _dumped(table) -> dict:
    """A table of facts as plain dictionaries."""
    if isinstance(table, Fact):
        return table.model_dump(mode="json")
    return {key: _dumped(part) for key, part in table.items()}


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
