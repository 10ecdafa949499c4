"""Survival curves, hazard ratios, means, shares and their differences; each interval keeps to what can be.

An interval here is (value, low, high), low and high being those of 95 %. The usual normal intervals
leave what can be at small counts: shares under 0, no width where nothing happened. Each one here is
the textbook's that does not, with its paper beside it.
"""

from typing import NamedTuple

import numpy as np

Z = 1.959963984540054  # 95 % of a normal distribution lie within
NONE = (np.nan, np.nan, np.nan)  # no finite estimate
FARTHEST = 50.0  # logarithm of a hazard ratio, beyond which none is looked for


class Curve(NamedTuple):
    """A Kaplan-Meier curve, each (times,).

    times: [d], from 0 on. share: without the event just after each time. low, high: its 95 %
    interval.
    """

    times: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


Timed = np.ndarray | tuple[np.ndarray, np.ndarray]  # days, and whether it happened


def kaplan_meier(days: np.ndarray, happened: np.ndarray) -> Curve:
    """The curve of people with these days to the event, or to the end where it did not happen. days,
    happened: (people,).

    The interval is that of log(-log share), Greenwood's error carried to that scale (Kalbfleisch and Prentice 1980): never
    beyond 0 and 1. Where nobody or everybody has had the event it has no such error, and is that of a share of all or none
    among those at risk last (Clopper and Pearson 1934).
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    exact, people = 0.025 ** (1.0 / len(days)), len(days)
    if not happened.any():
        return Curve(np.zeros(1), np.ones(1), np.full(1, exact), np.ones(1))
    found = SurvfuncRight(days.astype(float), happened.astype(int))
    times, share = np.append(0.0, found.surv_times), np.append(1.0, found.surv_prob)
    between = (share > 0) & (share < 1)
    error = np.append(0.0, found.surv_prob_se)[between] / share[between]  # of the logarithm of the share
    apart = np.exp(Z * error / -np.log(share[between]))
    at_risk = np.append(people, found.n_risk)
    low, high = np.where(share == 1.0, exact, 0.0), np.where(share == 1.0, 1.0, 1.0 - 0.025 ** (1.0 / at_risk))
    low[between], high[between] = share[between] ** apart, share[between] ** (1.0 / apart)
    return Curve(times, share, low, high)


def hazard_ratio(days: np.ndarray, happened: np.ndarray, treated: np.ndarray) -> tuple[float, float, float]:
    """Cox regression of the event on belonging to `treated`: (ratio, low, high) with the 95 % interval of its profile
    likelihood, which small numbers leave lopsided; ties after Efron.

    days, happened, treated: (people,). NONE where the likelihood has no maximum: while both groups
    were at risk, events fell in one of them only. A regression would then stop at some large number
    that means nothing.
    """

    if not _both(days, happened, treated):
        return NONE
    wins, ours, theirs = _efron(days, happened, treated)

    def slope(b: float) -> float:
        """Of the log partial likelihood."""
        return wins - float((ours * np.exp(b) / (ours * np.exp(b) + theirs)).sum())

    def fallen(b: float) -> float:
        """How far twice the log partial likelihood lies under its maximum, less what 95 % allow."""
        at = lambda x: wins * x - np.log(ours * np.exp(x) + theirs).sum()  # noqa: E731
        return 2.0 * float(at(middle) - at(b)) - Z**2

    middle = root(slope, -FARTHEST, FARTHEST)
    low, high = root(fallen, -FARTHEST, middle), root(fallen, middle, FARTHEST)
    return float(np.exp(middle)), float(np.exp(low)), float(np.exp(high))


def _efron(days: np.ndarray, happened: np.ndarray, treated: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Events of the treated; and of each event, while both are at risk, how many treated and others are, a tie's own
    events counting for less one after another (Efron 1977)."""
    times = np.unique(days[happened])
    counts = []
    for group in (treated, ~treated):
        risk = len(days[group]) - np.searchsorted(np.sort(days[group]), times)
        events = np.bincount(np.searchsorted(times, days[group & happened]), minlength=len(times))
        counts.append((risk, events))
    (ours, won), (theirs, lost) = counts
    tied = won + lost
    row = np.repeat(np.arange(len(times)), tied)
    before = (np.arange(len(row)) - np.repeat(np.cumsum(tied) - tied, tied)) / tied[row]
    a, b = ours[row] - before * won[row], theirs[row] - before * lost[row]
    told = (a > 0) & (b > 0)
    return float(won.sum() - ((a > 0) & (b <= 0)).sum()), a[told], b[told]


def hazard_ratio_of(first: Timed, second: Timed) -> tuple[float, float, float]:
    """Hazard ratio of the first group of people against the second, each (days, happened); an event on
    the day of entry counts as half a day later, since at time 0 nobody is at risk yet.
    """
    days, happened = np.concatenate([np.asarray(first), np.asarray(second)], 1)
    treated = np.repeat([True, False], [len(first[0]), len(second[0])])
    return hazard_ratio(np.maximum(days, 0.5), happened > 0, treated)


