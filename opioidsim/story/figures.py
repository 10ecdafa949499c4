"""What the story's figures run, and the sentence that each says: drugs and days here, minutes of an overdose in `overdoses`."""

from functools import lru_cache

import numpy as np
import pandas as pd

from opioidsim.cases.drug import load
from opioidsim.cases.withdrawal import bands
from opioidsim.engine.starts import by_hour
from opioidsim.facts import library
from opioidsim.questions.blockade import blockade
from opioidsim.story import overdoses, plots, treatment
from opioidsim.story.lessons import Drawn
from opioidsim.story.plots import Frame
from opioidsim.story.runs import KEPT, count, course, share
from opioidsim.story.text import Chapter, Figure

WEEKS, DAYS = 8, 4.0  # of the first figure; from when on its lowest point counts
SOON = 6.0  # hours after a tablet


def worked_out(chapter: Chapter, values: dict[str, float]) -> Drawn:
    """The figure of a chapter for these slider values, run by the simulator."""
    made = {
        "what-is-naltrexone": two_forms,
        "how-it-blocks": felt,
        "why-wait": withdrawal,
        "methadone-and-buprenorphine": one_day,
        "relapse": overdoses.relapsed,
        "naloxone": overdoses.rescued,
        "sedatives": overdoses.sedated,
        "alcohol": treatment.drunk,
        "taking-it": treatment.painkiller,
        "treatment": treatment.fared,
    }
    return made[chapter.slug](chapter.figure, values)


# ---- 1 ------------------------------------------------------------------------------------------------------------


def two_forms(figure: Figure, values) -> Drawn:
    """Tablets with some missed, injections with the second one late."""
    gap, due = figure.numbers["gap"], figure.numbers["due"]
    again, days = gap + values["missed"], 7 * WEEKS
    tablets = (figure.dose("tablet", 0, gap), figure.dose("tablet", again, days - again))
    injections = (figure.dose("injection", 0), figure.dose("injection", due + values["late"]))
    tablet, injection = (_held(doses, f"{days} d") for doses in (tablets, injections))
    shown = {}
    for name, frame in (("tablet", tablet), ("injection", injection)):
        least = frame.loc[frame["day"] > DAYS, ["held", "low", "high"]].min()
        shown |= {name: least["held"], f"{name}_low": least["low"], f"{name}_high": least["high"]}
    missed, late = values["missed"], values["late"]
    said = (
        f"{count(missed, 'tablet')} missed: at the lowest point naltrexone holds {shown['tablet']:.0%} of the receptors"
        f" ({share(shown['tablet_low'], shown['tablet_high'])} in other readings). "
        f"Second injection {'on time' if not late else f'{late:g} days late'}: {shown['injection']:.0%}"
        f" ({share(shown['injection_low'], shown['injection_high'])})."
    )
    return Drawn(plots.two_forms(tablet, injection, _scans(gap, missed), figure.title), said, shown)


def _held(doses: tuple[str, ...], duration: str) -> Frame:
    """By day the level of naltrexone, the share of receptors held by it, and the range of that share over all readings."""
    results = [course(doses, duration, "6 h", reading) for reading in ("", *load("naltrexone").readings)]
    shares = [sum(v[0] for name, v in r.values.items() if name.startswith("occupancy.")) for r in results]
    held, low, high = shares[0], np.min(shares, 0), np.max(shares, 0)
    times, level = results[0].times, results[0].values["concentration.naltrexone"][0]
    near = np.isclose(times % 6.0, 0) | np.isclose(times % 24.0, 0.5)  # before each dose, and near its peak
    columns = {"held": held, "low": low, "high": high, "level": level}
    frame: Frame = pd.DataFrame({name: np.clip(column, 1e-6, None) for name, column in columns.items()})
    return frame.assign(day=times / 24.0)[near].round(5)


def _scans(gap: float, missed: float) -> list[dict]:
    """What scans saw after one tablet, from the day of the last one on until tablets are taken again."""
    from opioidsim.studies import study as studies

    seen = [(float(row.name.split()[0]) / 24.0, row) for row in studies.load("lee-1988").arms[0].observations]
    return [
        {"name": "scans after one tablet", "at": gap - 1.0 + days, "value": row.observed, "low": row.low, "high": row.high}
        for days, row in seen if days <= missed + 1.0
    ]  # fmt: skip


# ---- 2 ------------------------------------------------------------------------------------------------------------


def felt(figure: Figure, values) -> Drawn:
    """What a dose of heroin still does on each day after an injection."""
    days = figure.sliders[0].values
    found = _blocked(figure.doses["injection"], figure.dose("heroin", values["heroin"]), max(days))
    readings = [found, *found.other_readings.values()]
    liking, blockade = ([getattr(reading, name)[0] for reading in readings] for name in ("liking", "blockade"))
    frame: Frame = pd.DataFrame({"day": found.days, "liking": liking[0]})
    frame = frame.assign(low=np.min(liking, 0), high=np.max(liking, 0))
    i = int(np.argmin(np.abs(found.days - values["day"])))
    liked, blocked, without = frame["liking"][i], [b[i] for b in blockade], float(found.unblocked[0])
    shown = {"without": without, "liked": liked, "liked_low": frame["low"][i], "liked_high": frame["high"][i]}
    shown |= {"blocked": blocked[0], "blocked_low": min(blocked), "blocked_high": max(blocked)}
    said = (
        f"On day {values['day']:g}, {values['heroin']:g} mg of heroin is liked {liked:.0f} out of 100, "
        f"instead of {without:.0f} without naltrexone: {blocked[0]:.0%} is blocked "
        f"({share(min(blocked), max(blocked))} in other readings). "
        "More heroin would push through at some dose, and that dose can kill."
    )
    return Drawn(plots.felt(frame, without, values["day"], figure.title), said, shown)


