"""The live figures of the story: few lines, large letters, labels where the eye already is."""

import altair as alt
import numpy as np
import pandas as pd

from opioidsim.plot import BAD, GREY, HUES, INK, WIDTH, themed

NALTREXONE, HEROIN, BUPRENORPHINE, METHADONE, TABLET = HUES[0], HUES[1], HUES[2], HUES[3], HUES[4]
NALOXONE, SEDATIVE = HUES[7], HUES[3]
PALE = "#9aa5b1"
LETTERS = 14
COLUMNS, DOT = 25, 80  # people in a row of dots; area of a dot
EARLY = 10.0  # minutes in which sedatives and opioids given at once do most
SHARE = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", values=[0, 0.5, 1])}


def large(chart, title: str) -> alt.TopLevelMixin:
    """The house style in larger letters."""
    made = themed(chart, title)
    made.config.axis.labelFontSize = made.config.axis.titleFontSize = LETTERS
    return made


def line(frame: pd.DataFrame, x: alt.X, y: alt.Y, hue: str, dashed: bool = False, **more) -> alt.Chart:
    """One curve in one colour."""
    mark: dict = {"strokeWidth": 2.6, "color": hue} | ({"strokeDash": [5, 4]} if dashed else {}) | more
    return alt.Chart(frame).mark_line(**mark).encode(x, y)


def word(text: str, x: float, y: float, hue: str, align: str = "left", dy: int = -9, dx: int = 0) -> alt.Chart:
    """A label at a place of the data, in the colour of what it names."""
    at = pd.DataFrame({"x": [x], "y": [y], "text": [text]})
    letters = alt.Chart(at).mark_text(align=align, dy=dy, dx=dx, fontSize=LETTERS, fontWeight=600, color=hue)
    return letters.encode(alt.X("x:Q"), alt.Y("y:Q"), text="text:N")


def dot(x: float, y: float, hue: str) -> alt.Chart:
    """The point that the sliders have chosen."""
    at = pd.DataFrame({"x": [x], "y": [y]})
    return alt.Chart(at).mark_point(filled=True, size=150, color=hue, opacity=1).encode(alt.X("x:Q"), alt.Y("y:Q"))


def panel(*layers: alt.Chart, height: int = 210, heading: str = "") -> alt.LayerChart:
    """Layers on one pair of axes; a heading instead of a turned axis title."""
    words = alt.TitleParams(heading, anchor="start", fontSize=LETTERS, fontWeight="normal", color=GREY, offset=8)
    return alt.LayerChart(layer=list(layers), width=WIDTH, height=height, title=words)


def across(name: str, end: float, title: str | None = None, values=None) -> alt.X:
    """The horizontal axis, from 0 to `end`."""
    axis = alt.Axis(grid=False, tickCount=7) if values is None else alt.Axis(grid=False, values=list(values))
    return alt.X(f"{name}:Q", title=title, scale=alt.Scale(domain=[0, end], nice=False), axis=axis)


def stacked(*panels, title: str) -> alt.TopLevelMixin:
    """Panels under each other."""
    return large(alt.vconcat(*panels, spacing=22), title)


