"""Simulation-based calibration (Talts 2018): would the posterior find numbers that are known, as often as it says?

Numbers are drawn from the priors, rows are simulated with them and with the rows' own errors, and the block is calibrated on
these; the share of its draws under the true number is then anywhere between 0 and 1 alike.
"""

from collections.abc import Callable

import numpy as np

from opioidsim.calibration import laplace, middle_block

DRAWS, PROPOSED = 99, 480


def places(
    off: laplace.Off, numbers_of: int, replicates: int, seed: int = 1, told: Callable[[float], None] | None = None
) -> np.ndarray:
    """Where the true numbers lie among the draws, shares (replicates, numbers). off: the block's residuals; they are those of
    simulated rows once the residuals at the truth are taken off and errors put in their place."""
    rng, found = np.random.default_rng(seed), []
    for number in range(replicates):
        truth = rng.standard_normal(numbers_of)
        at = off(truth[None])[:, 0]
        error = rng.standard_normal(len(at))

        def simulated(z: np.ndarray, at=at, error=error) -> np.ndarray:
            return off(z) - (at + error)[:, None]

        drawn = middle_block.drawn(DRAWS, rng, simulated, numbers_of, PROPOSED)
        found.append((drawn.z < truth).mean(0))
        if told:
            told((number + 1) / replicates)
    return np.array(found)


def within(found: np.ndarray, level: float) -> float:
    """The share of true numbers within the middle `level` of their draws."""
    return float((np.abs(2.0 * found - 1.0) <= level).mean())
