"""Which facts stand behind a scenario, what of it is not as usual, and how to cite it."""

from importlib.metadata import PackageNotFoundError, version

from opioidsim.cases import change, reading
from opioidsim.cases.known import known
from opioidsim.cases.person import Person
from opioidsim.cases.scenario import EFFECTS, Scenario
from opioidsim.facts.evidence import Fact, Source, sources

UNLIVED = (
    "What is felt is that of someone who has not adapted: at steady state is the drug, not tolerance and dependence; for these give the weeks themselves, or [person].",
)


def facts(scenario: Scenario, *groups: str) -> list[tuple[str, Fact]]:
    """Every fact a scenario's numbers rest on, by name, changed where it changes them: exactly what the engine is given.

    groups: further groups of the body's facts, which a question about the scenario uses.
    """
    return list(known(scenario, *groups).facts().items())


def otherwise(scenario: Scenario) -> list[str]:
    """What an answer has to say that it rests on, in sentences: evidence read otherwise, changed facts, and who is no usual person."""
    moved = change.resolved(scenario.change, scenario.drugs(), scenario.whole_reading()) if scenario.change else {}
    person, usual = scenario.person, Person()
    who = [f"{trait} {getattr(person, trait):g} {unit}" for trait, unit in (("weight", "kg"), ("age", "years"))
           if getattr(person, trait) != getattr(usual, trait)]  # fmt: skip
    who += ["cirrhosis"] if person.liver != usual.liver else []
    who += [f"dependence {person.dependence:g}"] if person.dependence else []
    return [
        *reading.said(scenario.readings),
        *(f"{name} is {fact.text()}. {fact.note}" for name, fact in moved.items()),
        *(UNLIVED if set(scenario.unlived()) and set(scenario.wanted()) & set(EFFECTS) else ()),
        *([f"The typical person here: {', '.join(who)}."] if who else []),
    ]


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