@lru_cache(maxsize=KEPT)
def _blocked(injection: str, heroin: str, days: float):
    return blockade(injection, heroin, days=days, every=1.0)


# ---- 3 ------------------------------------------------------------------------------------------------------------


def withdrawal(figure: Figure, values) -> Drawn:
    """Withdrawal hour by hour after the first tablet, taken so many days after the last opioid."""
    day, opioid = figure.sliders
    drug = opioid.spoken(values["opioid"])
    hours, with_it, without = by_hour(figure.doses[drug], values["day"], figure.doses["tablet"], day.values)
    frame: Frame = pd.DataFrame({"hour": hours})
    shown = {}
    for name, scores in (("tablet", with_it), ("alone", without)):
        low, middle, high = np.quantile(scores, (0.05, 0.5, 0.95), axis=1)
        frame = frame.assign(**{f"{name}_low": low, name: middle, f"{name}_high": high})
        shown |= {name: middle.max(), f"{name}_low": low.max(), f"{name}_high": high.max()}
        worst = np.trapezoid(np.where(middle >= bands()["moderately severe"], 1.0, 0.0), hours)  # hours
        shown |= {f"{name}_soon": middle[hours <= SOON].max(), f"{name}_worst": worst, f"{name}_left": middle[-1]}
    peak, alone = shown["tablet"], shown["alone"]
    said = (
        f"First tablet {day.spoken(values['day'])} after the last {drug}: the score reaches {peak:.0f} "
        f"({shown['tablet_low']:.0f} to {shown['tablet_high']:.0f}), {_band(peak)} withdrawal."
    )
    said += (
        " The tablet adds nothing to that."
        if round(peak) == round(alone)
        else f" Without the tablet it would be {f'at most {alone:.0f}' if round(alone) else 'none'} in these three days."
    )
    frame = frame[np.isclose(frame["hour"] % 0.5, 0) | (frame["hour"] < 3)].round(3)
    most = library.body("adaptation")["score_max"].value
    return Drawn(plots.withdrawal(frame, bands(), most, figure.title), said, shown)


def _band(score: float) -> str:
    """The band of a score, as it is told: in whole points."""
    return next((name for name, low in reversed(bands().items()) if round(score) >= low), "no clear")


# ---- 4 ------------------------------------------------------------------------------------------------------------


def one_day(figure: Figure, values) -> Drawn:
    """How strongly receptors are switched on, and how many are kept from others, in the day from hour 480, with or without an
    extra dose at noon. Strength is told by what the day of heroin alone reaches; more than that is drawn as all of it."""
    strength = int(values["strength"])
    given = {
        "Heroin, twice a day": (figure.dose("heroin"), "heroin"),
        "Methadone": (figure.dose("methadone", figure.steps["methadone"][strength]), "methadone"),
        "Buprenorphine": (figure.dose("buprenorphine", figure.steps["buprenorphine"][strength]), "buprenorphine"),
        "Naltrexone, monthly injection": (figure.doses["naltrexone"], "naltrexone"),
    }  # fmt: skip
    extra = (figure.dose("extra", values["extra"]),) if values["extra"] else ()
    most = _day((figure.dose("heroin"),))["active"].max()
    rows, shown = [], {}
    for name, (dose, hue) in given.items():
        amount = f", {dose.split()[1]} mg a day" if name in ("Methadone", "Buprenorphine") else ""
        frame = _day((dose, *extra))
        frame["active"] /= most
        early, late = (frame.loc[part, "active"] for part in (frame["hour"] <= 12.0, frame["hour"] > 12.0))
        who = name.partition(",")[0].lower()
        shown |= {f"{who}_noon": early.iloc[-1], f"{who}_then": late.max()}
        shown |= {f"{who}_steady": frame["active"].min() / max(frame["active"].max(), 1e-9)}
        rows.append((f"{name}{amount}", hue, frame.assign(active=frame["active"].clip(upper=1.0)).round(4)))
    others = [name.partition(",")[0].lower() for name in given][1:]
    if extra:
        parts = [f"from {_strength(shown[f'{w}_noon'])} to {_strength(shown[f'{w}_then'])} on {w}" for w in others]
        said = f"Extra heroin, {values['extra']:g} mg at noon, takes how strongly receptors are switched on {', '.join(parts)}."
    else:
        parts = [f"{who} {_strength(shown[f'{who}_noon'])}" for who in ("heroin", *others)]
        said = f"How strongly receptors are switched on at noon: {', '.join(parts)}."
    return Drawn(plots.one_day(rows, figure.title), said, shown)


def _strength(share: float) -> str:
    return f"{share:.0%}" if share <= 1.0 else "more than 100%"


def _day(doses: tuple[str, ...]) -> Frame:
    """The last day of three weeks: receptors held, and the stimulus that they give."""
    result = course(doses, "504 h", "15 min")
    names = [name for name in result.values if name.startswith("occupancy.")]
    held = np.sum([result.values[name][0] for name in names], 0) if names else np.zeros(len(result.times))
    portion = result.values["activation"][0] if "activation" in result.values else np.zeros_like(held)
    last = result.times >= result.times[-1] - 24.0
    columns = {"hour": result.times - result.times[-1] + 24.0, "held": held, "active": portion / (1.0 - portion)}
    return pd.DataFrame(columns)[last]
