"""The live figures of the story: few lines, large letters, labels where the eye already is.

They are Vega-Lite specifications written out: Altair would take longer to draw one up than the simulator to run it. Look
and colours are those of the other figures.
"""

from functools import cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.show.theme import BAD, GREY, HUES, INK, PAPER, WIDTH, themed

Frame = Any  # a pandas frame: its type hints know too little of what comes out
NALTREXONE, HEROIN, BUPRENORPHINE, METHADONE, TABLET = HUES[0], HUES[1], HUES[2], HUES[3], HUES[4]
NALOXONE, SEDATIVE, PALE = HUES[7], HUES[3], "#9aa5b1"
LETTERS = 14
COLUMNS, DOT = 25, 80  # people in a row of dots; area of a dot
EARLY = 10.0  # minutes in which sedatives and opioids given at once do most
SHARE = {"scale": {"domain": [0, 1]}, "axis": {"format": "%", "values": [0, 0.5, 1]}}


@cache
def config() -> dict:
    """The house style in larger letters."""
    found = themed(alt.Chart().mark_point(), "").to_dict(validate=False)["config"]
    return found | {"axis": found["axis"] | {"labelFontSize": LETTERS, "titleFontSize": LETTERS}}


def stacked(*panels: dict, title: str) -> dict:
    """Panels under each other: a whole figure."""
    head = {"text": title, "anchor": "start", "fontSize": 17, "color": INK, "offset": 14}
    look = {"config": config(), "background": PAPER, "padding": 18, "title": head}
    return {"$schema": alt.SCHEMA_URL, **look, "vconcat": list(panels), "spacing": 22}


def svg(spec: dict) -> str:
    """A specification as SVG text."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec)


def panel(*layers: dict, height: float = 210, heading: str = "") -> dict:
    """Layers on one pair of axes; a heading instead of a turned axis title."""
    words = {"anchor": "start", "fontSize": LETTERS, "fontWeight": "normal", "color": GREY, "offset": 8}
    found = [each["encoding"].get("x", {}) for each in layers]
    said = next((x["title"] for x in found if x.get("title")), None)
    for x in found:  # layers that disagree about an axis title would lose it
        if "field" in x:
            x["title"] = said
    return {"layer": list(layers), "width": WIDTH, "height": height, "title": {"text": heading, **words}}


def layer(frame: Frame, mark: dict, **encoding) -> dict:
    """One mark for the rows of a frame."""
    rows = {"values": frame.to_dict("records")}
    return {"data": rows, "mark": mark, "encoding": {k: dict(v) for k, v in encoding.items()}}


def of(name: str, **more) -> dict:
    """A channel of numbers, by the frame's column; without an axis title."""
    return {"field": name, "type": "quantitative", "title": None} | more


def across(name: str, end: float, title: str | None = None, **axis) -> dict:
    """The horizontal axis, from 0 to `end`."""
    return of(name, title=title, scale={"domain": [0, end], "nice": False}, axis={"grid": False, "tickCount": 7} | axis)


def line(frame: Frame, x: dict, y: dict, hue: str, **more) -> dict:
    """One curve in one colour."""
    columns = [x["field"], y["field"]]
    return layer(frame[columns], {"type": "line", "strokeWidth": 2.6, "color": hue} | more, x=x, y=y)


def band(frame: Frame, x: dict, low: str, high: str, style: dict, hue: str, **more) -> dict:
    """What lies between two columns."""
    mark = {"type": "area", "opacity": 0.18, "color": hue} | more
    return layer(frame[[x["field"], low, high]], mark, x=x, y=of(low, **style), y2={"field": high})


def word(text: str, x: float, y: float, align: str = "left", dy: int = -9, dx: int = 0) -> dict:
    """A label at a place of the data; in ink, since many colours are too pale for letters."""
    mark = {"type": "text", "align": align, "dy": dy, "dx": dx, "fontSize": LETTERS, "fontWeight": 600, "color": INK}
    return layer(pd.DataFrame({"x": [x], "y": [y]}), mark, x=of("x"), y=of("y"), text={"value": text})


def dot(x: float, y: float, hue: str) -> dict:
    """The point that the sliders have chosen."""
    mark = {"type": "point", "filled": True, "size": 150, "color": hue, "opacity": 1}
    return layer(pd.DataFrame({"x": [x], "y": [y]}), mark, x=of("x"), y=of("y"))


