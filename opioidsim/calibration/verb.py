"""The verb `calibrate`: what is not known, from the studies marked `build`."""

from pathlib import Path
from typing import Annotated

import typer

from opioidsim.questions.command import Cluster, Resume, resumable


def calibrate(
    block: Annotated[
        list[str] | None,
        typer.Argument(
            help="middle, kinetics, breathing, exposure, behaviour or bands; all without, which takes minutes."
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="A folder for the draws and their story; what is not made now stays in it.")
    ] = None,
    check: Annotated[
        int,
        typer.Option(
            min=0,
            help="Instead, calibrate the block, the middle if none is named, so many times on rows simulated with known numbers: are they found?",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 1,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of another call's parts in --into.")
    ] = False,
    resume: Resume = False,
    cluster: Cluster = "",
) -> None:
    """What is not known: numbers fitted to the studies marked `build`, with priors, in blocks that do not bend each other."""
    from opioidsim.calibration import make, open, words
    from opioidsim.engine.chunks import study
    from opioidsim.show.terminal import progress

    if check:
        return _check(block or ["middle"], check, seed, into)
    names, parts = list(block or open.BLOCKS), into / "parts" if into else None
    asked = {"question": "calibrate", "block": names, "seed": seed}
    resumable(resume, into)
    with (
        progress(len(names), "blocks", parts, keeps=True) as told,
        study(parts, asked, resume=resume, replace=replace, cluster=cluster) as how,
    ):
        for number, (name, made) in enumerate(make.each(names, seed), 1):
            words.say(name, *made)
            how.telling(told, len(names))(number)
            if into:
                make.write(into, {name: made}, seed)


def _check(block: list[str], replicates: int, seed: int, into: Path | None) -> None:
    from opioidsim.calibration import sbc
    from opioidsim.show.terminal import progress

    for name in block:
        with progress(100, "% of the replicates") as told:
            found = sbc.checked(name, replicates, seed, lambda share, told=told: told(int(100 * share)))
        print(sbc.said(name, found))
        if into:
            sbc.keep(into, name, found)
