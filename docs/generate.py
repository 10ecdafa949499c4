"""Writes the generated pages of docs/: drug sheets, glossary, command line, scoreboard, expectations. `make docs` runs it."""

import sys
from collections import Counter
from pathlib import Path

import opioidsim as ops
from opioidsim.cases import drug, sheet
from opioidsim.cli import app
from opioidsim.facts import evidence, library
from opioidsim.show.words import percent
from opioidsim.story import statements

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))


def drug_sheets() -> dict[str, str]:
    """Page by file name under docs/."""
    return {f"drugs/{name}.md": sheet.markdown(name) for name in drug.names()}


def glossary() -> str:
    """Every symbol of a fact and every quantity of a result."""
    lines = ["# Glossary", "", "## Quantities of a result", "", "| name | meaning | unit |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {m.meaning} | {m.units[0]} |" for name, m in evidence.glossary()["quantities"].items()]
    lines += [
        "",
        "## Symbols of facts",
        "",
        "| symbol | meaning | units | plausible range |",
        "| --- | --- | --- | --- |",
    ]
    for name, m in evidence.glossary()["facts"].items():
        span = f"{m.low:g} to {m.high:g} {m.units[0]}" if m.low is not None else ""
        lines.append(f"| `{name}` | {m.meaning} | {', '.join(filter(None, m.units))} | {span} |")
    return "\n".join(lines) + "\n"


