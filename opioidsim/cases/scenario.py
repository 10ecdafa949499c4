"""Scenarios: what happens to whom, for how long. To and from TOML."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Unpack

import numpy as np
import tomli_w
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from opioidsim.cases import change as changes
from opioidsim.cases import drug as drugs
from opioidsim.cases.before import Before, Given, Hours
from opioidsim.cases.dose import Dose
from opioidsim.cases.person import Person, Population
from opioidsim.cases.reading import plain, read_as
from opioidsim.cases.rescue_rule import RescueRule
from opioidsim.cases.said import ScenarioSaid
from opioidsim.cases.scene import AIR, BREATHING, Scene
from opioidsim.facts import units
from opioidsim.facts.evidence import build, glossary, read_toml, said_of
from opioidsim.facts.own import chosen, files
from opioidsim.refusal import Refusal, is_listed, is_table, nearest

MOST_TIMES = 200_000
LEFT_BEHIND = ("tolerance", "dependence", "withdrawal")  # what a course leaves behind
EFFECTS = ("liking", "pain_relief", "pupil")  # what activation turns into, in those who are used to it less
READINGS = {
    "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
    "examples": [{"naltrexone": "slower"}, "mann-2022"],
}
EPISODE_TEXT = {"duration": "90 min", "every": "10 s"}  # where an episode does not say
STEP = 1.0  # seconds: the step of the episode clock, of which output spacings are multiples
LONGEST_EPISODE = 48.0  # hours


class Scenario(Scene, Given):
    """What happens to whom. Times in hours; `outputs` empty means what matters for the doses.

    clock: "course" for hours to months; "episode" for breathing, second by second. before: the course that an episode
    starts from. rescue: the rule by which help comes. second_look: a second fall of oxygen ends in arrest too. attended, oxygen, end_tidal_co2: see `Scene`.
    readings: for a drug, which other reading of contested evidence to use ("naltrexone" = "slower"); "mann-2022" alone is
    the published overdose program, all of it. change: facts that have
    another value here ("adaptation.tau_loss" = "20 d"), by name or by an end of it that no other fact has.
    """

    if TYPE_CHECKING:  # what may be written, for editors: texts and tables too

        def __init__(self, **said: Unpack[ScenarioSaid]) -> None: ...

    title: str = ""
    clock: Literal["course", "episode"] = "course"
    duration: Hours = 0.0  # 0: not said, which `_sound` refuses; an episode has its own
    every: Hours = 1.0
    outputs: tuple[str, ...] = ()
    person: Person = Field(default_factory=Person)
    population: Population | None = None
    before: Before | None = None
    rescue: RescueRule | None = None
    second_look: bool = False
    readings: Annotated[dict[str, str], BeforeValidator(read_as), WithJsonSchema(READINGS)] = {}
    change: Annotated[dict[str, str], BeforeValidator(changes.flat)] = {}

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, given: Any) -> Any:
        """With the lengths of an episode where it does not say."""
        return EPISODE_TEXT | given if is_table(given) and given.get("clock") == "episode" else given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.dosed() and not (self.before and self.before.dosed() and self.clock == "episode"):
            raise ValueError('no dose is given; write doses = ["naltrexone 50 mg oral"].')
        ids = max(len(each.ids()) for each in (self, self.before or self))
        if self.population:
            self.population.sound(ids)
        if self.clock == "course":
            self._sound_course()
        else:
            self._sound_episode()
        if self.duration / self.every > MOST_TIMES:
            raise ValueError(f"{self.duration / self.every:.0f} output times are too many; at most {MOST_TIMES}. Make `every` longer.")  # fmt: skip
        self._sound_people()
        for dose in self.dosed():
            if dose.at > self.duration > 0:
                raise ValueError(f'dose "{dose}" comes after the end, {units.time_text(self.duration)}. Make the duration longer.')  # fmt: skip
        self._sound_readings()
        changes.resolved(self.change, self.drugs() if self.change else (), self.whole_reading())
        allowed = self.quantities()
        for name in (name for name in self.outputs if name not in allowed):
            self.shows(name)
            clock, has = ("episode", BREATHING) if self.clock == "course" else ("course", (*EFFECTS, *LEFT_BEHIND))
            other = f' It belongs to the other clock: write clock = "{clock}".' if name in has else ""
            raise ValueError(f'there is no output "{name}" here.{other or nearest(name, allowed)}')
        for name in set(self.outputs) & set(self.unlived()):
            raise ValueError(f'{name} after "{self.endless()}" is not solved: drug is at steady state, who has adapted to it is not. Give the weeks themselves ("... every 24 h x 60"), or tolerance and dependence in [person].')  # fmt: skip
        if not self.duration:
            raise ValueError('"duration" is missing; say how long the course is, for example duration = "7 d".')
        return self

    def _sound_people(self) -> None:
        """Refuses a crowd of another size than its event table, and two tables of people."""
        tables = [ids for each in (self, self.before) if each and len(ids := each.ids()) > 1]
        if len(tables) == 2 and tables[0] != tables[1]:
            raise ValueError("the dosing tables of [before] and the episode have different people; give the same IDs.")
        if tables and self.population and self.population.n not in (0, len(tables[0])):
            raise ValueError(f"population: n is {self.population.n}, but the dosing table has {len(tables[0])} people; leave n out.")  # fmt: skip

    def _sound_readings(self) -> None:
        whole = self.whole_reading()
        if whole and self.clock == "course":
            raise ValueError(
                f'the reading "{whole}" is of breathing in an episode and says nothing of a course of hours to weeks; leave it out, or ask for an episode (clock = "episode", or the verb rescue).'
            )
        if whole and self.person.tolerance > 1.0:
            raise ValueError(
                f'the reading "{whole}" was published for tolerance 0 (naive) and 1 (chronic), and {self.person.tolerance:g} was given; give at most 1, or leave the reading out.'
            )
        if whole and self.before and self.before.tolerance is not None:
            raise ValueError(
                f'the reading "{whole}" knows tolerance as it stands, not how a course gains and loses it; leave it out, or give the tolerance in [person] instead of [before].'
            )

    def lived_with(self) -> float | None:
        """The tolerance with which the course before an episode begins, where it is followed on the way: the one that
        [before] names, or none, where an opioid is given in it; None where the person's own holds throughout."""
        if self.before is None or self.whole_reading() or self.before.tolerance is not None:
            return self.before.tolerance if self.before else None
        opioid = any(drugs.load(dose.drug).role in ("agonist", "partial agonist") for dose in self.before.dosed())
        return 0.0 if opioid and not self.person.tolerance else None

    def unsaid(self) -> tuple[str, ...]:
        """As of the scene; a rescue with oxygen rests on what air is."""
        helped = self.rescue is not None and self.rescue.read().oxygen is not None
        return tuple(name for name in super().unsaid() if not (helped and name in AIR))

    def whole_reading(self) -> str:
        """The reading of the whole model, such as "mann-2022"; "" for its own."""
        return self.readings.get(drugs.ALL, "")

    def _sound_course(self) -> None:
        of_episode = {"before": self.before, "rescue": self.rescue, "second_look": self.second_look} | self.scene()
        for key, value in of_episode.items():
            if value:
                raise ValueError(f'`{key}` belongs to an episode; write clock = "episode".')
        self._linear(self.dosed())

    def _sound_episode(self) -> None:
        if self.duration > LONGEST_EPISODE:
            raise ValueError(
                f"an episode of {units.time_text(self.duration)} is too long; at most 48 h. Put what comes before it into [before]."
            )
        seconds = self.every * 3600.0
        if abs(seconds - round(seconds)) > 1e-6 or seconds < 0.5:
            raise ValueError(
                f'`every` is {units.time_text(self.every)}; on the episode clock it must be a whole number of seconds, for example "10 s".'
            )
        if self.before:
            self.before.sound(self.person.tolerance)
            self._linear(self.before.dosed())
        self.sound_scene(self.whole_reading(), "rescue" if self.rescue else "second_look" if self.second_look else "")

    def _linear(self, doses: Iterable[Dose]) -> None:
        for dose in doses:
            for drug in drugs.family(dose.drug, self.readings):
                if drug.disposition.Vmax:
                    raise ValueError(
                        f'{drug.name} is eliminated at a limited rate, which only the episode clock simulates; write clock = "episode".'
                    )

    def timeline(self) -> list[tuple[float, Dose]]:
        """Every single dose with its time [h], ascending; those before an episode count from the start of that course."""
        start = self.before.duration if self.before else 0.0
        course = [(at, dose) for dose in (self.before.doses if self.before else ()) for at in dose.starts()]
        now = [(start + at, dose) for dose in self.doses for at in dose.starts()]
        return sorted(course + now, key=lambda pair: pair[0])

    def given(self) -> tuple[Dose, ...]:
        """All doses, those before an episode, in it and by the rule of rescue; the kinds of dose matter, not the times."""
        past = self.before.kinds() if self.before else ()
        return (*past, *self.kinds(), *(self.rescue.given() if self.rescue else ()))

    def drugs(self) -> list[drugs.Drug]:
        """Every drug and metabolite in play, each once, in the order of the doses."""
        found: dict[str, drugs.Drug] = {}
        for dose in self.given():
            for drug in drugs.family(dose.drug, self.readings):
                found.setdefault(drug.name, drug)
        return list(found.values())

    def with_change(self, change: Mapping[str, str] | None) -> "Scenario":
        """The scenario with these facts changed too. Raises Refusal for a change that cannot be made."""
        if not change and isinstance(change, dict | None):
            return self
        found = self.model_copy(update={"change": self.change | changes.flat(change)})
        changes.resolved(found.change, found.drugs(), found.whole_reading())
        return found

    def quantities(self) -> list[str]:
        """The canonical names of everything that can be asked of this scenario."""
        names: list[str] = []
        for drug in self.drugs():
            names.append(f"concentration.{drug.name}")
            if "mu" in drug.receptor:
                names += [f"effect_site.{drug.name}", f"occupancy.{drug.name}"]
            elif drug.sedation:
                names.append(f"effect_site.{drug.name}")
            names += [f"scanned.{drug.name}"] if drug.scan and self.clock == "course" else []
            names += [f"{site}_occupancy.{drug.name}" for site in ("kappa", "delta") if site in drug.receptor]
        mu = any("mu" in drug.receptor for drug in self.drugs())
        if self.clock == "episode":
            return [*self.seen(), *names, *(("activation",) if mu else ())]
        return [*names, *(("activation", *EFFECTS, *LEFT_BEHIND) if mu else ())]

    def wanted(self) -> tuple[str, ...]:
        """The outputs asked for, or else concentrations, the receptors that blocking and partial drugs hold, activation and
        liking if an agonist is given, and what is left behind if it is given repeatedly or to someone who is adapted.

        Not the receptors that full agonists hold: they are few, and how few is a nuisance of the reserve.
        """
        if self.outputs:
            return self.outputs
        holds = {f"occupancy.{d.name}" for d in self.drugs() if self.whole_reading() or d.role != "agonist"}
        chosen = [q for q in self.quantities() if q.startswith("concentration.") or q in holds]
        if self.clock == "episode":
            return tuple(q for q in self.quantities() if q in BREATHING or q in chosen or q == "activation")
        agonist = any(d.role in ("agonist", "partial agonist") for d in self.drugs())
        left = any(map(self._lived_with, self.given())) or self.person.tolerance or self.person.dependence
        lived = tuple(name for name in LEFT_BEHIND if left and name not in self.unlived())
        return (*chosen, *(("activation", "liking") if agonist else ()), *lived)

    def unlived(self) -> tuple[str, ...]:
        """What endless doses of an opioid have left behind in a course, which is not solved, and [person] does not say."""
        said = (self.person.tolerance, self.person.dependence, self.person.dependence)
        return tuple(name for name, known in zip(LEFT_BEHIND, said, strict=True) if self.endless() and not known)

    def _lived_with(self, dose: Dose) -> bool:
        again = dose.times > 1 or dose.steady or bool(self.dosing)
        return again and drugs.load(dose.drug).role in ("agonist", "partial agonist")

    def draws(self) -> list[dict[str, np.ndarray]]:
        """The columns of each of the population's tables of draws, one person per row."""
        return self.population.columns() if self.population else []

    def people(self) -> int:
        """How many people are simulated."""
        if self.population and self.population.n:
            return self.population.n
        draws = self.draws()
        rows = len(next(iter(draws[0].values()))) if draws else 1
        ids = max([1, *(len(each.ids()) for each in (self, self.before) if each)])
        if draws and ids > 1 and rows != ids:
            raise Refusal(
                f"the table of draws has {rows} rows, but the dosing table {ids} people; give a row for each, in their order."
            )
        return max(rows, ids, self.population.draws if self.population else 1)

    def table(self) -> dict[str, Any]:
        """The scenario as the plain table it could have been read from: what is usual is left out. JSON and TOML hold it."""
        usual = Person()
        person = {key: value for key, value in self.person.model_dump().items() if value != getattr(usual, key)}
        person |= {
            key: f"{person[key]!r} {unit}" for key, unit in (("weight", "kg"), ("age", "years")) if key in person
        }
        rescue = self.rescue.table() if self.rescue else {}
        before = self.before and {
            "duration": units.time_text(self.before.duration),
            "tolerance": self.before.tolerance,
            "doses": list(map(str, self.before.doses)),
            "dosing": self.before.dosing and self.before.dosing.plain(),
        }
        crowd = self.population.model_dump(exclude_defaults=True) if self.population else {}
        found = {
            "title": self.title, "clock": self.clock, "duration": units.time_text(self.duration),
            "every": units.time_text(self.every), "doses": list(map(str, self.doses)), "dosing": self.dosing and self.dosing.plain(), "second_look": self.second_look,
            "outputs": list(self.outputs), "before": before, "readings": plain(self.readings), "change": self.change,
            "person": person, "population": crowd, "rescue": rescue,
        } | self.scene()  # fmt: skip
        return _told(found)

    def toml(self) -> str:
        """The scenario as TOML text."""
        return tomli_w.dumps(self.table(), indent=2)


