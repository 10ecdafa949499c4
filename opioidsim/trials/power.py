"""The tests that a plan can name, and how often each finds a difference: power, its mean over what is not known, sizes.

Each is the test for its kind of endpoint that keeps to 5 % in small arms: for a time the log-rank test, by permutations where
an arm is small; for a mean Welch's with Student's t; for a share Boschloo's exact test. `bench/tests_of_trials.py` measures how
often each finds what is not there.
"""

from collections.abc import Sequence
from functools import cache
from itertools import combinations
from math import comb

import numpy as np

from opioidsim.trials.survival import Z, welch

LEVEL = 0.05
SMALL = 20  # people in an arm: under it the log-rank statistic is no normal variable
PERMUTATIONS = 2000  # of who is in which arm; all of them where there are no more
EXACT = 60  # people in an arm up to which a share's test is worked out over all tables
TRIALS = 2000
SIZES = (20, 50, 100, 150, 200, 300, 400, 600, 800, 1200)  # people of the reference arm

Sizes = Sequence[tuple[int, int]]  # people in the arm, and in the one that it is compared with


def of_times(sizes: Sizes, first, second, trials: int = TRIALS, seed: int = 1) -> list[float]:
    """The share of trials in which the log-rank test has p < 0.05, one for each of `sizes`.

    first, second: (people, 2), day and whether it happened, of all simulated people of an arm, from whom the trials' people
    are drawn. How many leave at each time, with and without the event, is drawn at once (multinomial).
    """
    random = np.random.Generator(np.random.Philox(seed))
    times = np.unique(np.concatenate([first[:, 0], second[:, 0]]))
    cells = [_cells(times, arm) for arm in (first, second)]
    found = []
    for n, m in sizes:
        if min(n, m) < SMALL:
            drawn = (arm[random.integers(0, len(arm), (trials, k))] for arm, k in ((first, n), (second, m)))
            found.append(float(np.mean(differ_in_time(*drawn))))
        else:
            a, b = (random.multinomial(k, p, trials) for k, p in zip((n, m), cells, strict=True))
            found.append(float(np.mean(_log_rank(a, b) > Z)))
    return found


def of_means(sizes: Sizes, first, second, trials: int = TRIALS, seed: int = 1) -> list[float]:
    """The share of trials in which two means differ with p < 0.05 by Welch's test. first, second: of all simulated people of
    an arm, from whom the trials' people are drawn."""
    random = np.random.Generator(np.random.Philox(seed))
    arms = [np.asarray(arm, float) for arm in (first, second)]
    return [
        float(np.mean(differ_in_mean(*(a[random.integers(0, len(a), (trials, k))] for a, k in zip(arms, pair, strict=True)))))
        for pair in sizes
    ]  # fmt: skip


def of_shares(sizes: Sizes, first, second, trials: int = TRIALS, seed: int = 1) -> list[float]:
    """The chance that two shares differ with p < 0.05 by Boschloo's test, over all tables; beyond EXACT people in an arm the
    share of trials by Pearson's chi-squared test with N - 1 (Campbell 2007)."""
    from scipy.stats import binom

    p, q = float(np.mean(first)), float(np.mean(second))
    random, found = np.random.Generator(np.random.Philox(seed)), []
    for n, m in sizes:
        if max(n, m) <= EXACT:
            weight = np.outer(binom.pmf(np.arange(n + 1), n, p), binom.pmf(np.arange(m + 1), m, q))
            found.append(float(weight[boschloo(n, m)].sum()))
        else:
            found.append(float(np.mean(_pearson(random.binomial(n, p, trials), random.binomial(m, q, trials), n, m))))
    return found


