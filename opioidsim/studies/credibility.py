"""How far an answer can be relied on, in the terms of ICH M15: what was asked and for what, how sure the numbers are, what
published people say of such predictions, and what nobody knows. Nothing here is asserted that the scoreboard does not carry.

ICH M15 (General principles for model-informed drug development): question of interest, context of use, model influence,
consequence of a wrong decision, model risk; verification, validation and applicability, uncertainty.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.engine.clock import finer
from opioidsim.questions import ask, named
from opioidsim.refusal import Refusal, nearest
from opioidsim.show import reliance
from opioidsim.show.answer import Answer
from opioidsim.show.reliance import Line, Section

LEVELS = ("low", "medium", "high")
RISK = "sum of both, low 0, medium 1, high 2: low up to 1, medium 2, high from 3 on (a convention of this page)"


@dataclass(frozen=True)
class Credibility:
    """An answer and what bears on it. moved: for each number column, how far halved steps move it, and its size; lines: those of
    the scoreboard that bear on it; hangs: the facts on which its headline hangs, with the share each explains."""

    answer: Answer
    context: str
    influence: str
    consequence: str
    moved: tuple[tuple[str, float, float], ...]
    lines: tuple[Line, ...]
    hangs: tuple[str, ...]

    def sections(self) -> list[Section]:
        """The page, part by part, in the order of a reviewer's table."""
        rests = reliance.assumed(self.answer, self.hangs)
        return [self._purpose(), self._verification(), *reliance.validation(self.lines), rests, self._limits()]

    def _purpose(self) -> Section:
        weight = LEVELS.index(self.influence) + LEVELS.index(self.consequence)
        risk = LEVELS[0 if weight <= 1 else 1 if weight == 2 else 2]
        rows = (
            ("question of interest", f"{self.answer.head} {self.answer.under}"),
            ("context of use", self.context),
            ("model influence", self.influence),
            ("consequence of a wrong decision", self.consequence),
            ("model risk", f"{risk} ({RISK})"),
            ("model outcome", " ".join(self.answer.said())),
        )
        said = "Context, influence and consequence are stated by who asks; the simulator cannot know them."
        return Section("What it is for", (said,), ("", ""), rows)

    def _verification(self) -> Section:
        said = [
            "The same question was asked again with every step of the course and of the episode halved; nothing else differs."
        ]
        if not self.moved:
            said.append("No number moved, or none hangs on a step: surfaces are read, trials count days.")
        rows = tuple(
            (name, f"{by:.2g}", f"{size:.4g}", f"{by / size:.1e}" if size else "") for name, by, size in self.moved
        )
        header = ("number", "moved by at most", "largest value", "share of it") if rows else ()
        return Section("Verification: the numerical error of this very answer", tuple(said), header, rows)

    def _limits(self) -> Section:
        contested = dict.fromkeys(f"{d.name}: {text}" for d in self.answer.scenario.drugs() for text in d.contested)
        warned = [c.text for c in self.answer.cautions]
        said = [
            *self.answer.remarks(),
            *(f"Contested. {text}" for text in contested),
            *(f"Caution. {text}" for text in warned),
        ]
        brackets = self.answer.spreads
        return Section("Limits", tuple(filter(None, (brackets, *said, "What the model leaves out is in no bracket."))))


def assess(
    asked: Mapping[str, Any],
    *,
    context: str,
    influence: str,
    consequence: str,
    board: Iterable[Line],
    draws: int = 60,
    progress: Callable[[float], None] | None = None,
) -> Credibility:
    """Asks the question again, once more with halved steps, and where it can once under draws of what is not known.

    asked: as in run.json. context: what the answer is to be used for. influence, consequence: "low", "medium" or "high". board: the
    scoreboard's lines. draws: for what the answer hangs on; 0 leaves it out. Raises Refusal for another word, or no context.
    """
    for name, level in (("influence", influence), ("consequence", consequence)):
        if level not in LEVELS:
            raise Refusal(f'{name}: "{level}" is no level.{nearest(level, LEVELS)}', where=name)
    if not context.strip():
        raise Refusal("context: say in a sentence what the answer is to be used for.", where="context")
    told = progress or (lambda share: None)
    plain = {name: value for name, value in asked.items() if name not in ("draws", "sensitivity")}
    answer = ask(plain)
    told(0.3)
    with finer():
        again = ask(plain)
    told(0.6)
    hangs = ()
    if draws and "draws" in named(dict(plain)).who:
        under = ask(plain | {"draws": draws, "sensitivity": True})
        hangs = (under.sensitivity.sentence(),) if under.sensitivity else ()
        answer = under if asked.get("draws") else answer
    told(1.0)
    return Credibility(
        answer, context.strip(), influence, consequence, _moved(answer, again), reliance.bearing(answer, board), hangs
    )


def _moved(answer: Answer, again: Answer) -> tuple[tuple[str, float, float], ...]:
    """How far the columns of numbers lie apart, those that do, and how large they are."""
    found = []
    one, other = answer.table, again.table
    for name in one:
        if one[name].dtype.kind == "f" and name in other and len(one) == len(other):
            a, b = one[name].to_numpy(), other[name].to_numpy()
            sound = np.isfinite(a) & np.isfinite(b)
            if sound.any() and (a != b)[sound].any():
                found.append((str(name), float(np.abs(a - b)[sound].max()), float(np.abs(a[sound]).max())))
    return tuple(found)
