"""What the story's figures run, and the sentence that each says. What was run before is kept."""

from functools import lru_cache

import numpy as np
import pandas as pd

from opioidsim.cases.scenario import from_table
from opioidsim.cases.withdrawal import bands
from opioidsim.engine import inputs, simulate_episode
from opioidsim.engine.result import Result
from opioidsim.engine.simulate import simulate
from opioidsim.engine.starts import by_hour
from opioidsim.engine.use import before_use, on_day
from opioidsim.facts import library
from opioidsim.questions.blockade import blockade
from opioidsim.story import plots
from opioidsim.story.plots import Frame
from opioidsim.story.text import Chapter, Figure

PEOPLE, CROWD = 100, 136  # people shown; people marched, so that chunks fit
WEEKS, DAYS = 8, 4.0  # of the first figure; from when on its lowest point counts
KEPT = 256


def drawn(chapter: Chapter, values: dict[str, float]):
    """The figure of a chapter for these slider values, and its sentence."""
    made = {
        "what-is-naltrexone": two_forms,
        "how-it-blocks": felt,
        "why-wait": withdrawal,
        "methadone-and-buprenorphine": one_day,
        "relapse": relapsed,
        "naloxone": rescued,
        "sedatives": sedated,
    }
    return made[chapter.slug](chapter.figure, values)


@lru_cache(maxsize=KEPT)
def course(doses: tuple[str, ...], duration: str, every: str) -> Result:
    """A course of one typical person."""
    return simulate(from_table({"doses": list(doses), "duration": duration, "every": every}))


@lru_cache(maxsize=KEPT)
def episode(doses: tuple[str, ...], duration: str, tolerance: float = 0.0, help_: tuple = ()) -> Result:
    """An episode of one typical person; help_: what, and so often, when breathing falls under so much of its baseline."""
    table = {"clock": "episode", "doses": list(doses), "duration": duration, "person": {"tolerance": tolerance}}
    if help_:
        drug, times, level = help_
        table["rescue"] = {"drug": drug, "doses": times, "when": f"ventilation < {level:g} % of baseline"}
    return simulate(from_table(table))


@lru_cache(maxsize=KEPT)
def ends(doses: tuple[str, ...], duration: str) -> dict[str, np.ndarray]:
    """How an episode ends for a crowd without tolerance."""
    crowd = {"n": CROWD, "seed": 1}
    scenario = from_table({"clock": "episode", "doses": list(doses), "duration": duration, "population": crowd})
    found = simulate_episode.ends_of_chunk(inputs.read(scenario), range(CROWD))
    return {name: value[:PEOPLE] for name, value in found.items()}


# ---- 1 ------------------------------------------------------------------------------------------------------------


def two_forms(figure: Figure, values):
    """Tablets with some missed, injections with the second one late."""
    gap, due = figure.numbers["gap"], figure.numbers["due"]
    again, days = gap + values["missed"], 7 * WEEKS
    tablets = (figure.dose("tablet", 0, gap), figure.dose("tablet", again, days - again))
    injections = (figure.dose("injection", 0), figure.dose("injection", due + values["late"]))
    tablet, injection = (_held(course(doses, f"{days} d", "6 h")) for doses in (tablets, injections))
    least = [frame.loc[frame["day"] > DAYS, "held"].min() for frame in (tablet, injection)]
    missed, late = values["missed"], values["late"]
    said = (
        f"{_count(missed, 'tablet')} missed: naltrexone holds {least[0]:.0%} of the receptors at the lowest point. "
        f"Second injection {'on time' if not late else f'{late:g} days late'}: {least[1]:.0%} at the lowest point."
    )
    return plots.two_forms(tablet, injection, figure.title), said


def _held(result: Result) -> Frame:
    names = ("occupancy.naltrexone", "concentration.naltrexone")
    held, level = (np.clip(result.values[name][0], 1e-6, None) for name in names)
    near = np.isclose(result.times % 6.0, 0) | np.isclose(
        result.times % 24.0, 0.5
    )  # before each dose, and near its peak
    return pd.DataFrame({"day": result.times / 24.0, "held": held, "level": level})[near].round(5)


def _count(n: float, what: str) -> str:
    return f"{'No' if not n else f'{n:g}'} {what}{'' if n == 1 else 's'}"


# ---- 2 ------------------------------------------------------------------------------------------------------------


