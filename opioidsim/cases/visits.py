"""When people of a trial are seen, what a visit asks, and what one counts as that is missed. From TOML."""

import re
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from opioidsim.cases.trial_arm import MOST_DAYS, TEXT, whole_days
from opioidsim.facts.evidence import Table
from opioidsim.refusal import shown

WEEK = 7  # days
_ON = re.compile(r"(days?|weeks?) (\d+(?:, ?\d+)*)(?:,? then every (\d+) (days?|d|weeks?))?")
_EXAMPLE = '"days 1, 3, 7, 14, then every 4 weeks"'


class Visits(Table):
    """How often people are seen [d], or `on` which days or weeks from randomisation; how many days of use a urine shows [d]; what a
    missed visit counts as: positive, nothing, or what the last one was (positive where there is none yet). missed: the chance that
    a visit is missed, in a trial of alcohol use disorder; in one of opioids who comes follows from what people do.
    """

    every: Annotated[int, whole_days(1, 28), TEXT] = WEEK
    on: str = ""
    shows: Annotated[int, whole_days(1, 14), TEXT] = 3
    missing: Literal["positive", "left out", "as before"] = "positive"
    missed: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        """Refuses two calendars at once, and one that is not understood."""
        if self.on and "every" in self.model_fields_set:
            raise ValueError('"every" and "on" are two calendars; give one of them.')
        self.days(MOST_DAYS)
        return self

    def days(self, length: int) -> tuple[int, ...]:
        """How many days have passed at each visit of a trial of `length` days: (7, 14, ...). A visit falls on the last of them."""
        if not self.on:
            return tuple(range(self.every, length + 1, self.every))
        found = _ON.fullmatch(self.on.strip())
        if not found:
            raise ValueError(f'on: "{shown(self.on)}" is not understood; write for example {_EXAMPLE}.')
        unit, listed, apart, of = found.groups()
        days = [int(each) * (WEEK if unit.startswith("week") else 1) for each in listed.split(",")]
        if days[0] < 1 or any(a >= b for a, b in pairwise(days)):
            raise ValueError(f'on: "{shown(self.on)}" must rise from day 1 on; day 0 is randomisation.')
        if apart:
            step = int(apart) * (WEEK if of.startswith("week") else 1)
            if step < 1:
                raise ValueError(f'on: "{shown(self.on)}" goes on every 0 days; write for example {_EXAMPLE}.')
            days += range(days[-1] + step, length + 1, step)
        return tuple(days)