def differ_in_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether two means differ with p < 0.05, for many trials: (trials, people) each. Without any spread there is no test,
    and nothing is found."""
    one, other = (part.var(1, ddof=1) / part.shape[1] for part in (a, b))
    spread = np.where(one + other > 0, one + other, 1.0)
    limit = welch(np.where(one + other > 0, one, 1.0), other, a.shape[1], b.shape[1]) * np.sqrt(spread)
    return (one + other > 0) & (np.abs(a.mean(1) - b.mean(1)) > limit)


def differ_in_time(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether times differ with p < 0.05 by the log-rank statistic, its distribution being that over who is in which arm.

    a, b: (trials, people, 2), day and whether it happened. Observed less expected events of an arm are the sum of its
    people's scores, the event less the hazard that they have passed through (Nelson and Aalen, of both arms together).
    """
    both = np.concatenate([a, b], 1)
    order = _in_arm(both.shape[1], a.shape[1])
    parts = np.array_split(both, max(len(both) * both.shape[1] ** 2 // 2_000_000, 1))
    return np.concatenate([_by_permutation(_scores(part), order) for part in parts])


def _scores(people: np.ndarray) -> np.ndarray:
    """The log-rank score of each person, (trials, people)."""
    days, happened = people[..., 0], people[..., 1]
    later = days[:, None, :] >= days[:, :, None]  # of each person, who is still at risk on the day of theirs
    hazard = happened / later.sum(2)
    return happened - np.einsum("tji,tj->ti", later, hazard)


def _by_permutation(scores: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Whether the first arm's sum of scores is among the outermost 5 % of all. order: (people, ways), 1 in the arm; the first
    way is how they are."""
    sums = np.abs(scores @ order)
    return (sums >= sums[:, :1] - 1e-9).mean(1) <= LEVEL


@cache
def _in_arm(total: int, arm: int) -> np.ndarray:
    """Ways in which so many of all can be in an arm, (people, ways): all, or PERMUTATIONS of them; first how they are."""
    first = np.arange(total) < arm
    if comb(total, arm) <= PERMUTATIONS:
        rows = [np.isin(np.arange(total), way) for way in combinations(range(total), arm)]
    else:
        random = np.random.Generator(np.random.Philox(1))
        rows = [first, *(random.permutation(first) for _ in range(PERMUTATIONS - 1))]
    return np.array(rows, float).T


@cache
def boschloo(n: int, m: int) -> np.ndarray:
    """Which tables, (n + 1, m + 1) counts of two arms, differ with p < 0.05 (Boschloo 1970): those with the smallest p of
    Fisher's test which together come up in no more than 5 % of trials, whatever the common share."""
    from scipy.stats import binom, hypergeom

    x, y = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    fisher = np.empty(x.shape)
    for total in range(n + m + 1):
        counts = np.arange(max(0, total - m), min(n, total) + 1)
        chance = hypergeom.pmf(counts, n + m, total, n)
        fisher[counts, total - counts] = [chance[chance <= c * (1.0 + 1e-9)].sum() for c in chance]
    shares = np.linspace(0.0, 0.5, 501)[:, None]  # the other half is alike by symmetry of arms and of events
    ones, others = (np.asarray(binom.pmf(np.arange(k + 1), k, shares)) for k in (n, m))
    steps, place = np.unique(np.round(fisher, 12), return_inverse=True)
    place = place.reshape(fisher.shape)
    size = np.zeros((len(shares), len(steps)))
    for i, j in zip(x.ravel(), y.ravel(), strict=True):
        size[:, place[i, j]] += ones[:, i] * others[:, j]
    allowed = np.cumsum(size, 1).max(0) <= LEVEL
    return place < np.count_nonzero(allowed)


def _pearson(x: np.ndarray, y: np.ndarray, n: int, m: int) -> np.ndarray:
    """Whether two shares differ by the chi-squared test with N - 1 in place of N."""
    total, both = x + y, n + m
    varied = np.where((total > 0) & (total < both), total * (both - total) * float(n * m), np.inf)
    return (both - 1.0) * (x * m - y * n) ** 2.0 / varied > Z**2


def _cells(times, arm: np.ndarray) -> np.ndarray:
    """Shares of people by time and by whether the event happened then: (2 x times,)."""
    index = np.searchsorted(times, arm[:, 0]) + len(times) * np.asarray(arm[:, 1], int)
    return np.bincount(index, minlength=2 * len(times)) / len(arm)


def of_counts(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|z| of the log-rank test of many trials, (trials,). a, b: (trials, people, 2), day and whether it happened."""
    times = np.unique(np.concatenate([a[..., 0].ravel(), b[..., 0].ravel()]))
    return _log_rank(*(np.stack([len(one) * _cells(times, one) for one in arm]) for arm in (a, b)))


def _log_rank(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|z| of the log-rank test for counts (trials, 2 x times): those who leave at each time, without
    and with the event. (trials,)
    """
    half = a.shape[1] // 2
    risk_a, risk_b = (np.flip(np.cumsum(np.flip(c[:, :half] + c[:, half:], 1), 1), 1) for c in (a, b))
    events, risk = a[:, half:] + b[:, half:], np.maximum(risk_a + risk_b, 1)
    expected = events * risk_a / risk
    variance = expected * (risk_b / risk) * (risk - events) / np.maximum(risk - 1, 1)
    total = np.sqrt(np.maximum(variance.sum(1), 1e-12))
    return np.abs((a[:, half:] - expected).sum(1)) / total