def crowd(marked: int, total: int, heading: str) -> dict:
    """So many people as dots, those marked filled in red."""
    n = np.arange(total)
    hue, faint = np.where(n < marked, BAD, PALE), np.where(n < marked, 1.0, 0.45)
    frame: Frame = pd.DataFrame({"column": n % COLUMNS, "row": n // COLUMNS, "hue": hue, "faint": faint})
    x = of("column", axis=None, scale={"domain": [-0.6, COLUMNS - 0.4]})
    y = of("row", axis=None, scale={"domain": [-0.6, total / COLUMNS - 0.4], "reverse": True})
    colour, opacity = {"field": "hue", "type": "nominal", "scale": None}, of("faint", scale=None)
    mark = {"type": "point", "filled": True, "size": DOT}
    people = layer(frame, mark, x=x, y=y, color=colour, opacity=opacity)
    return panel(people, height=17 * total // COLUMNS, heading=heading)


def key(hues: dict[str, str]) -> dict:
    """Names with their colours, under each other, where lines lie too close to be labelled."""
    frame: Frame = pd.DataFrame({"label": list(hues), "row": range(len(hues)), "hue": list(hues.values())})
    places = {"x": {"value": 6}, "y": {"field": "row", "type": "ordinal", "axis": None}}
    colour = {"field": "hue", "type": "nominal", "scale": None}
    names = {"type": "text", "align": "left", "dx": 12, "fontSize": LETTERS, "fontWeight": 600, "color": INK}
    return panel(
        layer(frame, {"type": "point", "filled": True, "size": 110, "opacity": 1}, color=colour, **places),
        layer(frame, names, text={"field": "label"}, **places),
        height=21 * len(hues),
    )


# ---- chapter by chapter -------------------------------------------------------------------------------------------


def two_forms(tablet: Frame, injection: Frame, title: str) -> dict:
    """Receptors held and blood level by day, for tablets and injections."""
    end = float(tablet["day"].max())
    log = {"type": "log", "domain": [0.01, 30], "clamp": True}
    level = of("level", scale=log, axis={"values": [0.01, 0.1, 1, 10], "format": "~g"})
    top, low, held = across("day", end), across("day", end, "days"), of("held", **SHARE)
    return stacked(
        key({"tablets": TABLET, "injections": NALTREXONE}),
        panel(
            band(tablet, top, "low", "high", SHARE, TABLET),
            band(injection, top, "low", "high", SHARE, NALTREXONE),
            line(tablet, top, held, TABLET),
            line(injection, top, held, NALTREXONE),
            heading="Receptors held by naltrexone",
        ),
        panel(
            line(tablet, low, level, TABLET, strokeWidth=1.4),
            line(injection, low, level, NALTREXONE),
            height=150,
            heading="Naltrexone in the blood, ng/mL",
        ),
        title=title,
    )


def felt(frame: Frame, unblocked: float, day: float, title: str) -> dict:
    """Liking of a dose by day under naltrexone, with the band of other readings, and without naltrexone."""
    end = float(frame["day"].max())
    x = across("day", end, "days after the injection", values=list(range(0, int(end) + 1, 7)))
    style = {"scale": {"domain": [0, 100]}, "axis": {"values": [0, 25, 50, 75, 100]}}
    y = of("liking", **style)
    now = float(np.interp(day, frame["day"], frame["liking"]))
    reach: Frame = pd.DataFrame({"day": [day], "liking": [now], "top": [unblocked]})
    return stacked(
        panel(
            band(frame, x, "low", "high", style, NALTREXONE),
            layer(reach, {"type": "rule", "strokeDash": [3, 3], "color": GREY}, x=x, y=y, y2={"field": "top"}),
            line(pd.DataFrame({"day": [0.0, end], "liking": [unblocked, unblocked]}), x, y, HEROIN),
            line(frame, x, y, NALTREXONE),
            dot(day, unblocked, HEROIN),
            dot(day, now, NALTREXONE),
            word("without naltrexone", end * 0.02, unblocked),
            word("with naltrexone", end * 0.07, 0, dy=-13),
            height=290,
            heading="Liking of the dose, 0 to 100",
        ),
        title=title,
    )


def withdrawal(frame: Frame, bands: dict[str, float], most: float, title: str) -> dict:
    """Withdrawal by hour after the first tablet and without it, on the bands of the scale."""
    end = float(frame["hour"].max())
    x = across("hour", end, "hours after the tablet", values=list(range(0, int(end) + 1, 12)))
    style = {"scale": {"domain": [0, most]}, "axis": {"values": list(bands.values()), "grid": False}}
    ends: Frame = pd.DataFrame(
        {"low": list(bands.values()), "high": [*list(bands.values())[1:], most], "band": list(bands)}
    )
    ends = ends.assign(shade=0.02 + 0.14 * ends["low"] / most)
    letters = {"type": "text", "align": "right", "baseline": "top", "dy": 4, "dx": -6, "fontSize": 12, "color": INK}
    top = frame.loc[frame["tablet"].idxmax()]
    late = float(np.interp(end * 0.5, frame["hour"], frame["alone"]))
    return stacked(
        panel(
            layer(ends, {"type": "rect", "color": BAD}, y=of("low", **style), y2={"field": "high"}, opacity=of("shade", scale=None)),
            layer(ends, letters, y=of("high", **style), x={"value": "width"}, text={"field": "band"}),
            band(frame, x, "tablet_low", "tablet_high", style, NALTREXONE),
            line(frame, x, of("alone", **style), GREY, strokeDash=[5, 4]),
            line(frame, x, of("tablet", **style), NALTREXONE),
            word("with the tablet", float(top["hour"]), float(top["tablet"]), dx=14, dy=-4),
            word("without", end * 0.5, late, dy=15 if late > 0.1 * most else -9),
            height=300,
            heading="Withdrawal score, 0 to 48",
        ),
        title=title,
    )  # fmt: skip


def one_day(rows: list[tuple[str, str, Frame]], title: str) -> dict:
    """One row for each (name, colour, frame): receptors kept from others, pale, and how strongly they are switched on, full."""
    panels = []
    spoken = "datum.value == 12 ? 'noon' : datum.value % 24 == 0 ? 'midnight' : datum.value + ':00'"
    for name, hue, frame in rows:
        clock = {"values": [0, 6, 12, 18, 24], "labels": name == rows[-1][0], "labelExpr": spoken, "labelFlush": True}
        x = across("hour", 24.0, **clock)
        layers = [
            layer(frame[["hour", share]], {"type": "area", "opacity": depth, "color": hue}, x=x, y=of(share, **SHARE))
            for share, depth in (("held", 0.22), ("active", 0.85))
        ]
        panels.append(panel(*layers, height=78, heading=name))
    return stacked(*panels, title=title)


def fading(rows: list[dict], day: float, dead: dict[str, int], total: int, title: str) -> dict:
    """What is left of the first day's tolerance by days since the last use, receptors blocked where there is naltrexone, and
    who dies of the same dose."""
    frame: Frame = pd.DataFrame(rows)
    parts = ["tolerance", "tolerance_low", "tolerance_high"]
    frame[parts] = (frame[parts] / float(frame["tolerance"].iloc[0])).clip(upper=1.0)
    x = across("day", float(frame["day"].max()), "days since the last use")
    smooth = {"interpolate": "monotone"}
    now = frame[frame["day"] == day].iloc[0]

    def at(name: str, when: float) -> float:
        return float(np.interp(when, frame["day"], frame[name]))

    layers = [
        band(frame, x, "tolerance_low", "tolerance_high", SHARE, BUPRENORPHINE, **smooth),
        line(frame, x, of("tolerance", **SHARE), BUPRENORPHINE, **smooth),
        dot(day, float(now["tolerance"]), BUPRENORPHINE),
        word("tolerance", 14, at("tolerance", 14), dx=8, dy=-6),
    ]
    if frame["blocked"].max() > 0.01:
        layers += [
            line(frame, x, of("blocked", **SHARE), NALTREXONE, **smooth),
            dot(day, float(now["blocked"]), NALTREXONE),
            word("receptors blocked", 16, 1.0, dy=34),
        ]
    people = [crowd(count, total, text) for text, count in dead.items()]
    return stacked(panel(*layers, height=180, heading="What is left of tolerance"), *people, title=title)


def rescued(curves: dict[str, Frame], end: float, unit: str, dead: dict[str, int], total: int, title: str) -> dict:
    """Breathing and oxygen by time for each way of helping; a line ends where the circulation collapses. And who dies."""
    looks = {"no help": {"strokeWidth": 6}, "naltrexone tablet": {"strokeDash": [5, 4]}}
    hues = {"no help": PALE, "naloxone": NALOXONE, "naltrexone tablet": TABLET}
    cross = {"type": "point", "shape": "cross", "angle": 45, "size": 130, "filled": True, "color": BAD, "opacity": 1}
    panels = [key({name: hues[name] for name in curves})]
    for name, top, text in (
        ("ventilation", 10, "Breathing, litres a minute"),
        ("saturation", 100, "Oxygen saturation, %"),
    ):
        x = across("time", end, unit if name == "saturation" else None, tickCount=4)
        y = of(name, scale={"domain": [0, top]}, axis={"tickCount": 4})
        layers = [line(frame, x, y, hues[label], **looks.get(label, {})) for label, frame in curves.items()]
        ended = [frame.iloc[-1:] for frame in curves.values() if frame["time"].max() < 0.99 * end]
        layers += [layer(last, cross, x=x, y=y) for last in ended]
        if ended and name == "saturation":
            last = ended[0].iloc[0]
            layers.append(word("circulation fails", float(last["time"]), float(last[name]), dx=12, dy=-2))
        panels.append(panel(*layers, height=150, heading=text))
    return stacked(*panels, *(crowd(count, total, text) for text, count in dead.items()), title=title)


def together(curves: dict[str, Frame], low: dict[str, int], total: int, title: str) -> dict:
    """Breathing by minute with the sedative, the opioid and both; and, of a crowd, how many run low on oxygen."""
    hues = {"sedative alone": SEDATIVE, "opioid alone": TABLET, "both": BAD}
    x = across("time", EARLY, "minutes")
    y = of("ventilation", scale={"domain": [0, 10]}, axis={"tickCount": 5})
    layers = [
        line(frame[frame["time"] <= EARLY + 0.1], x, y, hues[label], clip=True) for label, frame in curves.items()
    ]
    breath = panel(*layers, height=220, heading="Breathing, litres a minute")
    people = [crowd(count, total, text) for text, count in low.items()]
    return stacked(key({name: hues[name] for name in curves}), breath, *people, title=title)
