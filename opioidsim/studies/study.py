"""Prediction against observation: the published people of library/studies, and the scoreboard.

A study is a TOML file: arms of people with their doses, and for each observation what was seen, how
it is taken from a simulation (`measure`), and the bounds within which a prediction passes. No study
has code of its own; a new one is a new file.
"""

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import model_validator

from opioidsim.cases.before import Before
from opioidsim.cases.dose import parse
from opioidsim.cases.person import Person
from opioidsim.cases.rescue_rule import RescueRule
from opioidsim.cases.scenario import Scenario, from_table, unit_of
from opioidsim.cases.scene import LEAST_CO2, Scene
from opioidsim.facts import units
from opioidsim.facts.evidence import Table, build, glossary, read_toml, sources, unknown
from opioidsim.facts.own import files
from opioidsim.refusal import Refusal, nearest, read_text
from opioidsim.studies import trial_measures
from opioidsim.studies.measure import Measure, over

CHALLENGED = {"blockade": "blockade", "dose_multiple": "multiple", "liking": "rise"}  # in the answer; above placebo
ENDS = {  # how an episode ends for each person, and in which unit a bound on it is read
    "cardiac_arrest": "", "apnoea": "", "lowest_saturation": "%", "lowest_ventilation": "L/min", "lowest_arterial_o2": "mmHg",
    "highest_arterial_co2": "mmHg", "longest_apnoea_s": "s", "doses_given": "", "still_depressed": "",
}  # fmt: skip


class Observation(Table):
    """One published number, how to take it from a simulation, and the bounds within which a prediction passes.

    observed, low, high: in `unit`. where: the place in the source; why: where the bounds come from.
    against, against_duration: other doses, by whose number this one is divided; against_naive: given to someone without the
    arm's `before`. fails: why the prediction lies outside, where it does; such a line stays.
    """

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
    against_naive: bool = False
    fails: str = ""  # where the prediction lies outside: why

    @model_validator(mode="after")
    def _sound(self):
        """Refuses bounds that do not hold what was seen."""
        if not self.low <= self.observed <= self.high:
            raise ValueError(f"what was seen, {self.observed:g}, must lie between low and high.")
        return self


class Arm(Scene):
    """People who got the same doses, in a scene: attended, oxygen, end_tidal_co2. before: what leads up to an episode;
    with slope_from, ventilation is its slope [L/min/mmHg] from that CO2 to this. reading: of the whole model, or of a drug, "naloxone=program-syringe". trial: the arm of a trial of that name in
    library/trials, with the measures of study_trial. question: the one that answers, by the measures it gives."""

    name: str
    trial: str = ""
    question: Literal["", "release"] = ""
    clock: Literal["course", "episode"] = "course"
    doses: tuple[str, ...] = ()
    duration: str = "24 h"
    every: str = "1 h"
    challenge: str = ""
    before: Before | None = None
    slope_from: str = ""
    person: Person = Person()
    rescue: RescueRule | None = None
    second_look: bool = False
    reading: str = ""
    observations: tuple[Observation, ...]

    @model_validator(mode="after")
    def _sound(self):
        """Refuses what no prediction could be made of: a dose that is none, a measure that the arm's clock or trial does not have."""
        for text in (
            *self.doses,
            *filter(None, [self.challenge]),
            *(dose for seen in self.observations for dose in seen.against),
        ):
            parse(text)
        if self.trial:
            for seen in self.observations:
                trial_measures.check(self.trial, self.name, seen.quantity, seen.measure)
        elif not self.question:
            for key in self.scene() if self.clock == "course" else ():
                raise ValueError(f'`{key}` belongs to the episode clock; write clock = "episode".')
            held = self.end_tidal_co2
            if self.slope_from and not (held and LEAST_CO2 <= _mmhg(self.slope_from) < held):
                raise ValueError(f'`slope_from` is "{self.slope_from}"; write 35 mmHg or more, under `end_tidal_co2`.')
            for seen in self.observations:
                self._can_be_seen(seen)
        return self

    def _can_be_seen(self, seen: Observation) -> None:
        """Refuses what this arm's clock does not show."""
        form = Measure(seen.measure).form
        if seen.against_naive and not (seen.against and self.before):
            raise ValueError("`against_naive` needs doses in `against` and the arm's `before`.")
        if form == "share" and (self.end_tidal_co2 or self.clock == "course"):
            raise ValueError(f'"{seen.measure}" counts ends; write clock = "episode", without `end_tidal_co2`.')
        if form == "share" and seen.quantity not in ENDS:
            raise ValueError(f'"{seen.quantity}" is no end of an episode.{nearest(seen.quantity, ENDS)}')
        if form == "fallen" and self.clock == "course":
            raise ValueError(f'"{seen.measure}" needs breathing; write clock = "episode".')
        if seen.quantity.partition(".")[0] in glossary()["quantities"]:
            factor(seen)


