"""Weekly urines as a chain: what a week's urine is, by what the weeks before it were.

The likelihood of a person's urines is the product of each week's given all before it. Here the history is told in eight kinds:
what is shared within a person, the own inclination to use and to come, shows in the last four given, and that urines are
missing not at random in what goes before a missing one. A kind, a span of weeks and an arm make a cell with three counts.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np

from opioidsim.facts.evidence import LIBRARY, Table, build, read_toml
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

SPANS = {
    "2 to 4": (2, 4),
    "5 to 12": (5, 12),
    "13 to 20": (13, 20),
}  # weeks after randomisation; later ones were not all due
KINDS = {  # of the weeks before, as far as the last four urines given; o: missing
    "all -": "negative, as all of the last four given",
    "now -": "negative, some of the last four given positive",
    "now +": "positive, some of the last four given negative",
    "all +": "positive, as all of the last four given",
    "o after -": "one missing, the last given negative",
    "o after +": "one missing, the last given positive, or none given yet",
    "oo": "two or three missing in a row",
    "oooo": "four missing in a row, or more",
}
FOUR = 4
SHARES = (
    ("missing", MISSING, (NEGATIVE, POSITIVE, MISSING)),
    ("positive of those given", POSITIVE, (NEGATIVE, POSITIVE)),
)


class Arm(Table):
    """Counts of an arm of a trial by span of weeks and kind of history: negative, positive, missing. people: those who began."""

    trial: str
    arm: str
    people: int
    weeks: dict[str, dict[str, tuple[int, int, int]]]

    def counts(self) -> np.ndarray:
        """(spans, kinds, 3)"""
        return np.array([[self.weeks[span][kind] for kind in KINDS] for span in SPANS])


class Transitions(Table):
    """A table of `library/transitions`. where: how it was counted."""

    title: str
    source: str
    where: str
    arms: tuple[Arm, ...]


@cache
def load(name: str) -> Transitions:
    """The counts of a source of data."""
    return build(Transitions, read_toml(LIBRARY / "transitions" / f"{name}.toml"), f"transitions/{name}.toml")


def counted(urine: np.ndarray) -> np.ndarray:
    """Of each person the weeks by cell and outcome, (people, spans, kinds, 3). urine: NEGATIVE, POSITIVE or MISSING, anything else
    where none was due, (people, weeks)."""
    return np.stack([cell[1] for cell in cells(urine)], -1).sum(1).reshape(len(urine), len(SPANS), len(KINDS), 3)


def cells(urine: np.ndarray) -> Iterator[tuple[tuple[str, str, int], np.ndarray]]:
    """(span, kind, outcome) with which of each person's weeks of that span were so, (people, weeks of the longest span)."""
    before = np.stack([history(urine[:, :week]) for week in range(1, urine.shape[1])], 1)
    longest = max(last - first + 1 for first, last in SPANS.values())
    for span, (first, last) in SPANS.items():
        kind, now = before[:, first - 2 : last - 1], urine[:, first - 1 : last]
        for place, name in enumerate(KINDS):
            for outcome in (NEGATIVE, POSITIVE, MISSING):
                here = (kind == place) & (now == outcome)
                yield (span, name, outcome), np.pad(here, ((0, 0), (0, longest - here.shape[1])))


def history(before: np.ndarray) -> np.ndarray:
    """The kind of each person's weeks so far, places in KINDS, (people,). before: (people, weeks), the last one now."""
    back = before[:, ::-1]
    given = np.isin(back, (NEGATIVE, POSITIVE))
    missing = np.cumprod(back == MISSING, 1).sum(1)
    of_four = given & (np.cumsum(given, 1) <= FOUR)
    positive, count = (of_four & (back == POSITIVE)).sum(1), of_four.sum(1)
    last = np.where(given.any(1), np.take_along_axis(back, given.argmax(1)[:, None], 1)[:, 0], POSITIVE)
    here = last == POSITIVE
    given_now = np.where(here, np.where(positive == count, 3, 2), np.where(positive == 0, 0, 1))
    return np.select([missing == 0, missing == 1, missing < FOUR], [given_now, 4 + here, 6], 7)


def urines_of(people: dict[str, np.ndarray]) -> np.ndarray:
    """The weekly urines of those who began in an arm of a simulated trial, (people, weeks)."""
    weeks = sum(name.startswith("urine_") for name in people)
    return np.stack([people[f"urine_{week}"] for week in range(weeks)], 1)[people["began"] >= 0]
