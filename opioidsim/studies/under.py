"""What the simulator says where a study observed something, under many readings of what is not known.

Typical people of all readings are marched side by side; where a study counts people, each reading has the same crowd.
"""

from collections.abc import Mapping

import numpy as np

from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import from_table
from opioidsim.engine.challenge import challenged
from opioidsim.engine.inputs import read
from opioidsim.engine.simulate import simulate
from opioidsim.facts import units
from opioidsim.studies import study
from opioidsim.studies.measure import Measure, over
from opioidsim.studies.study import CHALLENGED, Arm, Observation, Study

CROWD = 104  # people of each reading, where a study counts people
Draws = Mapping[str, np.ndarray]  # readings of facts by full name, (rows,) each, in the fact's own unit


def predicted(told: Study, arm: Arm, seen: Observation, draws: Draws) -> np.ndarray:
    """The observation's number, in its unit, under each reading, (rows,); nan where it is none. As `study.predict`."""
    measure = Measure(seen.measure)
    value = _taken(told, arm, seen, measure, draws, arm.doses, arm.duration)
    if seen.against:
        other = arm.model_copy(update={"before": None}) if seen.against_naive else arm
        below = _taken(told, other, seen, measure, draws, seen.against, seen.against_duration or arm.duration)
        return np.array([over(a, b) for a, b in zip(value, below, strict=True)])
    if measure.gives == "time" and seen.unit:
        return value * units.factor("h", seen.unit)
    return value


def _taken(told: Study, arm: Arm, seen: Observation, measure: Measure, draws: Draws, doses, duration) -> np.ndarray:
    ran = arm.model_copy(update={"doses": doses, "duration": duration, "name": "", "observations": ()})
    rows = len(next(iter(draws.values())))
    if told.people:
        each = [{name: column[row : row + 1] for name, column in draws.items()} for row in range(rows)]
        return np.array([_measured(ran, seen, measure, one, min(told.people, CROWD), told.seed)[0] for one in each])
    return _measured(ran, seen, measure, draws, 0, told.seed)


def _measured(arm: Arm, seen: Observation, measure: Measure, draws: Draws, people: int, seed: int) -> np.ndarray:
    """The measure under each reading; of a crowd, which has one reading, of its mean or its people."""
    given = tuple(parse(text) for text in arm.doses)
    if seen.quantity in CHALLENGED and arm.challenge:
        times, values = _challenges(arm, measure, CHALLENGED[seen.quantity], draws, people)
        beside = None
    else:
        quantity = "ventilation" if measure.form == "share" else seen.quantity
        found = simulate(study._scenario(arm, people, seed, quantity), draws=draws)
        if measure.form == "share":
            return np.array([measure.share((found.ends or {})[seen.quantity])])
        if measure.form == "share at":
            return np.array([measure.share_at(found.times, found.values[quantity])])
        times, values = found.times, found.values[quantity]
        if arm.end_tidal_co2 and arm.slope_from and quantity == "ventilation":
            low = study._mmhg(arm.slope_from)
            less = simulate(study._scenario(arm.model_copy(update={"end_tidal_co2": low}), people, seed, quantity), draws=draws)
            values = (values - less.values[quantity]) / (arm.end_tidal_co2 - low)
        beside = None
        if measure.form == "fallen":
            beside = simulate(study._scenario(arm, people, seed, "ventilation"), draws=draws).values["ventilation"]
    if people:
        values, beside = values.mean(0, keepdims=True), None if beside is None else beside.mean(0, keepdims=True)
    return np.array([measure.of(times, y, given, None if beside is None else beside[i]) for i, y in enumerate(values)])


def _challenges(arm: Arm, measure: Measure, which: str, draws: Draws, people: int):
    given, dare = tuple(map(parse, arm.doses)), parse(arm.challenge)
    last = units.time_text(max([measure.times[-1], *(dose.starts()[-1] for dose in given)]) + 1.0)
    crowd = {"population": {"n": people, "seed": 1}} if people > 1 else {}
    scenario = from_table(
        {"doses": [*given, dare], "duration": last, "every": last, "person": arm.person} | crowd, "a study"
    )
    times = np.array(measure.times)
    return times, challenged(read(scenario, "effects").drawing(draws), given, dare, times)[which]
