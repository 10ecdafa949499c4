"""The verb `calibrate`: what is not known, from the studies marked `build`."""

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    block: Annotated[
        list[str] | None, typer.Argument(help="middle, kinetics, breathing or bands; all without, which takes minutes.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="A folder for the draws and their story; what is not made now stays in it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 1,
) -> None:
    """What is not known: numbers fitted to the studies marked `build`, with priors, in blocks that do not bend each other."""
    from opioidsim.calibration import make, open, words
    from opioidsim.show.terminal import progress

    found = {}
    for name in block or open.BLOCKS:
        with progress(100, f"% of {name}") as told:
            found[name] = make.made(name, seed, lambda share, told=told: told(int(100 * share)))
        words.say(name, *found[name])
        if into:
            make.write(into, {name: found[name]}, seed)
