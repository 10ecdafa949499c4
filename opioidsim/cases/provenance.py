"""Which facts stand behind a scenario, and how to cite them."""

from importlib.metadata import PackageNotFoundError, version

from opioidsim.cases.known import known
from opioidsim.cases.scenario import Scenario
from opioidsim.facts.evidence import Fact, Source, sources


def facts(scenario: Scenario, *groups: str) -> list[tuple[str, Fact]]:
    """Every fact a scenario's numbers rest on, by name, changed where it changes them: exactly what the engine is given.

    groups: further groups of the body's facts, which a question about the scenario uses.
    """
    return list(known(scenario, *groups).facts().items())


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
