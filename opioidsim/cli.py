"""The verbs. Each reads words, calls one public function, and shows what it says; heavy imports happen inside."""

import os
import sys
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
    show_table,
    silence,
    speakable,
)
from opioidsim.studies.credible import credibility
from opioidsim.studies.trial_data import trial_data
from opioidsim.studies.validate import validate
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
    if "--library" in sys.argv[2:-1]:  # behind the verb it is the same
        at = sys.argv.index("--library")
        sys.argv[1:1] = [sys.argv.pop(at), sys.argv.pop(at)]
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


@app.callback()
def with_library(
    context: typer.Context,
    library: Annotated[
        Path | None,
        typer.Option(
            help="A folder with drugs, studies, scenarios and trials of one's own, beside the package's.",
            envvar="OPIOIDSIM_LIBRARY",
        ),
    ] = None,
) -> None:
    if library is not None:
        from opioidsim.catalogue import Library

        if context.invoked_subcommand == "new":
            library.mkdir(parents=True, exist_ok=True)
        Library(library)


def _misused(error) -> str:
    """What was wrong with the words of a command, and where its options are told."""
    asked = questions().get(error.ctx.command.name) if getattr(error, "ctx", None) else None
    lacks = (asked.lacks if asked else {}).get(getattr(error, "option_name", "").lstrip("-"))
    if lacks and asked:
        return f"{asked.name} has no {error.option_name}. {lacks}"
    said = shown(one_sentence(error.format_message()).removesuffix("."), 200)
    return (
        f"{said}{'' if said.endswith('?') else '.'} See  {error.ctx.command_path if error.ctx else 'opioidsim'} --help."
    )


for each in questions().values():
    app.command(each.name)(command(each))
app.command("trial-data")(trial_data)
app.command()(validate)
app.command()(credibility)
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


@app.command()
def status(folder: Annotated[Path, typer.Argument(help="The folder that --out named.")], as_json: Json = False) -> None:
    """How far a study is whose parts lie in a folder: its question, its finished parts, and whether somebody works on it."""
    from opioidsim.engine.store import status

    found = status(folder)
    if as_json:
        return print_json(found)
    state = "has ended" if found["ended"] else "is at work" if found["working"] else "was stopped"
    go_on = "" if found["ended"] or found["working"] else " The same command with --resume goes on."
    print(
        f"{found['asked']['question']} {state}, {100.0 * found['share']:.0f} % done; {found['bytes'] / 1e6:,.1f} MB.{go_on}"
    )
    header = ["list of chunks", "finished parts", "of", "people in them"]
    show_table(header, [[str(each[key]) for key in ("list", "finished", "parts", "rows")] for each in found["lists"]])


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
    from opioidsim.catalogue.check import library_faults, place_holders

    count, faults = library_faults()
    held = [] if faults else place_holders()
    if as_json:
        print_json({"sound": not faults, "facts": count, "faults": faults, "place_holders": held})
    elif not faults:
        print(
            f"{count} facts: each has a unit, a basis and a source, and lies in its plausible range.", *held, sep="\n"
        )
    if faults:
        raise Refusal(f"{faults[0]}{f' ({len(faults) - 1} further faults.)' if len(faults) > 1 else ''}")


@app.command()
def new(
    kind: Annotated[str, typer.Argument(help="drug, study, scenario or trial.")],
    name: Annotated[str, typer.Argument(help="What it is to be called.")],
) -> None:
    """Write a commented file for a drug, study, scenario or trial of one's own into the folder that --library names."""
    from opioidsim import catalogue
    from opioidsim.facts.own import own

    folder = own()
    if folder is None:
        raise Refusal(f"say where it is to lie:  opioidsim --library FOLDER new {kind} {name}.")
    print(f"wrote {catalogue.new(kind, name, folder)}")
    print(f"Mend its numbers, then:  opioidsim --library {folder} check")


@app.command()
def bundle(
    folder: Annotated[Path, typer.Argument(help="The folder of an answer, as --out has written it.")],
    out: Annotated[Path, typer.Option(help="The archive to write, .zip.")],
) -> None:
    """An answer's folder as one archive with what each file is, what made it and what it cites: an RO-Crate."""
    from opioidsim.show import crate

    print(f"wrote {crate.bundle(folder, out)}")


@app.command()
def export(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with the package.")],
    form: Annotated[str, typer.Option("--as", help="sbml or rxode2.")] = "sbml",
    out: Annotated[Path | None, typer.Option(help="The file to write; without it the text is printed.")] = None,
) -> None:
    """Write a course as a model that other programs read: SBML, or R code for rxode2."""
    from opioidsim.cases.scenario import read
    from opioidsim.files import whole
    from opioidsim.show.export import text_of

    text = text_of(read(scenario), form)
    if out is None:
        return print(text, end="")
    with whole(out) as file:
        file.write(text)
    print(f"wrote {out}")


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


if __name__ == "__main__":
    main()
