"""How the verbs speak in a terminal: sentences, tables, a bar for long work, one JSON object."""

import json
import os
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from opioidsim.refusal import printable

if TYPE_CHECKING:
    from opioidsim.show.answer import Answer


def speakable() -> None:
    """Lets every verb speak wherever its words go: a closed standard output hears nothing, one that knows few letters gets
    a question mark for each that it lacks."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def silence() -> None:
    """Sends what is still waiting for standard output to nowhere, so that the end of the program does not fail on it."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


class Stopped(Exception):
    """The user has stopped the work: one sentence on how far it came, and what was kept."""


@contextmanager
def progress(total: int, what: str, parts: Path | None = None, keeps: bool = False):
    """A bar on standard error, shown when the work takes more than a second; yields what to call with the number done.

    An interruption becomes `Stopped`. keeps: whether the verb can keep finished parts; parts: the folder that has them.
    """
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    begun = time.monotonic()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    task = bar.add_task(what, total=total)
    started, far = False, 0.0

    def told(done: float) -> None:
        nonlocal started, far
        far = done
        if not (started or bar.disable) and time.monotonic() - begun > 1:
            bar.start()
            started = True
        bar.update(task, completed=done)

    try:
        yield told
    except KeyboardInterrupt:
        raise Stopped(f"stopped at {_so_far(far, total, what)}; {_left_over(parts, keeps)}") from None
    finally:
        if started:
            bar.stop()


def _so_far(done: float, total: int, what: str) -> str:
    return f"{done} {what}" if what.startswith("%") else f"{done} of {total} {what}"


def _left_over(parts: Path | None, keeps: bool) -> str:
    """What an interruption leaves, and how to go on."""
    if parts and any(parts.rglob("part-*.parquet")):
        return "what was finished is kept: the same command with --resume goes on from there."
    if parts or not keeps:
        return "nothing was finished, and nothing is kept." if parts else "nothing is kept."
    return "nothing is kept: with --out FOLDER finished parts are, and --resume goes on from them."


HOW = ("out", "replace", "resume", "threads", "cluster", "as_json", "refine")  # options that are no part of a question


@contextmanager
def writing(verb: str, given: dict, **read):
    """The block of a verb that answers, prints and writes: what it writes appears in --out when all of it went well.

    given: the verb's arguments by name, `out` and `replace` among them; read: what it read where these only name a file.
    Yields what `files.whole_folder` yields.
    """
    from opioidsim.files import whole_folder

    asked = {"question": verb} | {name: value for name, value in given.items() if name not in HOW} | read
    with whole_folder(given["out"], asked, given["replace"]) as keep:
        yield keep
        sys.stdout.flush()


def print_json(found: dict) -> None:
    """One JSON object on standard output."""
    print(json.dumps(found, indent=1, allow_nan=False, default=str))


def say(head: str, lines: list[str], warned) -> None:
    """A head line, the answer, the cautions with their labels."""
    if head:
        print(printable(head))
    for line in lines:
        print(f"  {printable(line)}")
    for caution in warned:
        print(f"  Caution: {caution.text} [{caution.source}: {caution.where}]")


def say_answer(answer) -> None:
    """An answer: what was asked of whom, the sentences, the cautions, the table, and what its ranges are."""
    from opioidsim.cases.provenance import otherwise

    told = [*answer.said(), *answer.remarks(), *otherwise(answer.scenario)]
    say(f"{answer.head} · {answer.under}", told, answer.cautions)
    header, rows = answer.cells(answer.lines(brief=True))
    show_table(header, rows)
    if answer.spreads:
        print(answer.spreads)


def box(answer: "Answer") -> str:
    """An answer in a few lines, as `print` shows it."""
    from opioidsim.cases.provenance import otherwise

    header, rows = answer.cells(answer.lines(brief=True)[:8])
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    told = ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in (header, *rows)]
    told_first = (answer.under, *answer.said(), *otherwise(answer.scenario))
    sentences = [part for text in told_first for part in textwrap.wrap(text, 110, subsequent_indent="  ")]
    lines = [*sentences, "", *told, *filter(None, [answer.spreads])]
    head = printable(answer.head)
    wide = max(map(len, [head, *lines]))
    top = f"╭─ {head} {'─' * (wide - len(head) - 1)}╮"
    return "\n".join([top, *(f"│ {line.ljust(wide)} │" for line in lines), f"╰{'─' * (wide + 2)}╯"])


def say_files(files: list[Path]) -> None:
    """Where the files are."""
    for file in files:
        print(f"wrote {printable(str(file))}")


def show_table(header: list[str], rows: list[list[str]]) -> None:
    """A plain table as wide as the terminal."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console() if sys.stdout.isatty() else Console(width=180)
    table = Table(*(escape(printable(cell)) for cell in header), box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))  # units stand in brackets
    with console.capture() as drawn:
        console.print(table)
    print(drawn.get(), end="")  # rich itself would end the program where nobody reads on
