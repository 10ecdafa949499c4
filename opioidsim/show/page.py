"""One self-contained page from a result: the answer, the figure, the cautions, every fact behind it."""

import html
from collections.abc import Sequence
from datetime import date

from opioidsim.cases import provenance
from opioidsim.cases.cautions import Caution
from opioidsim.cases.provenance import this_version
from opioidsim.cases.scenario import Scenario
from opioidsim.cases.sheet import value
from opioidsim.facts.evidence import Fact, how_read, sources
from opioidsim.show import reliance
from opioidsim.show.answer import Answer
from opioidsim.show.reliance import Section
from opioidsim.show.words import WHICH, percent

PURPOSE = "opioidsim is a research and teaching instrument. It recommends no treatment for any person."

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #66727e; --line: #e0e5ea; --paper: #fff; --wash: #f5f7f9; --warn: #b4541a }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf0; --soft: #9fabb7; --line: #36404a; --paper: #161b21; --wash: #1f262e; --warn: #f0a35e } }
body { font: 16px/1.55 "Helvetica Neue", Helvetica, Arial, sans-serif; color: var(--ink); background: var(--paper); max-width: 56rem; margin: 2.5rem auto; padding: 0 1.2rem }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem }
.answer { font-size: 1.15rem; background: var(--wash); border-left: 4px solid #1f6f8b; padding: .8rem 1.1rem; margin: 1.2rem 0 }
.quiet { color: var(--soft); font-size: .9rem } figure { margin: 1rem 0; background: #fff; border-radius: 6px; overflow-x: auto }
figure svg { max-width: 100%; height: auto } li { margin: .3rem 0 } .cautions li { color: var(--warn) } .cautions span { color: var(--soft) }
table { border-collapse: collapse; width: 100%; font-size: .88rem } td, th { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums } pre { background: var(--wash); padding: .8rem; overflow-x: auto; font-size: .85rem }
details summary { cursor: pointer; margin: 1rem 0 } .wide { overflow-x: auto } a { color: inherit }
"""


def report(answer: Answer, drawn: str) -> str:
    """The page of an answer, with its figures as SVG text."""
    header, rows = answer.cells()
    first = next((i for i, c in enumerate(c for c in answer.columns if c.shown) if not c.text), 0)
    table = html_table(header, rows, first_number=first)
    under = " ".join(filter(None, (answer.under, answer.spreads)))
    relied = "".join(map(part, reliance.sections(answer)))
    return page(
        answer.head,
        under,
        answer.said(),
        drawn,
        table,
        answer.scenario,
        answer.cautions,
        *answer.every_scenario[1:],
        facts=answer.facts,
        relied=relied,
    )


def fragment(answer: Answer) -> str:
    """An answer for a notebook: what was asked, the sentences, the head of the table."""
    header, rows = answer.cells(answer.lines(brief=True)[:12])
    told = "".join(f"<div>{html.escape(line)}</div>" for line in answer.sentences())
    return f"<h3>{html.escape(answer.head)}</h3><p>{html.escape(answer.under)}</p>{told}{html_table(header, rows, 1)}"


def page(
    head: str,
    under: str,
    answer: list[str],
    figure: str,
    table: str,
    scenario: Scenario,
    warned: list[Caution],
    *others: Scenario,
    facts: list[tuple[str, Fact]] | None = None,
    relied: str = "",
) -> str:
    """The page itself. Everything is inside it; it needs no network. others: compared with the scenario, and told too.
    relied: how far it can be relied on."""
    given = (scenario, *others)
    e = html.escape
    told = "".join(f"<div>{e(line)}</div>" for line in answer)
    read_as = e(" ".join(dict.fromkeys(text for s in given for text in provenance.otherwise(s))))
    known = facts if facts is not None else [pair for s in given for pair in provenance.facts(s)]
    count, table_of_facts = _told(known)
    return shell(
        head,
        f"""<h1>{e(head)}</h1><div class="quiet">{e(under)}</div>
<div class="answer">{told}</div>
{f'<p class="quiet">{read_as}</p>' if read_as else ""}
{_cautions(warned)}
<figure role="img" aria-label="{e(head)}">{figure}</figure>
<details><summary>The numbers</summary><div class="wide">{table}</div></details>
{_contested(given)}
{f"<details><summary>How far it can be relied on</summary>{relied}</details>" if relied else ""}
<h2>Behind it</h2>
<details><summary>{count} facts with their sources</summary><div class="wide">{table_of_facts}</div></details>
<details><summary>Sources</summary><ul>{_cited(known)}</ul></details>
{_scenarios(given)}""",
    )


def shell(title: str, body: str) -> str:
    """A page of this title around what it says, with what it is for, the version and the day."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title><style>{_STYLE}</style></head>
<body><main>
{body}
<p class="quiet">{PURPOSE} opioidsim {html.escape(this_version())}, {date.today().isoformat()}.</p>
</main></body></html>
"""


def _cautions(warned: list[Caution]) -> str:
    e = html.escape
    lines = (f"<li>{e(c.text)} <span>({e(sources()[c.source].named)}: {e(c.where)})</span></li>" for c in warned)
    return f'<h2>Cautions</h2><ul class="cautions">{"".join(lines)}</ul>' if warned else ""


def _contested(given: Sequence[Scenario]) -> str:
    lines = dict.fromkeys(f"{d.name}: {text}" for s in given for d in s.drugs() for text in d.contested)
    return f"<h2>Contested</h2><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>" if lines else ""


def _told(known: list[tuple[str, Fact]]) -> tuple[int, str]:
    """How many facts there are, and the table of them."""
    head = ["parameter", "value", "between people", "basis", "source", "where, and why"]
    rows = [
        (
            name,
            told,
            percent(f.spread) if f.spread else "",
            f.basis,
            f"{f.source} ({how_read(f)})" if f.source else "",
            " ".join(filter(None, (f.where, f.note))),
        )
        for (name, told), f in {(n, value(f)): f for n, f in known}.items()
    ]
    return len(rows), html_table(head, rows, first_number=9)


def _cited(known: list[tuple[str, Fact]]) -> str:
    e = html.escape
    cited = {key: sources()[key] for key in sorted({f.source for _, f in known if f.source})}
    return "".join(
        f"<li><b>{e(k)}</b> {e(s.authors)} ({s.year}). {e(s.title)}. {e(s.in_)} {_link(s.link)}</li>"
        for k, s in cited.items()
    )


def _scenarios(given: Sequence[Scenario]) -> str:
    names = ["The scenario"] if len(given) == 1 else [f"Scenario {which}" for which in WHICH]
    return "".join(
        f"<details><summary>{name}</summary><pre>{html.escape(s.toml())}</pre></details>"
        for name, s in zip(names, given, strict=False)
    )


def _link(text: str) -> str:
    return (
        f'<a href="{html.escape(text)}">{html.escape(text)}</a>' if text.startswith("https://") else html.escape(text)
    )


def part(section: Section) -> str:
    """A section with its sentences and its table."""
    told = "".join(f"<p>{html.escape(text)}</p>" for text in section.sentences)
    table = html_table(list(section.header), section.rows, first_number=len(section.header)) if section.rows else ""
    return f'<h2>{html.escape(section.title)}</h2>{told}<div class="wide">{table}</div>'


def html_table(header: list[str], rows: Sequence[Sequence[str]], first_number: int) -> str:
    cells = "".join(
        f"<th{' class=number' if i >= first_number else ''}>{html.escape(h)}</th>" for i, h in enumerate(header)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=number' if i >= first_number else ''}>{html.escape(str(c))}</td>" for i, c in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
