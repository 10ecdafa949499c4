"""Overdoses as helpers find them, as data: what was taken, by whom, and when help comes; a file of the library, or one's own."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator, model_validator

from opioidsim.cases import drug as drugs
from opioidsim.cases.dose import parse
from opioidsim.cases.rescue_step import read as read_steps
from opioidsim.facts.evidence import Fact, Table, build, read_toml
from opioidsim.facts.own import chosen, files


class Known(Table):
    """How something is known, as of a fact."""

    basis: Literal["measured", "fitted", "scaled", "assumed"]
    source: str = ""
    where: str = ""
    note: str = ""


class Taken(Table):
    """An opioid that is found. share: of all overdoses taken; dose: its median [mg], and how it spreads; over: in what time it
    arrives, where it is smoked or snorted and the drug has no such route."""

    drug: str
    route: str
    share: float = Field(gt=0, le=1)
    dose: Fact
    over: str = ""

    @model_validator(mode="after")
    def _sound(self):
        """Refuses what is no opioid, no route of it, and no amount in mg."""
        parse(self.sentence)
        if drugs.load(self.drug).role not in ("agonist", "partial agonist"):
            raise ValueError(f"{self.drug} is no opioid.")
        if self.dose.unit != "mg":
            raise ValueError(f'the dose of {self.drug} is in "{self.dose.unit}"; give mg.')
        return self

    @property
    def sentence(self) -> str:
        """The median dose as a sentence."""
        return f"{self.drug} {self.dose.value:.12g} mg {self.route}" + (f" over {self.over}" if self.over else "")


class Comes(Known):
    """Between which times after breathing is low 90 % of helpers come, log-normally."""

    early: str
    late: str


class Waits(Known):
    """How long helpers wait before they give a further dose to somebody whose breathing is not back."""

    between: str


class Practice(Table):
    """What is known of how helpers act and the scene does not simulate, or simulates otherwise; to read beside the answer."""

    said: str
    source: str
    where: str


class Seen(Table):
    """What was seen in the field of a product given so long apart: a share of those given any, or of all found. low, high:
    within which the answer should lie, written before it was run; why: why so wide; fails: why it does not."""

    said: str
    measure: Literal["more than one dose", "more than two doses", "back within 5 min", "back within 10 min", "dead"]
    product: str
    observed: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    source: str
    where: str
    why: str
    fails: str = ""

    @model_validator(mode="after")
    def _sound(self):
        """Refuses what is no dose, and bounds that do not hold what was seen."""
        parse(self.product)
        if not self.low <= self.observed <= self.high:
            raise ValueError(f"what was seen, {self.observed:g}, must lie between low and high.")
        return self


class Sedative(Known):
    """What is taken with it, and in which share of overdoses."""

    dose: str
    share: float = Field(ge=0, le=1)

    @field_validator("dose", mode="after")
    @classmethod
    def _sedative(cls, given):
        if drugs.load(parse(given).drug).role != "sedative":
            raise ValueError(f'"{given}" is no sedative.')
        return given


class Helps(Known):
    """What helpers do besides, in a step of a rescue such as "rescue breathing 5 L/min", and in which share of overdoses. Oxygen is
    given to whoever breathes less than the scene's level, unless the step says another."""

    does: str
    share: float = Field(gt=0, le=1)

    @field_validator("does", mode="after")
    @classmethod
    def _step(cls, given):
        if read_steps([given, "naloxone 0.4 mg iv"]).breaths is None and not given.startswith("oxygen"):
            raise ValueError(f'"{given}" is neither rescue breathing nor oxygen.')
        return given


class Scene(Table):
    """Overdoses that are taken. tolerance: evenly from `low` to `high`. level: the share of baseline ventilation under which
    somebody is found and given more, and over which breathing is back. helps: what helpers do besides; who does what fewer do also
    does what more do. seen: what is known from the field, to read beside the answer; practice: of helpers."""

    title: str
    opioids: tuple[Taken, ...] = Field(min_length=1, max_length=6)
    tolerance: Fact
    level: Fact
    comes: Comes
    waits: Waits
    sedative: Sedative | None = None
    helps: tuple[Helps, ...] = Field(default=(), max_length=3)
    seen: tuple[Seen, ...] = ()
    practice: tuple[Practice, ...] = ()

    @model_validator(mode="after")
    def _sound(self):
        """Refuses shares that are not all, and a tolerance beyond 0 and 1."""
        if abs(sum(each.share for each in self.opioids) - 1.0) > 1e-6:
            raise ValueError("the shares of the opioids must add up to 1.")
        if not 0 <= (self.tolerance.low or 0.0) <= (self.tolerance.high or self.tolerance.value) <= 1:
            raise ValueError("tolerance lies from 0, naive, to 1, long-time daily use.")
        if not 0.1 <= self.level.value <= 0.9:
            raise ValueError("level lies from 0.1 to 0.9 of baseline ventilation.")
        return self

    def helped(self) -> list[tuple[float, tuple[str, ...]]]:
        """The shares of overdoses in which helpers do the same besides, and what: from those who do most to those who do nothing."""
        edges = sorted({each.share for each in self.helps} | {1.0})
        return [
            (edge - before, tuple(each.does for each in self.helps if each.share >= edge))
            for before, edge in pairwise((0.0, *edges))
        ]

    def facts(self) -> dict[str, Fact]:
        """Every number by name."""
        return {f"found.{each.drug}.dose": each.dose for each in self.opioids} | {
            "found.tolerance": self.tolerance,
            "found.level": self.level,
        }


def read(given: str) -> Scene:
    """The scene in a TOML file, or one of the library's by name."""
    path = chosen(given, "found", "file of found overdoses", where="scene")
    return build(Scene, read_toml(path), path.name)


def titles() -> dict[str, str]:
    """The library's scenes by name, each with what it is."""
    return {name: read(name).title for name in files("found")}
