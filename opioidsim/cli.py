"""The verbs. Each reads words, calls one public function, and shows what it says; heavy imports happen inside."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from opioidsim.refusal import Refusal, nearest
from opioidsim.terminal import band, print_json, progress, say, say_files, show_board, show_table

app = typer.Typer(
    name="opioidsim",
    help="From a dose to the blood, the receptor and what is felt: naltrexone and the opioids it blocks. A research and teaching instrument.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for tables, figures and the report.")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="At most so many threads; all cores by default.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Which people are drawn.")]


def main() -> None:
    """Runs a verb. A refusal is one sentence on standard error and exit status 1; a wrong use of a verb exits with 2."""
    try:
        app()
    except Refusal as refusal:
        print(f"opioidsim: {refusal}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("opioidsim: stopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if os.environ.get("OPIOIDSIM_TRACEBACK"):
            raise
        said = str(error).splitlines()[0] if str(error) else "no message"
        print(f"opioidsim: a fault of the program, not of your input ({type(error).__name__}: {said}). Please report it; "
              "with OPIOIDSIM_TRACEBACK=1 it says where.", file=sys.stderr)  # fmt: skip
        sys.exit(1)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with the package.")],
    out: Out = None,
    table: Annotated[str, typer.Option(help="csv or parquet.")] = "csv",
    refine: Annotated[
        bool, typer.Option("--refine", help="Simulate again with every step halved and say what moved.")
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Simulate a scenario: a summary and the cautions; with --out also tables, figures and a report."""
    if table not in ("csv", "parquet"):
        raise Refusal(f'--table is "{table}".{nearest(table, ("csv", "parquet"))}')
    from opioidsim.scenario import read

    read_scenario = read(scenario)
    from opioidsim import answer
    from opioidsim.simulation import simulate

    with progress(read_scenario.people(), "people") as told:
        result = simulate(read_scenario, threads=threads, progress=told)
    moved = _moved(result, simulate(read_scenario, refine=1, threads=threads)) if refine else {}
    files = []
    if out:
        from opioidsim.output import run_files

        files = run_files(result, out, table)
    if as_json:
        return print_json(answer.run_json(result, files, moved))
    say(result.describe(), answer.of_result(result), result.cautions)
    rows = result.summary()
    show_table(["quantity", "unit", "peak", "time of peak [h]", "at the end"],
                [[r["quantity"], r["unit"], band(r, "peak"), band(r, "time_of_peak_h"), band(r, "end")] for r in rows])  # fmt: skip
    for name, (change, unit) in moved.items():
        print(f"halving every step moves {name} by at most {change:.1e} {unit}".rstrip())
    say_files(files)


