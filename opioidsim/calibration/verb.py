"""The verb `calibrate`: a block's numbers from the studies marked `build`."""

from typing import Annotated

import typer


def calibrate(
    block: Annotated[
        str, typer.Argument(help="What is fitted: middle, between the bound receptor and the person.")
    ] = "middle",
) -> None:
    """Fits numbers to the studies marked `build`, each drawn towards its prior; says prior, value and what is left open."""
    import numpy as np

    from opioidsim.calibration import laplace, middle, priors
    from opioidsim.show.terminal import show_table

    given, told = priors.load(block), middle.rows()

    def off(z: np.ndarray) -> np.ndarray:
        return middle.residuals(told, given.priors, z)

    found = laplace.fit(off, len(given.priors))
    theta, left = laplace.numbers(given.priors, found.mode[None]), np.sqrt(np.diag(found.covariance))
    print(f"Sum of squares {found.cost:.2f}, at the priors {found.at_prior:.2f}.")
    show_table(["", "value", "", "prior", "its sd", "sd left"], [
        [name, f"{theta[name][0]:.4g}", prior.unit, f"{prior.value:g}", f"{prior.sd:g}", f"{prior.sd * sd:.2f}"]
        for (name, prior), sd in zip(given.priors.items(), left, strict=True)
    ])  # fmt: skip
    show_table(["", "predicted", "observed", "bounds", ""], [
        [row.id, f"{middle.predicted(row, theta)[0]:.3g}", f"{row.seen.observed:g}", f"{row.seen.low:g} to {row.seen.high:g}", row.seen.unit]
        for row in told
    ])  # fmt: skip
