"""Draws of the middle block: its most likely numbers, its curvature, and weights that put right what the curvature misses.

Times that are read off a curve jump, so that gradients do not reach; draws are proposed from a wide Student's t at the
curvature and weighted by prior times likelihood; the shape k of the largest weights' tail says whether that alone may be
trusted, under 0.5 well, up to 0.7 still. Those chosen are then moved, so that few of them stand for many (a sequential Monte
Carlo sampler, Del Moral 2006).
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import genpareto, multivariate_t

from opioidsim.calibration import laplace, middle, priors
from opioidsim.calibration.linear import Told
from opioidsim.calibration.open import numbers
from opioidsim.studies.rows import Row

PROPOSED, SWEEPS = 960, 8
STRIDE, TINY = 2.38, 0.01  # of moves
FREEDOM, WIDER = 7, 1.1  # of the proposals
TAIL = 0.2  # share of the weights that make the tail


class Drawn(NamedTuple):
    """z: (draws, numbers) around the priors. fitted: of `laplace.fit`. k: the tail's shape. worth: the number of independent
    draws that the weighted proposals are worth. moved: the share of moves that were taken afterwards; distinct: draws that
    differ."""

    z: np.ndarray
    fitted: laplace.Fitted
    k: float
    worth: float
    moved: float
    distinct: int


def drawn(
    count: int,
    rng: np.random.Generator,
    off: laplace.Off,
    numbers_of: int,
    proposed: int = PROPOSED,
    sweeps: int = SWEEPS,
) -> Drawn:
    """`count` draws of the block whose residuals are `off`."""
    fitted = laplace.fit(off, numbers_of)
    wide = multivariate_t(fitted.mode, fitted.covariance * WIDER, df=FREEDOM, seed=rng)  # pyright: ignore[reportArgumentType]
    z = np.reshape(wide.rvs(proposed), (proposed, numbers_of))
    known = _log_density(off, z)
    log_weight = known - wide.logpdf(z)
    weight = np.exp(log_weight - log_weight.max())
    k = tail_of(log_weight)
    weight = weight / weight.sum()
    chosen = rng.permutation(systematic(weight, count, rng))
    z, taken = _moved(z[chosen], known[chosen], off, rng, sweeps)
    return Drawn(z, fitted, k, float(1.0 / np.sum(weight**2)), taken, len(np.unique(z, axis=0)))


def tail_of(log_weight: np.ndarray) -> float:
    """The shape k of the largest weights' tail (Vehtari 2024)."""
    largest = np.sort(np.exp(log_weight - log_weight.max()))[-int(TAIL * len(log_weight)) :]
    return float(genpareto.fit(largest[1:] - largest[0], floc=0.0)[0])


def _log_density(off: laplace.Off, z: np.ndarray) -> np.ndarray:
    """Of the posterior, up to a constant, (sets,)."""
    return -0.5 * (np.sum(off(z) ** 2, 0) + np.sum(z**2, 1))


def _moved(z: np.ndarray, known: np.ndarray, off: laplace.Off, rng: np.random.Generator, sweeps: int):
    """The draws after Metropolis moves, and the share of moves that were taken.

    Half of the draws move at a time, each along the difference of two of the other half (differential evolution, ter Braak
    2006): moves have the posterior's own shape, and it stays what it is.
    """
    z, known, half, taken = z.copy(), known.copy(), len(z) // 2, 0
    halves = np.arange(half), np.arange(half, len(z))
    for sweep in range(sweeps):
        for mine, others in (halves, halves[::-1]):
            a, b = rng.choice(others, len(mine)), rng.choice(others, len(mine))
            stride = STRIDE / np.sqrt(2.0 * z.shape[1]) * (0.5 if sweep % 2 else 1.0)
            to = z[mine] + stride * (z[a] - z[b]) + TINY * rng.standard_normal((len(mine), z.shape[1]))
            there = _log_density(off, to)
            go = np.log(rng.uniform(size=len(mine))) < there - known[mine]
            z[mine[go]], known[mine[go]] = to[go], there[go]
            taken += int(go.sum())
    return z, taken / max(sweeps * len(z), 1)


def systematic(weight: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `count` draws, each as often as its weight asks for, to less than one."""
    return np.searchsorted(np.cumsum(weight), (np.arange(count) + rng.uniform()) / count).clip(max=len(weight) - 1)


def off_of(told: list[middle.Row]) -> laplace.Off:
    """The block's residuals as a function of deviations."""
    given = priors.load(middle.BLOCK).priors
    return lambda z: middle.residuals(told, given, z)


def straight(told: list[middle.Row]) -> list[Told]:
    """The block's rows with their slopes at the library's numbers, as the other blocks have theirs, for the study effects."""
    given = priors.load(middle.BLOCK).priors
    open_here = numbers()
    at = np.array([np.log(_in_unit(name, open_here[name].fact.value) / p.value) / p.sd for name, p in given.items()])
    sets = np.concatenate([at[None], at + laplace.STEP * np.eye(len(at)), at - laplace.STEP * np.eye(len(at))])
    theta = laplace.numbers(given, sets)
    found = []
    for row in told:
        as_row = Row(row.study, middle.study.load(row.study), row.arm, row.seen)
        value = as_row.scaled(middle.predicted(row, theta))
        slopes = (value[1 : len(at) + 1] - value[len(at) + 1 :]) / (2.0 * laplace.STEP)
        found.append(Told(as_row, float(as_row.back(value[0])), dict(zip(given, map(float, slopes), strict=True))))
    return found


def _in_unit(name: str, value: float) -> float:
    """A fact's value in the unit of its prior."""
    return value * middle.study.units.factor(numbers()[name].fact.unit, priors.load(middle.BLOCK).priors[name].unit)


def values(z: np.ndarray) -> dict[str, np.ndarray]:
    """The facts at these draws, in their own units."""
    given = priors.load(middle.BLOCK).priors
    found = laplace.numbers(given, z)
    return {
        name: column * middle.study.units.factor(given[name].unit, numbers()[name].fact.unit)
        for name, column in found.items()
    }
