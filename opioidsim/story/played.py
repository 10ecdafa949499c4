"""What the field of receptors is driven by: each scene run second by second for breath and receptors, and once more for liking."""

from typing import Any

import numpy as np

from opioidsim.cases.scenario import from_table
from opioidsim.engine.result import Result
from opioidsim.engine.simulate import simulate
from opioidsim.story.field import Scene
from opioidsim.story.picture import Axis, Key, Mark, Picture, Plot, curve

HUES = {
    "naltrexone": "naltrexone", "naloxone": "naloxone", "buprenorphine": "buprenorphine",
    "6-mam": "heroin", "morphine": "heroin", "norbuprenorphine": "buprenorphine", "fentanyl": "heroin",
}  # fmt: skip  # whose hue each ligand and level has
NAMES = {"heroin": "heroin", "naltrexone": "naltrexone", "naloxone": "naloxone", "buprenorphine": "buprenorphine"}
STEP, POINTS = "15 s", 81


def played(scene: Scene) -> tuple[Picture, dict[str, Any]]:
    """A scene's strips, one under the other on one axis of time, and what the field is driven by: times in minutes, for each
    hue the share of receptors that it sits on."""
    breath, felt = _episode(scene), _course(scene)
    times = np.linspace(0.0, scene.minutes, POINTS)
    at = breath.times * 60.0
    held: dict[str, np.ndarray] = {}
    for name, value in breath.values.items():
        kind, _, drug = name.partition(".")
        if kind == "occupancy":
            held[HUES[drug]] = held.get(HUES[drug], 0.0) + np.interp(times, at, value[0])
    since = (felt.times - 24.0 * scene.days) * 60.0
    liking = np.interp(times, since, felt.values["liking"][0])
    air = np.interp(times, at, breath.meaningful("ventilation")[0])
    x = Axis(low=0, high=scene.minutes, ticks=tuple(np.linspace(0, scene.minutes, 5)), unit="", title="minutes")
    share, scale = Axis(low=0, high=1, ticks=(0, 0.5, 1), unit="%"), Axis(low=0, high=100, ticks=(0, 50, 100))
    lungs = Axis(low=0, high=10, ticks=(0, 5, 10), unit="L/min")
    panels = (
        _blood(breath, at, times, x),
        _plot("Receptors taken", x, share, [curve("line", hue, x, share, times, h, text=NAMES[hue]) for hue, h in held.items()]),
        _plot("Felt: liking, 0 to 100", x, scale, [curve("line", "drink", x, scale, times, liking, text="liking")]),
        _plot("Breath, litres a minute", x, lungs, [curve("line", "grey", x, lungs, times, air, text="breathing")], last=True),
    )  # fmt: skip
    driven = {"times": _short(times), "held": {hue: _short(h) for hue, h in held.items()}}
    return Picture(title=scene.title, panels=(Key(names={NAMES[h]: h for h in held}), *panels)), driven


def _plot(heading: str, x: Axis, y: Axis, marks: list[Mark], last: bool = False) -> Plot:
    return Plot(
        heading=heading, height=46, x=x if last else x.model_copy(update={"title": ""}), y=y, marks=tuple(marks)
    )


def _blood(run: Result, at, times, x: Axis) -> Plot:
    """Levels of what acts, each drug in its share of its own highest, so that all fit on one axis."""
    share = Axis(low=0, high=1, ticks=(0, 1), words=("none", "most"), unit="%")
    marks, drugs = (
        [],
        {
            "naltrexone": "naltrexone",
            "naloxone": "naloxone",
            "buprenorphine": "buprenorphine",
            "heroin": "6-mam",
            "fentanyl": "fentanyl",
        },
    )
    for drug, level in drugs.items():
        name = f"concentration.{level}"
        if name in run.values and run.values[name][0].max() > 0:
            v = np.interp(times, at, run.values[name][0])
            marks.append(
                curve(
                    "line",
                    HUES.get(level, "heroin"),
                    x,
                    share,
                    times,
                    v / v.max(),
                    text="heroin, as 6-MAM" if drug == "heroin" else drug,
                )
            )
    return _plot("Blood: each at its own most", x, share, marks)  # fmt: skip


def _episode(scene: Scene) -> Result:
    table = {"clock": "episode", "duration": f"{scene.minutes:g} min", "every": STEP, "doses": list(scene.doses)}
    if scene.before:
        table["before"] = {"doses": list(scene.before), "duration": f"{scene.days:g} d"}
    sitting = [name for name in from_table(table).quantities() if name.startswith(("occupancy.", "concentration."))]
    return simulate(from_table(table | {"outputs": ["ventilation", "collapse", *sitting]}))


def _course(scene: Scene) -> Result:
    """The same doses on the clock of days, where liking is known."""
    moved = [_later(dose, 24.0 * 60.0 * scene.days) for dose in scene.doses]
    table = {"duration": f"{24.0 * scene.days + scene.minutes / 60.0:.10g} h", "every": "3 min", "outputs": ["liking"]}
    return simulate(from_table(table | {"doses": [*scene.before, *moved]}))


def _later(dose: str, minutes: float) -> str:
    words, _, when = dose.partition(" at ")
    return f"{words} at {minutes + float(when.split()[0]):.10g} min"


def _short(values) -> list[float]:
    return [float(f"{v:.3g}") for v in values]
