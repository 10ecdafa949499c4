"""Interim looks: bounds that spend 5 % over all of them, and how often and after how many people a trial ends."""

from functools import cache
from typing import NamedTuple

import numpy as np

from opioidsim.trials.power import LEVEL, TRIALS, of_counts
from opioidsim.trials.survival import root


class Looked(NamedTuple):
    """power: how often a difference is found at any look; early: before the last; people: looked at on average, of both arms."""

    power: float
    early: float
    people: float


@cache
def bounds(looks: tuple[float, ...]) -> np.ndarray:
    """|z| beyond which a trial ends at each look: c / sqrt(share of the people), c such that 5 % of null trials ever do
    (O'Brien and Fleming 1979). Two equal looks: 2.797 and 1.977."""
    from scipy.stats import multivariate_normal

    at = np.array(looks)
    alike = np.sqrt(np.minimum.outer(at, at) / np.maximum.outer(at, at))
    normal = multivariate_normal(mean=np.zeros(len(at)), cov=alike, seed=1)  # pyright: ignore[reportArgumentType]

    def inside(c: float) -> float:
        ends = c / np.sqrt(at)
        return float(normal.cdf(ends, lower_limit=-ends)) - (1.0 - LEVEL)

    return root(inside, 1.5, 4.0) / np.sqrt(at)


def looked(
    kind: str, size: tuple[int, int], first, second, shares: tuple[float, ...], trials: int = TRIALS, seed: int = 1
) -> Looked:
    """What becomes of trials of this size that are looked at when these shares of the people are through, and at the end.

    kind, first, second: as in `Powers`, of all simulated people, from whom the trials' people are drawn one after another.
    """
    random = np.random.Generator(np.random.Philox(seed))
    at = (*shares, 1.0)
    limits = bounds(at)
    drawn = [arm[random.integers(0, len(arm), (trials, n))] for arm, n in zip((first, second), size, strict=True)]
    ended, people = np.zeros(trials, bool), np.zeros(trials)
    early = 0.0
    for share, limit in zip(at, limits, strict=True):
        some = [arm[:, : max(round(share * arm.shape[1]), 2)] for arm in drawn]
        people = np.where(ended, people, sum(part.shape[1] for part in some))
        early = float(ended.mean())
        ended = ended | (_z(kind, *some) > limit)
    return Looked(float(ended.mean()), early, float(people.mean()))


def _z(kind: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|z| of many trials, (trials,): of the log-rank test, of Welch's by its p, of shares with N - 1."""
    from scipy.stats import norm
    from scipy.stats import t as student

    if kind == "time":
        return of_counts(a, b)
    a, b = a.astype(float), b.astype(float)
    n, m, apart = a.shape[1], b.shape[1], np.abs(a.mean(1) - b.mean(1))
    if kind == "share":
        both = (a.sum(1) + b.sum(1)) / (n + m)
        error = both * (1.0 - both) * (1.0 / n + 1.0 / m) * (n + m) / (n + m - 1.0)
        return np.where(error > 0, apart / np.sqrt(np.where(error > 0, error, 1.0)), 0.0)
    one, other = a.var(1, ddof=1) / n, b.var(1, ddof=1) / m
    spread = one + other > 0
    one = np.where(spread, one, 1.0)
    freedom = (one + other) ** 2 / (one**2 / (n - 1) + other**2 / (m - 1))
    return np.where(spread, norm.isf(student.sf(apart / np.sqrt(one + other), freedom)), 0.0)
