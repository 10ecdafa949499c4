"""Writes the generated pages of docs/: drug sheets, glossary, command line, scoreboard, expectations. `make docs` runs it."""

import sys
from pathlib import Path

from opioidsim.cases import drug, sheet
from opioidsim.cli import app
from opioidsim.facts import evidence
from opioidsim.studies import study

DOCS = Path(__file__).parent


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
    """The scoreboard as a page."""
    checks = [s for s in board if s.use == "check"]
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
    ]
    for use, title in (("check", "Checks"), ("build", "Built on")):
        lines += [
            "",
            f"## {title}",
            "",
            "| | what was seen | measure | observed | allowed | predicted | |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for s in (s for s in board if s.use == use):
            mark = "✓" if s.passed else "**✗**"
            why = s.fails if not s.passed else ""
            seen = s.id + ("" if s.confirmed else " (unconfirmed)")
            lines.append(
                f"| {mark} | {seen} | `{s.quantity}` {s.measure} | {s.observed:.3g} {s.unit} | {s.low:.3g} to {s.high:.3g} | {s.predicted:.3g} | {why} |"
            )
    return "\n".join(lines) + "\n"


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
    pages = {**drug_sheets(), "glossary.md": glossary(), "cli.md": command_line()}
    if "--quick" not in sys.argv:
        from opioidsim.questions.blockade import blockade
        from opioidsim.questions.question import Who
        from opioidsim.show import theme
        from opioidsim.studies.expectations import expect
        from opioidsim.studies.scoreboard import scoreboard as figure
        from opioidsim.web import board as kept

        pages["expectations.md"] = expectations(expect())
        board = study.validate()
        kept.keep(board)
        pages["scoreboard.md"] = scoreboard(board)
        pages["scoreboard.svg"] = theme.svg(figure(board))
        pages["figure-blockade.svg"] = theme.svg(
            blockade("naltrexone 380 mg im-depot", "heroin 25 mg iv", who=Who(people=200)).plot()
        )
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
