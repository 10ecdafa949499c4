"""The figures of a fit: goodness of fit, visual predictive check, prediction distribution errors, the curves of people."""

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from opioidsim.show import vpc
from opioidsim.show.answer import plain
from opioidsim.show.theme import DASHED, GREY, HUES, WIDTH, themed

if TYPE_CHECKING:
    from opioidsim.questions.fit.run import Fit

MOST_PEOPLE = 12  # whose curves are shown: the first of the table
WIDE = 400.0  # a quantity that spans more than so many times is shown on a logarithmic axis

MARKS = {
    False: lambda chart: chart.mark_circle(size=24, opacity=0.8),
    True: lambda chart: chart.mark_point(size=22, opacity=0.8, shape="triangle-down"),
}


def charts(fit: "Fit") -> dict[str, alt.TopLevelMixin]:
    """All of them, by name."""
    return {"vpc": _vpc(fit), "fit": _goodness(fit), "npde": _npde(fit), "people": _people(fit)}


def _spans(values: np.ndarray) -> bool:
    positive = values[values > 0]
    return len(positive) > 1 and float(positive.max() / np.percentile(positive, 2)) > WIDE


def _vpc(fit: "Fit") -> alt.TopLevelMixin:
    panels = []
    for quantity, rows in fit.vpc().items():
        points = [{"time_h": r["time_h"], "observed": r["corrected"]} for r in fit.points(quantity)]
        log = _spans(np.array([p["observed"] for p in points]))
        panels.append(vpc.panel(rows, points, quantity, fit.unit(quantity), log))
    return themed(
        alt.vconcat(*panels),
        "Would the fitted population have given these data?",
        [f"Prediction-corrected; {vpc.MEANS}.", fit.under],
    )


def _by_unit(fit: "Fit") -> dict[str, list[str]]:
    """The quantities that share an axis, by their unit."""
    found: dict[str, list[str]] = {}
    for quantity in fit.population.quantities:
        found.setdefault(fit.unit(quantity), []).append(quantity)
    return found


def _hue(fit: "Fit", quantities: list[str]) -> alt.Color:
    """A colour for each quantity, the same in all panels."""
    order = fit.population.quantities
    hues = [HUES[order.index(name) % len(HUES)] for name in quantities]
    legend = alt.Legend(orient="top") if len(order) > 1 else None
    return alt.Color("quantity:N", title=None, legend=legend, scale=alt.Scale(domain=quantities, range=hues))


def _goodness(fit: "Fit") -> alt.TopLevelMixin:
    """What was seen beside what is predicted, and what is left over time; quantities of one unit together."""
    panels = [_followed(fit, unit, quantities) for unit, quantities in _by_unit(fit).items()]
    whole = alt.vconcat(*panels, spacing=20).resolve_scale(color="independent")
    return themed(whole, "How well does the fit follow the people?", fit.under)


def _followed(fit: "Fit", unit: str, quantities: list[str]) -> alt.VConcatChart:
    """The four panels of quantities that share a unit."""
    records = fit.table_of_observations().to_dict("records")
    values = plain([row for row in records if not row["below"] and row["quantity"] in quantities])
    said = f" [{unit}]" if unit else ""
    side = (WIDTH - 70) // 2
    ends = [
        max(1e-9, min((v["DV"] for v in values if v["DV"] > 0), default=1.0) / 2),
        max(max(v["DV"], v["individual"], v["typical"]) for v in values),
    ]
    log = _spans(np.array([v["DV"] for v in values]))
    scale = alt.Scale(type="log", domain=ends, clamp=True) if log else alt.Scale(domain=[0, ends[1]])
    data = alt.Data(values=[v for v in values if not log or min(v["DV"], v["typical"], v["individual"]) > 0])
    hue = _hue(fit, quantities)
    dots = alt.Chart(data, width=side, height=side - 30).mark_circle(size=22, opacity=0.55)
    line = alt.Chart(alt.Data(values=[{"a": ends[0] if log else 0.0}, {"a": ends[1]}])).mark_line(
        color=GREY, strokeDash=DASHED
    )
    panels = []
    for name, title in (("typical", "predicted, typical person"), ("individual", "predicted, each person")):
        x, y = (
            alt.X(f"{name}:Q", title=f"{title}{said}", scale=scale),
            alt.Y("DV:Q", title=f"observed{said}", scale=scale),
        )
        panels.append(
            alt.layer(line.encode(alt.X("a:Q", scale=scale), alt.Y("a:Q", scale=scale)), dots.encode(x, y, hue))
        )
    all_of_it = alt.Chart(alt.Data(values=values), width=side, height=side - 30).mark_circle(size=22, opacity=0.55)
    zero = alt.Chart(alt.Data(values=[{"a": 0.0}])).mark_rule(color=GREY, strokeDash=DASHED).encode(alt.Y("a:Q"))
    for name, title in (("time_h", "hours"), ("individual", f"predicted, each person{said}")):
        x = alt.X(f"{name}:Q", title=title, axis=alt.Axis(format=",.4~r"))
        panels.append(
            alt.layer(zero, all_of_it.encode(x, alt.Y("residual:Q", title="residual [standard deviations]"), hue))
        )
    return alt.vconcat(alt.hconcat(*panels[:2], spacing=30), alt.hconcat(*panels[2:], spacing=30), spacing=20)