def crowd(marked: int, total: int, heading: str) -> alt.LayerChart:
    """So many people as dots, those marked filled in red."""
    frame = pd.DataFrame({"n": range(total)}).assign(
        column=lambda f: f.n % COLUMNS, row=lambda f: f.n // COLUMNS, marked=lambda f: f.n < marked
    )
    x = alt.X("column:Q", axis=None, scale=alt.Scale(domain=[-0.6, COLUMNS - 0.4]))
    y = alt.Y("row:Q", axis=None, scale=alt.Scale(domain=[-0.6, total / COLUMNS - 0.4], reverse=True))
    colour = alt.Color("marked:N", legend=None, scale=alt.Scale(domain=[False, True], range=[PALE, BAD]))
    faint = alt.Opacity("marked:N", legend=None, scale=alt.Scale(domain=[False, True], range=[0.45, 1.0]))
    people = alt.Chart(frame).mark_point(filled=True, size=DOT).encode(x, y, colour, faint)
    return panel(people, height=17 * total // COLUMNS, heading=heading)


def key(hues: dict[str, str]) -> alt.LayerChart:
    """Names with their colours, under each other, where lines lie too close to be labelled."""
    frame = pd.DataFrame({"label": list(hues), "row": range(len(hues))})
    colour = alt.Color("label:N", legend=None, scale=alt.Scale(domain=list(hues), range=list(hues.values())))
    base = alt.Chart(frame).encode(alt.Y("row:O", axis=None), colour, x=alt.value(6))
    names = base.mark_text(align="left", dx=12, fontSize=LETTERS, fontWeight=600)
    return panel(base.mark_point(filled=True, size=110, opacity=1), names.encode(text="label:N"), height=21 * len(hues))


# ---- chapter by chapter -------------------------------------------------------------------------------------------


def two_forms(tablet: pd.DataFrame, injection: pd.DataFrame, title: str) -> alt.TopLevelMixin:
    """Receptors held and blood level by day, for tablets and injections."""
    end = float(tablet["day"].max())
    held = alt.Y("held:Q", title=None, **SHARE)
    ticks = [0.01, 0.1, 1, 10]
    log = alt.Y(
        "level:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[ticks[0], 30], clamp=True),
        axis=alt.Axis(values=ticks, format="~g"),
    )
    top, low = across("day", end), across("day", end, "days")
    fine = {"strokeWidth": 1.4}
    return stacked(
        panel(
            line(tablet, top, held, TABLET),
            line(injection, top, held, NALTREXONE),
            word("tablets", end * 0.02, 0.62, TABLET, dy=0),
            word("injections", end * 0.02, 0.42, NALTREXONE, dy=0),
            heading="Receptors held by naltrexone",
        ),
        panel(
            line(tablet, low, log, TABLET, **fine),
            line(injection, low, log, NALTREXONE),
            height=150,
            heading="Naltrexone in the blood, ng/mL",
        ),
        title=title,
    )


def felt(frame: pd.DataFrame, unblocked: float, day: float, title: str) -> alt.TopLevelMixin:
    """Liking of a dose by day under naltrexone, with the band of other readings, and without naltrexone."""
    end = float(frame["day"].max())
    x = across("day", end, "days after the injection", range(0, int(end) + 1, 7))
    style = {"scale": alt.Scale(domain=[0, 100]), "axis": alt.Axis(values=[0, 25, 50, 75, 100])}
    y = alt.Y("liking:Q", title=None, **style)
    band = alt.Chart(frame).mark_area(opacity=0.2, color=NALTREXONE)
    without = pd.DataFrame({"day": [0.0, end], "liking": [unblocked, unblocked]})
    now = float(frame.loc[frame["day"] == day, "liking"].iloc[0])
    reach = pd.DataFrame({"day": [day], "liking": [now], "top": [unblocked]})
    return large(
        panel(
            band.encode(x, alt.Y("low:Q", title=None, **style), alt.Y2("high:Q")),
            alt.Chart(reach).mark_rule(strokeDash=[3, 3], color=GREY).encode(x, y, alt.Y2("top:Q")),
            line(without, x, y, HEROIN),
            line(frame, x, y, NALTREXONE),
            dot(day, unblocked, HEROIN),
            dot(day, now, NALTREXONE),
            word("without naltrexone", end * 0.02, unblocked, HEROIN),
            word("with naltrexone", end * 0.02, 0, NALTREXONE, dy=-12),
            height=290,
            heading="Liking of the dose, 0 to 100",
        ),
        title,
    )


def withdrawal(frame: pd.DataFrame, bands: dict[str, float], most: float, title: str) -> alt.TopLevelMixin:
    """Withdrawal by hour after the first tablet and without it, on the bands of the scale."""
    end = float(frame["hour"].max())
    x = across("hour", end, "hours after the tablet", range(0, int(end) + 1, 12))
    style = {"scale": alt.Scale(domain=[0, most]), "axis": alt.Axis(values=list(bands.values()), grid=False)}
    names = list(bands)
    ends = pd.DataFrame({"low": list(bands.values()), "high": [*list(bands.values())[1:], most], "band": names})
    shade = alt.Opacity("low:Q", legend=None, scale=alt.Scale(domain=[0, most], range=[0.02, 0.16]))
    ground = alt.Chart(ends).mark_rect(color=BAD).encode(
        alt.Y("low:Q", title=None, **style), alt.Y2("high:Q"), shade
    )  # fmt: skip
    letters = alt.Chart(ends).mark_text(align="right", baseline="top", dy=4, dx=-6, fontSize=12, color=INK)
    unknown = alt.Chart(frame).mark_area(opacity=0.16, color=NALTREXONE)
    with_it, without = (alt.Y(f"{name}:Q", title=None, **style) for name in ("tablet", "without"))
    top = frame.loc[frame["tablet"].idxmax()]
    layers = [
        ground,
        letters.encode(alt.Y("high:Q"), x=alt.value("width"), text="band:N"),
        unknown.encode(x, alt.Y("tablet_low:Q", title=None, **style), alt.Y2("tablet_high:Q")),
        line(frame, x, without, PALE, True),
        line(frame, x, with_it, NALTREXONE),
        word("with the tablet", float(top["hour"]), float(top["tablet"]), NALTREXONE, dx=14, dy=-4),
        word("without", end * 0.62, float(np.interp(end * 0.62, frame["hour"], frame["without"])), GREY, "right"),
    ]
    return large(panel(*layers, height=300, heading="Withdrawal score (0 to 48)"), title)


def one_day(rows: list[tuple[str, str, pd.DataFrame]], title: str) -> alt.TopLevelMixin:
    """One row for each (name, colour, frame): the share of receptors held, pale, and switched on, full."""
    panels = []
    for name, hue, frame in rows:
        last = name == rows[-1][0]
        clock = alt.Axis(
            grid=False,
            values=[0, 6, 12, 18, 24],
            labels=last,
            labelExpr="datum.value == 12 ? 'noon' : datum.value % 24 == 0 ? 'midnight' : datum.value + ':00'",
        )
        x = alt.X("hour:Q", title=None, scale=alt.Scale(domain=[0, 24], nice=False), axis=clock)
        base = alt.Chart(frame)
        at, text, ink = (1.0, "kept off", hue) if hue == NALTREXONE else (0.0, "switched on", "#fffffe")
        panels.append(
            panel(
                base.mark_area(opacity=0.22, color=hue).encode(x, alt.Y("held:Q", title=None, **SHARE)),
                base.mark_area(opacity=0.85, color=hue).encode(x, alt.Y("active:Q", title=None, **SHARE)),
                word(text, 1, at, ink, dy=20 if at else -16),
                height=78,
                heading=name,
            )
        )
    return stacked(*panels, title=title)


def fading(rows: list[dict], day: float, dead: dict[str, int], total: int, title: str) -> alt.TopLevelMixin:
    """Tolerance by days since the last use, receptors blocked where there is naltrexone, and who dies of the same dose."""
    frame = pd.DataFrame(rows)
    x = across("day", float(frame["day"].max()), "days since the last use")
    y = alt.Y("tolerance:Q", title=None, **SHARE)
    now = frame[frame["day"] == day].iloc[0]
    smooth = {"interpolate": "monotone"}
    band = alt.Chart(frame).mark_area(opacity=0.18, color=BUPRENORPHINE, **smooth)
    layers = [
        band.encode(x, alt.Y("tolerance_low:Q", title=None, **SHARE), alt.Y2("tolerance_high:Q")),
        line(frame, x, y, BUPRENORPHINE, **smooth),
        dot(day, float(now["tolerance"]), BUPRENORPHINE),
        word("tolerance", 14, float(np.interp(14, frame["day"], frame["tolerance"])), BUPRENORPHINE, dx=8, dy=-6),
    ]
    if frame["blocked"].max() > 0.01:
        layers += [
            line(frame, x, alt.Y("blocked:Q", title=None, **SHARE), NALTREXONE, **smooth),
            word("receptors blocked", 28, float(np.interp(28, frame["day"], frame["blocked"])), NALTREXONE, dy=18),
            dot(day, float(now["blocked"]), NALTREXONE),
        ]
    people = [crowd(count, total, text) for text, count in dead.items()]
    return stacked(panel(*layers, height=180, heading="What is left of tolerance"), *people, title=title)


def rescued(curves: dict[str, pd.DataFrame], minutes: float, title: str) -> alt.TopLevelMixin:
    """Breathing and oxygen by minute for each way of helping; a line ends where the circulation collapses."""
    hues = {"no help": PALE, "naloxone": NALOXONE, "naltrexone tablet": TABLET}
    panels = []
    for name, top, text in (
        ("ventilation", 10.0, "Breathing, litres a minute"),
        ("saturation", 100.0, "Oxygen saturation, %"),
    ):
        x = across("minute", minutes, "minutes" if name == "saturation" else None)
        y = alt.Y(f"{name}:Q", title=None, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=4))
        layers = []
        for label, frame in curves.items():
            tablet = label == "naltrexone tablet"
            layers.append(line(frame, x, y, hues[label], tablet, strokeWidth=2.6 if label != "no help" else 6, clip=True))
            if frame["minute"].max() < minutes - 0.2:
                last = frame.iloc[-1]
                cross = alt.Chart(pd.DataFrame([last])).mark_point(shape="cross", angle=45, size=130, filled=True)
                layers.append(cross.encode(x, y, color=alt.value(BAD)))
                fails = word("circulation fails", last["minute"], last[name], BAD, dx=12, dy=-2)
                layers += [fails] if name == "saturation" and not tablet else []
        panels.append(panel(*layers, height=170, heading=text))
    return stacked(key({name: hues[name] for name in curves}), *panels, title=title)


def together(curves: dict[str, pd.DataFrame], low: dict[str, int], total: int, title: str) -> alt.TopLevelMixin:
    """Breathing by minute with the sedative, the opioid and both; and, of a crowd, how many run low on oxygen."""
    hues = {"sedative alone": SEDATIVE, "opioid alone": TABLET, "both": BAD}
    x = across("minute", EARLY, "minutes")
    y = alt.Y("ventilation:Q", title=None, scale=alt.Scale(domain=[0, 10]), axis=alt.Axis(tickCount=5))
    layers = [line(frame[frame["minute"] <= EARLY], x, y, hues[label]) for label, frame in curves.items()]
    names = key({name: hues[name] for name in curves})
    people = [crowd(count, total, text) for text, count in low.items()]
    return stacked(names, panel(*layers, height=220, heading="Breathing, litres a minute"), *people, title=title)
