"""A blockade in sentences and columns."""

from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.show.answer import Column
from opioidsim.show.words import cell, days, multiple, percent, plain

if TYPE_CHECKING:
    from opioidsim.questions.blockade.run import Blockade

COLUMNS = (
    Column("day", "day", plain, shown=True),
    Column("concentration", "antagonist in plasma", unit="ng/mL"),
    Column("occupancy", "mu receptors held", percent),
    Column("blockade", "blockade", percent),
    Column("multiple", "overriding multiple"),
    Column("liking", "liking, of 100"),
    Column("share_90", "share of people blocked by 90 %", percent, shown=False),
)


def brackets(answer: "Blockade") -> str:
    """What a range is."""
    return "Ranges: the middle 90 % of people." if answer.people > 1 else ""


def sentences(answer: "Blockade") -> list[str]:
    """When blockade falls, what overrides it, and how other readings of the evidence differ."""
    last = float(answer.days[-1])
    lines = []
    for share in (0.9, 0.5):
        day = answer.day_under(share)
        middle = sorted(day)[(len(day) - 1) // 2]
        if middle == 0:
            lines.append(f"Blockade of {answer.challenge} never reaches {percent(share)}{_people(answer, day == 0)}.")
        elif middle == float("inf"):
            whole = (day == float("inf")) & ~answer.breaks(share)
            stays = f"stays above {percent(share)} {_held(answer, share, whole)}{_people(answer, whole)}"
            lines.append(f"Blockade {stays if whole.any() else f'is above {percent(share)} on day {last:g}'}.")
        else:
            lines.append(f"Blockade falls under {percent(share)} {day_text(day, last)}.")
        if answer.breaks(share).any():
            lines.append(f"Before, it was under {percent(share)} and came back{_people(answer, answer.breaks(share))}.")
    rows = answer.rows()
    for at in sorted({len(rows) // 2, len(rows) - 1}):
        times = cell(rows[at], "multiple", multiple)
        lines.append(f"On day {rows[at]['day']:g}, {times} times the challenge would be felt in full.")
    for about, other in answer.other_readings.items():
        lines.append(f"If {about}, the typical person's blockade {falls(other)}.")
    return lines


def _held(answer: "Blockade", share: float, whole: np.ndarray) -> str:
    """On which days those who lose no blockade have it: from the first on which all of them do, since a tablet taken on day 0 blocks
    nothing before it."""
    first, last = float(answer.days[(answer.blockade[whole] >= share).all(0).argmax()]), float(answer.days[-1])
    return f"for the whole {days(last)}" if first == 0 else f"from day {first:g} on, to day {last:g}"


def _people(answer: "Blockade", which) -> str:
    return f" in {percent(which.mean())} of people" if answer.people > 1 else ""


def falls(answer: "Blockade") -> str:
    """When blockade falls under 90 and 50 %; "for good" where somebody's falls and comes back before."""
    under = (
        f"under {percent(share)} {day_text(answer.day_under(share), float(answer.days[-1]))}" for share in (0.9, 0.5)
    )
    good = " for good" if any(answer.breaks(share).any() for share in (0.9, 0.5)) else ""
    return f"falls{good} {', '.join(under)}"


def day_text(day: np.ndarray, last: float) -> str:
    """When, over people: "on day 39 (25 to after 42)", the median with 5th and 95th percentile; day 0: never reached."""

    def one(value: float) -> str:
        return f"after {last:g}" if np.isinf(value) else f"{value:.0f}"

    middle, low, high = (float(np.quantile(day, q, method="nearest")) for q in (0.5, 0.05, 0.95))
    when = f"later than day {last:g}" if np.isinf(middle) else f"on day {middle:.0f}"
    return when if one(low) == one(high) else f"{when} ({one(low)} to {one(high)})"


def numbers(answer: "Blockade") -> dict[str, Any]:
    """The days on which blockade falls (infinity: after the end), and the same for other readings."""
    return {
        "day_under_90": _quantiles(answer.day_under(0.9)),
        "day_under_50": _quantiles(answer.day_under(0.5)),
        "other_readings": {
            about: {"day_under_90": _quantiles(o.day_under(0.9)), "days": o.rows()}
            for about, o in answer.other_readings.items()
        },
    }


def _quantiles(days: np.ndarray) -> dict[str, Any]:
    quantiles = (("median", 0.5), ("low", 0.05), ("high", 0.95))
    return {name: float(np.quantile(days, q, method="nearest")) for name, q in quantiles}
