"""The figure of abuse and diversion: what each medicine gives to each taker."""

import altair as alt
import pandas as pd

from opioidsim.questions.abuse.run import Abuse
from opioidsim.questions.induction.words import middle_of
from opioidsim.show.theme import BAD, GOOD, GREY, HUES, INK, UNSURE, themed
from opioidsim.show.words import who

PANEL = 250  # width of a column
ROW = 24  # height of a medicine's row


def abuse(answer: Abuse) -> alt.TopLevelMixin:
    """Liking (left) and relief of withdrawal (right) by medicine, one row of panels per taker."""
    frame = pd.DataFrame(answer.lines())
    order = list(dict.fromkeys(frame["medicine"]))
    rows = [
        _pair(pd.DataFrame(frame[frame["taker"] == taker]), taker, order, taker == answer.takers[-1])
        for taker in answer.takers
    ]
    of = middle_of(answer.who)
    under = [
        f"{who(answer.people)}{f'; bar: median, line: middle 90 % of {of}' if of else ''}",
        "blue: liking; green: relief, the change of the withdrawal score by the dose in its first 12 hours; red: withdrawal gets worse",
    ]
    under += [f"dark ticks: {UNSURE}"] if answer.unknown else []
    return themed(alt.vconcat(*rows, spacing=16), "What a medicine gives to someone it was not meant for", under)


def _pair(frame: pd.DataFrame, taker: str, order: list[str], last: bool) -> alt.HConcatChart:
    words = alt.TitleParams(taker, anchor="start", fontSize=13, color=GREY, offset=4)
    y = alt.Y("medicine:N", title=None, sort=order, axis=alt.Axis(labelLimit=260))
    liking = _bars(frame, "liking", y, [0, 100], "liking, 0 to 100", last, alt.value(HUES[0])).properties(title=words)
    shade = alt.condition("datum.relief < 0", alt.value(BAD), alt.value(GOOD))
    bare = alt.Y("medicine:N", title=None, sort=order, axis=None)
    relief = _bars(frame, "relief", bare, [-48, 48], "relief of withdrawal, −48 to 48", last, shade)
    return alt.hconcat(liking, relief, spacing=18)


def _bars(frame: pd.DataFrame, name: str, y, ends, title: str, last: bool, colour) -> alt.LayerChart:
    axis = alt.Axis(labels=last, ticks=last, title=title if last else None)
    x = alt.X(f"{name}:Q", scale=alt.Scale(domain=ends), axis=axis)
    base = alt.Chart(frame).encode(y)
    bars = base.mark_bar(height=12).encode(x, color=colour)
    span = alt.X(f"{name}_low:Q", axis=axis), alt.X2(f"{name}_high:Q")
    spans = [base.mark_rule(color=GREY, strokeWidth=1.5).encode(*span)] if f"{name}_low" in frame else []
    ends = [f"{name}_unknown_{end}" for end in ("low", "high") if f"{name}_unknown_{end}" in frame]
    if ends:  # two ticks on the same spot would look like a value
        apart = alt.Chart(pd.DataFrame(frame[frame[ends[1]] - frame[ends[0]] >= 1.0])).encode(y)
        spans += [apart.mark_tick(color=INK, thickness=2, size=16).encode(alt.X(f"{end}:Q", axis=axis)) for end in ends]
    return alt.LayerChart(layer=[bars, *spans], width=PANEL, height=ROW * len(set(frame["medicine"])))
