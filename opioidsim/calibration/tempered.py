"""Draws of a posterior whose rows are dear to ask and jump, so that no slopes reach: tempered from the priors, moved by a stand-in.

A crowd of sets of numbers begins at the priors; the rows' weight beta grows to 1 by steps that each leave half of the crowd
worth something (Del Moral 2006): no most likely numbers are looked for, and where there are several hills the crowd is on all.
After each step the sets move: parabolas follow the residuals known so far near the crowd, each set walks on them at length for
next to nothing, and where it ends is taken or not by what the rows say there (delayed acceptance, Christen and Fox 2005). The
parabolas make moves long and apt; the draws are those of the rows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Off = Callable[[np.ndarray], np.ndarray]  # residuals (rows, sets) without the priors', of deviations (sets, numbers)
FIRST, SETS = 480, 192  # sets at the priors, and in the crowd
SWEEPS = 6  # moves of the crowd once the rows have their whole weight
HALF = 0.5  # of the crowd: what a step of beta leaves worth something, and what has moved before the next
NEAR = 5.0  # nats less likely than the crowd's middle: there a known set weighs e times less
PATIENCE = 6  # moves at one beta, at most
BENT = 3.0  # known sets' worth of reluctance to bend
STEPS = 10  # of a walk on the parabolas, for each number
STRIDES = 2.38, 1.19  # of the walk, by turns
TAIL = 0.2  # share of the weights that make the tail


class Crowd(NamedTuple):
    """Sets of numbers, z (sets, numbers) in deviations of their priors, and their residuals, off (sets, rows)."""

    z: np.ndarray
    off: np.ndarray

    def log(self, beta: float) -> np.ndarray:
        """The logarithm of the posterior whose rows weigh beta, up to a constant, (sets,)."""
        return _log(self.z, self.off, beta)

    def at(self, places: np.ndarray) -> "Crowd":
        """The sets at these places."""
        return Crowd(self.z[places], self.off[places])

    def and_(self, more: "Crowd") -> "Crowd":
        """These and more."""
        return Crowd(np.concatenate([self.z, more.z]), np.concatenate([self.off, more.off]))


def _log(z: np.ndarray, off: np.ndarray, beta: float) -> np.ndarray:
    return -0.5 * (beta * np.sum(off**2, 1) + np.sum(z**2, 1))


class Run(NamedTuple):
    """crowd: the draws. moved: the share of moves taken once the rows had their whole weight; log_weight: of where those moves
    ended, rows over parabolas, (moves,). asked: sets whose rows were asked; steps: of beta."""

    crowd: Crowd
    moved: float
    log_weight: np.ndarray
    asked: int
    steps: int


def run(off: Off, numbers: int, rng: np.random.Generator, *, sets: int = SETS, sweeps: int = SWEEPS) -> Run:
    """Draws of the posterior whose residuals are `off`, as many as `sets`."""
    known = _asked(off, rng.standard_normal((max(FIRST, sets), numbers)))
    crowd, beta, steps = known, 0.0, 0
    taken, log_weight = [], []
    while beta < 1.0:
        before, beta, steps = beta, _warmer(crowd, beta, HALF * sets), steps + 1
        chosen = systematic(np.exp(_relative((beta - before) * -0.5 * np.sum(crowd.off**2, 1))), sets, rng)
        crowd, left = crowd.at(rng.permutation(chosen)), HALF
        for _ in range(PATIENCE):
            crowd, known, go, _ = _moved(off, crowd, known, beta, rng)
            left -= go.mean()
            if left <= 0.0:
                break
    for _ in range(sweeps):
        crowd, known, go, weight = _moved(off, crowd, known, beta, rng)
        taken.append(go.mean())
        log_weight.append(weight)
    return Run(crowd, float(np.mean(taken)), np.concatenate(log_weight), len(known.z), steps)


def _asked(off: Off, z: np.ndarray) -> Crowd:
    return Crowd(z, off(z).T)


def _relative(log_weight: np.ndarray) -> np.ndarray:
    return log_weight - log_weight.max()


def _warmer(crowd: Crowd, beta: float, worth: float) -> float:
    """The largest weight of the rows, up to 1, at which the crowd of beta is still worth so many draws."""
    likely = -0.5 * np.sum(crowd.off**2, 1)
    low, high = beta, 1.0
    if worth_of((1.0 - beta) * likely) >= worth:
        return 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if worth_of((middle - beta) * likely) > worth else (low, middle)
    return high


def _moved(off: Off, crowd: Crowd, known: Crowd, beta: float, rng: np.random.Generator):
    """The crowd after a move, all sets known by now, which of the crowd went, and the weights of where they were to go."""
    stand_in = parabolas(known, crowd, beta)
    to = _asked(off, _walked(stand_in, crowd.z, beta, rng))
    weight = to.log(beta) - stand_in.log(to.z, beta)
    go = np.log(rng.uniform(size=len(to.z))) < weight - (crowd.log(beta) - stand_in.log(crowd.z, beta))
    moved = Crowd(*(np.where(go[:, None], new, old) for new, old in zip(to, crowd, strict=True)))
    return moved, known.and_(to), go, weight


class Parabolas(NamedTuple):
    """Residuals as polynomials of second degree in w = (z - middle) / spread. middle: (numbers,). spread: lower triangular, w to
    z, (numbers, numbers). bends: (terms, rows)."""

    middle: np.ndarray
    spread: np.ndarray
    bends: np.ndarray

    def off(self, z: np.ndarray) -> np.ndarray:
        """The residuals at z, (sets, rows)."""
        return _terms(np.linalg.solve(self.spread, (z - self.middle).T).T) @ self.bends

    def log(self, z: np.ndarray, beta: float) -> np.ndarray:
        """The logarithm of the posterior as they have it, (sets,)."""
        return _log(z, self.off(z), beta)


def _terms(w: np.ndarray) -> np.ndarray:
    """1, each number, each product of two: (sets, terms)."""
    one, other = np.triu_indices(w.shape[1])
    return np.concatenate([np.ones((len(w), 1)), w, w[:, one] * w[:, other]], 1)


def parabolas(known: Crowd, crowd: Crowd, beta: float) -> Parabolas:
    """Least squares over the known sets, those weighing most that are as likely as the crowd."""
    numbers = known.z.shape[1]
    middle = crowd.z.mean(0)
    spread = np.linalg.cholesky(np.cov(crowd.z.T).reshape(numbers, numbers) + 1e-9 * np.eye(numbers))
    less = np.clip(np.median(crowd.log(beta)) - known.log(beta), 0.0, None)
    weight = np.exp(-less / NEAR)
    here = weight > 1e-6
    root = np.sqrt(weight[here])[:, None]
    terms = _terms(np.linalg.solve(spread, (known.z[here] - middle).T).T) * root
    reluctant = np.full(terms.shape[1], BENT)
    reluctant[: numbers + 1] = 1e-3
    bends = np.linalg.solve(terms.T @ terms + np.diag(reluctant), terms.T @ (known.off[here] * root))
    return Parabolas(middle, spread, bends)


def _walked(stand_in: Parabolas, z: np.ndarray, beta: float, rng: np.random.Generator) -> np.ndarray:
    """Where Metropolis steps on the parabolas lead each set."""
    z, numbers = z.copy(), z.shape[1]
    here = stand_in.log(z, beta)
    for step in range(STEPS * numbers):
        stride = STRIDES[step % 2] / np.sqrt(numbers)
        to = z + stride * rng.standard_normal(z.shape) @ stand_in.spread.T
        there = stand_in.log(to, beta)
        go = np.log(rng.uniform(size=len(z))) < there - here
        z[go], here[go] = to[go], there[go]
    return z


def worth_of(log_weight: np.ndarray) -> float:
    """How many independent draws weighted ones are worth."""
    weight = np.exp(_relative(log_weight))
    return float(weight.sum() ** 2 / np.sum(weight**2))


def systematic(weight: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `count` draws, each as often as its weight asks for, to less than one."""
    along = np.cumsum(weight / weight.sum())
    return np.searchsorted(along, (np.arange(count) + rng.uniform()) / count).clip(max=len(weight) - 1)


def tail_of(log_weight: np.ndarray) -> float:
    """The shape k of the largest weights' tail (Vehtari 2024): under 0.5 well, up to 0.7 still."""
    from scipy.stats import genpareto

    largest = np.sort(np.exp(_relative(log_weight)))[-int(TAIL * len(log_weight)) :]
    return float(genpareto.fit(largest[1:] - largest[0], floc=0.0)[0])


def r_hat(runs: list[np.ndarray]) -> tuple[float, float]:
    """The largest R-hat of any number, sqrt(1 + B / W), and how many independent draws all runs together are worth. runs: the
    last crowd of each, (sets, numbers), begun apart.

    B is the variance between the runs' means, W that within a run (Margossian 2024, of many short chains each): means of runs
    worth n draws each scatter by B = W / n. Never more than there are draws.
    """
    within = np.mean([each.var(0, ddof=1) for each in runs], 0)
    apart = np.var([each.mean(0) for each in runs], 0, ddof=1) / within
    most = sum(len(each) for each in runs)
    return float(np.sqrt(1.0 + apart.max())), float(min(len(runs) / apart.mean(), most))
