"""What a request may say, in the words of a scenario file and of the verbs; files cannot be named."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.refusal import Refusal
from opioidsim.web.limits import POINTS, SENTENCE, SENTENCES, placed, sized

Text = Annotated[str, Field(max_length=SENTENCE)]
Sentences = Annotated[list[Text], Field(max_length=SENTENCES)]
Days = Annotated[
    list[Annotated[float, Field(ge=0, le=400, allow_inf_nan=False)]], Field(min_length=1, max_length=POINTS)
]
Seed = Annotated[int, Field(ge=0, lt=2**53, description="Which people are drawn.")]
Share = Annotated[float, Field(ge=0, le=1)]
Tolerance = Share | Literal["naive", "chronic"]
People = Annotated[int, Field(ge=1, description="1 is the typical person.")]
Few = Annotated[float, Field(gt=0, le=400, allow_inf_nan=False)]


class Body(BaseModel):
    """A request: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class PersonBody(Body):
    """One person; what is left out is typical."""

    weight: Text = "70 kg"
    age: Text = "35 years"
    sex: Literal["male", "female"] = "male"
    liver: Literal["healthy", "cirrhosis"] = "healthy"
    tolerance: Tolerance = 0.0
    dependence: Share = 0.0


class CrowdBody(Body):
    """A crowd: how many people, and which."""

    n: Annotated[int, Field(ge=1)]
    seed: Seed = 1


class BeforeBody(Body):
    """The course before an episode; with a tolerance at its beginning, it is lost and gained on the way."""

    doses: Sentences = []
    duration: Text
    tolerance: Tolerance | None = None


class RescueBody(Body):
    """The rule by which help comes."""

    drug: Text
    when: Text = "ventilation < 40 % of baseline"
    delay: Text = "60 s"
    doses: Annotated[int, Field(ge=0, le=12)] = 1
    interval: Text = "150 s"
    if_needed: bool = False


_PLACE = re.compile(
    r'the scenario: (?:([a-z_.]+): )?((?:"([a-z_.]+)" )?.*)', re.DOTALL
)  # how a refusal names the place
EXAMPLE = {"doses": ["naltrexone 50 mg oral every 24 h x 3", "heroin 25 mg iv at 2 d"], "duration": "4 d"}
OVERDOSE = {
    "clock": "episode",
    "doses": ["fentanyl 1.6 mg iv"],
    "duration": "30 min",
    "rescue": {"drug": "naloxone 4 mg nasal"},
}


class ScenarioBody(Body):
    """A scenario as in a TOML file, without tables of draws and dosing files."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE, OVERDOSE]})

    title: Text = ""
    clock: Literal["course", "episode"] = "course"
    duration: Text | None = None
    every: Text | None = None
    doses: Sentences = []
    outputs: Sentences = []
    person: PersonBody | None = None
    population: CrowdBody | None = None
    before: BeforeBody | None = None
    rescue: RescueBody | None = None
    second_look: bool = False
    readings: Annotated[dict[Text, Text], Field(max_length=SENTENCES)] = {}

    def scenario(self) -> Scenario:
        """The scenario, sound and small enough; refuses with the field that is wrong."""
        sentences(self.doses, "doses")
        if self.before:
            sentences(self.before.doses, "before.doses")
        if self.rescue:
            sentences(self.rescue.drug, "rescue.drug")
        try:
            found = from_table(self.model_dump(exclude_unset=True, exclude_none=True), "the scenario")
        except Refusal as refusal:
            said = _PLACE.fullmatch(str(refusal))
            raise placed(Refusal(said[2]), said[1] or said[3] or "") if said else refusal from None
        return sized(found)


class RunBody(Body):
    """A scenario, and another to compare it with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"scenario": EXAMPLE, "other": None}]})

    scenario: ScenarioBody
    other: ScenarioBody | None = None

    def scenarios(self) -> list[Scenario]:
        """One or two scenarios; those compared are on the same clock."""
        found = [self.scenario.scenario()]
        if self.other is not None:
            try:
                found.append(self.other.scenario())
            except Refusal as refusal:
                raise placed(refusal, f"other.{getattr(refusal, 'where', '')}") from None
            if found[1].clock != found[0].clock:
                raise placed(
                    Refusal("a course of days and an episode of minutes cannot be drawn together."), "other.clock"
                )
        return found


def sentences(given: list[str] | str, where: str) -> list:
    """The doses that these sentences say, or this one; a refusal names the sentence."""
    found = []
    for number, text in enumerate([given] if isinstance(given, str) else given):
        try:
            found.append(parse(text))
        except Refusal as refusal:
            raise placed(refusal, where if isinstance(given, str) else f"{where}.{number}") from None
    return found
