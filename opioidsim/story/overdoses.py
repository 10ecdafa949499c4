"""The figures of relapse, rescue and sedatives: minutes of an overdose, and how a hundred people fare."""

from functools import lru_cache

import numpy as np
import pandas as pd

from opioidsim.engine.result import Result
from opioidsim.engine.use import before_use, on_day
from opioidsim.story import plots
from opioidsim.story.lessons import Drawn
from opioidsim.story.plots import Frame
from opioidsim.story.runs import KEPT, PEOPLE, count, ends, episode, share
from opioidsim.story.text import Figure

# ---- 5 ------------------------------------------------------------------------------------------------------------


def relapsed(figure: Figure, values) -> Drawn:
    """The old dose on another day, with or without an injection of naltrexone in between."""
    day, _ = figure.sliders
    after = (figure.dose("before"), *((figure.doses["injection"],) if values["medicine"] else ()))
    asked = (figure.dose("use"), after, figure.numbers["last"], day.values)
    rows = before_use(*asked)
    ended = [_ends(*asked, when) for when in (day.values[0], values["day"])]
    first, now = (int(each["cardiac_arrest"].sum()) for each in ended)
    when = f"{day.values[0]:g} day", f"{values['day']:g} days"
    row = next(row for row in rows if row["day"] == values["day"])
    left = row["tolerance"] / rows[0]["tolerance"]
    shown = {"first": float(first), "dead": float(now), "tolerance": left}
    shown["first_oxygen"] = float(ended[0]["lowest_saturation"].min())
    shown |= {name: row[name] for name in ("blocked", "blocked_low", "blocked_high")}
    said = f"After {when[1]}, the heart stops in {now} of {PEOPLE} people who take the old dose alone; after {when[0]} it was {first}."
    dead = {
        f"After {when[0]}: the heart stops in {first} of {PEOPLE}": first,
        f"After {when[1]}: in {now} of {PEOPLE}": now,
    }
    if values["day"] == day.values[0]:
        said = f"After {when[0]}, the heart stops in {now} of {PEOPLE} people who take the old dose alone."
        dead = {f"After {when[0]}: the heart stops in {now} of {PEOPLE}": now}
    if row["blocked"] > 0.01:
        among = f"{share(row['blocked_low'], row['blocked_high'])} in nine of ten people"
        said += f" Naltrexone still blocks {row['blocked']:.0%} of the receptors ({among})."
    return Drawn(plots.fading(rows, values["day"], dead, PEOPLE, figure.title), said, shown)


@lru_cache(maxsize=KEPT)
def _ends(use, after, since, days, day) -> dict[str, np.ndarray]:
    return {name: np.asarray(value)[:PEOPLE] for name, value in on_day(use, after, since, days, day).items()}


# ---- 6 ------------------------------------------------------------------------------------------------------------