class Study(Table):
    """A published study. use: build, its numbers were used to choose or fit parameters; check, they were not."""

    title: str
    source: str
    use: Literal["build", "check"]
    conditions: str = ""
    confirmed: bool = True  # False: the number could not be seen in the source, only in other texts or from memory
    people: int = 0
    seed: int = 1
    arms: tuple[Arm, ...]

    @property
    def slow(self) -> bool:
        """Whether it takes many seconds: second by second, or many people."""
        return any(arm.clock == "episode" or arm.trial or arm.question for arm in self.arms)


class Head(NamedTuple):
    """What a study is, without its arms."""

    title: str
    source: str
    use: str
    confirmed: bool


class Score(NamedTuple):
    """One line of the scoreboard: an observation, what was predicted for it, and whether that lies within the bounds.

    observed, low, high, predicted: in `unit`. use: build, shown but not counted, or check.
    confirmed: whether the number was seen in the source itself.
    """

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
def paths() -> dict[str, Path]:
    """The file of each study of the library."""
    return files("studies")


def names() -> tuple[str, ...]:
    """All studies of the library."""
    return tuple(paths())


@cache
def head(name: str) -> Head:
    """What a study of the library says before its arms, in a tenth of the time that reading it whole takes."""
    try:
        said = tomllib.loads(read_text(paths()[name]).partition("\n[[arms]]")[0])
    except ValueError:
        said = {}
    if not {"title", "source", "use"} <= set(said) or said["source"] not in sources():
        said = load(name).model_dump()  # refuses with the sentence for what is wrong
    return Head(said["title"], said["source"], said["use"], said.get("confirmed", True))


@cache
def load(name: str) -> Study:
    """A study of the library by name, or one of your own: the path of its TOML file, whose source may be any words."""
    if name.endswith(".toml"):
        return build(Study, read_toml(Path(name)), name)
    if name not in paths():
        raise Refusal(f'there is no study "{name}".{nearest(name, names())}')
    study = build(Study, read_toml(paths()[name]), f"studies/{name}.toml")
    if study.source not in sources():
        raise Refusal(f"studies/{name}.toml: {unknown(study.source)}")
    return study


@cache
def scores(name: str) -> tuple[Score, ...]:
    """Prediction and verdict for every observation of one study. Kept: the page, the docs and a test
    ask for the same ones.
    """
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
    """What the simulator says where the study observed `seen`, in the observation's unit.

    A ratio against other doses has no unit.
    """
    if arm.trial:
        return trial_measures.predict(arm.trial, arm.name, seen.quantity, seen.measure)
    if arm.question:
        from opioidsim.questions.release.model import median

        return median(seen.measure)
    measure = Measure(seen.measure)
    value = _take(study, arm, seen.quantity, measure, arm.doses, arm.duration)
    if seen.against:
        other = arm.model_copy(update={"before": None}) if seen.against_naive else arm
        value = over(
            value, _take(study, other, seen.quantity, measure, seen.against, seen.against_duration or arm.duration)
        )
    return value * factor(seen)


def factor(seen: Observation) -> float:
    """What the simulator's number is multiplied by to be in the observation's unit; refuses one that measures another thing."""
    measure = Measure(seen.measure)
    if seen.against or measure.form in ("share", "share at"):
        return 1.0
    has = measure.unit(unit_of(seen.quantity))
    if has and not seen.unit:
        raise Refusal(f'"{seen.name}" has no unit; write unit = "{has}", or one of the same kind.')
    return units.factor(has, seen.unit)


