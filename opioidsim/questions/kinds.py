"""The kinds of parameters that questions have: how each is read, checked, and written as plain data."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from os import PathLike
from typing import TYPE_CHECKING, Annotated, Any, Literal

from opioidsim.refusal import Refusal, nearest, shown

if TYPE_CHECKING:
    from opioidsim.cases.dose import Dose
    from opioidsim.cases.scenario import Scenario
    from opioidsim.cases.trial_plan import Plan

Name = Literal[
    "dose",
    "text",
    "number",
    "whole",
    "share",
    "tolerance",
    "switch",
    "choice",
    "time",
    "file",
    "pairs",
    "readings",
    "scenario",
    "plan",
]


@dataclass(frozen=True)
class Kind:
    """A kind of value, one or several of it. A tolerance is 0 to 2, or "naive" (0), or "chronic" (1)."""

    name: Name
    several: bool = False


@dataclass(frozen=True)
class Ask:
    """What is asked for, in words, and what may be said.

    label: of a field. hint: an example, or what a value means. least, most: bounds of a number, which must exceed `above`.
    fewest, many: how many of several. choices: the names that may be chosen, each with what it means; a text may also be
    another, and `opioidsim list` says its names. course: a sentence may have phases and pauses, and is then several doses.
    flag: of a command, where another name reads better. page: whether a page
    shows a field for it. rare: a page folds it away. steady: whether a dose may be at steady state. drawn: its doses lie on the
    figure's axis of time, where a page lets them be dragged. example: what a page begins with where there is no default.
    """

    label: str
    hint: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    fewest: int = 0
    many: int = 100
    choices: Callable[[], Mapping[str, str]] | None = None
    flag: str = ""
    page: bool = True
    rare: bool = False
    steady: bool = False
    course: bool = False
    drawn: bool = False
    example: str = ""


OneDose = Annotated["str | Dose", Kind("dose")]
Doses = Annotated["str | Dose | Sequence[str | Dose]", Kind("dose", several=True)]
Texts = Annotated["str | Sequence[str]", Kind("text", several=True)]
OneTime = Annotated[str, Kind("time")]
Times = Annotated["str | Sequence[str]", Kind("time", several=True)]
Number = Annotated[float, Kind("number")]
Numbers = Annotated["float | Sequence[float]", Kind("number", several=True)]
Whole = Annotated[int, Kind("whole")]
Wholes = Annotated["int | Sequence[int]", Kind("whole", several=True)]
Share = Annotated[float, Kind("share")]
Tolerance = Annotated["float | str", Kind("tolerance")]
Choice = Annotated[str, Kind("choice")]
Choices = Annotated["str | Sequence[str]", Kind("choice", several=True)]
Files = Annotated["str | Sequence[str]", Kind("file", several=True)]
OneFile = Annotated[str, Kind("file")]
Yes = Annotated[bool, Kind("switch")]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a question: one declaration for every door. of_who: it is a part of `Who`."""

    name: str
    kind: Kind
    ask: Ask
    default: Any = None
    required: bool = False
    of_who: bool = False

    @classmethod
    def of(
        cls, name: str, annotation: Any, default: Any, *, required: bool = False, of_who: bool = False
    ) -> "Parameter":
        """The parameter that an annotation declares, `Annotated[TYPE, KIND, ASK]`."""
        kind, ask = annotation.__metadata__
        if kind.several and default is not None:
            default = tuple(default) if isinstance(default, list | tuple) else (default,)
        return cls(name, kind, ask, default, required, of_who)

    @property
    def flag(self) -> str:
        """The option of a command."""
        return f"--{(self.ask.flag or self.name).replace('_', '-')}"

    def hint(self, instead: str = "") -> str:
        """The hint, after the names that may be given several times, or what is said `instead` of these."""
        if not self.ask.choices or not self.kind.several:
            return self.ask.hint
        return ", ".join(filter(None, (instead or ", ".join(self.ask.choices()), self.ask.hint)))

    def read(self, given: Any) -> Any:
        """The value, checked: several as a tuple, doses as `Dose`, numbers finite and within bounds. Raises Refusal."""
        empty = given is None or (isinstance(given, str) and not given.strip())
        if empty and self.default is None and not self.required:
            return None
        if self.kind.name == "pairs":
            return self._pairs(given)
        if self.kind.name == "readings":
            return self._readings(given)
        if self.kind.name == "scenario" and not self.kind.several:
            return self._scenario(given)
        if self.kind.name == "plan":
            return self._plan(given)
        return self._several(given) if self.kind.several else self._one(given)

    def _several(self, given: Any) -> tuple:
        one = (
            isinstance(given, str | Mapping)
            or hasattr(given, "toml")
            or (not isinstance(given, Sequence | range) and not hasattr(given, "__iter__"))
        )
        found = (self._one(given),) if one else tuple(self._placed(i, each) for i, each in enumerate(given or ()))
        if self.ask.course:
            found = tuple(dose for doses in found for dose in doses)
        if not self.ask.fewest <= len(found) <= self.ask.many:
            raise self._refusal(f"{len(found) or 'none'} were given; give {self.ask.fewest} to {self.ask.many}")
        return found

    def _placed(self, number: int, given: Any) -> Any:
        try:
            return self._one(given)
        except Refusal as refusal:
            raise Refusal(str(refusal), where=f"{self.name}.{number}") from None

    def _one(self, given: Any) -> Any:
        match self.kind.name:
            case "dose":
                return self._dose(given)
            case "number" | "whole" | "share" | "tolerance":
                return self._number(given)
            case "switch":
                if not isinstance(given, bool):
                    raise self._refusal(f"{given!r} was given; say true or false")
                return given
            case "choice":
                return self._chosen(given)
            case "scenario":
                return self._scenario(given)
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise self._refusal(f"{shown(given)} was given; write a text")
        if self.kind.name == "time":
            from opioidsim.facts import units

            try:
                units.hours(str(given))
            except Refusal as refusal:
                raise Refusal(str(refusal), where=self.name) from None
        return given if isinstance(given, str) else f"{given!r}"

    def _dose(self, given: Any) -> "Dose | tuple[Dose, ...]":
        from opioidsim.cases.dose import Dose, several, something

        if not isinstance(given, str | Dose):
            raise self._refusal(f'{shown(given)} was given; write a dose sentence, for example "naltrexone 50 mg oral"')
        try:
            if self.ask.course:
                return tuple(something(dose, self.ask.steady) for dose in several(given))
            return something(given, self.ask.steady)
        except Refusal as refusal:
            raise Refusal(str(refusal), where=self.name) from None

    def _number(self, given: Any) -> float | int:
        if self.kind.name == "tolerance" and isinstance(given, str):
            given = {"naive": 0.0, "chronic": 1.0}.get(given.strip(), given)
        try:
            value = float("nan") if isinstance(given, bool) else float(given)
        except (TypeError, ValueError, OverflowError):
            value = float("nan")
        if not isfinite(value):
            whole = "whole " if self.kind.name == "whole" else ""
            words = "naive, chronic or " if self.kind.name == "tolerance" else ""
            bounds = self._bounds().replace(" ", ", ", 1)
            raise self._refusal(f"{shown(given)} was given; write {words}a {whole}number{bounds}")
        least, most = self._ends()
        if (
            (least is not None and value < least)
            or (most is not None and value > most)
            or (self.ask.above is not None and value <= self.ask.above)
        ):
            raise self._refusal(f"{value:.10g} was given; it must be{self._bounds()}")
        if self.kind.name != "whole":
            return value
        if value != int(value):
            raise self._refusal(f"{value:g} was given; write a whole number")
        return int(value)

    def _ends(self) -> tuple[float | None, float | None]:
        if self.kind.name == "tolerance":
            from opioidsim.cases.person import MOST_TOLERANT

            return 0.0, MOST_TOLERANT
        return (0.0, 1.0) if self.kind.name == "share" else (self.ask.least, self.ask.most)

    def _bounds(self) -> str:
        least, most = self._ends()
        low = (
            f"more than {self.ask.above:g}"
            if self.ask.above is not None
            else f"at least {least:g}"
            if least is not None
            else ""
        )
        high = f"at most {most:.16g}" if most is not None else ""
        return " " + " and ".join(filter(None, (low, high))) if low or high else ""

    def _chosen(self, given: Any) -> str:
        allowed = self.ask.choices() if self.ask.choices else {}
        if given not in allowed:
            raise Refusal(f'{self.name}: "{shown(given)}" was given.{nearest(str(given), allowed)}', where=self.name)
        return given

    def _pairs(self, given: Any) -> dict[str, str]:
        if isinstance(given, Mapping):
            return {str(key): str(value) for key, value in given.items()}
        if not isinstance(given, str | list | tuple):
            raise self._refusal(f"{shown(given)} was given; write a table, NAME to VALUE")
        found = {}
        for text in [given] if isinstance(given, str) else given:
            key, equals, value = str(text).partition("=")
            key, value = key.strip(), value.strip()
            if not equals or not key or not value:
                raise self._refusal(f'"{shown(text)}" was given; write {self.ask.hint}')
            if found.setdefault(key, value) != value:
                raise self._refusal(f"{key} is given twice, as {found[key]} and as {value}; give it once")
        return found

    def _readings(self, given: Any) -> dict[str, str]:
        """Readings by drug; one without a drug is of the whole model."""
        from opioidsim.cases.reading import read_as

        many = [given] if isinstance(given, str) else given
        named, whole = given, []
        if isinstance(many, list | tuple):
            named = self._pairs([text for text in many if "=" in str(text)])
            whole = [text for text in many if "=" not in str(text)]
        try:
            found = read_as(named)
            for text in whole:
                found |= read_as(text)
            return found
        except Refusal as refusal:
            raise Refusal(f"{self.name}: {refusal}", where=self.name) from None

    def _scenario(self, given: Any) -> "Scenario":
        from opioidsim.cases.scenario import Scenario, from_table, read

        if isinstance(given, Scenario):
            return given
        return from_table(dict(given)) if isinstance(given, Mapping) else read(given)

    def _plan(self, given: Any) -> "Plan":
        from opioidsim.cases.trial_plan import Plan, from_table, read

        if isinstance(given, Plan):
            return given
        if isinstance(given, Mapping):
            return from_table(dict(given))
        if not isinstance(given, str | PathLike):
            raise self._refusal(f"{shown(given)} was given; give a file, a name, a table or a Plan")
        return read(str(given))

    def _refusal(self, said: str) -> Refusal:
        return Refusal(f"{self.name}: {said}.", where=self.name)

    def data(self, value: Any) -> Any:
        """A value that was read as plain data: text, number, list or table."""
        if value is None:
            return None
        if isinstance(value, tuple):
            return [self.data(each) for each in value]
        if self.kind.name == "readings" and value:
            from opioidsim.cases.reading import plain

            return plain(value)
        if isinstance(value, Mapping):
            return dict(value)
        if self.kind.name == "scenario":
            return tomllib.loads(value.toml())
        if self.kind.name == "plan":
            return self._told(value)
        return str(value) if self.kind.name == "dose" else value

    def _told(self, plan: "Plan") -> Any:
        """A plan of the package by its name, any other in full."""
        from opioidsim.cases.trial_plan import name_of

        return name_of(plan) or plan.table()
