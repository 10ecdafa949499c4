"""Which facts stand behind a scenario, and how to cite them."""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from opioidsim.cases.person import body, breathing, effects
from opioidsim.cases.scenario import Scenario
from opioidsim.facts.evidence import Fact, Source, sources, walk


def facts(scenario: Scenario) -> list[tuple[str, Fact]]:
    """Every fact a scenario's numbers rest on, by name: its drugs' (only the routes in use), the body's, the effects'."""
    used = {(dose.drug, dose.route) for dose in scenario.given()}
    found = []
    for drug in scenario.drugs():
        for path, fact in walk(drug):
            if path[0] == "readings" or (path[0] == "routes" and (drug.name, path[1]) not in used):
                continue
            found.append((".".join((drug.name, *path)), fact))
    found += [(".".join(("body", *path)), fact) for path, fact in walk(body())]
    if scenario.clock == "episode":
        found += [(".".join(("breathing", *path)), fact) for path, fact in walk(breathing())]
    if "liking" in scenario.wanted():
        found += [(".".join(("effects", *path)), fact) for path, fact in walk(effects())]
    return found


def question(scenario: Scenario) -> str:
    """Everything that the numbers of a scenario depend on, as text: the scenario, its facts, its tables of draws."""
    tables = [
        hashlib.sha256(Path(path).read_bytes()).hexdigest()
        for path in (scenario.population.table if scenario.population else ())
    ]
    numbers = [
        f"{name} = {fact.value!r} {fact.unit} {fact.spread} {fact.median} {fact.most} {fact.law}"
        for name, fact in facts(scenario)
    ]
    return "\n".join([scenario.toml(), *tables, *numbers])


def cited(scenario: Scenario) -> dict[str, Source]:
    """The sources behind a scenario, by key, in alphabetical order."""
    keys = sorted({fact.source for _, fact in facts(scenario) if fact.source})
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
