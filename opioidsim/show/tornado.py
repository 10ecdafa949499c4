"""Which facts an answer hangs on: the regression of its main number on the draws of what is not known, and its figure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.show.theme import HUES, WIDTH, themed
from opioidsim.show.words import percent

MOST, LEAST = 12, 0.03  # facts that are shown, and the smallest coefficient of one
PENALTY = 0.02  # of the regression, per draw: facts that hardly matter share what chance leaves


class Sensitivity(NamedTuple):
    """about: the number. names, weights: facts by the size of their standardised coefficients; explained: the share of the
    number's variance over the draws that the straight line holds; sd: of the number over the draws."""

    about: str
    names: tuple[str, ...]
    weights: np.ndarray
    explained: float
    sd: float

    def rows(self) -> list[dict[str, Any]]:
        """A row a fact: its coefficient, and by how much the number moves from a low to a high draw of it (10 to 90 %)."""
        swing = 2.0 * 1.2816 * self.sd
        return [
            {"fact": n, "weight": float(w), "moves": float(w * swing)}
            for n, w in zip(self.names, self.weights, strict=True)
        ]

    def sentence(self) -> str:
        """In words."""
        first = ", ".join(
            f"{name} ({weight:+.2f})" for name, weight in zip(self.names[:3], self.weights[:3], strict=True)
        )
        return f"What is not known of {self.about} hangs most on {first}; a straight line in the draws explains {percent(self.explained)}."


def sensitivity(about: str, number: np.ndarray, draws: Mapping[str, np.ndarray]) -> Sensitivity | None:
    """Ridge regression of the number of each person on the facts of the person's draw, all standardised; person k lives under
    draw k modulo draws. None where the number is the same under every draw, or is none."""
    rows = len(next(iter(draws.values()))) if draws else 0
    sound = np.isfinite(number)
    if not rows or sound.sum() < 10 or np.ptp(number[sound]) == 0.0:
        return None
    which = (np.arange(len(number)) % rows)[sound]
    names = [name for name, column in draws.items() if np.ptp(column) > 0]
    x = np.stack([(np.log(draws[name]) if draws[name].min() > 0 else draws[name])[which] for name in names], 1)
    x, y = (x - x.mean(0)) / x.std(0), number[sound]
    y = (y - y.mean()) / y.std()
    weights = np.linalg.solve(x.T @ x + PENALTY * len(y) * np.eye(len(names)), x.T @ y)
    explained = float(1.0 - np.var(y - x @ weights) / np.var(y))
    order = [i for i in np.argsort(-np.abs(weights))[:MOST] if abs(weights[i]) >= LEAST] or [
        int(np.abs(weights).argmax())
    ]
    return Sensitivity(about, tuple(names[i] for i in order), weights[order], explained, float(number[sound].std()))


def tornado(found: Sensitivity, title: str) -> alt.TopLevelMixin:
    """A bar a fact, the longest on top: by how much the number moves from a low to a high draw of the fact alone."""
    frame = pd.DataFrame(found.rows())
    frame["side"] = np.where(frame["weight"] > 0, "more of it, more", "more of it, less")
    y = alt.Y("fact:N", sort=None, title=None, axis=alt.Axis(labelLimit=320))
    x = alt.X("moves:Q", title=f"{found.about}: from the 10th to the 90th of 100 draws of one fact")
    hues = alt.Scale(domain=["more of it, more", "more of it, less"], range=[HUES[0], HUES[1]])
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            y,
            x,
            alt.Color(
                "side:N",
                title=None,
                scale=hues,
                legend=alt.Legend(orient="top", symbolType="square", symbolStrokeWidth=0, symbolSize=110),
            ),
        )
    )
    said = (
        f"the draws' own regression, standardised; a straight line explains {percent(found.explained)} of the variance"
    )
    return themed(bars.properties(width=WIDTH - 120, height=alt.Step(22)), title, said)
