"""When have receptors become free again after a drug that holds them?"""

from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Doses, Number, Share
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.washout.run import Washout


@question(
    "When are the receptors free again?",
    place=9,
    who=("people", "seed", "weight", "age", "liver", "readings", "change", "draws", "sensitivity"),
    cost=lambda asked: 3.0 + 1e-5 * (asked["people"] + 136) * asked["days"] * 24.0,
)
def washout(
    drug: Annotated[
        Doses, Ask("What holds them", "one dose on each line", fewest=1, steady=True, course=True)
    ] = "naltrexone 50 mg oral",
    *,
    below: Annotated[Share, Ask("Free when fewer than this share is held", above=0)] = 0.5,
    days: Annotated[Number, Ask("For how many days after the last dose", above=0, most=365)] = 14.0,
    who: Who = Who(),
    work: Work = Work(),
) -> "Washout":
    """How long after its last dose a drug still holds mu receptors, and when fewer than a share of them is held for good.

    Before an operation, or before an opioid is to work: how long does what was taken still hold the receptors?
    """
    from opioidsim.questions.washout.run import run

    return run(drug, below, days, who, work)  # pyright: ignore[reportArgumentType]  # read by now