def rescued(figure: Figure, values) -> Drawn:
    """An overdose with no help, with sprays of naloxone, and with a tablet of naltrexone at the same moment: one person's
    breathing, and how many of a hundred die."""
    level, sprays, which = figure.numbers["level"], int(values["sprays"]), int(values["overdose"])
    name = figure.sliders[0].spoken(values["overdose"])
    slow = which == len(figure.sliders[0].values) - 1
    drug, amount = ("swallowed", "") if slow else ("injected", figure.steps["injected"][which])
    doses = (figure.dose(drug, *([amount] if amount else ())),)
    who = (f"{figure.numbers['hours']:g} h", 0.0) if slow else (f"{figure.numbers['minutes']:g} min", 1.0)
    sprayed = {n: (figure.doses["spray"], n, level) for n in {min(sprays, 1), sprays} - {0}}
    tablet = {} if slow else {"naltrexone tablet": (figure.doses["tablet"], 1, level)}
    ways = {"no help": (), **({"naloxone": sprayed[sprays]} if sprays else {}), **tablet}
    runs = {way: episode(doses, *who, help_) for way, help_ in ways.items()}
    dead = {n: int(ends(doses, *who, help_)["cardiac_arrest"].sum()) for n, help_ in {0: (), **sprayed}.items()}
    shown = {"dead_alone": float(dead[0]), "dead": float(dead[sprays]), "dead_one": float(dead[min(sprays, 1)])}
    shown |= {"minute": _stops(runs["no help"])}
    said = f"{name[0].upper()}{name[1:]}: without help {_fate(_stops(runs['no help']))}"
    if sprays:
        run = runs["naloxone"]
        said += f"; with {count(sprays, 'spray')} of naloxone {_fate(_stops(run), _recovers(run))}"
        breath = run.meaningful("ventilation")[0] / run.values["ventilation"][0][0]
        given = run.times * 60.0 >= _recovers(run)
        shown |= {"best": float(np.max(breath[given], initial=0.0)), "last": float(breath[-1])}
        if slow:
            said += f", then sinks again to {shown['last']:.0%} of normal"
    if tablet:
        said += f"; with a naltrexone tablet {_fate(_stops(runs['naltrexone tablet']))}"
        shown["tablet_minute"] = _stops(runs["naltrexone tablet"])
    counts = [f"in {dead[n]} with {count(n, 'spray')}" for n in sorted(sprayed)]
    said += f". The heart stops {', '.join([f'in {dead[0]} of {PEOPLE} such people without help', *counts])}."
    people = {f"No help: the heart stops in {dead[0]} of {PEOPLE}": dead[0]}
    people |= {f"{count(n, 'spray')}, if needed: in {dead[n]} of {PEOPLE}": dead[n] for n in sorted(sprayed)}
    unit, last = ("hours", figure.numbers["hours"]) if slow else ("minutes", figure.numbers["minutes"])
    curves = {way: _breath(run, unit) for way, run in runs.items()}
    return Drawn(plots.rescued(curves, last, unit, people, PEOPLE, figure.title), said, shown)


def _stops(run: Result) -> float:
    assert run.ends is not None
    return float(run.ends["collapse_s"][0]) / 60.0


def _recovers(run: Result) -> float:
    assert run.ends is not None
    return float(run.ends["recovered_s"][0]) / 60.0


def _fate(stops: float, recovers: float = float("nan")) -> str:
    if not np.isnan(stops):
        return f"the circulation fails after {_long(stops)}"
    if not np.isnan(recovers):
        return f"breathing is back after {_long(recovers)}"
    return "the heart keeps beating"


def _long(minutes: float) -> str:
    return f"{minutes:.1f} minutes" if minutes < 60.0 else f"{minutes / 60.0:.1f} hours"


def _breath(run: Result, unit: str = "minutes") -> Frame:
    columns = {name: run.meaningful(name)[0] for name in ("ventilation", "saturation")}
    times = run.times * (60.0 if unit == "minutes" else 1.0)
    return pd.DataFrame({"time": times, **columns}).dropna().round(3)


# ---- 7 ------------------------------------------------------------------------------------------------------------


def sedated(figure: Figure, values) -> Drawn:
    """Breathing with the opioid, the sedative and both; and who of a crowd runs low on oxygen."""
    opioid, sedative = (
        (figure.dose("opioid", values["fentanyl"]),),
        (figure.dose("sedative", values["midazolam"]),) if values["midazolam"] else (),
    )
    ways = {"sedative alone": sedative, "opioid alone": opioid, "both": (*opioid, *sedative)}
    if not sedative:
        ways = {"opioid alone": opioid}
    curves = {name: _breath(episode(doses, "20 min")) for name, doses in ways.items()}
    limit = figure.numbers["low"]
    low = {name: int((ends(doses, "20 min")["lowest_saturation"] < limit).sum()) for name, doses in ways.items()}
    said = f"{values['fentanyl']:g} mg of fentanyl alone: {low['opioid alone']} of {PEOPLE} people run low on oxygen."
    if sedative:
        said += (
            f" {values['midazolam']:g} mg of midazolam alone: {low['sedative alone']}. Both together: {low['both']}."
        )
    shown = {f"{name[:1].upper()}{name[1:]}: {n} of {PEOPLE}": n for name, n in low.items()}
    numbers = {name.split()[0]: float(n) for name, n in low.items()}
    return Drawn(plots.together(curves, shown, PEOPLE, figure.title), said, numbers)
