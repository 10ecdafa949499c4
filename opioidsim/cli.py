"""The verbs. Each reads words, calls one public function, and shows what it says; heavy imports happen inside."""

import os
import sys
from math import isnan
from pathlib import Path
from typing import Annotated

import typer

from opioidsim.calibration.verb import calibrate
from opioidsim.questions import questions
from opioidsim.questions.command import Json, Out, Replace, answer_to, command
from opioidsim.refusal import Refusal, one_sentence, shown
from opioidsim.show.terminal import (
    Stopped,
    print_json,
    progress,
    say,
    say_files,
    show_board,
    show_table,
    silence,
    speakable,
    writing,
)
from opioidsim.studies.trial_data import trial_data
from opioidsim.web import serve

app = typer.Typer(
    name="opioidsim",
    help="From a dose to the blood, the receptor and what is felt: naltrexone and the opioids it blocks. A research and teaching instrument.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Runs a verb. A refusal is one sentence on standard error and exit status 1; a wrong use of a verb exits with 2."""
    speakable()
    try:
        try:
            sys.exit(app(sys.argv[1:] or ["--help"], "opioidsim", standalone_mode=False))
        finally:
            sys.stdout.flush()
    except Refusal as refusal:
        print(f"opioidsim: {refusal}", file=sys.stderr)
        sys.exit(1)
    except Stopped as stopped:
        print(f"opioidsim: {stopped}", file=sys.stderr)
        sys.exit(130)
    except (KeyboardInterrupt, SystemExit) as end:  # typer turns the first into the second
        if not isinstance(end, KeyboardInterrupt) and end.code != 130:
            raise
        print("opioidsim: stopped before the answer was complete; none of its files was written.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        silence()
        sys.exit(1)
    except OSError as error:
        silence()
        what = error.filename or "standard output"
        print(f"opioidsim: {what} could not be read or written: {error.strerror or error}.", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("OPIOIDSIM_TRACEBACK"):
            raise
        if hasattr(error, "format_message"):  # typer's own: a verb or an option that is not known
            print(f"opioidsim: {_misused(error)}", file=sys.stderr)
            sys.exit(2)
        said = one_sentence(str(error))[:150] or "no message"
        print(f"opioidsim: a fault of the program, not of your input ({type(error).__name__}: {said}). Please report it; "
              "with OPIOIDSIM_TRACEBACK=1 it says where.", file=sys.stderr)  # fmt: skip
        sys.exit(1)


def _misused(error) -> str:
    """What was wrong with the words of a command, and where its options are told."""
    said = shown(one_sentence(error.format_message()).removesuffix("."), 200)
    return (
        f"{said}{'' if said.endswith('?') else '.'} See  {error.ctx.command_path if error.ctx else 'opioidsim'} --help."
    )


for each in questions().values():
    app.command(each.name)(command(each))
app.command("trial-data")(trial_data)
app.command()(calibrate)
app.command()(serve.explore)


@app.command("ask")
def ask_(
    file: Annotated[Path, typer.Argument(help="A run.json, or a TOML or JSON file with `question` and what it asks.")],
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Ask a question that a file holds; any run.json can be asked again."""
    from opioidsim.questions import named, read

    given = read(file)
    answer_to(named(given), given, {}, out, replace, as_json)


@app.command("list")
def list_(
    what: Annotated[
        str,
        typer.Argument(
            help="drugs, outputs, questions, regimens (ways of starting naltrexone), scenarios, studies or trials."
        ),
    ] = "drugs",
    as_json: Json = False,
) -> None:
    """What there is: drugs, outputs, questions, ways of starting naltrexone, scenarios, studies, trials."""
    from opioidsim.catalogue import names

    found = names(what)
    if as_json:
        return print_json({what: [{"name": name, "about": about} for name, about in found.items()]})
    show_table([what, ""], [[name, about] for name, about in found.items()])


@app.command()
def show(
    drug: Annotated[str, typer.Argument(help="A drug's name; brand names are understood.")], as_json: Json = False
) -> None:
    """A drug's sheet: every number with its source."""
    from opioidsim.cases import drug as drugs
    from opioidsim.cases import sheet

    name = drugs.find(drug)
    if as_json:
        return print_json(
            {"name": name, "role": drugs.load(name).role, "about": sheet.head(name), "facts": sheet.rows(name)}
        )
    print(f"{name} ({drugs.load(name).role})")
    for line in sheet.head(name):
        print(f"  {line}")
    rows = [
        [
            r["parameter"],
            r["value"],
            r["spread"],
            r["basis"],
            r["source"],
            " ".join(filter(None, (r["where"], r["note"]))),
        ]
        for r in sheet.rows(name)
    ]
    show_table(["parameter", "value", "between people", "basis", "source", "where, and why"], rows)


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A scenario file; without it the whole library is checked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Is the library, or this scenario, sound?"""
    if file is not None:
        from opioidsim.cases.cautions import cautions
        from opioidsim.cases.scenario import read

        scenario = read(file)
        scenario.draws()
        found = cautions(scenario)
        if as_json:
            return print_json({"sound": True, "faults": [], "cautions": [c.model_dump() for c in found]})
        print(f"{file.name} is sound.")
        return say("", [], found)
    from opioidsim.check import library_faults

    count, faults = library_faults()
    if as_json:
        print_json({"sound": not faults, "facts": count, "faults": faults})
    elif not faults:
        print(f"{count} facts: each has a unit, a basis and a source, and lies in its plausible range.")
    if faults:
        raise Refusal(f"{faults[0]}{f' ({len(faults) - 1} further faults.)' if len(faults) > 1 else ''}")


@app.command()
def validate(
    study: Annotated[list[str] | None, typer.Argument(help="Studies by name; all without.")] = None,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Predictions against published people: the scoreboard. Only studies that built nothing are scored."""
    given = locals()
    from opioidsim.studies import study as studies

    chosen = study or list(studies.names())
    for name in chosen:
        studies.load(name)
    with writing("validate", given) as keep:
        with progress(len(chosen), "studies") as told:
            board = studies.validate(chosen, told)
        files = []
        if out:
            from opioidsim.studies.scoreboard import board_files

            files = keep(lambda folder: board_files(board, folder))
        if as_json:
            return print_json({"studies": [_score(s) for s in board], "files": [str(f) for f in files]})
        show_board(board)
        say_files(files)


@app.command("expect")
def expect_(
    row: Annotated[
        list[str] | None, typer.Argument(help="Rows by id, such as E01; all without, which takes minutes.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What any expert expects, against what the simulator says: breathing, liking, withdrawal, occupancy, deaths."""
    from opioidsim.studies.expectations import expect, expectations

    chosen = row or list(expectations())
    with progress(len(chosen), "rows") as told:
        board = expect(chosen, told)
    if as_json:
        return print_json({"rows": [found.plain() for found in board]})
    show_table(
        ["", "", "what happens", "what is asked", "expected", "predicted", "why not"],
        [
            [
                "comes out" if f.passed else "RED",
                f.id,
                f.row.situation,
                f.row.asks,
                f.row.bounds,
                f"{f.predicted:.3g}",
                f.row.fails,
            ]
            for f in board
        ],
    )
    print(f"{sum(found.passed for found in board)} of {len(board)} come out.")


@app.command()
def cite(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with the package.")],
    as_json: Json = False,
) -> None:
    """BibTeX of everything behind a scenario."""
    from opioidsim.cases.provenance import bibtex, cited
    from opioidsim.cases.scenario import read

    found = cited(read(scenario))
    if as_json:
        return print_json(
            {"sources": {key: source.model_dump() for key, source in found.items()}, "bibtex": bibtex(found)}
        )
    print(bibtex(found), end="")


# ---- reading and shaping ------------------------------------------------------------------------------------------


def _score(score) -> dict:
    found = {("pass" if key == "passed" else key): value for key, value in score._asdict().items()}
    return found | {"predicted": None if isnan(score.predicted) else score.predicted}


if __name__ == "__main__":
    main()
