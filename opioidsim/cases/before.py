"""What comes before an episode; and lengths of time and lists of doses, as a scenario says them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, Unpack

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from opioidsim.cases import drug as drugs
from opioidsim.cases.dose import LONGEST, Dose, sentences
from opioidsim.cases.dosing import Dosing, event_table
from opioidsim.cases.person import Tolerance
from opioidsim.cases.said import BeforeSaid
from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import shown


def _hours(given: Any) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(f'it was given as "{shown(given)}" without a unit; write for example "{shown(given)} h".')
    value = units.hours(given)
    if not 0 < value <= LONGEST:
        raise ValueError(f"it is {units.time_text(value)}; it must be more than zero and at most 20 years.")
    return value


Hours = Annotated[float, BeforeValidator(_hours), WithJsonSchema({"type": "string", "examples": ["90 min", "28 d"]})]
Doses = Annotated[
    tuple[Dose, ...], BeforeValidator(sentences), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]


class Given(Table):
    """What is given: doses in sentences, or an event table of them, which may have several people."""

    doses: Doses = ()
    dosing: Annotated[Dosing | None, BeforeValidator(event_table), WithJsonSchema({"type": "string"})] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.doses and self.dosing:
            raise ValueError("give either `doses` or a `dosing` table, not both.")
        return self

    def dosed(self) -> tuple[Dose, ...]:
        """Its doses, everyone's."""
        return self.doses if self.dosing is None else tuple(d for one in self.dosing.individuals for d in one.doses)

    def kinds(self) -> tuple[Dose, ...]:
        """Its kinds of dose, see `Dosing.kinds`; all of them where they are sentences."""
        return self.dosing.kinds if self.dosing else self.doses

    def regimens(self) -> tuple[tuple[Dose, ...], ...]:
        """The doses of each of its people; of sentences one, which everyone has."""
        return tuple(one.doses for one in self.dosing.individuals) if self.dosing else (self.doses,)

    def in_words(self) -> str:
        """Its doses in sentences, or the name of their table."""
        return f"the doses of {Path(self.dosing.table).name}" if self.dosing else "; ".join(map(str, self.doses))

    def endless(self) -> Dose | None:
        """An opioid among its doses that has gone on for ever; what it left in the body is solved, what adapted to it is not."""
        roles = ("agonist", "partial agonist")
        return next((d for d in self.dosed() if d.steady and drugs.load(d.drug).role in roles), None)

    def ids(self) -> tuple[str, ...]:
        """Its people, as the event table calls them."""
        return tuple(one.id for one in self.dosing.individuals) if self.dosing else ()


class Before(Given):
    """The course that leads up to an episode: its doses, or an event table of them, and how long it lasts [h]. tolerance: at its beginning; it is then
    gained and lost on the way. Without it, whoever is given an opioid here begins with none and gains it, unless the person
    has a tolerance, which then holds in the episode."""

    if TYPE_CHECKING:  # what may be written, for editors: texts and tables too

        def __init__(self, **said: Unpack[BeforeSaid]) -> None: ...

    duration: Hours
    tolerance: Tolerance | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.dosed() and self.tolerance is None:
            raise ValueError('it has neither doses nor a tolerance to lose; write for example tolerance = "chronic".')
        return self

    def sound(self, tolerance: float) -> None:
        """Refuses a tolerance said twice, one that endless doses left and nobody says, and a dose that goes on after the end.
        tolerance: of the person."""
        if self.tolerance is not None and tolerance:
            raise ValueError(
                "give tolerance either in [before], where it is lost and gained on the way, or in [person], where it holds in the episode; not in both."
            )
        endless = self.endless()
        if endless and self.tolerance is None and not tolerance:
            raise ValueError(
                f'"{endless}" has gone on for ever, and which tolerance that left is not solved; say with which these days begin, tolerance = "chronic" in [before] (--tolerance-before), or give the weeks themselves.'
            )
        for dose in self.dosed():
            if max(dose.starts(), default=dose.at) + dose.over > self.duration:
                raise ValueError(
                    f'dose "{dose}" in [before] goes on after its end, {units.time_text(self.duration)}. Make it longer, or give the dose in the episode.'
                )
