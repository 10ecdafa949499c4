"""The verbs about risk: how one use of an opioid ends, and how risk stands after release or treatment."""

from typing import Annotated

import typer

from opioidsim.cli_questions import Json, Seed
from opioidsim.terminal import print_json, progress, say, show_table

UNKNOWN = (
    "Ranges: the people the surface was made of, and its error between grid points. Not in them: how fast tolerance goes, "
    "what else was taken, and how far this physiology holds."
)


def risk(
    use: Annotated[str, typer.Option(help='What is taken at once and unattended, for example "heroin 50 mg iv".')],
    tolerance: Annotated[float, typer.Option(min=0, max=1, help="0: naive, 1: after long high doses.")] = 0.0,
    held: Annotated[float, typer.Option(min=0, max=1, help="Share of mu receptors that an antagonist holds.")] = 0.0,
    sedative: Annotated[
        float, typer.Option(min=0, help="Sedatives and alcohol: sum of concentration over C50; 0 for none.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """How often one use of an opioid ends in apnoea or cardiac arrest, read at once from a stored surface."""
    from opioidsim.risk import OUTCOMES, read

    found = read(use, tolerance, held, sedative)
    if as_json:
        return print_json(found | {"uncertain": UNKNOWN})
    say(
        f"{found['use']} · tolerance {tolerance:g} · {held:.0%} of receptors held · sedation {sedative:g}",
        [UNKNOWN],
        [],
    )
    rows = [[OUTCOMES[name], *(f"{found[name][key]:.1%}" for key in ("chance", "low", "high"))] for name in OUTCOMES]
    show_table(["of such people", "share", "from", "to"], rows)


def release(
    draws: Annotated[int, typer.Option(min=2, max=10_000, help="How many readings of what is not known.")] = 96,
    seed: Seed = 1,
    point: Annotated[
        bool, typer.Option("--point", help="The point value only, without the bands of what is not known.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Overdose deaths soon after release from prison or the end of treatment, against later: model beside publications."""
    from opioidsim.questions.release import MOST, TOLERANCE, after_release, said

    with progress(3 * len(TOLERANCE), "parts") as told:
        found = {
            reading: after_release(draws, seed, not point, reading, lambda part, before=3 * number: told(before + part))
            for number, reading in enumerate(TOLERANCE)
        }
    rows = [one.rows() for one in found.values()]
    if as_json:
        weeks = {reading: one.weeks.T.tolist() for reading, one in found.items()}
        return print_json(
            {"answer": said(found), "comparisons": [row for part in rows for row in part], "weeks": weeks}
        )
    say("Heroin after release from prison, and after treatment", said(found), [])

    def text(row: dict, name: str) -> str:
        numbers = [
            f"{float(f'{row[name + end]:.2g}'):g}" if row[name + end] < MOST else "1000 or more"
            for end in ("", "_low", "_high")
        ]
        return numbers[0] if numbers[0] == numbers[1] == numbers[2] else f"{numbers[0]} ({numbers[1]} to {numbers[2]})"

    def verdict(row: dict) -> str:
        return "agrees" if row["median_within"] else "ranges meet" if row["ranges_meet"] else "FAILS"

    show_table(
        ["how many times as often", "tolerance as in people", "", "as in the physiology", "", "published", "source"],
        [
            [a["what"], text(a, "model"), verdict(a), text(b, "model"), verdict(b), text(a, "published"), f"{a['source']}: {a['where']}"]
            for a, b in zip(*rows, strict=True)
        ],
    )  # fmt: skip
