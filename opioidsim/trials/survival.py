"""Survival curves, hazard ratios, means, shares, their differences, and power; each interval keeps to what can be.

An interval here is (value, low, high), low and high being those of 95 %. The usual normal intervals
leave what can be at small counts: shares under 0, no width where nothing happened. Each one here is
the textbook's that does not, with its paper beside it.
"""

from typing import NamedTuple

import numpy as np

Z = 1.959963984540054  # 95 % of a normal distribution lie within
NONE = (np.nan, np.nan, np.nan)  # no finite estimate


class Curve(NamedTuple):
    """A Kaplan-Meier curve, each (times,).

    times: [d], from 0 on. share: without the event just after each time. low, high: its 95 %
    interval.
    """

    times: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def kaplan_meier(days: np.ndarray, happened: np.ndarray) -> Curve:
    """The curve of people with these days to the event, or to the end where it did not happen. days,
    happened: (people,).

    The interval is Wilson's, for as many people as have the share's standard error (Rothman 1978):
    never beyond 0 and 1, and never without width.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    if not happened.any():
        times, share, error = np.zeros(1), np.ones(1), np.zeros(1)
    else:
        found = SurvfuncRight(days.astype(float), happened.astype(int))
        times, share, error = (
            np.append(first, part)
            for first, part in (
                (0.0, found.surv_times),
                (1.0, found.surv_prob),
                (0.0, np.nan_to_num(found.surv_prob_se)),
            )
        )
    known = error > 0
    people = np.append(len(days), (share[known] * (1.0 - share[known])) / error[known] ** 2)[np.cumsum(known)]
    middle, half = (
        share + Z**2 / (2.0 * people),
        Z * np.sqrt(share * (1.0 - share) / people + (Z / people) ** 2 / 4.0),
    )
    low, high = ((middle + side * half) / (1.0 + Z**2 / people) for side in (-1.0, 1.0))
    return Curve(times, share, np.minimum(np.clip(low, 0, 1), share), np.maximum(np.clip(high, 0, 1), share))


def hazard_ratio(days: np.ndarray, happened: np.ndarray, treated: np.ndarray) -> tuple[float, float, float]:
    """Cox regression of the event on belonging to `treated`: (ratio, low, high) with its 95 %
    interval; ties after Efron.

    days, happened, treated: (people,). NONE where the likelihood has no maximum: while both groups
    were at risk, events fell in one of them only. A regression would then stop at some large number
    that means nothing.
    """
    from statsmodels.duration.hazard_regression import PHReg

    if not _both(days, happened, treated):
        return NONE
    found = PHReg(days.astype(float), treated.astype(float)[:, None], status=happened.astype(int), ties="efron").fit(
        disp=0
    )
    middle, error = (float(np.asarray(part)[0]) for part in (found.params, found.bse))
    return float(np.exp(middle)), float(np.exp(middle - Z * error)), float(np.exp(middle + Z * error))


def hazard_ratio_of(first, second) -> tuple[float, float, float]:
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


def mean_within(values: np.ndarray, most: float) -> tuple[float, float, float]:
    """Mean of values from 0 to `most`, with its 95 % interval: Student's t, cut at what can be.

    Where all are 0, or all `most`, the interval is that of a share of none or all (Clopper and Pearson 1934) times `most`:
    no distribution between 0 and `most` with a mean beyond it shows that so often.
    """
    n, middle = values.size, float(values.mean())
    half = float(t(n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
    low, high = max(middle - half, 0.0), max(min(middle + half, most), middle)
    rare = 0.025 ** (1.0 / n)
    if not values.any():
        high = most * (1.0 - rare)
    elif values.min() >= most * (1.0 - 1e-6):
        low = most * rare
    return middle, low, high


def mean_of_counts(values: np.ndarray, unit: float = 1.0) -> tuple[float, float, float]:
    """Mean of counted events, each worth `unit`, with its 95 % interval: Garwood's (1936) of a Poisson count, as much
    wider as the counts of people vary more than Poisson's (quasi-likelihood); never below 0."""
    from scipy.stats import chi2

    counts = values / unit
    n, middle = counts.size, float(counts.mean())
    more = max(float(counts.var(ddof=1)) / middle, 1.0) if n > 1 and middle else 1.0
    events = n * middle / more
    low, high = (chi2.ppf(0.025, 2.0 * events) if events else 0.0), chi2.ppf(0.975, 2.0 * events + 2.0)
    return middle * unit, float(low) * more / (2.0 * n) * unit, float(high) * more / (2.0 * n) * unit


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
    half = float(np.sqrt(one + other) * _welch(one, other, n, m)) if one + other else 0.0
    return float(middle), float(middle) - half, float(middle) + half


def _welch(one, other, n: int, m: int):
    """Student's t for the difference of two means with these squared errors (Welch 1947)."""
    return t((one + other) ** 2 / (one**2 / (n - 1) + other**2 / (m - 1)))


def difference(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Share in a minus share in b, with its 95 % interval (Newcombe 1998, method 10: from Wilson's intervals)."""
    from opioidsim.engine.result import share_of

    (p, p_low, p_high), (q, q_low, q_high) = share_of(a), share_of(b)
    down, up = np.hypot(p - p_low, q_high - q), np.hypot(p_high - p, q - q_low)
    return p - q, p - q - float(down), p - q + float(up)


def power_of_means(sizes, first: np.ndarray, second: np.ndarray, trials: int = 2000, seed: int = 1) -> list[float]:
    """The share of trials, with so many people in each arm, in which two means differ with p < 0.05 (Welch's test). first,
    second: of all simulated people of an arm, from which the trials' people are drawn. Without any spread there is no test,
    and nothing is found."""
    random = np.random.Generator(np.random.Philox(seed))
    found = []
    for n in sizes:
        drawn = [np.asarray(arm, float)[random.integers(0, len(arm), (trials, n))] for arm in (first, second)]
        one, other = (part.var(1, ddof=1) / n for part in drawn)
        spread = one + other > 0
        apart = np.abs(drawn[0].mean(1) - drawn[1].mean(1))[spread]
        limit = _welch(one[spread], other[spread], n, n) * np.sqrt(one + other)[spread]
        found.append(float(np.sum(apart > limit) / trials))
    return found


def power(sizes, first: tuple, second: tuple, trials: int = 2000, seed: int = 1) -> list[float]:
    """The share of trials, with so many people in each arm, in which the log-rank test has p < 0.05;
    one for each of `sizes`.

    first, second: (days, happened) of all simulated people of an arm, from which the trials' people
    are drawn. How many people leave at each time, with and without the event, is drawn at once
    (multinomial): thousands of trials cost no more than a few arrays. trials: how many; seed: of
    these draws alone.
    """
    times = np.unique(np.concatenate([first[0], second[0]]))
    cells = [_cells(times, *arm) for arm in (first, second)]
    random = np.random.Generator(np.random.Philox(seed))
    return [float(np.mean(_log_rank(*(random.multinomial(n, p, trials) for p in cells)) > Z)) for n in sizes]


def _cells(times, days, happened) -> np.ndarray:
    """Shares of people by time and by whether the event happened then: (2 x times,)."""
    index = np.searchsorted(times, days) + len(times) * np.asarray(happened, int)
    return np.bincount(index, minlength=2 * len(times)) / len(days)


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
