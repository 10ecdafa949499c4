"""Observed beside simulated (visual predictive check): in each bin of time the 5th, 50th and 95th percentile of what was observed, and where
simulated data have theirs (Bergstrand and others 2011, AAPS J 13:143)."""

from typing import Any

import altair as alt
import numpy as np

from opioidsim.show.theme import GREY, HUES, WIDTH

PERCENTILES = (5, 50, 95)
MOST, FEWEST = 10, 8  # bins; and observations that a bin should have


def binned(
    time: np.ndarray, observed: np.ndarray, simulated: np.ndarray, predicted: np.ndarray | None = None
) -> list[dict[str, Any]]:
    """A row for each bin of time and percentile: observed, and the middle 90 % of simulated.

    time, observed: (observations,). simulated: (data sets, observations). predicted: of the typical person; with it all is
    prediction-corrected: what is seen and simulated is multiplied by the bin's median prediction over its own.
    """
    found = []
    for here in _bins(time):
        share = np.ones(len(here)) if predicted is None else _correction(predicted[here])
        seen, theirs = observed[here] * share, simulated[:, here] * share
        for percent in PERCENTILES:
            low, middle, high = np.percentile(np.percentile(theirs, percent, axis=1), (5, 50, 95))
            row = {"time_h": float(np.median(time[here])), "percentile": percent, "observations": len(here)}
            row |= {"observed": float(np.percentile(seen, percent)), "simulated": float(middle)}
            found.append(row | {"simulated_low": float(low), "simulated_high": float(high)})
    return found


def _correction(predicted: np.ndarray) -> np.ndarray:
    """What the observations of a bin are multiplied by: the median prediction over each one's own; 1 where nothing is predicted."""
    some = predicted > 0
    return (
        np.where(some, np.median(predicted[some]) / np.where(some, predicted, 1.0), 1.0) if some.any() else 1.0 * ~some
    )


def corrected(time: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """What each observation is multiplied by in a check that is prediction-corrected, (observations,)."""
    found = np.ones(len(time))
    for here in _bins(time):
        found[here] = _correction(predicted[here])
    return found


def _bins(time: np.ndarray) -> list[np.ndarray]:
    """The observations of each bin: of one nominal time, where there are few; else of neighbouring times, as many in each."""
    times = np.unique(time)
    if len(times) <= MOST:
        return [np.flatnonzero(time == each) for each in times]
    count = int(np.clip(len(time) // FEWEST, 2, MOST))
    return [each for each in np.array_split(np.argsort(time, kind="stable"), count) if len(each)]


def within(rows: list[dict[str, Any]]) -> float:
    """The share of observed percentiles that lie in the middle 90 % of the simulated ones."""
    return float(np.mean([row["simulated_low"] <= row["observed"] <= row["simulated_high"] for row in rows]))


def panel(
    rows: list[dict[str, Any]], points: list[dict[str, Any]], title: str, unit: str, logarithmic: bool
) -> alt.LayerChart | alt.FacetChart:
    """A panel: bands of simulated percentiles, lines of observed ones, and the observations as points (time, observed)."""
    days = max(row["time_h"] for row in rows) > 96
    scale = 24.0 if days else 1.0
    shown = [row | {"time": row["time_h"] / scale, "percentile": str(row["percentile"])} for row in rows]
    dots = [point | {"time": point["time_h"] / scale} for point in points]
    least = min((p["observed"] for p in points if p["observed"] > 0), default=1e-3) / 2.0
    axis = alt.Scale(type="log", clamp=True, domainMin=least) if logarithmic else alt.Scale(zero=True)
    if logarithmic:
        keys = ("observed", "simulated", "simulated_low", "simulated_high")
        shown = [row | {key: max(row[key], least) for key in keys} for row in shown]
        dots = [dot for dot in dots if dot["observed"] > 0]
    x = alt.X("time:Q", title="days" if days else "hours", axis=alt.Axis(grid=False))
    y = {"title": f"{title} [{unit}]" if unit else title, "scale": axis, "axis": alt.Axis(format=",.4~r", tickCount=6)}
    hue = alt.Color(
        "percentile:N",
        scale=alt.Scale(domain=list(map(str, PERCENTILES)), range=[HUES[0], HUES[1], HUES[0]]),
        legend=None,
    )
    base = alt.Chart(alt.Data(values=shown), width=WIDTH, height=260).encode(x, color=hue)
    seen = alt.Chart(alt.Data(values=dots)).mark_circle(size=16, opacity=0.35, color=GREY)
    dash = alt.StrokeDash(
        "percentile:N", scale=alt.Scale(domain=list(map(str, PERCENTILES)), range=[[5, 3], [1, 0], [5, 3]]), legend=None
    )
    return alt.layer(
        base.mark_area(opacity=0.22).encode(alt.Y("simulated_low:Q", **y), alt.Y2("simulated_high:Q")),
        seen.encode(x, alt.Y("observed:Q", **y)),
        base.mark_line(strokeWidth=2).encode(alt.Y("observed:Q", **y), strokeDash=dash),
    )


MEANS = "lines: 5th, 50th, 95th percentile of what was observed; bands: of simulated data, the middle 90 %"