def _told(table: dict[str, Any]) -> dict[str, Any]:
    """A table without what is empty, false or none; lists for tuples."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        value = _told(value) if is_table(value) else list(value) if isinstance(value, tuple) else value
        if value is not None and value is not False and value not in ("", [], {}):
            found[key] = value
    return found


def from_table(table: dict[str, Any], what: str = "scenario", folder: Path = Path()) -> Scenario:
    """The scenario that a table (a TOML file's, a JSON request's) says. Paths in it are relative to `folder`."""
    head = f"{what}: " if what else ""
    for key in ("outputs", "doses"):
        if isinstance(table.get(key), list) and not all(isinstance(item, str | Dose) for item in table[key]):
            raise Refusal(f'{head}"{key}" must be a list of texts in quotation marks.', where=key)
    table = dict(table)
    crowd = table.get("population")
    if is_table(crowd) and crowd.get("table"):
        paths = [crowd["table"]] if isinstance(crowd["table"], str) else crowd["table"]
        if not is_listed(paths) or not all(isinstance(path, str) for path in paths):
            raise Refusal(
                f'{head}"population.table" must be the path of a table, or a list of paths.', where="population.table"
            )
        table["population"] = crowd | {"table": tuple(str(folder / path) for path in paths)}
    if isinstance(table.get("before"), dict):
        table["before"] = _beside(table["before"], folder)
    return build(Scenario, _beside(table, folder), what)


def _beside(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The table with the path of its event table as relative to `folder`."""
    given = table.get("dosing")
    if isinstance(given, str) and given:
        return table | {"dosing": str(folder / given)}
    if is_table(given) and isinstance(given.get("table"), str):
        return table | {"dosing": given | {"table": str(folder / given["table"])}}
    return table


def read(path: Path | str) -> Scenario:
    """The scenario in a TOML file, or one of the library's by name."""
    path = chosen(path, "scenarios", "scenario file")
    return from_table(read_toml(path), path.name, path.parent)


def loads(text: str) -> Scenario:
    """The scenario in a TOML text."""
    try:
        return from_table(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal(f"the scenario is not valid TOML: {said_of(error)}.") from None


def examples() -> list[str]:
    """The scenarios of the library by name."""
    return list(files("scenarios"))


def unit_of(name: str) -> str:
    """The unit of an output, from the glossary."""
    return glossary()["quantities"][name.partition(".")[0]].units[0]