def _take(study: Study, arm: Arm, quantity: str, measure: Measure, doses: tuple[str, ...], duration: str) -> float:
    """The number of these doses over this duration: from challenges, from how people's episodes end, or from a curve.

    A curve is the mean over people, as studies publish it; shares count people one by one.
    """
    given = tuple(parse(text) for text in doses)
    if quantity in CHALLENGED and arm.challenge:
        series = _challenged(given, parse(arm.challenge), measure.times, study.people, arm.person, CHALLENGED[quantity])  # pyright: ignore[reportArgumentType]
        return measure.of(*series, given)
    ran = arm.model_copy(update={"doses": doses, "duration": duration, "name": "", "observations": ()})
    if measure.form == "share":
        ends = _result(ran, study.people, study.seed, "ventilation").ends or {}  # pyright: ignore[reportArgumentType]
        return measure.share(ends[quantity])
    if measure.form == "share at":
        crowd = _result(ran, study.people, study.seed, quantity)  # pyright: ignore[reportArgumentType]
        return measure.share_at(crowd.times, crowd.values[quantity])
    times, values = _simulated(ran, study.people, study.seed, quantity)
    beside = _simulated(ran, study.people, study.seed, "ventilation")[1] if measure.form == "fallen" else None
    return measure.of(times, values, given, beside)


def _simulated(arm: Arm, people: int, seed: int, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Times [h] and the mean over people; with `slope_from`, of ventilation its slope [L/min/mmHg] between the two CO2."""
    result = _result(arm, people, seed, quantity)  # pyright: ignore[reportArgumentType]
    found = result.values[quantity].mean(0)
    if arm.end_tidal_co2 and arm.slope_from and quantity == "ventilation":
        low = _mmhg(arm.slope_from)
        less = _result(arm.model_copy(update={"end_tidal_co2": low}), people, seed, quantity)  # pyright: ignore[reportArgumentType]
        found = (found - less.values[quantity].mean(0)) / (arm.end_tidal_co2 - low)
    return result.times, found


@lru_cache(maxsize=64)  # arms are frozen records
def _result(arm: Arm, people: int, seed: int, quantity: str):
    """The simulated arm with this one output. Kept: several observations are taken from one curve."""
    from opioidsim.engine.simulate import simulate

    return simulate(_scenario(arm, people, seed, quantity))


def _mmhg(text: str) -> float:
    """An end-tidal CO2 pressure [mmHg]."""
    return units.quantity(text, "mmHg", "the end-tidal CO2")


def _scenario(arm: Arm, people: int, seed: int, quantity: str) -> Scenario:
    """An arm as a scenario, with this one output."""
    table = {
        "clock": arm.clock,
        "doses": list(arm.doses),
        "duration": f"{units.hours(arm.duration)} h",
        "every": f"{units.hours(arm.every)} h",
        "person": arm.person.model_dump(),
        "outputs": [quantity],
        "second_look": arm.second_look,
    } | arm.scene()
    if arm.reading:
        drug, of_a_drug, name = arm.reading.partition("=")
        table["readings"] = {drug: name} if of_a_drug else arm.reading
    if arm.rescue:
        table["rescue"] = arm.rescue
    if arm.before:
        table["before"] = arm.before
    if people:
        table["population"] = {"n": people, "seed": seed}
    return from_table(table, "a study")


@lru_cache(maxsize=64)
def _challenged(doses, challenge, times, people, person, which):
    """Times [h] and the mean over people of what a challenge at these times still does; which:
    `blockade`, `multiple` or `liking`.
    """
    from opioidsim.engine.challenge import challenged
    from opioidsim.engine.inputs import read

    given, dare = tuple(map(parse, doses)), parse(challenge)
    last = units.time_text(max([times[-1], *(dose.starts()[-1] for dose in given)]) + 1.0)
    crowd = {"population": {"n": people, "seed": 1}} if people > 1 else {}
    scenario = from_table(
        {"doses": [*given, dare], "duration": last, "every": last, "person": person} | crowd, "a study"
    )
    return np.array(times), challenged(read(scenario, "effects"), given, dare, np.array(times))[which].mean(0)
