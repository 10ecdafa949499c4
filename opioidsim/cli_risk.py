"""The verbs about risk: how one use of an opioid ends, and how risk stands after release or treatment."""

from typing import Annotated

import typer

from opioidsim.cli_questions import Json, Out, Point, Replace, Seed
from opioidsim.show.terminal import answered, progress, writing


def release(
    draws: Annotated[int, typer.Option(min=2, max=10_000, help="How many readings of what is not known.")] = 96,
    seed: Seed = 1,
    point: Point = False,
    out: Out = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Overdose deaths soon after release from prison or the end of treatment, against later: model beside publications."""
    given = locals()
    from opioidsim.questions.release.run import PARTS, TOLERANCE, both, said
    from opioidsim.show import answer_risk as answer

    with writing("release", given) as keep:
        with progress(PARTS * len(TOLERANCE), "parts") as told:
            found = both(draws, seed, not point, told)
        files = []
        if out:
            from opioidsim.show.output_risk import release_files

            files = keep(lambda folder: release_files(found, folder))
        rows = [
            [a["what"], answer.times(a, "model"), answer.verdict(a), answer.times(b, "model"), answer.verdict(b),
             answer.times(a, "published"), f"{a['source']}: {a['where']}"]
            for a, b in zip(*(one.rows() for one in found.values()), strict=True)
        ]  # fmt: skip
        header = [
            "how many times as often",
            "tolerance as in people",
            "",
            "as in the physiology",
            "",
            "published",
            "source",
        ]
        head = "Heroin after release from prison, and after treatment"
        answered(as_json, answer.release_json(found, files), head, said(found), [], (header, rows))