@app.command()
def blockade(
    antagonist: Annotated[
        list[str],
        typer.Option(help='A dose sentence, for example "naltrexone 380 mg im-depot"; may be given several times.'),
    ],
    challenge: Annotated[
        str, typer.Option(help='The opioid that is tried, for example "heroin 25 mg iv".')
    ] = "heroin 25 mg iv",
    days: Annotated[float, typer.Option(help="How long to look.")] = 42.0,
    every: Annotated[float, typer.Option(help="Days between challenges.")] = 1.0,
    people: Annotated[int, typer.Option(min=1, max=1_000_000, help="1 is the typical person.")] = 1,
    seed: Seed = 1,
    weight: Annotated[str, typer.Option(help='Of the typical person, for example "90 kg".')] = "70 kg",
    liver: Annotated[str, typer.Option(help="healthy or cirrhosis.")] = "healthy",
    reading: Annotated[
        list[str], typer.Option(help='Another reading of contested evidence, "naltrexone=slower".')
    ] = [],  # noqa: B006
    out: Out = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """How strongly and how long an antagonist blocks an opioid, and what dose overrides it."""
    from opioidsim import answer

    chosen = dict(_pair(text) for text in reading)
    scenario = answer.blockade_scenario(
        antagonist, challenge, days, people, seed, {"weight": weight, "liver": liver}, chosen
    )
    from opioidsim.questions.blockade import blockade as ask

    with progress(people, "people") as told:
        found = ask(
            antagonist, challenge, days, every, people, seed, scenario.person, chosen, threads=threads, progress=told
        )
    files = []
    if out:
        from opioidsim.output import blockade_files

        files = blockade_files(found, scenario, out)
    if as_json:
        return print_json(answer.blockade_json(found, scenario, files))
    from opioidsim.cautions import cautions

    who = "the typical person" if people == 1 else f"{people} people"
    say(
        f"{' and '.join(map(str, found.antagonist))} against {found.challenge} · {who}",
        answer.of_blockade(found),
        cautions(scenario),
    )
    shown = found.rows()
    shown = shown[:: max(1, len(shown) // 14)]
    header = ["day", "plasma [ng/mL]", "mu occupancy", "blockade", "overriding multiple", "liking"]
    show_table(
        header,
        [
            [f"{r['day']:g}", *(band(r, k) for k in ("concentration", "occupancy", "blockade", "multiple", "liking"))]
            for r in shown
        ],
    )
    say_files(files)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="drugs, outputs, studies or scenarios.")] = "drugs",
    as_json: Json = False,
) -> None:
    """What there is: drugs, outputs, studies, scenarios."""
    from opioidsim import drug, evidence, scenario, study

    kinds = {
        "drugs": lambda: {name: drug.load(name).about for name in drug.names()},
        "outputs": lambda: {
            name: m.meaning + (f" [{m.units[0]}]" if m.units[0] else "")
            for name, m in evidence.glossary()["quantities"].items()
        },
        "studies": lambda: {name: f"{study.load(name).use}: {study.load(name).title}" for name in study.names()},
        "scenarios": lambda: {name: scenario.read(name).title for name in scenario.examples()},
    }
    if what not in kinds:
        raise Refusal(f'"{what}" cannot be listed.{nearest(what, kinds)}')
    found = kinds[what]()
    if as_json:
        return print_json({what: [{"name": name, "about": about} for name, about in found.items()]})
    show_table([what, ""], [[name, about] for name, about in found.items()])


@app.command()
def show(
    drug: Annotated[str, typer.Argument(help="A drug's name; brand names are understood.")], as_json: Json = False
) -> None:
    """A drug's sheet: every number with its source."""
    from opioidsim import drug as drugs
    from opioidsim import sheet

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
        from opioidsim.cautions import cautions
        from opioidsim.scenario import read

        scenario = read(file)
        scenario.draws()
        found = cautions(scenario)
        if as_json:
            return print_json({"sound": True, "faults": [], "cautions": [c.model_dump() for c in found]})
        print(f"{file.name} is sound.")
        return say("", [], found)
    from opioidsim.library_check import library_faults

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
    as_json: Json = False,
) -> None:
    """Predictions against published people: the scoreboard. Only studies that built nothing are scored."""
    from opioidsim import study as studies

    chosen = study or list(studies.names())
    for name in chosen:
        studies.load(name)
    with progress(len(chosen), "studies") as told:
        board = studies.validate(chosen, told)
    files = []
    if out:
        from opioidsim.output import board_files

        files = board_files(board, out)
    if as_json:
        return print_json({"studies": [_score(s) for s in board], "files": [str(f) for f in files]})
    show_board(board)
    say_files(files)


@app.command()
def cite(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with the package.")],
    as_json: Json = False,
) -> None:
    """BibTeX of everything behind a scenario."""
    from opioidsim.provenance import bibtex, cited
    from opioidsim.scenario import read

    found = cited(read(scenario))
    if as_json:
        return print_json(
            {"sources": {key: source.model_dump() for key, source in found.items()}, "bibtex": bibtex(found)}
        )
    print(bibtex(found), end="")


# ---- reading and shaping ------------------------------------------------------------------------------------------


def _pair(text: str) -> tuple[str, str]:
    drug, equals, reading = text.partition("=")
    if not equals:
        raise Refusal(f'--reading is "{text}"; write DRUG=READING, for example "naltrexone=slower".')
    from opioidsim.drug import find

    return find(drug), reading


def _moved(coarse, fine) -> dict:
    from opioidsim.scenario import unit_of

    return {name: (float(abs(coarse.values[name] - fine.values[name]).max()), unit_of(name)) for name in coarse.values}


def _score(score) -> dict:
    return {("pass" if key == "passed" else key): value for key, value in score._asdict().items()}


if __name__ == "__main__":
    main()
