"""The pictures of the story, chapter by chapter: few lines, large letters, labels where the eye already is."""

from typing import Any

import numpy as np
import pandas as pd

from opioidsim.story.picture import Axis, Crowd, Key, Mark, Picture, Plot, Side, curve

Frame = Any  # a pandas frame: its type hints know too little of what comes out
SHARE = Axis(low=0, high=1, ticks=(0, 0.5, 1), unit="%")
EARLY = 10.0  # minutes in which sedatives and opioids given at once do most


def word(text: str, x: float, y: float, side: Side = "start", dx: float = 0.0, dy: float = -9.0) -> Mark:
    """A label at a place of the data."""
    return Mark(look="word", hue="ink", x=(x,), y=(y,), text=text, side=side, dx=dx, dy=dy)


def dot(x: float, y: float, hue: str) -> Mark:
    """The point that the sliders have chosen."""
    return Mark(look="dot", hue=hue, x=(x,), y=(y,))


def people(heading: str, marked: int, total: int) -> Crowd:
    """So many people as dots, those marked first and in red."""
    return Crowd(heading=heading, groups=(("bad", marked), ("pale", total - marked)))


def days(end: float, step: int, title: str) -> Axis:
    """From 0 to `end`, a tick at every step."""
    return Axis(low=0, high=end, ticks=tuple(float(t) for t in np.arange(0, end + 0.5, step)), title=title)


def two_forms(tablet: Frame, injection: Frame, seen: list[dict], title: str) -> Picture:
    """Receptors held and blood level by day, for tablets and injections; what scans saw after a tablet."""
    x = days(float(tablet["day"].max()), 7, "days")
    level = Axis(low=0.01, high=30, ticks=(0.01, 0.1, 1, 10), log=True, unit="ng/mL")
    both = {"tablet": ("tablets", tablet), "naltrexone": ("injections", injection)}
    bands = [curve("band", hue, x, SHARE, f["day"], f["high"], f["low"]) for hue, (_, f) in both.items()]
    held = [curve("line", hue, x, SHARE, f["day"], f["held"], text=name) for hue, (name, f) in both.items()]
    blood = [curve("thin" if hue == "tablet" else "line", hue, x, level, f["day"], f["level"], text=name) for hue, (name, f) in both.items()]  # fmt: skip
    points, names = [], {name: hue for hue, (name, _) in both.items()}
    if seen:
        names |= {seen[0]["name"]: "scan"}
        columns = {c: tuple(float(row[c]) for row in seen) for c in ("at", "value", "low", "high")}
        points = [Mark(look="seen", hue="ink", x=columns["at"], y=columns["value"], low=columns["low"], high=columns["high"], text=seen[0]["name"])]  # fmt: skip
    return Picture(
        title=title,
        panels=(
            Key(names=names),
            Plot(heading="Receptors held by naltrexone", height=210, x=x.model_copy(update={"title": ""}), y=SHARE, marks=(*bands, *held, *points)),
            Plot(heading="Naltrexone in the blood, ng/mL", height=150, x=x, y=level, marks=tuple(blood)),
        ),
    )  # fmt: skip


def felt(frame: Frame, unblocked: float, day: float, title: str) -> Picture:
    """Liking of a dose by day under naltrexone, with the band of other readings, and without naltrexone."""
    end = float(frame["day"].max())
    x = days(end, 7, "days after the injection")
    y = Axis(low=0, high=100, ticks=(0, 25, 50, 75, 100))
    now = float(np.interp(day, frame["day"], frame["liking"]))
    marks = (
        curve("band", "naltrexone", x, y, frame["day"], frame["high"], frame["low"]),
        Mark(look="reach", hue="grey", x=(day, day), y=(now, unblocked)),
        Mark(look="line", hue="heroin", x=(0.0, end), y=(unblocked, unblocked), text="without naltrexone"),
        curve("line", "naltrexone", x, y, frame["day"], frame["liking"], text="with naltrexone"),
        dot(day, unblocked, "heroin"),
        dot(day, now, "naltrexone"),
        word("without naltrexone", end * 0.02, unblocked),
        word("with naltrexone", end * 0.07, 0.0, dy=-13),
    )
    return Picture(
        title=title, panels=(Plot(heading="Liking of the dose, 0 to 100", height=290, x=x, y=y, marks=marks),)
    )


