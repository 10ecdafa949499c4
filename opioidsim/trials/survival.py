"""Survival curves, hazard ratios, differences of shares and power; curves and Cox regression by statsmodels."""

from typing import NamedTuple

import numpy as np

Z = 1.959963984540054  # 95 % of a normal distribution lie within


class Curve(NamedTuple):
    """A Kaplan-Meier curve: share without the event just after each time [d], with its 95 % interval."""

    times: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def kaplan_meier(days: np.ndarray, happened: np.ndarray) -> Curve:
    """The curve of people with these days to the event, or to the end where it did not happen."""
    from statsmodels.duration.survfunc import SurvfuncRight

    if not happened.any():
        return Curve(*(np.array([x]) for x in (0.0, 1.0, 1.0, 1.0)))
    found = SurvfuncRight(days.astype(float), happened.astype(int))
    share, error = found.surv_prob, np.nan_to_num(found.surv_prob_se)
    low, high = np.clip(share - Z * error, 0, 1), np.clip(share + Z * error, 0, 1)
    start = np.ones(1)
    return Curve(*(np.concatenate(pair) for pair in ((0 * start, found.surv_times), (start, share), (start, low), (start, high))))  # fmt: skip


def hazard_ratio(days: np.ndarray, happened: np.ndarray, treated: np.ndarray) -> tuple[float, float, float]:
    """Cox regression of the event on belonging to `treated`: (ratio, low, high) with its 95 % interval."""
    from statsmodels.duration.hazard_regression import PHReg

    if not happened[treated].any() or not happened[~treated].any():
        return float("nan"), float("nan"), float("nan")
    found = PHReg(days.astype(float), treated.astype(float)[:, None], status=happened.astype(int), ties="efron").fit(
        disp=0
    )
    middle, error = (float(np.asarray(part)[0]) for part in (found.params, found.bse))
    return float(np.exp(middle)), float(np.exp(middle - Z * error)), float(np.exp(middle + Z * error))


def difference(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Share in a minus share in b, with its 95 % interval (Newcombe 1998, method 10: from Wilson's intervals)."""
    from opioidsim.engine.result import share_of

    (p, p_low, p_high), (q, q_low, q_high) = share_of(a), share_of(b)
    down, up = np.hypot(p - p_low, q_high - q), np.hypot(p_high - p, q - q_low)
    return p - q, p - q - float(down), p - q + float(up)


def power_of_means(sizes, first: np.ndarray, second: np.ndarray, trials: int = 400, seed: int = 1) -> list[float]:
    """The share of trials, with so many people in each arm, in which two means differ with p < 0.05 (Welch's test at large
    numbers). first, second: of all simulated people of an arm, from which the trials' people are drawn."""
    random = np.random.Generator(np.random.Philox(seed))
    found = []
    for n in sizes:
        drawn = [np.asarray(arm, float)[random.integers(0, len(arm), (trials, n))] for arm in (first, second)]
        error = np.sqrt(sum(part.var(1, ddof=1) / n for part in drawn))
        found.append(float(np.mean(np.abs(drawn[0].mean(1) - drawn[1].mean(1)) > Z * error)))
    return found


def power(sizes, first: tuple, second: tuple, trials: int = 400, seed: int = 1) -> list[float]:
    """The share of trials, with so many people in each arm, in which the log-rank test has p < 0.05.

    first, second: (days, happened) of all simulated people of an arm, from which the trials' people are drawn.
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
    """|z| of the log-rank test for counts (trials, 2 x times): those who leave at each time, without and with the event."""
    half = a.shape[1] // 2
    risk_a, risk_b = (np.flip(np.cumsum(np.flip(c[:, :half] + c[:, half:], 1), 1), 1) for c in (a, b))
    events, risk = a[:, half:] + b[:, half:], np.maximum(risk_a + risk_b, 1)
    expected = events * risk_a / risk
    variance = expected * (risk_b / risk) * (risk - events) / np.maximum(risk - 1, 1)
    total = np.sqrt(np.maximum(variance.sum(1), 1e-12))
    return np.abs((a[:, half:] - expected).sum(1)) / total
