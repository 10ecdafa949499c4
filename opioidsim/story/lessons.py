"""What a chapter's figure must show in every state of its sliders, and what is said where people have been seen otherwise.

Both are data, beside the chapter's text: a lesson is kept or broken by the numbers and the sentence that the figure shows.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from pydantic import model_validator

from opioidsim.facts.evidence import Table
from opioidsim.story.picture import Picture

Values = Mapping[str, float]


class Drawn(NamedTuple):
    """A figure in one state: what is seen, its sentence, and the numbers that both show, by name."""

    picture: Picture
    said: str
    shown: dict[str, float]


class Doubt(Table):
    """A sentence for the states in which the model is known to be wrong.

    rests_on: the failing rows of `opioidsim expect`, or studies with failing checks, that say so. where: the states, by
    slider; a slider that is not named may stand anywhere.
    """

    text: str
    rests_on: tuple[str, ...]
    where: dict[str, tuple[float, ...]] = {}

    def holds(self, values: Values) -> bool:
        """Whether it is said in this state."""
        return _among(values, self.where)


class Lesson(Table):
    """What the figure must show, in one of three ways.

    of: a number that it shows, which lies `above` or `below` another or a fixed one, at least by `by`; or, `along` a slider
    from left to right with the others fixed, `goes` up or down, back by no more than `slack`. always, never: a pattern that
    each sentence has, or none. where: the states, by slider. once: one state, or one step, is enough.
    """

    says: str
    of: str = ""
    above: str | float | None = None
    below: str | float | None = None
    by: float = 0.0
    along: str = ""
    goes: Literal["up", "down", ""] = ""
    slack: float = 0.0
    always: str = ""
    never: str = ""
    where: dict[str, tuple[float, ...]] = {}
    once: bool = False

    @model_validator(mode="after")
    def _sound(self):
        said = bool(self.always or self.never)
        bounded = self.above is not None or self.below is not None
        if said + bounded + bool(self.along) != 1 or bool(self.of) == said or bool(self.along) != bool(self.goes):
            raise ValueError(
                f'"{self.says}" needs `of` with `above`, `below` or `along` and `goes`; or `always` or `never`.'
            )
        return self

    def broken(self, states: Sequence[tuple[Values, Drawn]]) -> list[str]:
        """Where the lesson is broken among these states, as sentences; none if it is kept."""
        mine = [(values, drawn) for values, drawn in states if _among(values, self.where)]
        tried = self._steps(mine) if self.along else [(self._state(drawn), str(dict(values))) for values, drawn in mine]
        wrong = [f"{self.says} Not at {where}." for kept, where in tried if not kept]
        return [] if self.once and len(wrong) < len(tried) else wrong

    def _state(self, drawn: Drawn) -> bool:
        if not self.of:
            asked, found = self.always or self.never, re.search(self.always or self.never, drawn.said)
            return bool(found) == bool(asked == self.always)
        number = drawn.shown[self.of]
        low, high = (drawn.shown[end] if isinstance(end, str) else end for end in (self.above, self.below))
        return (low is None or number >= low + self.by) and (high is None or number <= high - self.by)

    def _steps(self, states):
        """(kept, where) from each state to the next along the slider."""
        lines: dict[tuple, list] = {}
        for values, drawn in states:
            rest = tuple((name, value) for name, value in values.items() if name != self.along)
            lines.setdefault(rest, []).append((values[self.along], drawn.shown[self.of]))
        sign = 1.0 if self.goes == "up" else -1.0
        return [
            # one step is enough only where something changes
            (sign * (b - a) > 0 if self.once else sign * (b - a) >= -self.slack, f"{dict(rest)}, {self.along} {x:g} to {y:g}: {a:g}, {b:g}")
            for rest, line in lines.items() for (x, a), (y, b) in pairwise(sorted(line))
        ]  # fmt: skip


def _among(values: Values, where: Mapping[str, tuple[float, ...]]) -> bool:
    return all(values[slider] in allowed for slider, allowed in where.items())
