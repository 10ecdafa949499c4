"""Scenarios: what happens to whom, for how long. To and from TOML."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from opioidsim import drug as drugs
from opioidsim import units
from opioidsim.dose import Dose, parse, read_table
from opioidsim.evidence import LIBRARY, Table, build, glossary, read_toml
from opioidsim.person import Person, Population
from opioidsim.refusal import Refusal, nearest
from opioidsim.tables import read_columns

LONGEST = 20 * 8766.0  # hours: twenty years
MOST_TIMES = 200_000


def _hours(given):
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(f'it was given as "{given}" without a unit; write for example "{given} h".')
    value = units.hours(str(given))
    if not 0 < value <= LONGEST:
        raise ValueError(f"it is {units.time_text(value)}; it must be more than zero and at most 20 years.")
    return value


Hours = Annotated[float, BeforeValidator(_hours)]


class Scenario(Table):
    """What happens to whom. Times in hours; `outputs` empty means what matters for the doses.

    readings: for a drug, which other reading of contested evidence to use ("naltrexone" = "slower").
    """

    title: str = ""
    clock: Literal["course"] = "course"
    duration: Hours = 24.0
    every: Hours = 1.0
    doses: tuple[Dose, ...] = ()
    dosing: str = ""
    outputs: tuple[str, ...] = ()
    person: Person = Field(default_factory=Person)
    population: Population | None = None
    readings: Annotated[dict[str, str], AfterValidator(lambda given: {drugs.find(k): v for k, v in given.items()})] = {}

    @field_validator("doses", mode="before")
    @classmethod
    def _sentences(cls, given):
        if isinstance(given, str):
            raise ValueError(f'write a list of sentences, ["{given}"].')
        return tuple(parse(text) for text in given)

    @model_validator(mode="after")
    def _sound(self):
        if not self.doses:
            raise ValueError('no dose is given; write doses = ["naltrexone 50 mg oral"].')
        if self.person.tolerance:
            raise ValueError("tolerance is not simulated yet; leave it out, or set it to 0.")
        if self.duration / self.every > MOST_TIMES:
            raise ValueError(
                f"{self.duration / self.every:.0f} output times are too many; at most {MOST_TIMES}. Make `every` longer."
            )
        for dose in self.doses:
            if dose.at > self.duration:
                raise ValueError(
                    f'dose "{dose}" comes after the end, {units.time_text(self.duration)}. Make the duration longer.'
                )
        for drug, reading in self.readings.items():
            drugs.load(drug, reading)
        allowed = self.quantities()
        for name in self.outputs:
            if name not in allowed:
                raise ValueError(f'there is no output "{name}" here.{nearest(name, allowed)}')
        return self

    def drugs(self) -> list[drugs.Drug]:
        """Every drug and metabolite in play, each once, in the order of the doses."""
        found: dict[str, drugs.Drug] = {}
        for dose in self.doses:
            for drug in drugs.family(dose.drug, self.readings):
                found.setdefault(drug.name, drug)
        return list(found.values())

    def quantities(self) -> list[str]:
        """The canonical names of everything that can be asked of this scenario."""
        names = []
        for drug in self.drugs():
            names.append(f"concentration.{drug.name}")
            if "mu" in drug.receptor:
                names += [f"effect_site.{drug.name}", f"occupancy.{drug.name}"]
            names += [f"{site}_occupancy.{drug.name}" for site in ("kappa", "delta") if site in drug.receptor]
        return [*names, *(("activation", "liking") if any("mu" in drug.receptor for drug in self.drugs()) else ())]

    def wanted(self) -> tuple[str, ...]:
        """The outputs asked for, or else concentrations and mu occupancies, activation and liking if an agonist is given."""
        if self.outputs:
            return self.outputs
        agonist = any(d.role in ("agonist", "partial agonist") for d in self.drugs())
        chosen = [q for q in self.quantities() if q.startswith(("concentration.", "occupancy."))]
        return (*chosen, *(("activation", "liking") if agonist else ()))

    def draws(self) -> dict[str, np.ndarray] | None:
        """The columns of the population's table of draws, one person per row; None when there is none."""
        if self.population is None or not self.population.table:
            return None
        return read_columns(self.population.table, "table of draws")

    def people(self) -> int:
        """How many people are simulated."""
        draws = self.draws()
        if draws is not None:
            return len(next(iter(draws.values())))
        return self.population.n if self.population and self.population.n else 1

    def toml(self) -> str:
        """The scenario as the TOML text it could have been read from."""
        lines = [f"title = {_text(self.title)}"] if self.title else []
        lines += [
            f'clock = "{self.clock}"',
            f'duration = "{units.time_text(self.duration)}"',
            f'every = "{units.time_text(self.every)}"',
        ]
        lines += ["doses = [", *(f"  {_text(str(dose))}," for dose in self.doses), "]"]
        if self.outputs:
            lines.append(f"outputs = [{', '.join(map(_text, self.outputs))}]")
        typical = Person()
        changed = {k: v for k, v in self.person.model_dump().items() if v != getattr(typical, k)}
        unit = {"weight": " kg", "age": " years"}
        for title, table in (("readings", self.readings), ("person", changed), ("population", self._population())):
            if table:
                lines += ["", f"[{title}]"]
                lines += [
                    f"{k} = {_text(f'{v!r}{unit[k]}') if k in unit else _text(v) if isinstance(v, str) else v}"
                    for k, v in table.items()
                ]
        return "\n".join(lines) + "\n"

    def _population(self) -> dict:
        if self.population is None:
            return {}
        return self.population.model_dump(exclude_defaults=True)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def from_table(table: dict, what: str = "scenario", folder: Path = Path()) -> Scenario:
    """The scenario that a table (a TOML file's, a JSON request's) says. Paths in it are relative to `folder`."""
    for key in ("outputs", "doses"):
        if isinstance(table.get(key), list) and not all(isinstance(item, str | Dose) for item in table[key]):
            raise Refusal(f'{what}: "{key}" must be a list of texts in quotation marks.')
    table = dict(table)
    crowd = table.get("population")
    if isinstance(crowd, dict) and isinstance(crowd.get("table"), str) and crowd["table"]:
        table["population"] = crowd | {"table": str(folder / crowd["table"])}
    if isinstance(table.get("dosing"), str) and table["dosing"]:
        regimens = read_table(folder / table["dosing"])
        if table.get("doses"):
            raise Refusal(f"{what}: give either `doses` or a `dosing` table, not both.")
        if len(set(regimens)) > 1:
            raise Refusal(
                f'{what}: the people of "{table["dosing"]}" have different doses; give one scenario for each regimen.'
            )
        table["doses"] = list(regimens[0])
    return build(Scenario, table, what)


def read(path: Path | str) -> Scenario:
    """The scenario in a TOML file, or one of the library's by name."""
    path = Path(path)
    if not path.exists() and (LIBRARY / "scenarios" / f"{path.stem}.toml").exists() and path.suffix in ("", ".toml"):
        path = LIBRARY / "scenarios" / f"{path.stem}.toml"
    if not path.exists():
        raise Refusal(f'there is no scenario file "{path}".{nearest(path.stem, examples())}')
    return from_table(read_toml(path), path.name, path.parent)


def loads(text: str) -> Scenario:
    """The scenario in a TOML text."""
    try:
        return from_table(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"the scenario is not valid TOML: {error}.") from None


def examples() -> list[str]:
    """The scenarios that come with the package."""
    return sorted(path.stem for path in (LIBRARY / "scenarios").glob("*.toml"))


def unit_of(name: str) -> str:
    """The unit of an output, from the glossary."""
    return glossary()["quantities"][name.partition(".")[0]].units[0]
