"""A run's curves as a figure needs them: quantiles over people, at the times that show."""

import numpy as np
import pandas as pd

from opioidsim.engine.result import Result

FINE = 1 / 800, 1 / 150  # straight lines miss a curve by less, in shares of its range and in decades
MOST_DECADES = 8.0  # below its peak


def curves(
    result: Result, name: str, time: dict[str, np.ndarray], what: str, person: int | None = None
) -> pd.DataFrame:
    """The quantiles of `Result.band` as columns, to the five digits that can be seen; of one person, or of this one, only the
    median. Times at which a straight line would be drawn anyway are left out."""
    if person is None:
        bands = dict(zip(("p5", "p25", "median", "p75", "p95"), result.band(name), strict=True))
        bands = bands if result.people > 1 else {"median": bands["median"]}
    else:
        bands = {"median": result.meaningful(name)[person]}
    lines = np.stack([bands[key] for key in ("p5", "median", "p95") if key in bands])
    known = np.flatnonzero(np.isfinite(lines).all(0))
    lines = lines[:, known]
    known = known[turning_points(result.times[known], lines)]
    columns = {key: _five_digits(value[known]) for key, value in bands.items()}
    return pd.DataFrame(columns | {key: value[known] for key, value in time.items()}).assign(what=what)


def _five_digits(values: np.ndarray) -> np.ndarray:
    scale = 10.0 ** (4 - np.floor(np.log10(np.clip(np.abs(values), 1e-12, 1e12))))
    return np.rint(values * scale) / scale


def turning_points(times: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Which of the times (times,) are enough to draw the lines (lines, times) straight between them: as if all were there,
    to the eye, on a linear axis and on a logarithmic one. Always first and last, and each line's extremes.

    Where a line is missed most between two points, it gets another one (Douglas and Peucker 1973).
    """
    if len(times) < 3:
        return np.arange(len(times))
    peak = np.maximum(np.abs(lines).max(1, keepdims=True), 1e-300)
    decades = np.log10(np.maximum(lines / peak, 10.0**-MOST_DECADES))
    span = np.maximum(np.ptp(lines, axis=1, keepdims=True), 1e-9 * peak)
    scaled = np.concatenate([lines / span / FINE[0], decades / FINE[1]])
    kept = np.zeros(len(times), bool)
    kept[[0, -1, *lines.argmax(1), *lines.argmin(1)]] = True
    while True:
        points = np.flatnonzero(kept)
        part = np.clip(np.searchsorted(points, np.arange(len(times)), "right") - 1, 0, len(points) - 2)
        low, high = points[part], points[part + 1]
        share = (times - times[low]) / (times[high] - times[low])
        missed = np.abs(scaled[:, low] * (1.0 - share) + scaled[:, high] * share - scaled).max(0)
        worst = (missed > 1.0) & (missed == np.maximum.reduceat(missed, points[:-1])[part])
        if not worst.any():
            return points
        kept |= worst
