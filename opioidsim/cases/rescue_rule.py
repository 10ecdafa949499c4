"""The rule of a rescue: which antagonist, when help comes, how many doses."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from opioidsim.cases import drug as drugs
from opioidsim.cases import rescue_step
from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.rescue_step import Slot, Steps
from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import shown

FORMS = '"ventilation < 40 % of baseline", "ventilation < 3 L/min" or "at 5 min"'
MOST_DOSES = 12
MOST_SLOTS = 24  # beginnings and ends of doses


def _seconds(given):
    """A time with its unit as seconds. Raises ValueError for a number without one, and beyond a day."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(f'it was given as "{shown(given)}" without a unit; write for example "{shown(given)} s".')
    value = units.hours(given) * 3600.0
    if not 0 <= value <= 86400:
        raise ValueError(f'it is "{shown(given)}"; from 0 s to 24 h can be simulated.')
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), WithJsonSchema({"type": "string", "examples": ["60 s"]})]


def _between(given):
    """Two times, the earlier and the later [s]."""
    if given is None:
        return None
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise ValueError(
            f'it is "{shown(given)}"; give two times, ["2 min", "12 min"], between which 90 % of helpers come.'
        )
    early, late = map(_seconds, given)
    if not 0 < early < late:
        raise ValueError(f'it is "{shown(given)}"; the first must be more than 0 s, and less than the second.')
    return early, late


class RescueRule(Table):
    """Someone helps: `doses` of `drug`, the first `delay` after the moment `when`, each `interval` apart. Times in s.

    when: ventilation falls under a share of its baseline or under a level, or a set time. if_needed: a further dose only
    while ventilation is still under the level. comes: instead of one delay for all, two times between which 90 % of
    helpers come, log-normally. steps: instead of drug and doses, what is done in sentences, see `rescue_step`; `interval` is
    then how long after the last of them a helper looks once more.
    """

    drug: str = ""
    when: str = "ventilation < 40 % of baseline"
    delay: Seconds = 60.0
    comes: Annotated[
        tuple[float, float] | None,
        BeforeValidator(_between),
        WithJsonSchema({"type": "array", "examples": [["2 min", "12 min"]]}),
    ] = None
    doses: int = Field(default=1, ge=0, le=MOST_DOSES)  # 0: nobody helps
    interval: Seconds = 150.0
    if_needed: bool = False
    steps: tuple[str, ...] = ()

    @field_validator("drug", mode="after")
    @classmethod
    def _sentence(cls, given):
        """Only a plain dose, at once or infused: when it is given is for the rule to say."""
        if not given:
            return given
        dose = parse(given)
        if drugs.load(dose.drug).role not in ("antagonist", "partial agonist"):
            raise ValueError(
                f'{dose.drug} is no antagonist and rescues nobody; write for example drug = "naloxone 4 mg nasal".'
            )
        if dose.at or dose.times > 1 or dose.steady:
            raise ValueError(
                f'"{given}" must be one plain dose, "{Dose(**(dose.model_dump() | {"at": 0.0, "every": 0.0, "times": 1, "over": 0.0, "steady": 0}))}"; `delay`, `doses` and `interval` say when.'
            )
        return str(dose)

    @model_validator(mode="after")
    def _sound(self):
        """Refuses a `when` that is not understood, and what does not go with it."""
        self.trigger()
        if bool(self.drug) == bool(self.steps):
            raise ValueError('it needs either a `drug`, "naloxone 4 mg nasal", or `steps`, and not both.')
        if self.doses > 1 and self.interval < 1.0:
            raise ValueError("`interval` is shorter than 1 s; give the doses at once as one larger dose instead.")
        if self.drug and self.doses > 1 and self.interval < parse(self.drug).over * 3600.0:
            raise ValueError("`interval` is shorter than the infusion; make it longer.")
        if self.if_needed and self.trigger()[2] < float("inf"):
            raise ValueError(
                '`if_needed` needs a level of ventilation in `when`, such as "ventilation < 40 % of baseline".'
            )
        if self.steps and (self.if_needed or self.doses > 1):
            raise ValueError("`doses` and `if_needed` belong to a `drug`; in steps write \"every 2 min x 3\" and \"if ventilation < 40 % of baseline\".")  # fmt: skip
        breaths = self.read().breaths
        if breaths and breaths.below is None and self.trigger()[2] < float("inf"):
            raise ValueError('rescue breathing needs a level here; write "rescue breathing 5 L/min until ventilation > 3 L/min".')  # fmt: skip
        if len(self.read().slots) > MOST_SLOTS:
            raise ValueError(f"there are more than {MOST_SLOTS} beginnings and ends of doses; leave some out.")
        return self

    def read(self) -> Steps:
        """What is done, step by step."""
        if self.steps:
            return rescue_step.read(self.steps) if self.doses else Steps(())
        dose, below = parse(self.drug), self.trigger()[:2] if self.if_needed else None
        over, slots = dose.over * 3600.0, []
        for number in range(self.doses):
            after = 0.0 if number == 0 else self.interval - over
            slots.append(Slot(dose, 1 if over else 0, after, below if number else None, waits=True))
            slots += [Slot(dose, -1, over)] if over else []
        return Steps(tuple(slots))

    def given(self) -> tuple[Dose, ...]:
        """The kinds of dose of the rule."""
        if self.drug:
            return (parse(self.drug),)
        return tuple(dict.fromkeys(slot.dose for slot in rescue_step.read(self.steps).slots))

    def trigger(self) -> tuple[float, float, float]:
        """(share of baseline ventilation, ventilation [L/min], time [s]) that calls for help; 0, 0, inf where not used."""
        text = " ".join(self.when.split())
        if text.startswith("at "):
            return 0.0, 0.0, _seconds(text.removeprefix("at "))
        if ">" in text or not text.startswith("ventilation"):
            raise ValueError(f'"{shown(self.when)}" is not understood; write {FORMS}.')
        try:
            return *rescue_step.level(text), float("inf")
        except ValueError as error:
            raise ValueError(str(error).replace(rescue_step.LEVELS, FORMS)) from None

    def table(self) -> dict[str, Any]:
        """The rule as the plain table it could have been read from."""
        found = self.model_dump()
        found |= {key: units.time_text(found[key] / 3600.0) for key in ("delay", "interval")}
        found["comes"] = self.comes and [units.time_text(each / 3600.0) for each in self.comes]
        found["steps"] = list(self.steps)
        return {key: value for key, value in found.items() if value or key not in ("drug", "comes", "steps")}
