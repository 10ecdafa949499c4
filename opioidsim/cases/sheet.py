"""A drug's sheet: every number with its spread, basis and source. The same rows in the terminal and in docs/drugs."""

from collections.abc import Iterable

from opioidsim.cases import drug as drugs
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact, glossary, how_read, sources, symbol_of, walk


def rows(name: str) -> list[dict[str, str]]:
    """One row per fact of a drug: parameter, meaning, value, spread, basis, source, how it was read, place and note."""
    return told(walk(drugs.load(name)))


def told(facts: Iterable[tuple[tuple[str, ...], Fact]]) -> list[dict[str, str]]:
    """Facts with their paths as rows; see `rows`."""
    return [
        {
            "parameter": ".".join(path),
            "meaning": glossary()["facts"][symbol_of(path)].meaning,
            "value": value(fact),
            "spread": f"{100.0 * fact.spread:.0f} %" if fact.spread else "",
            "basis": fact.basis + ("" if fact.system == "people" else f" ({fact.system})"),
            "source": fact.source,
            "read_in": how_read(fact),
            "where": fact.where,
            "note": fact.note,
        }
        for path, fact in facts
    ]


def value(fact: Fact) -> str:
    """Value and unit, with the range that the evidence leaves open."""
    if fact.low is None and fact.high is None:
        return fact.text()
    ends = [units.plain(end) for end in (fact.low, fact.high) if end is not None]
    return f"{fact.text()} ({' to '.join(ends)})"


def head(name: str) -> list[str]:
    """What the drug is, its routes, and what is contested, as sentences."""
    drug = drugs.load(name)
    lines = [drug.about]
    if drug.also:
        lines.append(f"Also: {', '.join(drug.also)}.")
    lines += [f"Route {route}: {facts.about}. {weighed(drug, facts)}" for route, facts in drug.routes.items()]
    lines += [f"Contested: {text}" for text in drug.contested]
    lines += [f"Other reading ({key}): {reading.about}." for key, reading in drug.readings.items()]
    return lines


def weighed(drug: drugs.Drug, route: drugs.Route) -> str:
    """What the milligrams of a product are of, as sentences."""
    of = route.dose_is
    if of.molar_mass is None:
        return f"Milligrams are of {of.name}. {of.why}".strip()
    return (
        f"Milligrams are of {of.name}: 1 mg holds {drug.molar_mass.value / of.molar_mass.value:.3g} mg of {drug.name}."
    )


def markdown(name: str) -> str:
    """The sheet as a page of docs/drugs."""
    facts = list(walk(drugs.load(name)))
    lines = [
        f"# {name}",
        "",
        f"*{drugs.load(name).role}*",
        "",
        *(f"- {text}" for text in head(name)),
        "",
        *table(facts),
    ]
    return "\n".join([*lines, "", "## Sources", "", *cited({f.source for _, f in facts if f.source})]) + "\n"


def table(facts: Iterable[tuple[tuple[str, ...], Fact]]) -> list[str]:
    """Facts with their paths as the lines of a Markdown table."""
    lines = [
        "| parameter | value | between people | basis | source | where, and why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in told(facts):
        why = " ".join(filter(None, (row["where"], row["note"])))
        first = f"`{row['parameter']}` {row['meaning']}"
        source = f"{row['source']} ({row['read_in']})" if row["source"] else ""
        cells = (first, row["value"], row["spread"], row["basis"], source, why)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return lines


def cited(keys: Iterable[str]) -> list[str]:
    """These sources as the lines of a Markdown list, alphabetical."""
    found = ((key, sources()[key]) for key in sorted(keys))
    said = ((f"- **{key}** {s.authors} ({s.year}). {s.named}.", s.in_, s.link and f"<{s.link}>") for key, s in found)
    return [" ".join(filter(None, parts)) for parts in said]
