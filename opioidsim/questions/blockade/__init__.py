"""How strongly, and how long, does this antagonist block that opioid? And what dose overrides it?"""

from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Doses, Number, OneDose, OneFile
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.blockade.run import Blockade


@question(
    "How long, and how strongly, does it block?",
    place=1,
    who=("people", "seed", "weight", "age", "liver", "readings", "change", "draws", "sensitivity"),
    cost=lambda asked: 1.0 + 4e-4 * (asked["people"] + 136) * asked["days"] / asked["every"],
)
def blockade(
    antagonist: Annotated[
        Doses, Ask("What blocks", "one dose sentence on each line", fewest=1, steady=True, course=True, drawn=True)
    ] = ("naltrexone 380 mg im-depot",),
    challenge: Annotated[
        OneDose, Ask("The opioid that is tried", "a single dose, for example heroin 25 mg iv")
    ] = "heroin 25 mg iv",
    *,
    days: Annotated[Number, Ask("For how many days", above=0, most=3660)] = 42.0,
    every: Annotated[Number, Ask("Tried every so many days", above=0, most=3660)] = 1.0,
    dosing: Annotated[
        OneFile,
        Ask("An event table of what blocks", "in place of the sentences; each ID has its own doses", rare=True),
    ] = "",
    who: Who = Who(),
    work: Work = Work(),
) -> "Blockade":
    """How strongly and how long an antagonist blocks an opioid, and what dose overrides it.

    An opioid is tried on each day under an antagonist. What is still felt of it, and what dose would override the blockade?
    """
    from opioidsim.questions.blockade.run import run

    return run(antagonist, challenge, days, every, dosing, who, work)  # pyright: ignore[reportArgumentType]  # read by now
