"""The scoreboard as a figure and as files."""

from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.show import theme
from opioidsim.show.files import write_table
from opioidsim.show.theme import BAD, BUILT, GOOD, GREY, themed


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
    frame = pd.DataFrame(sorted(rows, key=lambda row: row["order"])).drop(columns="order")
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


def board_files(board, folder: Path) -> list[Path]:
    """scoreboard.csv and the scoreboard as a figure; returns their paths."""
    chart = scoreboard(board)
    made = write_table(pd.DataFrame([s._asdict() for s in board]), folder / "scoreboard.csv")
    return made + theme.save(chart, folder / "scoreboard")[0]
