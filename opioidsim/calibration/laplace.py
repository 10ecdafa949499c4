"""The most likely numbers of a block, and what its rows and priors leave open around them (Laplace).

Numbers are counted in standard deviations of their priors, z. Slopes are differences over STEP: wide, because times that are
read off a curve jump, and side by side, because many sets of numbers cost little more than one.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from opioidsim.calibration.priors import Prior

STEP = 0.2  # of a difference, in standard deviations of the prior
ROUNDS = 25
Off = Callable[[np.ndarray], np.ndarray]  # residuals (rows, sets) without the priors', of deviations (sets, numbers)


class Fitted(NamedTuple):
    """mode: (numbers,) in deviations z. covariance: of z. cost, at_prior: the sum of squares there, and where z is 0."""

    mode: np.ndarray
    covariance: np.ndarray
    cost: float
    at_prior: float


def numbers(priors: dict[str, Prior], z: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers at these deviations, (sets, numbers), by name, each (sets,): value x e^(sd z)."""
    return {name: prior.value * np.exp(prior.sd * z[:, i]) for i, (name, prior) in enumerate(priors.items())}


def fit(off: Off, count: int) -> Fitted:
    """Least squares over residuals and deviations, from the priors' values."""
    last: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def looked(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Residuals and slopes at z, which are worked out together."""
        if not (last and np.array_equal(last[0][0], z)):
            at, slopes = slope(off, z)
            last[:] = [(z.copy(), np.concatenate([at, z]), np.concatenate([slopes, np.eye(count)]))]
        return last[0][1:]

    begin = np.zeros(count)
    at_prior = float(np.sum(looked(begin)[0] ** 2))
    found = least_squares(lambda z: looked(z)[0], begin, jac=lambda z: looked(z)[1], max_nfev=ROUNDS)  # pyright: ignore[reportArgumentType]
    slopes = np.asarray(found.jac)
    return Fitted(found.x, np.linalg.inv(slopes.T @ slopes), float(2.0 * found.cost), at_prior)


def slope(off: Off, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (rows,) and their slopes (rows, numbers) at z, by differences."""
    at = off(np.concatenate([z[None], z + STEP * np.eye(len(z))]))
    return at[:, 0], (at[:, 1:] - at[:, :1]) / STEP
