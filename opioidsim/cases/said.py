"""What may be written to make a scenario, a person, a crowd or a plan from Python: texts and tables, where a record holds numbers.

For editors and type checkers alone; what is written is read by the records themselves. `tests/unit/test_typed.py` holds the names equal.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Required, TypedDict

if TYPE_CHECKING:
    from opioidsim.cases.before import Before
    from opioidsim.cases.dose import Dose
    from opioidsim.cases.dosing import Dosing
    from opioidsim.cases.person import Person, Population
    from opioidsim.cases.rescue_rule import RescueRule
    from opioidsim.cases.trial_plan import Arm, People, Visits

Doses = Sequence["str | Dose"]  # sentences, or doses


class PersonSaid(TypedDict, total=False):
    """As `Person`; weight "70 kg" or 70.0 [kg], age "35 years" or 35.0; tolerance "naive", "chronic" or 0 to 2."""

    weight: str | float
    age: str | float
    sex: Literal["male", "female"]
    liver: Literal["healthy", "cirrhosis"]
    tolerance: float | Literal["naive", "chronic"]
    dependence: float


class PopulationSaid(TypedDict, total=False):
    """As `Population`; table: one path, or several."""

    n: int
    seed: int
    draws: int
    table: str | Sequence[str]


class BeforeSaid(TypedDict, total=False):
    """As `Before`; duration with its unit, "14 d"."""

    doses: Doses
    dosing: "str | dict[str, Any] | Dosing | None"
    duration: Required[str]
    tolerance: float | Literal["naive", "chronic"] | None


class ScenarioSaid(TypedDict, total=False):
    """As `Scenario`; times with their unit, "90 min"; doses as sentences; readings by drug, or one of the whole model."""

    title: str
    clock: Literal["course", "episode"]
    duration: str
    every: str
    outputs: Sequence[str]
    doses: Doses
    dosing: "str | dict[str, Any] | Dosing | None"
    person: "Person | PersonSaid"
    population: "Population | PopulationSaid | None"
    before: "Before | BeforeSaid | None"
    rescue: "RescueRule | dict[str, Any] | None"
    second_look: bool
    attended: bool
    oxygen: str | None
    end_tidal_co2: str | None
    readings: str | Mapping[str, str]
    change: dict[str, Any]


class PlanSaid(TypedDict, total=False):
    """As `Plan`; length with its unit, "24 weeks"; people, visits and arms as records or tables."""

    title: Required[str]
    condition: Literal["opioid", "alcohol"]
    about: str
    length: Required[str]
    people: Required["People | dict[str, Any]"]
    visits: "Visits | dict[str, Any]"
    arms: Required["Sequence[Arm | dict[str, Any]]"]
    endpoints: Sequence[str]
    further: Mapping[str, str]
    primary: str
    reference: str
    analysed: Literal["all randomised", "who began"]
    looks: Sequence[float]
    strata: Literal["", "habit", "days clean"]
    comes_back: float
    change: dict[str, Any]
