"""The figure of which dose is enough: the share of people kept, and their lowest blockade, against the amount."""

import altair as alt
import pandas as pd

from opioidsim.questions.enough.run import Enough
from opioidsim.show.theme import GREY, HUES, WIDTH, themed


def enough(answer: Enough) -> alt.TopLevelMixin:
    """Two panels against the multiple of the amount; dotted, what is asked of each."""
    frame = pd.DataFrame(answer.rows())
    ends = [float(answer.multiple[0]), float(answer.multiple[-1])]
    x = alt.X("multiple:Q", scale=alt.Scale(type="log", domain=ends, nice=False), axis=alt.Axis(grid=False, format="~g", values=[float(m) for m in answer.multiple if f"{m:.3g}" == f"{m:g}"]))  # fmt: skip
    amount = " and ".join(f"{d.amount:g} {d.unit}" for d in answer.antagonist)
    panels = [
        _panel(frame, x.title(None), ends, "kept", "share of people kept", answer.among),
        _panel(
            frame,
            x.title(f"multiple of {amount}"),
            ends,
            "blockade",
            f"lowest blockade until day {answer.days[-1]:g}",
            answer.share,
        ),
    ]
    return themed(
        alt.vconcat(*panels, spacing=16),
        answer.head,
        [*(part for line in answer.sentences() for part in line.split("; ")), answer.under],
    )


def _panel(frame: pd.DataFrame, x: alt.X, ends: list[float], name: str, title: str, asked: float) -> alt.LayerChart:
    style = {"title": title, "scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%")}
    base = alt.Chart(frame).encode(x)
    wanted = pd.DataFrame({"multiple": ends, "at": asked})
    rule = alt.Chart(wanted).mark_line(strokeDash=[2, 3], strokeWidth=1, color=GREY).encode(x, alt.Y("at:Q", **style))
    tips = [alt.Tooltip("dose:N"), alt.Tooltip(f"{name}:Q", format=".1%")]
    layers: list = [rule]
    if f"{name}_low" in frame:
        layers.append(
            base.mark_area(opacity=0.18, color=HUES[0]).encode(
                alt.Y(f"{name}_low:Q", **style), alt.Y2(f"{name}_high:Q")
            )
        )
    layers.append(
        base.mark_line(color=HUES[0], strokeWidth=2, point={"color": HUES[0]}).encode(
            alt.Y(f"{name}:Q", **style), tooltip=tips
        )
    )
    return alt.LayerChart(layer=layers, width=WIDTH, height=190)