def felt(figure: Figure, values):
    """What a dose of heroin still does on each day after an injection."""
    days = figure.sliders[0].values
    found = _blocked(figure.doses["injection"], figure.dose("heroin", values["heroin"]), max(days))
    readings = [found, *found.other_readings.values()]
    frame: Frame = pd.DataFrame({"day": found.days, "liking": found.liking[0]})
    frame = frame.assign(
        low=np.min([r.liking[0] for r in readings], 0), high=np.max([r.liking[0] for r in readings], 0)
    )
    i = int(np.argmin(np.abs(found.days - values["day"])))
    said = (
        f"On day {values['day']:g}, {values['heroin']:g} mg of heroin is liked {frame['liking'][i]:.0f} out of 100, "
        f"instead of {found.unblocked[0]:.0f} without naltrexone: {found.blockade[0, i]:.0%} is blocked. "
        f"To feel all of it would take about {found.multiple[0, i]:.2g} times the dose, which can kill."
    )
    return plots.felt(frame, float(found.unblocked[0]), values["day"], figure.title), said


@lru_cache(maxsize=KEPT)
def _blocked(injection: str, heroin: str, days: float):
    return blockade(injection, heroin, days=days, every=1.0)


# ---- 3 ------------------------------------------------------------------------------------------------------------


def withdrawal(figure: Figure, values):
    """Withdrawal hour by hour after the first tablet, taken so many days after the last opioid."""
    day, opioid = figure.sliders
    drug = opioid.spoken(values["opioid"])
    hours, with_it, without = by_hour(figure.doses[drug], values["day"], figure.doses["tablet"], day.values)
    frame: Frame = pd.DataFrame({"hour": hours})
    for name, scores in (("tablet", with_it), ("without", without)):
        low, middle, high = np.quantile(scores, (0.05, 0.5, 0.95), axis=1)
        frame = frame.assign(**{f"{name}_low": low, name: middle, f"{name}_high": high})
    soon = frame[frame["hour"] <= 6.0]
    peak, alone = soon["tablet"].max(), soon["without"].max()
    said = f"First tablet {day.spoken(values['day'])} after the last {drug}: within six hours the score reaches {peak:.0f}, {_band(peak)} withdrawal."
    said += (
        f" Without the tablet it would be {alone:.0f}." if peak - alone >= 1 else " The tablet adds nothing to that."
    )
    frame = frame[np.isclose(frame["hour"] % 0.5, 0) | (frame["hour"] < 3)].round(3)
    most = library.body("adaptation")["score_max"].value
    return plots.withdrawal(frame, {"none": 0.0, **bands()}, most, figure.title), said


def _band(score: float) -> str:
    return next((name for name, low in reversed(bands().items()) if score >= low), "no clear")


# ---- 4 ------------------------------------------------------------------------------------------------------------


def one_day(figure: Figure, values):
    """How strongly receptors are switched on, and how many are kept from others, in the day from hour 480, with or without an
    extra dose at noon."""
    strength = int(values["strength"])
    given = {
        "Heroin, twice a day": (figure.dose("heroin"), plots.HEROIN),
        "Methadone": (figure.dose("methadone", figure.steps["methadone"][strength]), plots.METHADONE),
        "Buprenorphine": (figure.dose("buprenorphine", figure.steps["buprenorphine"][strength]), plots.BUPRENORPHINE),
        "Naltrexone, monthly injection": (figure.doses["naltrexone"], plots.NALTREXONE),
    }  # fmt: skip
    extra = (figure.dose("extra", values["extra"]),) if values["extra"] else ()
    rows, after, liked = [], {}, 0.0
    for name, (dose, hue) in given.items():
        amount = f", {dose.split()[1]} mg a day" if name in ("Methadone", "Buprenorphine") else ""
        result = course((dose, *extra), "504 h", "30 min")
        frame, liked = _day(result), float(result.values["liking"].max()) if "liking" in result.values else 0.0
        rows.append((f"{name}{amount}", hue, frame))
        noon = frame[frame["hour"] <= 12.0]["active"].iloc[-1]
        after[name.partition(",")[0]] = (noon, frame[frame["hour"] > 12.0]["active"].max())
    if extra:
        parts = [f"from {a:.0%} to {b:.0%} on {name.lower()}" for name, (a, b) in list(after.items())[1:]]
        said = f"Extra heroin, {values['extra']:g} mg at noon, takes how strongly receptors are switched on {', '.join(parts)}. On naltrexone it is liked {liked:.0f} out of 100."
    else:
        parts = [f"{name.lower()} {a:.0%}" for name, (a, _) in after.items()]
        said = f"How strongly receptors are switched on at noon: {', '.join(parts)}."
    return plots.one_day(rows, figure.title), said


