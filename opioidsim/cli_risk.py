"""The verb that reads a risk surface: how an unattended use of an opioid ends."""

from typing import Annotated

import typer

from opioidsim.cli_questions import Json
from opioidsim.terminal import print_json, say, show_table

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
