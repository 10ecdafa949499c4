"""What is a treatment worth: what it costs, the health it gives, and what a year of health costs with it?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Numbers, Whole
from opioidsim.questions.question import Text, Who, Work, question
from opioidsim.questions.trial import Given, cost_of, titles

if TYPE_CHECKING:
    from opioidsim.questions.worth.run import Worth


def files() -> Mapping[str, str]:
    """The library's costs by name."""
    from opioidsim.cases.costs import titles

    return titles()


@question(
    "What is a treatment worth?",
    place=11,
    who=("people", "seed", "point", "change"),
    hints={
        "people": "in all arms together; those of the plan where nothing is said",
        "seed": "another number, other people; that of the plan where nothing is said",
    },
    cost=cost_of,
)
def worth(
    plan: Annotated[
        Given,
        Ask("The trial", "a file, or the name of one that comes with the package", choices=titles, example="xbot"),
    ],
    *,
    costs: Annotated[
        Text, Ask("Costs and utilities", "a file, or the name of one that comes with the package", choices=files)
    ] = "us-2016",
    replicates: Annotated[
        Whole, Ask("How many such trials", "each with other people; intervals need 20", least=1, most=10_000)
    ] = 20,
    willing: Annotated[Numbers, Ask("What a year of health may cost", "several are compared", least=0, fewest=1)] = (
        50_000.0,
        100_000.0,
        150_000.0,
    ),
    who: Who = Who(people=None, seed=None),
    work: Work = Work(),
) -> "Worth":
    """What a treatment of opioid use disorder costs, the quality-adjusted years it gives, and what one of these costs.

    A trial's arms with what they cost and the health that people have in them: how sure is it that a year of health comes at what one would pay?
    """
    from opioidsim.questions.worth.run import run

    return run(plan, costs, replicates, willing, who, work)  # pyright: ignore[reportArgumentType]  # read by now
