"""What is a treatment worth: what it costs, the health it gives, and what a year of health costs with it?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Number, Numbers, Whole
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
    lacks={
        "draws": "Each pair of replicates reads anew what is not known of behaviour, costs and utilities: give 20 replicates or more; for all of it ask trial, which has draws."
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
    eligible: Annotated[Number, Ask("How many people begin treatment in a year", above=0, rare=True)] = 1_000.0,
    uptake: Annotated[
        Numbers,
        Ask(
            "What share of them gets the other arm's treatment",
            "of each year, one after another",
            least=0,
            most=1,
            fewest=1,
            rare=True,
        ),
    ] = (0.1, 0.2, 0.3),
    years: Annotated[
        Number,
        Ask(
            "How many years to follow a cohort",
            "after the trial by the transitions of its last quarter",
            above=0,
            most=50,
            rare=True,
        ),
    ] = 5.0,
    who: Who = Who(people=None, seed=None),
    work: Work = Work(),
) -> "Worth":
    """What a treatment of opioid use disorder costs, the quality-adjusted years it gives, and what one of these costs.

    A trial's arms with what they cost and the health that people have in them: how sure is it that a year of health comes at what one would pay,
    and what does it cost to treat so many people so?
    """
    from opioidsim.questions.worth.run import run

    return run(plan, costs, replicates, (willing, eligible, uptake, years), who, work)  # pyright: ignore[reportArgumentType]  # read by now