def withdrawal(frame: Frame, bands: dict[str, float], most: float, title: str) -> Picture:
    """Withdrawal by hour after the first tablet and without it, on the bands of the scale."""
    end = float(frame["hour"].max())
    x = days(end, 12, "hours after the tablet")
    lows = tuple(bands.values())
    y = Axis(low=0, high=most, ticks=(0.0, *lows))
    words = [word(name, end, (a + b) / 2, side="end", dx=-4, dy=5) for (name, a), b in zip(bands.items(), (*lows[1:], most), strict=True)]  # fmt: skip
    top = frame.loc[frame["tablet"].idxmax()]
    late = float(np.interp(end * 0.5, frame["hour"], frame["alone"]))
    marks = (
        curve("band", "naltrexone", x, y, frame["hour"], frame["tablet_high"], frame["tablet_low"]),
        curve("dashed", "grey", x, y, frame["hour"], frame["alone"], text="without the tablet"),
        curve("line", "naltrexone", x, y, frame["hour"], frame["tablet"], text="with the tablet"),
        word("with the tablet", float(top["hour"]), float(top["tablet"]), dx=14, dy=-4),
        word("without", end * 0.5, late, dy=19 if late > 0.1 * most else -9),
    )
    quiet = [mark.model_copy(update={"hue": "soft"}) for mark in words]
    return Picture(
        title=title,
        panels=(Plot(heading="Withdrawal score, 0 to 48", height=310, x=x, y=y, marks=(*marks, *quiet)),),
    )


def one_day(rows: list[tuple[str, str, Frame]], title: str) -> Picture:
    """One row for each (name, hue, frame): receptors kept from others, pale, and how strongly they are switched on, full."""
    hours = (0.0, 6.0, 12.0, 18.0, 24.0)
    panels = []
    for name, hue, frame in rows:
        last = name == rows[-1][0]
        x = Axis(low=0, high=24, ticks=hours, words=("midnight", "6:00", "noon", "18:00", "") if last else ())
        marks = (
            curve("wash", hue, x, SHARE, frame["hour"], frame["held"], text="receptors taken"),
            curve("area", hue, x, SHARE, frame["hour"], frame["active"], text="switched on"),
        )
        panels.append(Plot(heading=name, height=78, x=x, y=SHARE, marks=marks))
    return Picture(title=title, panels=tuple(panels))


def fading(rows: list[dict], day: float, dead: dict[str, int], total: int, title: str) -> Picture:
    """What is left of the first day's tolerance by days since the last use, receptors blocked where there is naltrexone, and
    who dies of the same dose."""
    frame: Frame = pd.DataFrame(rows)
    parts = ["tolerance", "tolerance_low", "tolerance_high"]
    frame[parts] = (frame[parts] / float(frame["tolerance"].iloc[0])).clip(upper=1.0)
    x = days(float(frame["day"].max()), 14, "days since the last use")
    now = frame[frame["day"] == day].iloc[0]
    marks = [
        curve("band", "buprenorphine", x, SHARE, frame["day"], frame["tolerance_high"], frame["tolerance_low"]),
        curve("line", "buprenorphine", x, SHARE, frame["day"], frame["tolerance"], text="tolerance"),
        dot(day, float(now["tolerance"]), "buprenorphine"),
        word("tolerance", 14, float(np.interp(14, frame["day"], frame["tolerance"])), dx=8, dy=-6),
    ]
    if frame["blocked"].max() > 0.01:
        marks += [
            curve("line", "naltrexone", x, SHARE, frame["day"], frame["blocked"], text="receptors blocked"),
            dot(day, float(now["blocked"]), "naltrexone"),
            word("receptors blocked", 16, 1.0, dy=34),
        ]
    crowds = [people(text, count, total) for text, count in dead.items()]
    plot = Plot(heading="What is left of tolerance", height=180, x=x, y=SHARE, marks=tuple(marks))
    return Picture(title=title, panels=(plot, *crowds))


def rescued(curves: dict[str, Frame], end: float, unit: str, dead: dict[str, int], total: int, title: str) -> Picture:
    """Breathing and oxygen by time for each way of helping; a line ends where the circulation collapses. And who dies."""
    looks = {"no help": "thick", "naltrexone tablet": "dashed"}
    hues = {"no help": "pale", "naloxone": "naloxone", "naltrexone tablet": "tablet"}
    x = days(end, 5 if unit == "minutes" else 2, unit)
    panels: list = [Key(names={name: hues[name] for name in curves})]
    for name, y, text in (
        ("ventilation", Axis(low=0, high=10, ticks=(0, 5, 10), unit="L/min"), "Breathing, litres a minute"),
        ("saturation", Axis(low=0, high=100, ticks=(0, 50, 100)), "Oxygen saturation, %"),
    ):
        marks = [curve(looks.get(label, "line"), hues[label], x, y, f["time"], f[name], text=label) for label, f in curves.items()]  # type: ignore[arg-type]  # fmt: skip
        ended = [f.iloc[-1] for f in curves.values() if f["time"].max() < 0.99 * end]
        marks += [Mark(look="cross", hue="bad", x=(float(f["time"]),), y=(float(f[name]),)) for f in ended]
        if ended and name == "saturation":
            marks.append(word("circulation fails", float(ended[0]["time"]), float(ended[0][name]), dx=14, dy=4))
        axis = x if name == "saturation" else x.model_copy(update={"title": ""})
        panels.append(Plot(heading=text, height=130, x=axis, y=y, marks=tuple(marks)))
    return Picture(title=title, panels=(*panels, *(people(text, n, total) for text, n in dead.items())))


