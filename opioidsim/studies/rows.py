"""The rows of studies as statistics has them: a class of quantity, a scale, an own error, the study that they share."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from opioidsim.studies import study
from opioidsim.studies.measure import Measure
from opioidsim.studies.study import Arm, Observation, Study

WIDTH = 3.0  # own errors of a row that its bounds are wide
CLASSES = {  # by the first part of the quantity
    "concentration": "concentration",
    "occupancy": "receptor", "scanned": "receptor", "blockade": "receptor", "dose_multiple": "receptor",
    "kappa_occupancy": "receptor", "delta_occupancy": "receptor",
    "liking": "effects", "pain_relief": "effects", "pupil": "effects", "withdrawal": "withdrawal",
    "cardiac_arrest": "arrest", "apnoea": "arrest", "lowest_saturation": "arrest", "doses_given": "arrest",
    "deaths per time": "deaths",
}  # fmt: skip
DRINKING = (
    "abstinent days",
    "any drinking",
    "any heavy drinking",
    "drinks",
    "first heavy day",
    "heavy days",
    "heavy weeks",
    "tablets",
)


class Row(NamedTuple):
    """An observation of an arm of a study."""

    name: str  # of the study
    told: Study
    arm: Arm
    seen: Observation

    @property
    def id(self) -> str:
        """As on the scoreboard."""
        return f"{self.name}: {self.arm.name}, {self.seen.name}"

    @property
    def kind(self) -> str:
        """The class of its quantity: rows of a class share one study effect."""
        quantity = self.seen.quantity
        if self.arm.trial:
            return "drinking" if quantity in DRINKING else "trials"
        return CLASSES.get(quantity if self.arm.question else quantity.partition(".")[0], "breathing")

    @property
    def logarithmic(self) -> bool:
        """Whether its errors are shares of it: levels, rates, times and multiples that are positive throughout."""
        timed = not self.arm.trial and not self.arm.question and Measure(self.seen.measure).gives == "time"
        level = self.seen.quantity.partition(".")[0] in ("concentration", "effect_site", "dose_multiple")
        sized = level or timed or self.kind == "deaths"
        return sized and self.seen.low > 0 and self.seen.observed > 0

    def scaled(self, value: np.ndarray | float) -> np.ndarray:
        """A number of the row's unit on its scale; nothing positive lies beneath a thousandth of the observed."""
        if not self.logarithmic:
            return np.asarray(value, float)
        return np.log(np.maximum(np.asarray(value, float), self.seen.observed * 1e-3))

    def back(self, value: np.ndarray) -> np.ndarray:
        """From its scale to its unit."""
        return np.exp(value) if self.logarithmic else value

    @property
    def own(self) -> float:
        """The study's own error on the row's scale: a third of its bounds' width, as in calibration."""
        return float(self.scaled(self.seen.high) - self.scaled(self.seen.low)) / WIDTH

    @property
    def size(self) -> float:
        """What a study effect of 1 is on the row's scale: as much as the number itself."""
        return 1.0 if self.logarithmic else (abs(self.seen.low) + abs(self.seen.high)) / 2.0

    @property
    def simulated(self) -> bool:
        """Whether it is a course or an episode of the model itself, not a trial, another question or another reading."""
        return not (self.arm.trial or self.arm.question or self.arm.reading)


def rows(use: str = "", chosen: tuple[str, ...] = ()) -> Iterator[Row]:
    """The rows of the library's studies of this use, "build" or "check"; of all without."""
    for name in chosen or study.names():
        told = study.load(name)
        if not use or told.use == use:
            yield from (Row(name, told, arm, seen) for arm in told.arms for seen in arm.observations)
