"""The scoreboard as a figure and as files."""

from operator import itemgetter
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.show import theme
from opioidsim.show.files import write_table
from opioidsim.show.theme import BAD, BUILT, GOOD, GREY, HUES, themed
from opioidsim.show.words import percent
from opioidsim.studies.predictive import Judged, coverage

ALL, LEAST = "all", 8  # the curve of all checks; checks of a class that has a curve of its own


def scoreboard(board) -> alt.TopLevelMixin:
    """Each prediction on the scale of its study's bounds: 0 is the observed value, the grey bar what was allowed.

    On one scale, because a scoreboard of nanograms, hours and shares has no other; bounds on the
    two sides may differ.
    """
    rows = []
    for score in board:
        side = (score.high - score.observed) if score.predicted >= score.observed else (score.observed - score.low)
        place = (score.predicted - score.observed) / side if side > 0 else (0.0 if score.passed else 3.0)
        verdict = "built on" if score.use == "build" else "check passes" if score.passed else "check fails"
        text = f"{score.predicted:.3g} for {score.observed:.3g} {score.unit}".strip()
        rows.append(
            {
                "id": score.id,
                "place": float(np.clip(place, -3, 3)),
                "verdict": verdict,
                "text": text,
                "order": (score.use == "build", score.id),
            }
        )
    frame = pd.DataFrame(sorted(rows, key=itemgetter("order"))).drop(columns="order")
    y = alt.Y(
        "id:N", sort=None, title=None, axis=alt.Axis(labelLimit=520, labelFontSize=10.5, ticks=False, domain=False)
    )
    colour = alt.Color("verdict:N", title=None, legend=alt.Legend(orient="top", symbolType="circle"),
                       scale=alt.Scale(domain=["check passes", "check fails", "built on"], range=[GOOD, BAD, BUILT]))  # fmt: skip
    x = alt.X(
        "place:Q",
        title="prediction: 0 is what was observed, ±1 the bound written before the first run (cut at ±3)",
        scale=alt.Scale(domain=[-3.1, 3.1]),
    )
    base = alt.Chart(frame)
    bar = base.mark_bar(color="#eef1f4", height=11).encode(y, x=alt.datum(-1.0), x2=alt.datum(1.0))
    dots = base.mark_circle(size=70, opacity=1).encode(y, x, colour, tooltip=["id:N", "text:N", "verdict:N"])
    words = base.mark_text(align="left", dx=8, fontSize=10, color=GREY).encode(y, alt.X("place:Q"), text="text:N")
    checks = [s for s in board if s.use == "check"]
    title = f"{sum(s.passed for s in checks)} of {len(checks)} checks pass"
    return themed(
        alt.layer(bar, dots, words).properties(width=560, height=alt.Step(15)),
        title,
        "published people against predictions; numbers used to build the model are shown, not scored",
    )


def reliability(board: list[Judged]) -> alt.TopLevelMixin:
    """Are predictive intervals as honest as they say? On the left the share of checks within intervals of each level, by class;
    on the right where observations lie in their predictions, which should be anywhere alike."""
    checks = [line for line in board if line.score.use == "check" and np.isfinite(line.place)]
    levels = np.linspace(0.05, 0.95, 19)
    kinds = [kind for kind in sorted({x.kind for x in checks}) if sum(x.kind == kind for x in checks) >= LEAST]
    rows = []
    for kind in (ALL, *kinds):
        off = np.array([abs(2.0 * x.place - 1.0) for x in checks if kind in (ALL, x.kind)])
        rows += [
            {"class": f"{kind} ({len(off)})", "level": float(v), "share": float((off <= v).mean())} for v in levels
        ]
    frame = pd.DataFrame(rows)
    shares = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", values=[0, 0.25, 0.5, 0.8, 1])}
    x, y = alt.X("level:Q", title="predictive interval", **shares), alt.Y("share:Q", title="checks within", **shares)
    ideal = alt.Chart(pd.DataFrame({"level": [0.0, 1.0], "share": [0.0, 1.0]})).mark_line(color=GREY, strokeDash=[2, 3])
    names = list(dict.fromkeys(frame["class"]))
    hues = alt.Scale(domain=names, range=["#1d2733", *HUES[: len(names) - 1]])
    width = alt.condition(alt.datum["class"] == names[0], alt.value(3.5), alt.value(1.4))
    colour = alt.Color("class:N", title=None, scale=hues, legend=alt.Legend(orient="right"))
    lines = alt.Chart(frame).mark_line().encode(x, y, colour, strokeWidth=width)
    left = alt.layer(ideal.encode(x, y), lines).properties(width=300, height=300)
    places = pd.DataFrame({"place": [x.place for x in checks]})
    even = alt.Chart(pd.DataFrame({"y": [len(checks) / 10.0]})).mark_rule(color=GREY, strokeDash=[2, 3]).encode(y="y:Q")
    bars = alt.Chart(places).mark_bar(color=HUES[0]).encode(
        alt.X("place:Q", bin=alt.Bin(step=0.1, extent=[0, 1]), title="share of the prediction under the observed", axis=alt.Axis(format="%", values=[0, 0.5, 1])),
        alt.Y("count():Q", title="checks"),
    )  # fmt: skip
    right = alt.layer(bars, even).properties(width=240, height=300)
    within = float(np.mean([x.covered(0.8) for x in checks]))
    return themed(alt.hconcat(left, right, spacing=30), f"{percent(within)} of {len(checks)} checks lie within their 80 % predictive interval",
                  "dotted: what honest intervals give; predictions are draws of what is not known, with the study's own error and the study effect of its class")  # fmt: skip


def board_files(board: list[Judged], folder: Path) -> list[Path]:
    """scoreboard.csv, coverage.csv and the figures; returns their paths."""
    made = write_table(pd.DataFrame([line.flat() for line in board]), folder / "scoreboard.csv")
    covered = coverage(board)
    made += write_table(pd.DataFrame(covered), folder / "coverage.csv") if covered else []
    made += theme.save(scoreboard([line.score for line in board]), folder / "scoreboard")[0]
    checks = [line for line in board if line.score.use == "check" and np.isfinite(line.place)]
    return made + (theme.save(reliability(board), folder / "reliability")[0] if checks else [])
