"""The verb `validate`: predictions against published people, line by line as they come."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opioidsim.questions.command import Cluster, Json, Out, Replace, Resume, resumable
from opioidsim.refusal import need
from opioidsim.show.terminal import print_json, progress, say_files, show_table, writing
from opioidsim.show.words import percent

if TYPE_CHECKING:
    from opioidsim.studies.predictive import Judged


def validate(
    study: Annotated[
        list[str] | None, typer.Argument(help="Studies by name, or TOML files of your own; all of the library without.")
    ] = None,
    out: Out = None,
    replace: Replace = False,
    resume: Resume = False,
    cluster: Cluster = "",
    as_json: Json = False,
) -> None:
    """Predictions against published people: the scoreboard. Only studies that built nothing are scored."""
    given = locals()
    from opioidsim.cases import stamp
    from opioidsim.engine.chunks import study as studied
    from opioidsim.studies import predictive
    from opioidsim.studies import study as studies

    resumable(resume, out)
    if out:
        need("altair", "the figure of the scoreboard")
    chosen = study or list(studies.names())
    for name in chosen:
        studies.load(name)
    parts, lines = out / "parts" if out else None, []
    asked = {"question": "validate", "study": chosen} | {
        name: stamp.checksum(Path(name)) for name in chosen if Path(name).is_file()
    }
    with writing("validate", given) as keep:
        with progress(len(chosen), "studies", parts, keeps=True) as told, studied(parts, asked, resume=resume, replace=replace, cluster=cluster) as how:  # fmt: skip
            for line in predictive.judge(chosen, how.telling(told, len(chosen))):
                lines.append(line)
                if not as_json:
                    _say(line)
        covered = predictive.coverage(lines)
        files = []
        if out:
            from opioidsim.studies.scoreboard import board_files

            files = keep(lambda folder: board_files(lines, folder))
        if as_json:
            plain = {"studies": [line.plain() for line in lines], "coverage": covered}
            return print_json(plain | {"files": [str(f) for f in files]})
        _sum_up(lines, covered)
        say_files(files)


def _say(line: "Judged") -> None:
    s = line.score
    mark = "built on" if s.use == "build" else "passes" if s.passed else "FAILS"
    sure = f" [{line.low80:.3g} to {line.high80:.3g}]" if line.low80 == line.low80 else ""
    unsure = "" if s.confirmed else " (unconfirmed)"
    print(
        f"{mark:8}  {s.id}{unsure}: {s.predicted:.3g}{sure} for {s.observed:.3g} {s.unit}".rstrip()
        + f"; allowed {s.low:.3g} to {s.high:.3g}"
    )
    if s.fails and not s.passed:
        print(f"          {s.fails}")


def _sum_up(lines: "list[Judged]", covered: list[dict]) -> None:
    """Coverage by class, and how many pass."""
    checks = [line.score for line in lines if line.score.use == "check"]
    header = [
        "",
        "checks",
        "within bounds",
        "within 50 %",
        "within 80 %",
        "within 95 %",
        "log score gained",
        "could fail",
    ]
    rows = [
        [row["name"], str(row["rows"]), *(percent(row[key]) for key in ("pass", "within50", "within80", "within95")),
         "–" if row["log_score_gained"] is None else f"{row['log_score_gained']:+.2f}",
         "–" if row["could_fail"] is None else percent(row["could_fail"])]
        for row in covered if row["by"] != "study"
    ]  # fmt: skip
    if rows:
        print(
            "In square brackets: the 80 % predictive interval, of what is not known, the study's own error and what studies differ by."
        )
        show_table(header, rows)
    print(
        f"{sum(s.passed for s in checks)} of {len(checks)} checks pass; {len(lines) - len(checks)} further numbers were used to build the model."
    )