def together(curves: dict[str, Frame], low: dict[str, int], total: int, title: str) -> Picture:
    """Breathing by minute with the sedative, the opioid and both; and, of a crowd, how many run low on oxygen."""
    hues = {"sedative alone": "methadone", "opioid alone": "tablet", "both": "bad"}
    x, y = days(EARLY, 2, "minutes"), Axis(low=0, high=10, ticks=(0, 5, 10), unit="L/min")
    marks = []
    for label, frame in curves.items():
        early = frame[frame["time"] <= EARLY]
        marks.append(curve("line", hues[label], x, y, early["time"], early["ventilation"], text=label))
        if frame["time"].max() < EARLY:
            last = frame.iloc[-1]
            marks += [Mark(look="cross", hue="bad", x=(float(last["time"]),), y=(float(last["ventilation"]),)),
                      word("circulation fails", float(last["time"]), float(last["ventilation"]), side="end", dx=-14, dy=-10)]  # fmt: skip
    breath = Plot(heading="Breathing, litres a minute", height=190, x=x, y=y, marks=tuple(marks))
    crowds = [people(text, count, total) for text, count in low.items()]
    return Picture(title=title, panels=(Key(names={name: hues[name] for name in curves}), breath, *crowds))


def drunk(heavy: dict[str, list[float]], week: int, none: dict[str, int], total: int, title: str) -> Picture:
    """Share of days with heavy drinking by week, with a medicine and with placebo; people without any heavy day before the week
    that is shown."""
    hues = {name: "grey" if name == "placebo" else "drink" for name in heavy}
    last = len(next(iter(heavy.values())))
    x, y = days(last, 4, "weeks"), Axis(low=0, high=0.6, ticks=(0, 0.2, 0.4, 0.6), unit="%")
    at = np.arange(1, last + 1)
    marks = [curve("line", hues[name], x, y, at, values, text=name) for name, values in heavy.items()]
    marks += [dot(week, values[week - 1], hues[name]) for name, values in heavy.items()]
    crowds = [
        Crowd(heading=f"{name[:1].upper()}{name[1:]}: {n} of {total} had no heavy day", groups=((hues[name], n), ("pale", total - n)))
        for name, n in none.items()
    ]  # fmt: skip
    plot = Plot(heading="Share of days with heavy drinking", height=180, x=x, y=y, marks=tuple(marks))
    return Picture(title=title, panels=(Key(names=hues), plot, *crowds))


def painkiller(frame: Frame, day: float, title: str) -> Picture:
    """Receptors that naltrexone leaves free, by days since the last of it, with the band of other readings."""
    end = float(frame["day"].max())
    x = days(end, 7, "days since the last naltrexone")
    now = float(np.interp(day, frame["day"], frame["free"]))
    marks = (
        curve("band", "tablet", x, SHARE, frame["day"], frame["high"], frame["low"]),
        Mark(look="reach", hue="grey", x=(0.0, end), y=(1.0, 1.0)),
        curve("line", "tablet", x, SHARE, frame["day"], frame["free"], text="free"),
        dot(day, now, "tablet"),
        word("without naltrexone", end, 1.0, side="end", dy=19),
    )
    return Picture(title=title, panels=(Plot(heading="Receptors free for a painkiller", height=260, x=x, y=SHARE, marks=marks),))  # fmt: skip


def fared(weeks, curves: dict, points: dict, week: float, dots: dict[str, int], total: int, title: str) -> Picture:
    """Share free of relapse by week: simulated as curves, seen as points with their error; of a hundred of the trial, who was."""
    x = days(float(weeks[-1]), 4, "weeks")
    marks = [curve("line", hue, x, SHARE, weeks, free, text=arm) for arm, (hue, free) in curves.items()]
    for arm, (hue, _) in curves.items():
        seen = points[arm]
        columns = {name: tuple(float(getattr(o, name)) for o in seen.values()) for name in ("observed", "low", "high")}
        marks.append(Mark(look="seen", hue=hue, x=tuple(seen), y=columns["observed"], low=columns["low"], high=columns["high"], text=f"{arm}, in the trial"))  # fmt: skip
    crowds = [
        Crowd(heading=f"{arm[:1].upper()}{arm[1:]}: {n} of {total} in the trial", groups=((curves[arm][0], n), ("pale", total - n)))
        for arm, n in dots.items()
    ]  # fmt: skip
    names = {**{arm: hue for arm, (hue, _) in curves.items()}, "seen in the trial": "scan"}
    plot = Plot(heading=f"Without relapse; the dots after week {week:g}", height=180, x=x, y=SHARE, marks=tuple(marks))
    return Picture(title=title, panels=(Key(names=names), plot, *crowds))