def body() -> str:
    """Every fact of the body, group by group, and how all facts of the library are known."""
    groups = {group: list(evidence.walk(library.body(group))) for group in library.groups()}
    drugs = {name: list(evidence.walk(drug.load(name))) for name in drug.names()}
    lines = [
        "# The body",
        "",
        "Numbers that belong to people and not to a drug: breathing, tolerance and dependence, effects, behaviour, drinking. Those of drugs stand",
        "in a sheet for each.",
        "",
        "## How numbers are known",
        "",
        "| | facts | measured | fitted | scaled | assumed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for what, found in {"drugs": drugs, "the body": groups}.items():
        count = Counter(fact.basis for facts in found.values() for _, fact in facts)
        shares = " | ".join(str(count[basis]) for basis in ("measured", "fitted", "scaled", "assumed"))
        lines.append(f"| {what} | {count.total()} | {shares} |")
    lines += [
        "",
        "## How their sources were read",
        "",
        "In the full paper; in its abstract; in the label of a product; in the published program or data set itself (code); quoted in another",
        "text or program; or recalled, and not seen again. The recalled of drugs are molar masses, which agree with their formulas. A fact without",
        "a source is assumed, and says why.",
        "",
        f"| | facts | {' | '.join(evidence.READ)} | no source |",
        f"|{' --- |' * (len(evidence.READ) + 3)}",
    ]
    for what, found in {"drugs": drugs, "the body": groups}.items():
        count = Counter(evidence.how_read(fact) for facts in found.values() for _, fact in facts)
        shares = " | ".join(str(count[word]) for word in (*evidence.READ, ""))
        lines.append(f"| {what} | {count.total()} | {shares} |")
    for group, facts in groups.items():
        lines += ["", f"## {group.replace('_', ' ').capitalize()}", "", *sheet.table(facts)]
    used = {fact.source for facts in groups.values() for _, fact in facts if fact.source}
    return "\n".join([*lines, "", "## Sources", "", *sheet.cited(used)]) + "\n"


def sayings() -> str:
    """What is often said about naltrexone: told, shown, sourced, put right."""
    lines = [
        "# What is often said about naltrexone",
        "",
        "Each saying is told in the story, shown by the figure of a chapter, sourced, and put right where it is wrong. The explorer shows the same at `/said`.",
        "",
        "| | saying | is it right? | put right | shown in | source and place |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for number, s in enumerate(statements.sayings(), 1):
        named = "; ".join(f"{source.named} ({source.year})" for source in s.rests_on)
        lines.append(f"| {number} | {s.words} | {s.judged} | {s.put} | {s.shown.question} | {named}: {s.where} |")
    return "\n".join(lines) + "\n"


def command_line() -> str:
    """The help text of every verb."""
    import typer

    command = typer.main.get_command(app)
    lines = ["# Command line", ""]
    for name, verb in [("", command), *command.commands.items()]:  # type: ignore[attr-defined]
        title = f"opioidsim {name}".strip()
        context = typer.Context(verb, info_name=title, terminal_width=110, max_content_width=110)
        lines += [f"## {title}", "", "```text", verb.get_help(context).rstrip(), "```", ""]
    return "\n".join(lines)


def scoreboard(board) -> str:
    """The scoreboard as a page; board: lines with their predictive distributions."""
    checks = [line.score for line in board if line.score.use == "check"]
    lines = [
        "# Scoreboard",
        "",
        f"{sum(s.passed for s in checks)} of {len(checks)} checks pass. A check is a published number that no parameter was fitted to; its",
        "bounds were written before the first run. Numbers the model was built on are listed below and not scored. The receptor scale",
        "of agonists and the release half-life of the injection were settled after a first look at this board; three studies that",
        "bore on them were moved to the numbers built on, and the blockade checks that remain were known, not blind",
        "([what moved](../CHANGELOG.md)).",
        "",
        "![scoreboard](scoreboard.svg)",
        *_coverage(board),
    ]
    for use, title in (("check", "Checks"), ("build", "Built on")):
        lines += [
            "",
            f"## {title}",
            "",
            "| | what was seen | measure | observed | allowed | predicted | 80 % interval | |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for line in (line for line in board if line.score.use == use):
            s, ends = line.score, f"{line.low80:.3g} to {line.high80:.3g}" if line.low80 == line.low80 else "–"
            ends = ends if line.covered(0.8) else f"**{ends}**"
            mark = "✓" if s.passed else "**✗**"
            why = s.fails if not s.passed else ""
            seen = s.id + ("" if s.confirmed else " (unconfirmed)")
            lines.append(
                f"| {mark} | {seen} | `{s.quantity}` {s.measure} | {s.observed:.3g} {s.unit} | {s.low:.3g} to {s.high:.3g} | {s.predicted:.3g} | {ends} | {why} |"
            )
    return "\n".join(lines) + "\n"


def _coverage(board) -> list[str]:
    """What predictive intervals hold of the checks, by class and by study."""
    from opioidsim.studies.predictive import coverage, study_effect

    found = coverage(board)
    lines = [
        "",
        "## Are the intervals honest?",
        "",
        "A prediction is a distribution: the draws of what is not known ([what is not known](unknown.md)), the study's own error (a third of",
        "the bounds' width) and the study effect of its class, found from build rows alone with each study left out in its turn. An honest",
        "80 % interval holds 80 % of the checks. The log score is gained over a forecast from other studies' numbers of the same quantity and",
        "unit, which knows no model; a check could fail if such a forecast misses its bounds at least half of the time.",
        "",
        "![reliability](reliability.svg)",
        "",
        "| class | checks | within bounds | within 50 % | within 80 % | within 95 % | log score gained | could fail | study effect |",
        f"|{' --- |' * 9}",
    ]
    for row in (row for row in found if row["by"] != "study"):
        gained = "–" if row["log_score_gained"] is None else f"{row['log_score_gained']:+.2f}"
        could = "–" if row["could_fail"] is None else percent(row["could_fail"])
        effect = "" if row["by"] == "all" else percent(study_effect(row["name"]))
        shares = " | ".join(percent(row[key]) for key in ("pass", "within50", "within80", "within95"))
        lines.append(f"| {row['name']} | {row['rows']} | {shares} | {gained} | {could} | {effect} |")
    missed = [row for row in found if row["by"] == "study" and row["within80"] < 0.5]
    named = ", ".join(f"{row['name']} ({row['within80'] * row['rows']:.0f} of {row['rows']})" for row in missed)
    return [*lines, "", f"Studies of which less than half lies within the 80 % intervals: {named}."]


def stub() -> str:
    """opioidsim/__init__.pyi: every public name and where it is from, for editors and type checkers; imports happen late at run time."""
    homes = {name: f"opioidsim.{home}" for name, home in ops._PUBLIC.items()}
    for room in sorted(ops._ROOMS):
        homes |= {room: f"opioidsim.questions.{room}"}
        homes.setdefault(room.title(), f"opioidsim.questions.{room}.run")
    lines = ['"""Written by docs/generate.py from what opioidsim/__init__.py makes public."""', ""]
    lines += [
        f"from {home} import {name} as {name}"
        for name, home in sorted(homes.items(), key=lambda pair: (pair[1], pair[0]))
    ]
    return "\n".join([*lines, "", "__version__: str", "__all__: list[str]", ""])


def expectations(board) -> str:
    """What any expert expects, row by row, as a page."""
    groups = list(dict.fromkeys(found.row.group for found in board))
    lines = [
        "# What any expert expects",
        "",
        f"{sum(found.passed for found in board)} of {len(board)} come out. These are statements of the field about one person or many, with bounds that were",
        "written before the first run. No number is fitted to them here; but the priors of `opioidsim calibrate middle` come from a trial of its",
        "equations on the rows of liking and withdrawal, so that those which come out are no validation. How each was seen: read, quoted",
        "from another text, recalled or general (a limit of plausibility until a source is found), law (needs none).",
        "`opioidsim expect E01` works one out again.",
        "",
        "| | rows | come out |",
        "| --- | --- | --- |",
    ]
    for group in groups:
        mine = [found for found in board if found.row.group == group]
        lines.append(f"| {group} | {len(mine)} | {sum(found.passed for found in mine)} |")
    for group in groups:
        lines += ["", f"## {group.capitalize()}", ""]
        lines += ["| | | what happens | what is asked | expected | allowed | predicted | from | |", f"|{' --- |' * 9}"]
        for id, row, predicted in (found for found in board if found.row.group == group):
            mark = "**✗**" if row.fails else "✓"
            lines.append(
                f"| {mark} | {id} | {row.situation} | {row.asks} | {row.expected} | {row.bounds} | {predicted:.3g} | {row.basis} ({row.seen}) | {row.fails} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes every page; with --quick, those that need no simulation."""
    import unknown

    pages = {
        "statements.md": sayings(),
        **drug_sheets(),
        "glossary.md": glossary(),
        "body.md": body(),
        "cli.md": command_line(),
        "unknown.md": unknown.page(),
    }
    if "--quick" not in sys.argv:
        import moving

        from opioidsim.questions.blockade import blockade
        from opioidsim.questions.question import Who
        from opioidsim.show import theme
        from opioidsim.studies import kept
        from opioidsim.studies.expectations import expect
        from opioidsim.studies.predictive import judge
        from opioidsim.studies.scoreboard import reliability
        from opioidsim.studies.scoreboard import scoreboard as figure

        pages["expectations.md"] = expectations(expect())
        lines = list(judge())
        board = [line.score for line in lines]
        kept.keep(lines)
        pages["scoreboard.md"] = scoreboard(lines)
        pages["scoreboard.svg"] = theme.svg(figure(board))
        pages["reliability.svg"] = theme.svg(reliability(lines))
        pages["figure-moving.svg"] = moving.figure()
        pages["figure-blockade.svg"] = theme.svg(
            blockade("naltrexone 380 mg im-depot", "heroin 25 mg iv", who=Who(people=200)).plot()
        )
    (DOCS.parent / "opioidsim" / "__init__.pyi").write_text(stub(), encoding="utf-8")
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
