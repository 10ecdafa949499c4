"""The verb `credibility`: how far an answer can be relied on, as a page."""

from pathlib import Path
from typing import Annotated

import typer

from opioidsim.questions.command import Json
from opioidsim.show.terminal import print_json, progress, show_table


def credibility(
    file: Annotated[Path, typer.Argument(help="The run.json of an answer, or a file that asks a question.")],
    context: Annotated[str, typer.Option(help="What the answer is to be used for, in a sentence.")],
    influence: Annotated[
        str, typer.Option(help="How much the decision rests on it beside other evidence: low, medium or high.")
    ],
    consequence: Annotated[str, typer.Option(help="What a wrong decision would do: low, medium or high.")],
    out: Annotated[
        Path | None, typer.Option(help="The page to write: .html, or .docx for Word; without it, it is printed.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=0, max=400, help="Draws for what the answer hangs on; 0 leaves that out.")
    ] = 60,
    as_json: Json = False,
) -> None:
    """How far an answer can be relied on: verification, validation, what is assumed, in the terms of ICH M15."""
    from opioidsim.questions import read
    from opioidsim.show import reliance
    from opioidsim.studies import credibility_page
    from opioidsim.studies.credibility import assess

    if out:
        credibility_page.refuse_another(out)
    with progress(100, "% of the work") as told:
        found = assess(
            read(file),
            context=context,
            influence=influence,
            consequence=consequence,
            board=reliance.board(),
            draws=draws,
            progress=lambda share: told(int(100 * share)),
        )
    if out:
        credibility_page.write(found, out)
    if as_json:
        return print_json({"sections": [section.__dict__ for section in found.sections()]})
    if out:
        return print(f"wrote {out}")
    for section in found.sections():
        print(f"\n{section.title}")
        for text in section.sentences:
            print(f"  {text}")
        if section.rows:
            show_table(list(section.header), [list(row) for row in section.rows])
