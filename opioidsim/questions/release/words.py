"""Deaths after release and after treatment, in sentences and columns."""

from typing import TYPE_CHECKING

import numpy as np

from opioidsim.facts import library
from opioidsim.questions.release.model import MOST, RATIOS, published
from opioidsim.show.answer import Column
from opioidsim.show.words import listed, two

if TYPE_CHECKING:
    from opioidsim.questions.release.run import Release

WIDE = 10.0  # from end to end of a range: more, and it is hardly told


def times(x: float) -> str:
    """How many times as often; beyond `MOST` it says no more."""
    return two(x) if x < MOST else f"{MOST:g} or more"


COLUMNS = (
    Column("what", "how many times as often", text=True),
    Column("model", "model", times),
    Column("elsewhere", "one more place", text=True),
    Column("published", "published", times),
    Column("verdict", "do they agree", text=True),
    Column("place_low", "of one more place, low end", times, shown=False),
    Column("place_high", "of one more place, high end", times, shown=False),
    Column("fold", "high over low end of that", times, shown=False),
    Column("within", "whether the published number lies in it", shown=False),
    Column("median_within", "whether the median lies within the published interval", shown=False),
    Column("ranges_meet", "whether both ranges meet", shown=False),
    Column("source", "source", text=True),
    Column("where", "of whom", text=True),
)


def brackets(answer: "Release") -> str:
    """What a range is."""
    several = len(answer.found.dose) > 1
    of = "of the model the middle 90 % of draws of what is not known; " if several else ""
    more = (
        "of one more place the middle 90 % of what such a place would show, which differs from others too; "
        if several
        else ""
    )
    return f"Ranges: {of}{more}of a publication the interval that it gives, which is chance."


def sentences(answer: "Release") -> list[str]:
    """The main ratios, what stands behind them, and what is contested."""
    said = [said_of(answer, ratio) for ratio in (RATIOS[0], RATIOS[2])]
    shift = library.body("effects")["breathing"]["potency_loss"].value  # behind the surface: it cannot be changed here
    return [
        f"Deaths per time in weeks 1-2 after release, against weeks 3-12: {said[0]}.",
        f"In four weeks after methadone, against in it: {said[1]}.",
        *([holds(answer)] if len(answer.found.dose) > 1 else []),
        f"Tolerance protects as measured in people: with long use breathing needs {shift:.2g} times as much. As it is lost, doses become smaller, but by less.",
        "Whether more people die after naltrexone than after other treatment is contested: Australian cohorts say so, insured people in the United States do not.",
        "Who stays in treatment differs from who leaves, and that is not in the model.",
    ]


def said_of(answer: "Release", ratio: str) -> str:
    """One ratio of the model, beside what was seen."""
    low, middle, high = np.quantile(answer.found.ratios[ratio], (0.05, 0.5, 0.95))
    seen = " and ".join(f"{seen['observed']:g}" for seen in published() if seen["measure"] == ratio)
    were = "were" if " and " in seen else "was"
    return f"{times(middle)} times ({times(low)} to {times(high)}); {seen} {were} seen"


def holds(answer: "Release") -> str:
    """How many of the published numbers lie where one more place is expected, and how wide that is."""
    rows = answer.rows()
    inside = [row for row in rows if row["within"]]
    outside = "; ".join(f"{row['published']:g} ({row['what']}, {row['source']})" for row in rows if not row["within"])
    narrow = [row["fold"] for row in rows if row["fold"] < WIDE]
    wide = dict.fromkeys(f"{row['what']} ({times(row['fold'])}-fold)" for row in rows if row["fold"] >= WIDE)
    return (
        f"Of {len(rows)} published numbers {len(inside)} lie in the middle 90 % of what one more place would show, which is "
        f"{max(narrow, default=0.0):.1f}-fold or less from end to end{f', but for {listed(wide)}' if wide else ''}"
        f"{f'; outside lie {outside}' if outside else ''}."
    )
