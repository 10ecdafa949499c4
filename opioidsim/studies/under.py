"""What the simulator says where a study observed something, under many readings of what is not known.

Typical people of all readings are marched side by side; where a study counts people, each reading has the same crowd.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import from_table
from opioidsim.engine.challenge import challenged
from opioidsim.engine.inputs import read
from opioidsim.engine.simulate import simulate
from opioidsim.facts import units
from opioidsim.studies import study
from opioidsim.studies.measure import Measure, over
from opioidsim.studies.study import CHALLENGED, Arm, Observation, Study, factor

CROWD = 104  # people of each reading, where a study counts people
FEW = 16  # readings, where a study counts people: each is a crowd of its own


class Readings:
    """Readings of facts by full name, (rows,) each in the fact's own unit; what they say for one study after the other."""

    def __init__(self, draws: Mapping[str, np.ndarray]):
        """draws: the readings."""
        self.draws = dict(draws)
        self.rows = len(next(iter(self.draws.values())))
        self._ran = lru_cache(maxsize=16)(self._ran_anew)  # several observations are taken from one curve

    def predicted(self, told: Study, arm: Arm, seen: Observation) -> np.ndarray:
        """The observation's number, in its unit, under each reading, (rows,), nan where it is none; as `study.predict`."""
        measure = Measure(seen.measure)
        value = self._taken(told, arm, seen, measure, arm.doses, arm.duration)
        if seen.against:
            other = arm.model_copy(update={"before": None}) if seen.against_naive else arm
            below = self._taken(told, other, seen, measure, seen.against, seen.against_duration or arm.duration)
            return np.array([over(a, b) for a, b in zip(value, below, strict=True)])
        return value * factor(seen)

    def _taken(self, told: Study, arm: Arm, seen: Observation, measure: Measure, doses, duration) -> np.ndarray:
        ran = arm.model_copy(update={"doses": doses, "duration": duration, "name": "", "observations": ()})
        if not told.people:
            return self._measured(ran, seen, measure, 0, told.seed, None)
        crowd = min(told.people, CROWD)
        return np.concatenate([self._measured(ran, seen, measure, crowd, told.seed, row) for row in range(self.rows)])

    def _measured(self, arm: Arm, seen: Observation, measure: Measure, people: int, seed: int, row) -> np.ndarray:
        """The measure under each reading; of a crowd, which has one reading, of its mean or its people."""
        given, beside = tuple(parse(text) for text in arm.doses), None
        if seen.quantity in CHALLENGED and arm.challenge:
            times, values = self._challenges(arm, measure, people, CHALLENGED[seen.quantity], row)
        else:
            quantity = "ventilation" if measure.form == "share" else seen.quantity
            found = self._ran(arm, people, seed, quantity, row)  # pyright: ignore[reportArgumentType]
            if measure.form == "share":
                return np.array([measure.share((found.ends or {})[seen.quantity])])
            times, values = found.times, found.values[quantity]
            if measure.form == "share at":
                return np.array([measure.share_at(times, values)])
            if arm.end_tidal_co2 and arm.slope_from and quantity == "ventilation":
                low = study._mmhg(arm.slope_from)
                less = self._ran(arm.model_copy(update={"end_tidal_co2": low}), people, seed, quantity, row)  # pyright: ignore[reportArgumentType]
                values = (values - less.values[quantity]) / (arm.end_tidal_co2 - low)
            if measure.form == "fallen":
                beside = self._ran(arm, people, seed, "ventilation", row).values["ventilation"]  # pyright: ignore[reportArgumentType]
        if people:
            values, beside = values.mean(0, keepdims=True), None if beside is None else beside.mean(0, keepdims=True)
        return np.array(
            [measure.of(times, y, given, None if beside is None else beside[i]) for i, y in enumerate(values)]
        )

    def _of(self, row) -> dict[str, np.ndarray]:
        """All readings, or the one of a row."""
        return self.draws if row is None else {name: column[row : row + 1] for name, column in self.draws.items()}

    def _ran_anew(self, arm: Arm, people: int, seed: int, quantity: str, row):
        return simulate(study._scenario(arm, people, seed, quantity), draws=self._of(row))

    def _challenges(self, arm: Arm, measure: Measure, people: int, which: str, row):
        given, dare = tuple(map(parse, arm.doses)), parse(arm.challenge)
        last = units.time_text(max([measure.times[-1], *(dose.starts()[-1] for dose in given)]) + 1.0)
        crowd = {"population": {"n": people, "seed": 1}} if people > 1 else {}
        scenario = from_table(
            {"doses": [*given, dare], "duration": last, "every": last, "person": arm.person} | crowd, "a study"
        )
        times = np.array(measure.times)
        return times, challenged(read(scenario, "effects").drawing(self._of(row)), given, dare, times)[which]
