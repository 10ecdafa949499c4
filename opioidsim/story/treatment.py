"""The figures of treatment: drinking under naltrexone, a painkiller under naltrexone, and how people fared in a large trial."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opioidsim.cases.drug import load
from opioidsim.questions.trial import trial
from opioidsim.story import plots
from opioidsim.story.lessons import Drawn
from opioidsim.story.runs import KEPT, PEOPLE, course, share
from opioidsim.story.text import Figure

if TYPE_CHECKING:
    from opioidsim.studies.study import Observation

WEEKS = 4  # before the day that is shown, in which heavy drinking is counted
FREE = "free in week {:g}{}"


@lru_cache(maxsize=KEPT)
def _trial(plan: str, replicates: int):
    return trial(plan, replicates=replicates)


# ---- 8 ------------------------------------------------------------------------------------------------------------


def drunk(figure: Figure, values) -> Drawn:
    """Heavy drinking by week with a medicine and with placebo, and how many of a hundred had none in the four weeks before."""
    medicine = figure.sliders[0].spoken(values["medicine"])
    injection, week = bool(values["medicine"]), int(values["week"])
    plan, arm = ("garbutt-2005", "380 mg a month") if injection else ("alcohol-tablets", "50 mg a day")
    found = _trial(plan, int(figure.numbers["replicates"]))
    people = {"placebo": found.people["placebo"], medicine: found.people[arm]}
    weeks = range(found.plan.length // 7)
    heavy = {name: [float(p[f"heavy_{w}"].mean()) for w in weeks] for name, p in people.items()}
    none = {name: _whole(np.mean(sum(p[f"heavy_{w}"] for w in range(week - WEEKS, week)) < 1e-6)) for name, p in people.items()}  # fmt: skip
    mean = {name: 7.0 * WEEKS * float(np.mean(h[week - WEEKS : week])) for name, h in heavy.items()}
    fewer = 1.0 - mean[medicine] / mean["placebo"]
    said = (
        f"In the four weeks up to week {week}: {mean[medicine]:.1f} heavy drinking days with the {medicine}, {mean['placebo']:.1f} with placebo, "
        f"{fewer:.0%} fewer. {none[medicine]} of {PEOPLE} people had none, against {none['placebo']} with placebo."
    )
    if injection:
        from opioidsim.studies import study as studies

        seen = studies.load("garbutt-2005-build").arms[0].observations[0]
        said += f" In the trial it was {1 - seen.observed:.0%} fewer over six months ({1 - seen.high:.0%} to {1 - seen.low:.0%})."
    shown = {"medicine": mean[medicine], "placebo": mean["placebo"], "none": none[medicine], "none_placebo": none["placebo"], "fewer": fewer}  # fmt: skip
    return Drawn(plots.drunk(heavy, week, none, PEOPLE, figure.title), said, {k: float(v) for k, v in shown.items()})


def _whole(share) -> int:
    return round(PEOPLE * float(share))


# ---- 9 ------------------------------------------------------------------------------------------------------------


def painkiller(figure: Figure, values) -> Drawn:
    """How many receptors naltrexone leaves free for a painkiller, by days since the last of it."""
    day = figure.sliders[0]
    given, what = ("injection", "the injection") if values["form"] else ("tablets", "the last tablet")
    start, end = figure.numbers[given], max(day.values)
    runs = [
        course((figure.doses[given],), f"{start + end:g} d", "6 h", reading)
        for reading in ("", *load("naltrexone").readings)
    ]
    free = [1.0 - sum(v[0] for name, v in run.values.items() if name.startswith("occupancy.")) for run in runs]
    since = runs[0].times / 24.0 - start
    frame: plots.Frame = pd.DataFrame({"day": since, "free": free[0], "low": np.min(free, 0), "high": np.max(free, 0)})
    frame = frame[(frame["day"] >= 1.0) & np.isclose(frame["day"] % 1.0, 0)].clip(lower=0.0)
    row = frame[np.isclose(frame["day"], values["day"])].iloc[0]
    said = (
        f"{day.spoken(values['day'])} after {what}, naltrexone leaves {row['free']:.0%} of the receptors free for a painkiller "
        f"({share(row['low'], row['high'])} in other readings)."
    )
    picture = plots.painkiller(frame, values["day"], figure.title)
    return Drawn(picture, said, {name: float(row[name]) for name in ("free", "low", "high")})


# ---- 10 -----------------------------------------------------------------------------------------------------------


def fared(figure: Figure, values) -> Drawn:
    """Who is free of relapse by week under two treatments: simulated people as curves, those of the trial as points and dots."""
    found = _trial("xbot", int(figure.numbers["replicates"]))
    began, week = bool(values["who"]), values["week"]
    arms = {"monthly naltrexone": "naltrexone", "buprenorphine daily": "buprenorphine"}
    weeks = np.arange(0, found.plan.length // 7 + 1)
    curves, points, shown = {}, {}, {}
    for arm, hue in arms.items():
        p = {name: np.asarray(found.people[arm][name]) for name in ("began", "relapse", "relapsed")}
        who = p["began"] >= 0 if began else np.ones(len(p["began"]), bool)
        free = [float(np.mean(~(p["relapsed"] & (p["relapse"] < 7 * w))[who])) for w in weeks]
        curves[arm], points[arm] = (hue, free), _seen(arm, began, figure.sliders[0].values)
        shown |= {f"{hue}_simulated": free[int(week)], hue: points[arm][week].observed}
    dots = {arm: _whole(points[arm][week].observed) for arm in arms}
    among = "people who began" if began else "people"
    said = (
        f"In the trial, {dots['monthly naltrexone']} of {PEOPLE} {among} on monthly naltrexone and {dots['buprenorphine daily']} of {PEOPLE} on "
        f"buprenorphine were without relapse after {week:g} weeks. The simulator says {_whole(shown['naltrexone_simulated'])} and {_whole(shown['buprenorphine_simulated'])}."
    )
    return Drawn(plots.fared(weeks, curves, points, week, dots, PEOPLE, figure.title), said, shown)


def _seen(arm: str, began: bool, weeks) -> "dict[float, Observation]":
    """The published shares free of relapse, by week."""
    from opioidsim.studies import study as studies

    rows = [
        o for name in ("xbot", "xbot-build") for a in studies.load(name).arms if a.name == arm for o in a.observations
    ]
    found = {w: [o for o in rows if o.measure == FREE.format(w, " of those who began" if began else "")] for w in weeks}
    return {w: o[0] for w, o in found.items()}
