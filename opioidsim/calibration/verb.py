"""The verb `calibrate`: what is not known, from the studies marked `build`."""

from pathlib import Path
from typing import Annotated

import typer

from opioidsim.questions.command import Cluster, Resume, resumable


def calibrate(
    block: Annotated[
        list[str] | None, typer.Argument(help="middle, kinetics, breathing or bands; all without, which takes minutes.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="A folder for the draws and their story; what is not made now stays in it.")
    ] = None,
    check: Annotated[
        int,
        typer.Option(
            min=0,
            help="Instead, calibrate the middle so many times on rows simulated with known numbers: are they found?",
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
        return _check(block or ["middle"], check, seed)
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


def _check(block: list[str], replicates: int, seed: int) -> None:
    from opioidsim.calibration import middle, middle_block, priors, sbc
    from opioidsim.refusal import Refusal
    from opioidsim.show.terminal import progress

    if block != ["middle"]:
        raise Refusal(
            f"{' and '.join(block)} cannot be checked so: only the middle is drawn by weights; the others follow straight lines, in closed form."
        )
    with progress(100, "% of the replicates") as told:
        off, count = middle_block.off_of(middle.rows()), len(priors.load("middle").priors)
        found = sbc.places(off, count, replicates, seed, lambda share: told(int(100 * share)))
    shares = ", ".join(f"{sbc.within(found, level):.0%} within {level:.0%}" for level in (0.5, 0.8, 0.95))
    print(f"{replicates} times {count} known numbers: {shares} of their draws.")
