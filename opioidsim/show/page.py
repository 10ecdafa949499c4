"""One self-contained page from a result: the answer, the figure, the cautions, every fact behind it."""

import html
from datetime import date

from opioidsim.cases import provenance
from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.provenance import this_version
from opioidsim.cases.scenario import Scenario
from opioidsim.cases.sheet import value
from opioidsim.engine.result import Result
from opioidsim.facts.evidence import sources
from opioidsim.questions.blockade.run import Blockade
from opioidsim.questions.rescue.run import Rescue
from opioidsim.show import answer

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


def of_result(result: Result, drawn: str) -> str:
    """The page of a run, with its figure as SVG text."""
    head = result.scenario.title or "; ".join(map(str, result.scenario.doses))
    table = html_table(NUMBERS, _numbers(result), first_number=2)
    return page(
        head,
        result.describe(),
        answer.of_result(result),
        drawn,
        table,
        result.scenario,
        result.cautions,
    )


NUMBERS = ["quantity", "unit", "peak", "time of peak [h]", "at the end"]
WHICH = ("First", "Second")


def _numbers(result: Result) -> list[tuple]:
    return [
        (row["quantity"], row["unit"], *_spread(row, "peak"), *_spread(row, "time_of_peak_h"), *_spread(row, "end"))
        for row in result.summary()
    ]


def of_comparison(results: list[Result], drawn: str) -> str:
    """The page of two scenarios side by side: answers, numbers, cautions and facts of both."""
    first, second = results
    both = list(zip(WHICH, results, strict=True))
    lines = [f"{which}: {' '.join(answer.of_result(result))}" for which, result in both]
    rows = [(which.lower(), *row) for which, result in both for row in _numbers(result)]
    warned = list({c.text: c for result in results for c in result.cautions}.values())
    table = html_table(["scenario", *NUMBERS], rows, first_number=3)
    under = "; ".join(f"{which.lower()}: {result.describe()}" for which, result in both)
    return page("Two scenarios side by side", under, lines, drawn, table, first.scenario, warned, second.scenario)


def of_blockade(asked: Blockade, scenario: Scenario, drawn: str) -> str:
    """The page of a blockade question, with its figure as SVG text."""
    head = f"How well does {' and '.join(map(str, asked.antagonist))} block {asked.challenge}?"
    who = "the typical person" if asked.people == 1 else f"{asked.people} people"
    keys = ("concentration", "occupancy", "blockade", "multiple", "liking")
    numbers = [(f"{row['day']:g}", *(cell for key in keys for cell in _spread(row, key))) for row in asked.rows()]
    table = html_table(
        ["day", "plasma [ng/mL]", "mu occupancy", "blockade", "overriding multiple", "liking"], numbers, first_number=0
    )
    lines = answer.of_blockade(asked)
    return page(
        head,
        f"{who}; a challenge on each day, just before any dose of that day",
        lines,
        drawn,
        table,
        scenario,
        cautions(scenario),
    )


def of_rescue(asked: Rescue, drawn: str) -> str:
    """The report of a question about rescue, with its figures as SVG text."""
    shares = ("arrest", "further_dose", "depressed_again")
    rows = [
        (
            row["arm"],
            *(_percent(row, key) for key in shares),
            *(_number(row[key]) for key in ("rescue_time_s", "lowest_arterial_o2")),
        )
        for row in asked.rows()
    ]
    header = [
        "help",
        "cardiac arrest",
        "needs a further dose",
        "falls back",
        "brain oxygen low [s], survivors",
        "lowest arterial O2 [mmHg], survivors",
    ]
    who = "the typical person" if asked.people == 1 else f"{asked.people} people, the same in every arm"
    scenario = asked.arms[-1].scenario
    under = f"{who}; tolerance {scenario.person.tolerance:g} (0 naive, 1 chronic)"
    return page(
        f"Who is rescued from {asked.opioid}?",
        under,
        answer.of_rescue(asked),
        drawn,
        html_table(header, rows, 1),
        scenario,
        cautions(scenario),
    )


def _percent(row: dict, key: str) -> str:
    if row[key] != row[key]:
        return "–"
    return f"{row[key]:.1%} ({row[f'{key}_low']:.1%} to {row[f'{key}_high']:.1%})"


def page(
    head: str,
    under: str,
    answer: list[str],
    figure: str,
    table: str,
    scenario: Scenario,
    warned: list[Caution],
    *others: Scenario,
) -> str:
    """The page itself. Everything is inside it; it needs no network. others: compared with the scenario, and told too."""
    given = (scenario, *others)
    e = html.escape
    told = "".join(f"<div>{e(line)}</div>" for line in answer)
    warnings = "".join(
        f"<li>{e(c.text)} <span>({e(sources()[c.source].named)}: {e(c.where)})</span></li>" for c in warned
    )
    open_questions = dict.fromkeys(f"{d.name}: {text}" for s in given for d in s.drugs() for text in d.contested)
    contested = "".join(f"<li>{e(text)}</li>" for text in open_questions)
    facts = [
        (
            name,
            value(f),
            f"{f.spread:.0%}" if f.spread else "",
            f.basis,
            f.source,
            " ".join(filter(None, (f.where, f.note))),
        )
        for (name, _), f in {(n, value(f)): f for s in given for n, f in provenance.facts(s)}.items()
    ]
    cited = "".join(
        f"<li><b>{e(k)}</b> {e(s.authors)} ({s.year}). {e(s.title)}. {e(s.in_)} {_link(s.link)}</li>"
        for k, s in {k: s for each in given for k, s in provenance.cited(each).items()}.items()
    )
    title = "The scenario" if not others else "The {} scenario"
    told_scenarios = "".join(
        f"<details><summary>{title.format(which.lower())}</summary><pre>{e(s.toml())}</pre></details>"
        for which, s in zip(WHICH, given, strict=False)
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{e(head)}</title><style>{_STYLE}</style></head>
<body><main>
<h1>{e(head)}</h1><div class="quiet">{e(under)}</div>
<div class="answer">{told}</div>
{f'<h2>Cautions</h2><ul class="cautions">{warnings}</ul>' if warned else ""}
<figure role="img" aria-label="{e(head)}">{figure}</figure>
<details><summary>The numbers</summary><div class="wide">{table}</div></details>
{f"<h2>Contested</h2><ul>{contested}</ul>" if contested else ""}
<h2>Behind it</h2>
<details><summary>{len(facts)} facts with their sources</summary><div class="wide">{html_table(["parameter", "value", "between people", "basis", "source", "where, and why"], facts, first_number=9)}</div></details>
<details><summary>Sources</summary><ul>{cited}</ul></details>
{told_scenarios}
<p class="quiet">{PURPOSE} opioidsim {e(this_version())}, {date.today().isoformat()}.</p>
</main></body></html>
"""


def _link(text: str) -> str:
    return (
        f'<a href="{html.escape(text)}">{html.escape(text)}</a>' if text.startswith("https://") else html.escape(text)
    )


def _spread(row: dict, key: str) -> tuple[str]:
    text = _number(row[key])
    if f"{key}_low" in row and row[f"{key}_low"] != row[f"{key}_high"]:
        text += f" ({_number(row[f'{key}_low'])} to {_number(row[f'{key}_high'])})"
    return (text,)


def _number(x: float | None) -> str:
    if x is None or x != x:
        return "–"  # it has no meaning for anyone
    return "0" if abs(x) < 1e-12 else f"{x:.3g}" if abs(x) < 1e4 else f"{x:.0f}"


def html_table(header: list[str], rows: list[tuple], first_number: int) -> str:
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
