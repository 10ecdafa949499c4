"""An arm of a trial: what is given, with which care, and by which rules it changes. From TOML."""

import re
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from opioidsim.cases.dose import Dose, sentences, something, without_past
from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import shown

DEPOTS = ("im-depot", "sc-depot", "sc-weekly", "sc-monthly", "implant")
MOST_DAYS = 3 * 366
_RISES = re.compile(r"(\d+\.?\d*)\s*mg\s+to\s+(\d+\.?\d*)\s*mg")


def whole_days(least: float, most: float) -> BeforeValidator:
    """A reader of whole days within these bounds; a number without a unit is refused, since weeks are as usual as days."""

    def read(given: Any) -> int:
        if isinstance(given, int | float) and not isinstance(given, bool):
            raise ValueError(f'it was given as "{shown(given)}" without a unit; write for example "{shown(given)} d".')
        days = units.hours(given) / 24.0
        if not least <= days <= most or abs(days - round(days)) > 1e-9:
            raise ValueError(f'it is "{given}"; a whole number of days from {least:g} to {most:g} can be simulated.')
        return round(days)

    return BeforeValidator(read)


TEXT = PlainSerializer(lambda days: f"{days} d", when_used="json")  # days, as they are read
Sentence = Annotated[Dose, BeforeValidator(something), PlainSerializer(str, when_used="json")]
Sentences = Annotated[
    tuple[Dose, ...],
    BeforeValidator(lambda given: tuple(map(without_past, sentences(given)))),
    PlainSerializer(lambda doses: [*map(str, doses)], when_used="json"),
]


class Arm(Table):
    """One arm. regimen: dose sentences, counted from the first dose; none: no medication.

    opioid_free: days without opioids asked of those randomised before the first dose [d]; 0: it is given at once. place:
    where people are until then. placebo: everything is given, without its drug. targeted: tablets on days when drinking is
    expected, instead of every day. intensity: how much of the therapy, 1 being the one that its facts are of; sessions: the same, as
    the number of its sessions in the whole trial. allocation:
    how many are randomised to this arm for one in an arm of 1. switch_to: the arm whose treatment is given after `switch_after` days of use, or
    of heavy drinking, in a row. rises: by how much each day's tablets rise after a week with one such day, and up to what: "2 mg to 24 mg".
    """

    name: str
    regimen: Sentences = ()
    opioid_free: Annotated[int, whole_days(0, 30), TEXT] = 0
    place: Literal["clinic", "home"] = "home"
    supervision: Literal["none", "family", "clinic"] = "none"
    therapy: Literal["none", "weekly counselling", "contingency management", "behavioural intervention"] = "none"
    intensity: float = Field(default=1.0, ge=0, le=1)
    sessions: int | None = Field(default=None, ge=0)
    placebo: bool = False
    targeted: bool = False
    allocation: int = Field(default=1, ge=1, le=10)
    switch_to: str = ""
    switch_after: Annotated[int, whole_days(1, 60), TEXT] = 7
    rises: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        """Refuses a regimen that does not go by whole days, and two kinds of injections."""
        for dose in self.regimen:
            if dose.over or "/kg" in dose.unit:
                raise ValueError(f'"{dose}" is infused or given by weight; a regimen has plain amounts.')
            if any(abs(t / 24.0 - round(t / 24.0)) > 1e-9 for t in dose.starts()):
                raise ValueError(f'"{dose}" falls inside a day; a regimen goes by whole days, "every 24 h x 168".')
        if len({(dose.drug, dose.route) for dose in self.regimen if dose.route in DEPOTS}) > 1:
            raise ValueError("there are two kinds of injections; an arm has at most one.")
        self.rises_by()
        if "switch_after" in self.model_fields_set and not self.switch_to:
            raise ValueError(
                f'arm "{self.name}": switch_after without switch_to; name the arm whose treatment follows.'
            )
        self._therapy()
        return self

    def _therapy(self) -> None:
        """Refuses an intensity of no therapy, two of one, and sessions of what has none."""
        asked = {"intensity", "sessions"} & self.model_fields_set
        if self.therapy == "none" and (self.intensity != 1.0 or self.sessions is not None):
            raise ValueError(f'arm "{self.name}": {" and ".join(sorted(asked))} without a therapy; name the therapy.')
        if self.intensity != 1.0 and self.sessions is not None:
            raise ValueError(f'arm "{self.name}": intensity and sessions say the same; give one of them.')
        if self.sessions is not None and self.therapy == "contingency management":
            raise ValueError(f'arm "{self.name}": contingency management is paid by the urine and not by the session; give an intensity.')  # fmt: skip

    def rises_by(self) -> tuple[float, float]:
        """By how much the tablets of a day rise, and by how much at most [mg]; 0, 0: not. Refuses what is no such sentence."""
        if not self.rises:
            return 0.0, 0.0
        tablets = [dose for dose in self.regimen if dose.route not in DEPOTS]
        if len(tablets) != 1:
            raise ValueError("rises: the regimen must have one sentence of tablets, whose dose rises.")
        found = _RISES.fullmatch(self.rises.strip())
        if not found:
            raise ValueError(f'rises: "{shown(self.rises)}" is not understood; write for example "2 mg to 24 mg".')
        step, most = float(found[1]), float(found[2]) - tablets[0].milligrams()
        if not 0 < step <= most:
            raise ValueError(f'rises: from {tablets[0].milligrams():g} mg "{self.rises}" leaves no room for a step.')
        return step, most


def shots(arm: Arm) -> tuple[np.ndarray, np.ndarray]:
    """The arm's injections: amounts [mg], and the days from each to the next."""
    found = sorted((at / 24.0, d.milligrams()) for d in arm.regimen if d.route in DEPOTS for at in d.starts())
    days = np.array([day for day, _ in found])
    return np.array([mg for _, mg in found]), np.append(np.diff(days), 0.0).round().astype(int)
