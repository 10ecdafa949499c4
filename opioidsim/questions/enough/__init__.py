"""Which dose is enough?"""

from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Doses, Number, Numbers, OneDose, Share
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.enough.run import Enough

ROUNDS = 6  # halvings of the step between two multiples that were tried


@question(
    "Which dose is enough?",
    place=13,
    who=("people", "seed", "weight", "age", "liver", "readings", "change"),
    lacks={
        "draws": "It looks for one dose, at the library's numbers; ask blockade, which has draws, of the dose that it names."
    },
    cost=lambda asked: (
        1.0
        + (len(asked["multiple"]) + ROUNDS) * 4e-4 * (asked["people"] + 136) * (asked["until"] - asked["since"] + 1.0)
    ),
)
def enough(
    antagonist: Annotated[
        Doses,
        Ask("What blocks", "one dose sentence on each line; its amount is what is looked for", fewest=1, course=True),
    ] = ("naltrexone 380 mg im-depot",),
    challenge: Annotated[
        OneDose, Ask("The opioid that is tried", "a single dose, for example heroin 25 mg iv")
    ] = "heroin 25 mg iv",
    *,
    share: Annotated[Share, Ask("Enough is a blockade of", "0 to 1, of the peak liking")] = 0.9,
    until: Annotated[Number, Ask("On each day until day", above=0, most=365)] = 28.0,
    since: Annotated[Number, Ask("From day", "before it nothing is asked", least=0, most=365)] = 1.0,
    among: Annotated[Share, Ask("In this share of people", "0 to 1")] = 0.95,
    multiple: Annotated[
        Numbers, Ask("Multiples of the amounts that are tried first", above=0, most=1000, fewest=2, many=20, rare=True)
    ] = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
    who: Who = Who(people=100),
    work: Work = Work(),
) -> "Enough":
    """Which dose keeps a blockade in a share of people: "90 % until day 28 in 95 % of people".

    The same people get multiples of a dose. From which one on is an opioid blocked well enough, for long enough, in enough of them?
    """
    from opioidsim.questions.enough.run import run

    return run(antagonist, challenge, share, until, since, among, multiple, who, work)  # pyright: ignore[reportArgumentType]  # read by now