def _both(days: np.ndarray, happened: np.ndarray, treated: np.ndarray) -> bool:
    """Whether either group had an event at a time when people of both were at risk."""
    if not treated.any() or treated.all():
        return False
    until = min(days[treated].max(), days[~treated].max())
    return bool((happened & treated & (days <= until)).any() and (happened & ~treated & (days <= until)).any())


def t(freedom):
    """Student's t: 95 % of the distribution with so many degrees of freedom lie within minus and plus this."""
    from scipy.stats import t as student

    return student.ppf(0.975, freedom)


def mean_within(values: np.ndarray, most: float, least: float = 0.0) -> tuple[float, float, float]:
    """Mean of values from `least` to `most`, with its 95 % interval: Student's t, cut at what can be.

    Where all are at one end, the interval is that of a share of none or all (Clopper and Pearson 1934) of the way: no
    distribution between the two with a mean beyond it shows that so often.
    """
    n, middle = values.size, float(values.mean())
    half = float(t(n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
    low, high = max(middle - half, least), max(min(middle + half, most), middle)
    rare = 0.025 ** (1.0 / n)
    if np.isfinite(least) and not (values - least).any():
        high = least + (most - least) * (1.0 - rare)
    elif values.min() >= most * (1.0 - 1e-6):
        low = least + (most - least) * rare
    return middle, low, high


def mean_difference(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Mean of a less mean of b, with its 95 % interval (Welch)."""
    one, other = (float(x.var(ddof=1)) / x.size for x in (np.asarray(a, float), np.asarray(b, float)))
    return _between(a.mean() - b.mean(), one, other, a.size, b.size)


def mean_of_counts(values: np.ndarray, unit: float = 1.0) -> tuple[float, float, float]:
    """Mean of counted events, each worth `unit`, with its 95 % interval: that of a Poisson count which counts half of the
    observed number's own chance (mid-P, Cohen and Yang 1994), as much wider as the counts of people vary more than
    Poisson's (quasi-likelihood). Of none among n the high end is 3 / n, the rule of three (Hanley 1983)."""
    counts = values / unit
    n, middle = counts.size, float(counts.mean())
    more = max(float(counts.var(ddof=1)) / middle, 1.0) if n > 1 and middle else 1.0
    low, high = rare(n * middle / more)
    return middle * unit, low * more / n * unit, high * more / n * unit


def root(of, low: float, high: float) -> float:
    """Where a function of one number is 0, between two at which it has other signs (Brent 1973)."""
    from scipy.optimize import brentq

    return float(np.asarray(brentq(of, low, high)))


def rare(events: float) -> tuple[float, float]:
    """The expected numbers between which a Poisson count of `events` leaves 2.5 % on either side (mid-P)."""
    from scipy.special import gammainc, gammaincc, gammaln

    def half(mean: float) -> float:
        return 0.5 * float(np.exp(events * np.log(mean) - mean - gammaln(events + 1.0)))

    most = events + 10.0 * np.sqrt(events + 1.0) + 10.0
    high = root(lambda mean: gammaincc(events + 1.0, mean) - half(mean) - 0.025, max(events, 1e-9), most)
    if events == 0:
        return 0.0, float(high)
    low = root(lambda mean: gammainc(events + 1.0, mean) + half(mean) - 0.025, 1e-12, max(events, 1e-9))
    return float(low), float(high)


def log_ratio(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Logarithm of the ratio of two means, with its 95 % interval from the spread between people (Welch); NONE where a mean
    is 0."""
    if not (a.any() and b.any()):
        return NONE
    error = lambda x: (x.std(ddof=1) / x.mean()) ** 2 / x.size  # noqa: E731
    return _between(np.log(a.mean() / b.mean()), error(a), error(b), a.size, b.size)


def log_odds(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Logarithm of the ratio of the odds of two mean shares, in the same way; NONE where a mean is 0 or 1."""
    p, q = float(a.mean()), float(b.mean())
    if not (0 < p < 1 and 0 < q < 1):
        return NONE
    error = lambda x: (x.std(ddof=1) / (x.mean() * (1.0 - x.mean()))) ** 2 / x.size  # noqa: E731
    return _between(np.log(p * (1.0 - q) / (q * (1.0 - p))), error(a), error(b), a.size, b.size)


def _between(middle, one, other, n: int, m: int) -> tuple[float, float, float]:
    """(middle, low, high) from two squared errors, of n and m people: Welch's interval; without any
    spread one of no width.
    """
    half = float(np.sqrt(one + other) * welch(one, other, n, m)) if one + other else 0.0
    return float(middle), float(middle) - half, float(middle) + half


def welch(one, other, n: int, m: int):
    """Student's t for the difference of two means with these squared errors (Welch 1947)."""
    return t((one + other) ** 2 / (one**2 / (n - 1) + other**2 / (m - 1)))


def difference(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Share in a minus share in b, with its 95 % interval (Newcombe 1998, method 10: from Wilson's intervals)."""
    from opioidsim.engine.result import share_of

    (p, p_low, p_high), (q, q_low, q_high) = share_of(a), share_of(b)
    down, up = np.hypot(p - p_low, q_high - q), np.hypot(p_high - p, q - q_low)
    return p - q, p - q - float(down), p - q + float(up)
