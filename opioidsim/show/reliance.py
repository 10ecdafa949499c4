"""How far an answer can be relied on, as far as that is known without asking again: the scoreboard's rows that bear on it, and
what is assumed. Nothing here is asserted that the scoreboard does not carry.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from opioidsim.cases.dose import parse
from opioidsim.facts.evidence import read_toml
from opioidsim.facts.own import files
from opioidsim.show.answer import Answer
from opioidsim.show.words import percent

PLACE = Path(__file__).parents[1] / "studies" / "scoreboard.json"  # as `make docs` last worked it out
BEARS = {  # the classes of published quantities that bear on an answer to a question
    "blockade": ("concentration", "receptor", "effects"),
    "enough": ("concentration", "receptor", "effects"),
    "induction": ("concentration", "receptor", "withdrawal"),
    "washout": ("concentration", "receptor"),
    "abuse": ("concentration", "receptor", "effects"),
    "rescue": ("concentration", "receptor", "breathing", "arrest"),
    "reversal": ("concentration", "receptor", "breathing"),
    "relapse": ("concentration", "receptor", "breathing", "arrest", "deaths"),
    "risk": ("breathing", "arrest", "deaths"),
    "release": ("deaths",),
    "run": ("concentration", "receptor", "effects", "withdrawal", "breathing"),
    "found": ("concentration", "receptor", "breathing", "arrest"),
    "trial": ("trials", "withdrawal", "receptor"),
    "worth": ("trials", "withdrawal", "receptor"),
    "optimise": ("trials", "withdrawal", "receptor"),
    "fit": ("concentration",),
    "compare": ("concentration",),
}
WHATEVER = ("trials", "drinking", "deaths")  # classes that bear whatever the drug: their people are the model's
ASKED_AGAIN = (
    "Its own numerical error, what it is used for and what a wrong decision would do are not said here: opioidsim credibility run.json "
    "asks the same question again with every step halved, and says both in the terms of ICH M15."
)


@dataclass(frozen=True)
class Section:
    """A part of a page: sentences, and a table where there is one."""

    title: str
    sentences: tuple[str, ...]
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Line(NamedTuple):
    """A published number: what was seen and predicted, within its bounds or not, and the ends of the 80 and 95 % predictive
    intervals, nan where there is none. use: "build", "shown" or "check", of which none chose a parameter."""

    id: str
    study: str
    use: str
    kind: str
    unit: str
    observed: float
    predicted: float
    passed: bool
    fails: str
    low80: float
    high80: float
    low95: float
    high95: float

    def covered(self, level: int) -> bool:
        """Whether what was seen lies within the interval of this level, 80 or 95."""
        return getattr(self, f"low{level}") <= self.observed <= getattr(self, f"high{level}")


@cache
def board() -> tuple[Line, ...]:
    """The kept scoreboard."""
    rows: list[dict[str, Any]] = json.loads(PLACE.read_text(encoding="utf-8"))
    none: Any = float("nan")
    return tuple(Line(*(none if row[name] is None else row[name] for name in Line._fields)) for row in rows)


def bearing(answer: Answer, lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that bear on an answer: of a class that its question reads, and of a drug that it simulates."""
    classes = BEARS[answer.asked.get("question", "run")]
    if getattr(getattr(answer, "plan", None), "condition", "") == "alcohol":
        classes = ("drinking",)
    drugs = {drug.name for drug in answer.scenario.drugs()}
    return tuple(
        line for line in lines if line.kind in classes and (line.kind in WHATEVER or drugs & drugs_of(line.study))
    )


@cache
def drugs_of(study: str) -> frozenset[str]:
    """The drugs of a study: those given in its arms, and what they are challenged with."""
    arms = read_toml(files("studies")[study])["arms"]
    given = (text for arm in arms for text in (*arm.get("doses", ()), *filter(None, [arm.get("challenge")])))
    return frozenset(parse(text).drug for text in given)


def validation(lines: Sequence[Line]) -> list[Section]:
    """What published people say of such predictions, class by class, and each prediction that failed."""
    checks = [line for line in lines if line.use == "check"]
    if not checks:
        none = "No published number that was kept from the fit bears on this answer. It is not validated."
        return [Section("Validation: what published people say", (none,))]
    passed, inside = sum(c.passed for c in checks), sum(c.covered(80) for c in checks)
    said = (
        f"{len(checks)} published numbers that no parameter was fitted to bear on this answer, by drug and class of quantity: "
        f"{passed} lie within bounds that were written before the first run, {inside} within the 80 % predictive interval.",
        "Where the intervals hold fewer than 80 of 100, the answer is less sure than its brackets say.",
    )
    kinds = {kind: [c for c in checks if c.kind == kind] for kind in sorted({c.kind for c in checks})}
    classes = tuple(
        (kind, str(len(mine)), *(percent(sum(held) / len(mine)) for held in
         ([c.passed for c in mine], [c.covered(80) for c in mine], [c.covered(95) for c in mine])))
        for kind, mine in kinds.items()
    )  # fmt: skip
    misses = tuple(
        (c.id, f"{c.observed:.3g} {c.unit}".strip(), f"{c.predicted:.3g}", c.fails) for c in checks if not c.passed
    )
    head = ("class", "checks", "within bounds", "within 80 %", "within 95 %")
    parts = [Section("Validation: what published people say", said, head, classes)]
    if misses:
        why = "Each with the reason that the scoreboard gives; where it is empty nobody knows it yet."
        parts.append(Section("Predictions that failed", (why,), ("what was seen", "seen", "predicted", "why"), misses))
    return parts


def assumed(answer: Answer, hangs: Sequence[str]) -> Section:
    """What it rests on, and each number that is assumed. hangs: what its headline hangs on, in sentences."""
    facts = answer.facts
    kinds = ("measured", "fitted", "scaled", "assumed")
    told = ", ".join(f"{sum(fact.basis == kind for _, fact in facts)} {kind}" for kind in kinds)
    none = "What it hangs on was not asked for, or this question has no draws of what is not known."
    rows = tuple(
        (name, fact.text(), fact.source, " ".join(filter(None, (fact.where, fact.note))))
        for name, fact in facts
        if fact.basis == "assumed"
    )
    head = ("assumed", "value", "source", "why") if rows else ()
    said = (f"It rests on {len(facts)} numbers: {told}.", *(hangs or (none,)))
    return Section("What it rests on", said, head, rows)


def sections(answer: Answer) -> list[Section]:
    """What a report says of it."""
    hangs = [answer.sensitivity.sentence()] if answer.sensitivity else []
    first, *others = validation(bearing(answer, board()))
    first = Section(first.title, (*first.sentences, ASKED_AGAIN), first.header, first.rows)
    return [first, *others, assumed(answer, hangs)]
