"""The rule of a rescue: which antagonist, when help comes, how many doses."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from opioidsim.cases.dose import Dose, parse
from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import shown

FORMS = '"ventilation < 40 % of baseline", "ventilation < 3 L/min" or "at 5 min"'
MOST_DOSES = 12
_BELOW = re.compile(r"ventilation\s*<\s*(\d+\.?\d*|\.\d+)\s*(%\s*of\s+baseline|L/min)")


def _seconds(given):
    """A time with its unit as seconds. Raises ValueError for a number without one, and beyond a day."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(f'it was given as "{shown(given)}" without a unit; write for example "{shown(given)} s".')
    value = units.hours(given) * 3600.0
    if not 0 <= value <= 86400:
        raise ValueError(f'it is "{shown(given)}"; from 0 s to 24 h can be simulated.')
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), WithJsonSchema({"type": "string", "examples": ["60 s"]})]


class RescueRule(Table):
    """Someone helps: `doses` of `drug`, the first `delay` after the moment `when`, each `interval` apart. Times in s.

    when: ventilation falls under a share of its baseline or under a level, or a set time. if_needed: a further dose only
    while ventilation is still under the level.
    """

    drug: str
    when: str = "ventilation < 40 % of baseline"
    delay: Seconds = 60.0
    doses: int = Field(default=1, ge=0, le=MOST_DOSES)  # 0: nobody helps
    interval: Seconds = 150.0
    if_needed: bool = False

    @field_validator("drug", mode="after")
    @classmethod
    def _sentence(cls, given):
        """Only a plain dose: when it is given is for the rule to say."""
        dose = parse(given)
        if dose.at or dose.times > 1 or dose.over or dose.steady:
            raise ValueError(
                f'"{given}" must be one plain dose, "{Dose(**(dose.model_dump() | {"at": 0.0, "every": 0.0, "times": 1, "over": 0.0, "steady": 0}))}"; `delay`, `doses` and `interval` say when.'
            )
        return str(dose)

    @model_validator(mode="after")
    def _sound(self):
        """Refuses a `when` that is not understood, and what does not go with it."""
        self.trigger()
        if self.doses > 1 and self.interval < 1.0:
            raise ValueError("`interval` is shorter than 1 s; give the doses at once as one larger dose instead.")
        if self.if_needed and self.trigger()[2] < float("inf"):
            raise ValueError(
                '`if_needed` needs a level of ventilation in `when`, such as "ventilation < 40 % of baseline".'
            )
        return self

    @property
    def dose(self) -> Dose:
        """The single dose."""
        return parse(self.drug)

    def trigger(self) -> tuple[float, float, float]:
        """(share of baseline ventilation, ventilation [L/min], time [s]) that calls for help; 0, 0, inf where not used."""
        text = " ".join(self.when.split())
        below = _BELOW.fullmatch(text)
        if below:
            number, unit = float(below[1]), below[2]
            share = number / 100.0 if unit.startswith("%") else 0.0
            if not 0 < (share or number / 100.0) < 1:
                raise ValueError(f'"{self.when}" must lie between 0 and 100.')
            return share, 0.0 if share else number, float("inf")
        if text.startswith("at "):
            return 0.0, 0.0, _seconds(text.removeprefix("at "))
        raise ValueError(f'"{shown(self.when)}" is not understood; write {FORMS}.')
