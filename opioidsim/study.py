"""Prediction against observation: the published people of library/studies, and the scoreboard."""

import re
from functools import cache, lru_cache
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from opioidsim import units
from opioidsim.dose import Dose, parse
from opioidsim.evidence import LIBRARY, Table, build, read_toml, sources
from opioidsim.person import Person
from opioidsim.refusal import Refusal, nearest
from opioidsim.scenario import from_table

CHALLENGED = {"blockade": "blockade", "dose_multiple": "multiple", "liking": "liking"}  # their names in the answer


class Observation(Table):
    """One published number, how to take it from a simulation, and the bounds within which a prediction passes."""

    name: str
    quantity: str
    measure: str
    observed: float
    unit: str = ""
    low: float
    high: float
    where: str
    why: str
    against: tuple[str, ...] = ()
    against_duration: str = ""
    fails: str = ""  # where the prediction lies outside: why


class Arm(Table):
    """People who got the same doses."""

    name: str
    doses: tuple[str, ...] = ()
    duration: str = "24 h"
    every: str = "1 h"
    challenge: str = ""
    person: Person = Person()
    observations: tuple[Observation, ...]


class Study(Table):
    """A published study. use: build, its numbers were used to choose or fit parameters; check, they were not."""

    title: str
    source: str
    use: Literal["build", "check"]
    conditions: str = ""
    confirmed: bool = True  # False: the number could not be seen in the source, only in other texts or from memory
    people: int = 0
    arms: tuple[Arm, ...]


class Score(NamedTuple):
    """One line of the scoreboard."""

    id: str
    study: str
    title: str
    use: str
    confirmed: bool
    quantity: str
    measure: str
    unit: str
    observed: float
    low: float
    high: float
    predicted: float
    passed: bool
    why: str
    fails: str


@cache
def names() -> tuple[str, ...]:
    """All studies of the library."""
    return tuple(sorted(path.stem for path in (LIBRARY / "studies").glob("*.toml")))


@cache
def load(name: str) -> Study:
    """A study of the library by name."""
    if name not in names():
        raise Refusal(f'there is no study "{name}".{nearest(name, names())}')
    study = build(Study, read_toml(LIBRARY / "studies" / f"{name}.toml"), f"studies/{name}.toml")
    if study.source not in sources():
        raise Refusal(
            f'studies/{name}.toml: source "{study.source}" is not in sources.toml.{nearest(study.source, sources())}'
        )
    return study


def validate(chosen=(), progress=None) -> list[Score]:
    """The scoreboard of the chosen studies, all by default. progress: called with the number of studies done."""
    board = []
    for number, name in enumerate(chosen or names(), 1):
        board += scores(name)
        if progress:
            progress(number)
    return board


@cache
def scores(name: str) -> tuple[Score, ...]:
    """Prediction and verdict for every observation of one study."""
    study = load(name)
    found = []
    for arm in study.arms:
        for seen in arm.observations:
            predicted = predict(study, arm, seen)
            found.append(
                Score(f"{name}: {arm.name}, {seen.name}", name, study.title, study.use, study.confirmed, seen.quantity, seen.measure, seen.unit,
                      seen.observed, seen.low, seen.high, predicted, bool(seen.low <= predicted <= seen.high), seen.why, seen.fails)
            )  # fmt: skip
    return tuple(found)


def predict(study: Study, arm: Arm, seen: Observation) -> float:
    """What the simulator says where the study observed `seen`."""
    measure = Measure(seen.measure)
    value = _take(study, arm, seen.quantity, measure, arm.doses, arm.duration)
    if seen.against:
        value /= _take(study, arm, seen.quantity, measure, seen.against, seen.against_duration or arm.duration)
    elif measure.gives == "time" and seen.unit:
        value *= units.factor("h", seen.unit)
    return value


def _take(study: Study, arm: Arm, quantity: str, measure: "Measure", doses: tuple[str, ...], duration: str) -> float:
    given = tuple(parse(text) for text in doses)
    if quantity in CHALLENGED and arm.challenge:
        series = _challenged(given, parse(arm.challenge), measure.times, study.people, arm.person, CHALLENGED[quantity])  # pyright: ignore[reportArgumentType]
    else:
        series = _simulated(given, units.hours(duration), units.hours(arm.every), study.people, arm.person, quantity)  # pyright: ignore[reportArgumentType]
    return measure.of(*series, given)