def _day(result: Result) -> Frame:
    names = [name for name in result.values if name.startswith("occupancy.")]
    held = np.sum([result.values[name][0] for name in names], 0) if names else np.zeros(len(result.times))
    active = result.values["activation"][0] if "activation" in result.values else np.zeros_like(held)
    last = result.times >= result.times[-1] - 24.0
    frame: Frame = pd.DataFrame({"hour": result.times - result.times[-1] + 24.0, "held": held, "active": active})
    return frame[last].round(4)


# ---- 5 ------------------------------------------------------------------------------------------------------------


def relapsed(figure: Figure, values):
    """The old dose on another day, with or without an injection of naltrexone in between."""
    day, _ = figure.sliders
    after = (figure.dose("before"), *((figure.doses["injection"],) if values["medicine"] else ()))
    asked = (figure.dose("use"), after, figure.numbers["last"], day.values)
    rows = before_use(*asked)
    first, now = (_arrests(*asked, when) for when in (day.values[0], values["day"]))
    when = f"{day.values[0]:g} day", f"{values['day']:g} days"
    held = next(row["blocked"] for row in rows if row["day"] == values["day"])
    said = f"After {when[1]}, the heart stops in {now} of {PEOPLE} people who take the old dose alone; after {when[0]} it was {first}."
    dead = {
        f"After {when[0]}: the heart stops in {first} of {PEOPLE}": first,
        f"After {when[1]}: in {now} of {PEOPLE}": now,
    }
    if values["day"] == day.values[0]:
        said = f"After {when[0]}, the heart stops in {now} of {PEOPLE} people who take the old dose alone."
        dead = {f"After {when[0]}: the heart stops in {now} of {PEOPLE}": now}
    if held > 0.01:
        said += f" Naltrexone still blocks {held:.0%} of the receptors."
    return plots.fading(rows, values["day"], dead, PEOPLE, figure.title), said


@lru_cache(maxsize=KEPT)
def _arrests(use, after, since, days, day) -> int:
    return int(on_day(use, after, since, days, day)["cardiac_arrest"][:PEOPLE].sum())


# ---- 6 ------------------------------------------------------------------------------------------------------------


def rescued(figure: Figure, values):
    """An overdose with no help, with sprays of naloxone, and with a tablet of naltrexone at the same moment."""
    doses, level = (figure.dose("opioid", values["fentanyl"]),), figure.numbers["level"]
    sprays = int(values["sprays"])
    ways = {"no help": (), "naloxone": (figure.doses["spray"], sprays, level), "naltrexone tablet": (figure.doses["tablet"], 1, level)}  # fmt: skip
    if not sprays:
        del ways["naloxone"]
    runs = {name: episode(doses, "20 min", 1.0, way) for name, way in ways.items()}
    minutes = {name: _stops(run) for name, run in runs.items()}
    said = f"{values['fentanyl']:g} mg of fentanyl: without help {_fate(minutes['no help'])}"
    if sprays:
        said += (
            f"; with {_count(sprays, 'spray')} of naloxone {_fate(minutes['naloxone'], _recovers(runs['naloxone']))}"
        )
    said += f"; with a naltrexone tablet {_fate(minutes['naltrexone tablet'])}."
    return plots.rescued({n: _breath(r) for n, r in runs.items()}, 20.0, figure.title), said


def _stops(run: Result) -> float:
    assert run.ends is not None
    return float(run.ends["collapse_s"][0]) / 60.0


def _recovers(run: Result) -> float:
    assert run.ends is not None
    return float(run.ends["recovered_s"][0] + run.ends["trigger_s"][0]) / 60.0


def _fate(stops: float, recovers: float = float("nan")) -> str:
    if not np.isnan(stops):
        return f"the circulation fails after {stops:.1f} minutes"
    if not np.isnan(recovers):
        return f"breathing is back after {recovers:.1f} minutes"
    return "the heart keeps beating"


def _breath(run: Result) -> Frame:
    columns = {name: run.meaningful(name)[0] for name in ("ventilation", "saturation")}
    return pd.DataFrame({"minute": run.times * 60.0, **columns}).dropna().round(3)


# ---- 7 ------------------------------------------------------------------------------------------------------------


def sedated(figure: Figure, values):
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
    return plots.together(curves, shown, PEOPLE, figure.title), said