def _npde(fit: "Fit") -> alt.TopLevelMixin:
    """Where observations fall among simulated ones, in standard deviations: over time, and beside the normal law."""
    values = plain([row for row in fit.table_of_observations().to_dict("records") if np.isfinite(row["npde"])])
    side = (WIDTH - 70) // 2
    data = alt.Data(values=values)
    dots = alt.Chart(data, width=side, height=240).mark_circle(size=22, opacity=0.55, color=HUES[0])
    y = alt.Y("npde:Q", title="npde", scale=alt.Scale(domain=[-4, 4], clamp=True))
    lines = alt.Chart(alt.Data(values=[{"a": a} for a in (-1.645, 0.0, 1.645)])).mark_rule(
        color=GREY, strokeDash=DASHED
    )
    over_time = alt.layer(lines.encode(alt.Y("a:Q")), dots.encode(alt.X("time_h:Q", title="hours"), y))
    bars = alt.Chart(data, width=side, height=240).mark_bar(color=HUES[0], opacity=0.45)
    step = 0.5
    counted = bars.encode(
        alt.X("npde:Q", bin=alt.Bin(step=step, extent=[-4, 4]), title="npde"), alt.Y("count():Q", title="observations")
    )
    grid = np.linspace(-4, 4, 81)
    normal = [{"x": float(x), "n": float(len(values) * step * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi))} for x in grid]
    curve = alt.Chart(alt.Data(values=normal)).mark_line(color=HUES[1]).encode(alt.X("x:Q"), alt.Y("n:Q"))
    told = "Normalised prediction distribution errors; dashed: the middle 90 %, and the line: the normal law of a model that is right."
    return themed(
        alt.hconcat(over_time, alt.layer(counted, curve), spacing=30),
        "Where do observations fall among simulated ones?",
        told,
    )


def _people(fit: "Fit") -> alt.TopLevelMixin:
    """The curves of the first people: their own, and the typical person's with their doses and covariates."""
    lines, dots = fit.curves(MOST_PEOPLE)
    groups = [
        _curves(fit, unit, mine, *([row for row in rows if row["quantity"] in mine] for rows in (lines, dots)))
        for unit, mine in _by_unit(fit).items()
    ]
    first = f" The first {MOST_PEOPLE}." if fit.population.people > MOST_PEOPLE else ""
    told = f"Points: observed, triangles only known to be less; line: the person; dashed: the typical person.{first}"
    whole = alt.vconcat(*groups, spacing=20).resolve_scale(color="independent")
    return themed(whole, "Each person's curve", told)


def _curves(fit: "Fit", unit: str, quantities: list[str], lines: list[dict], dots: list[dict]) -> alt.ConcatChart:
    """The panels of quantities that share a unit, one for each person."""
    who = list(dict.fromkeys(str(line["ID"]) for line in lines))
    log = _spans(np.array([d["DV"] for d in dots]))
    least = min((d["DV"] for d in dots if d["DV"] > 0), default=1.0) / 3.0
    scale = alt.Scale(type="log", clamp=True, domainMin=least) if log else alt.Scale(zero=True)
    columns = min(4, len(who))
    y: dict[str, Any] = {
        "title": unit or quantities[0].partition(".")[0].replace("_", " "),
        "scale": scale,
        "axis": alt.Axis(format=",.4~r", tickCount=4),
    }
    kept = [line for line in lines if not log or line["value"] > least]
    hue = _hue(fit, quantities)
    dash = alt.StrokeDash(
        "whose:N", title=None, scale=alt.Scale(domain=["own", "typical"], range=[[1, 0], [4, 3]]), legend=None
    )
    x = alt.X("time_h:Q", title="hours", axis=alt.Axis(grid=False, tickCount=4))
    width = (WIDTH - 50 * (columns - 1)) // columns
    panels = []
    for name in who:
        curve = alt.Chart(
            alt.Data(values=[k for k in kept if str(k["ID"]) == name]),
            title=alt.TitleParams(name, fontSize=11),
            width=width,
            height=120,
        )
        mine = [d for d in dots if str(d["ID"]) == name]
        seen = [
            mark(alt.Chart(alt.Data(values=[d for d in mine if d["below"] == below]))).encode(
                x, alt.Y("DV:Q", **y), hue
            )
            for below, mark in MARKS.items()
        ]
        lines_ = curve.mark_line(strokeWidth=1.6).encode(x, alt.Y("value:Q", **y), hue, dash)
        panels.append(alt.layer(lines_, *seen))
    return alt.concat(*panels, columns=columns, spacing=14)