@lru_cache(maxsize=64)  # doses and people are frozen records
def _simulated(doses: tuple[Dose, ...], duration: float, every: float, people: int, person: Person, quantity: str):
    from opioidsim.simulation import simulate

    table = {
        "doses": list(map(str, doses)),
        "duration": f"{duration} h",
        "every": f"{every} h",
        "person": person.model_dump(),
        "outputs": [quantity],
    }
    result = simulate(from_table(table | ({"population": {"n": people}} if people else {}), "a study"))
    return result.times, result.values[quantity].mean(0)


@lru_cache(maxsize=64)
def _challenged(doses, challenge, times, people, person, which):
    from opioidsim.questions.blockade import ask

    answer = ask(doses, challenge, np.array(times), max(people, 1), 1, person)
    return np.array(times), answer[which].mean(0)


_T = r"(\d+(?:\.\d+)? ?[a-z]+)"


class Measure:
    """A number taken from a curve, said in words: "at 48 h", "peak after 1 d", "half-life from 8 h to 24 h", ..."""

    FORMS: ClassVar = {
        "at": rf"at {_T}",
        "ratio": rf"at {_T} relative to {_T}",
        "peak": rf"(time of )?peak(?: (after|before) {_T})?",
        "half-life": rf"half-life from {_T} to {_T}",
        "mean": rf"mean from {_T} to {_T}",
        "area": r"area",
        "clearance": r"clearance",
        "above": r"time above ([\d.]+)",
        "last": rf"last of ({_T}(?:, {_T})*) at or above ([\d.]+)",
    }

    def __init__(self, text: str):
        for form, pattern in self.FORMS.items():
            match = re.fullmatch(pattern, text)
            if match:
                self.form, self.parts = form, match.groups()
                self.times = tuple(units.hours(part) for part in re.findall(_T, text))
                timed = self.form in ("above", "last", "half-life") or text.startswith("time of peak")
                self.gives = "time" if timed else "value"
                return
        raise Refusal(
            f'"{text}" is no measure; write for example "at 48 h", "peak", "time above 2" or "half-life from 8 h to 24 h".'
        )

    def of(self, t: np.ndarray, y: np.ndarray, doses: tuple[Dose, ...]) -> float:
        """The number, from the curve y at times t [h]; times come in hours, clearance in L/h for y in ng/mL."""
        at = [float(np.interp(time, t, y)) for time in self.times]
        match self.form:
            case "at":
                return at[0]
            case "ratio":
                return at[0] / at[1]
            case "half-life":
                return float(np.log(2) * (self.times[1] - self.times[0]) / np.log(at[0] / at[1]))
            case "mean":
                inside = (t >= self.times[0]) & (t <= self.times[1])
                return float(np.trapezoid(y[inside], t[inside]) / (t[inside][-1] - t[inside][0]))
            case "area":
                return float(np.trapezoid(y, t))
            case "clearance":
                return sum(dose.milligrams() * dose.times for dose in doses) * 1000.0 / float(np.trapezoid(y, t))
            case "above":
                above = np.flatnonzero(y >= float(self.parts[0]))
                return _crossing(t, y, above[-1], float(self.parts[0])) if len(above) else 0.0
            case "last":
                kept = np.cumprod(y >= float(self.parts[-1]))
                return float(t[int(kept.sum()) - 1]) if kept[0] else 0.0
        return self._peak(t, y)

    def _peak(self, t, y) -> float:
        wants_time, side, _ = self.parts
        inside = (
            np.ones(len(t), bool) if side is None else t >= self.times[0] if side == "after" else t <= self.times[0]
        )
        best = np.flatnonzero(inside)[y[inside].argmax()]
        return float(t[best] if wants_time else y[best])


def _crossing(t, y, last: int, level: float) -> float:
    if last + 1 == len(t):
        return float(t[last])
    return float(t[last] + (y[last] - level) / (y[last] - y[last + 1]) * (t[last + 1] - t[last]))
