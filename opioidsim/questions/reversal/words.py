"""A reversal in sentences and columns."""

from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.show.answer import Column
from opioidsim.show.words import apart, percent, plain, whole

if TYPE_CHECKING:
    from opioidsim.questions.reversal.run import Arm, Reversal

NOTHING = 0.01  # share of rest: a smaller rise is none
COLUMNS = (
    Column("antagonist", "what is given", text=True),
    Column("before", "breathing before, share of rest", percent),
    Column("after_2", "after 2 min", percent),
    Column("after_5", "5 min", percent),
    Column("after_10", "10 min", percent),
    Column("after_30", "30 min", percent),
    Column("after_60", "60 min", percent),
    Column("highest", "highest", percent),
    Column("highest_min", "when it is highest", plain, "min", shown=False),
    Column("back_min", "until breathing is back", lambda x: f"{x:.1f}", "min"),
    Column("share_back", "share of people in whom it comes back", percent, shown=False),
    Column("again_min", "depressed again for good, of those in whom it was back", whole, "min"),
    Column("arterial_co2_before", "arterial CO2 before", whole, "mmHg"),
    Column("arterial_co2_10", "after 10 min", whole, "mmHg"),
    Column("saturation_before", "saturation before", whole, "%", shown=False),
    Column("saturation_10", "saturation after 10 min", whole, "%", shown=False),
)


def brackets(answer: "Reversal") -> str:
    """What a range is."""
    if len(answer.rest) == 1:
        return ""
    held = "each is held at the level that leaves them the same share" if answer.share else "all are held at one level"
    return f"Ranges: the middle 90 % of people, who differ in kinetics, binding and sensitivity; {held}."


def sentences(answer: "Reversal") -> list[str]:
    """How deep it is at first, and what each antagonist does."""
    first = answer.arms[0].course
    middle = lambda name: float(np.median(first[name][:, 0]))  # noqa: E731
    low, at, high = np.quantile(answer.level, (0.05, 0.5, 0.95))
    span = f" ({low:.2g} to {high:.2g})" if len(answer.level) > 1 and answer.share else ""
    lines = [
        f"With {answer.opioid} at {at:.2g} ng/mL{span} at its effect site breathing is at {percent(middle('ventilation'))} of rest, "
        f"arterial CO2 at {middle('arterial_co2'):.0f} mmHg and saturation at {middle('saturation'):.0f} %."
    ]
    return [*lines, *(_of(arm, answer.back) for arm in answer.arms)]


def _of(arm: "Arm", share: float) -> str:
    """What one antagonist does."""
    row, end = arm.row(share), arm.minutes[-1]
    if row["highest"] - row["before"] < NOTHING:
        return f"{arm.antagonist}: it does nothing to breathing in {end:.0f} min."
    most = f"at most {apart(row['highest'], share)} of rest, after {row['highest_min']:.1f} min"
    if row["back_min"] is None:
        some = f" (in {percent(row['share_back'])} of people)" if row["share_back"] else ""
        return f"{arm.antagonist}: breathing does not come back to {percent(share)} of rest in {end:.0f} min{some}; {most}."
    fell = (
        f"it stays under {percent(share)} again from {row['again_min']:.0f} min on"
        if row["again_min"] is not None
        else f"it is not depressed again within {end:.0f} min"
    )
    return f"{arm.antagonist}: breathing is back at {percent(share)} of rest after {row['back_min']:.1f} min{_span(row)}, {most}; {fell}."


def _span(row: dict[str, Any]) -> str:
    """The range of the time until breathing is back, of a crowd."""
    if "back_min_low" not in row:
        return ""
    ends = ("never" if row[f"back_min_{end}"] is None else f"{row[f'back_min_{end}']:.1f}" for end in ("low", "high"))
    return f" ({' to '.join(ends)})"
