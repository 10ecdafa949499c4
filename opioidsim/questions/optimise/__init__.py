"""Which regimen, dose, start or size of a trial meets a target at least cost?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Choice, Numbers, Whole
from opioidsim.questions.question import Text, Who, Work, question
from opioidsim.questions.trial import Given, cost_of, titles
from opioidsim.questions.worth import files

if TYPE_CHECKING:
    from opioidsim.questions.optimise.run import Optimise


def varied() -> Mapping[str, str]:
    """What may be looked for."""
    return {
        "regimen": "which of the plan's arms",
        "dose": "every dose of one arm, as a multiple of the plan's",
        "start": "days without opioids before the first dose of one arm",
        "people": "how many people the trial needs",
    }


@question(
    "What meets a target at least cost?",
    place=13,
    who=("people", "seed", "point", "change"),
    hints={
        "people": "in all arms together; those of the plan where nothing is said",
        "seed": "another number, other people; that of the plan where nothing is said",
    },
    lacks={
        "draws": "Each pair of replicates reads anew what is not known of behaviour, so that it tells in how many readings which is best: give 20 replicates or more."
    },
    cost=lambda asked: 5.0 * cost_of(asked),
)
def optimise(
    plan: Annotated[
        Given,
        Ask(
            "The trial", "a file, or the name of one that comes with the package", choices=titles, example="tanum-2017"
        ),
    ],
    *,
    target: Annotated[
        Text, Ask("The target", "an endpoint and a number; of people, power or assurance and a number")
    ] = "relapsed <= 0.7",
    vary: Annotated[Choice, Ask("What is looked for", choices=varied)] = "regimen",
    arm: Annotated[Text, Ask("Of which arm", "of a dose or a start; the plan's last where nothing is said")] = "",
    value: Annotated[Numbers, Ask("Which values are tried", "multiples of a dose, or days", least=0)] = (),
    costs: Annotated[
        Text, Ask("Costs and utilities", "a file, or the name of one that comes with the package", choices=files)
    ] = "us-2016",
    replicates: Annotated[
        Whole, Ask("How many such trials", "each pair reads anew what is not known", least=1, most=10_000)
    ] = 20,
    who: Who = Who(people=None, seed=None),
    work: Work = Work(),
) -> "Optimise":
    """Which regimen, dose, start or size of a trial of opioid use disorder meets a stated target at least cost, and how sure that is.

    The same people meet the same chances whatever is tried. Which of it is enough, which of that is cheapest, and in how many readings of what is not known?
    """
    from opioidsim.questions.optimise.run import run

    return run(plan, (target, vary, arm, value), costs, replicates, who, work)  # pyright: ignore[reportArgumentType]  # read by now
