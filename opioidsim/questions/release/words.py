"""Deaths after release and after treatment, in sentences and columns."""

from typing import TYPE_CHECKING

import numpy as np

from opioidsim.questions.release.model import MOST, RATIOS, facts_of, published
from opioidsim.show.answer import Column
from opioidsim.show.words import two

if TYPE_CHECKING:
    from opioidsim.questions.release.run import Release


def times(x: float) -> str:
    """How many times as often; beyond `MOST` it says no more."""
    return two(x) if x < MOST else f"{MOST:g} or more"


COLUMNS = (
    Column("what", "how many times as often", text=True),
    Column("tolerance", "tolerance as in", text=True),
    Column("model", "model", times),
    Column("published", "published", times),
    Column("verdict", "do they meet", text=True),
    Column("median_within", "whether the median lies within the published interval", shown=False),
    Column("ranges_meet", "whether both ranges meet", shown=False),
    Column("source", "source", text=True),
    Column("where", "of whom", text=True),
)


def brackets(answer: "Release") -> str:
    """What a range is."""
    several = len(next(iter(answer.readings.values())).dose) > 1
    of = "of the model the middle 90 % of readings of what is not known; " if several else ""
    return f"Ranges: {of}of a publication the interval that it gives, which is chance."


def sentences(answer: "Release") -> list[str]:
    """The main ratio from both readings of tolerance, why they differ, and what is contested."""
    spans = {name: np.quantile(one.ratios[RATIOS[0]], (0.05, 0.5, 0.95)) for name, one in answer.readings.items()}
    many = {
        name: f"{times(middle)} times ({times(low)} to {times(high)})" for name, (low, middle, high) in spans.items()
    }
    seen = " and ".join(f"{seen['observed']:g}" for seen in published() if seen["measure"] == RATIOS[0])
    size = facts_of(answer.change)["tolerance_shift"].value
    return [
        f"Deaths per time in weeks 1-2 after release, against weeks 3-12: {many['people']} with tolerance as measured in people, {many['physiology']} with that of the published physiology; {seen} were seen.",
        f"The two readings differ in how much tolerance protects: people with long use needed {size:.2g} times the concentration; in the physiology full tolerance allows about one and a half times the dose.",
        "Whether more people die after naltrexone than after other treatment is contested: Australian cohorts say so, insured people in the United States do not.",
        "Frequency of use is the same throughout; who stays in treatment differs from who leaves, and that is not in the model.",
    ]
