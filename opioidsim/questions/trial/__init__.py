"""What would a trial of these treatments show?"""

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import Ask, Kind, Whole, Yes
from opioidsim.questions.question import Who, Work, question
from opioidsim.refusal import need

if TYPE_CHECKING:
    from opioidsim.cases.trial_plan import Plan
    from opioidsim.questions.trial.run import Trial

Given = Annotated["str | PathLike[str] | Mapping[str, Any] | Plan", Kind("plan")]
PER_DAY = {"opioid": 0.0015, "alcohol": 0.002}  # seconds that a day of a chunk of people takes


def titles() -> Mapping[str, str]:
    from opioidsim.cases.trial_plan import titles

    return titles()


def cost_of(asked: dict[str, Any]) -> float:
    from opioidsim.trials.replicates import CHUNK

    plan: Plan = asked["plan"]
    if asked.get("draws"):  # a chunk of people in each arm under each
        return 5.0 + (0.1 + PER_DAY[plan.condition] * days_of(plan)) * len(plan.arms) * asked["draws"]
    each = (asked["people"] or plan.people.n) // len(plan.arms)
    marched = -(-asked["replicates"] * each // CHUNK[plan.condition])
    return 5.0 + PER_DAY[plan.condition] * len(plan.arms) * marched * days_of(plan)


def days_of(plan: "Plan") -> float:
    """Days that are marched: the trial, and the habit before it."""
    habit = plan.people.habit
    return plan.length + (habit.times * habit.every / 24.0 if habit else 0.0)


@question(
    "What would a trial show?",
    place=8,
    who=("people", "seed", "point", "change", "draws", "sensitivity"),
    hints={
        "people": "in all arms together; those of the plan where nothing is said",
        "seed": "another number, other people; that of the plan where nothing is said",
        "draws": "20 tell how far it reaches, beside chance, in about the time of 20 replicates; 0: none",
    },
    cost=cost_of,
)
def trial(
    plan: Annotated[
        Given,
        Ask("The trial", "a file, or the name of one that comes with the package", choices=titles, example="xbot"),
    ],
    *,
    replicates: Annotated[
        Whole, Ask("How many such trials", "each with other people; intervals need 20", least=1, most=10_000)
    ] = 1,
    each_day: Annotated[
        Yes, Ask("A row for each person and day", "in days.parquet, beside the other files", page=False)
    ] = False,
    who: Who = Who(people=None, seed=None),
    work: Work = Work(),
) -> "Trial":
    """A virtual trial of treatments: who begins, stays, relapses, or drinks; how sure one trial would be.

    People with opioid or alcohol use disorder are followed day by day under each treatment, the same in every arm. What do the arms
    show, and how sure would one trial of this size be?
    """
    need("statsmodels", "a trial")
    if who.draws:
        from opioidsim.questions.trial.under import run as drawn

        return drawn(plan, who, work)  # pyright: ignore[reportArgumentType, reportReturnType]  # read by now; what stands beside the answer
    from opioidsim.questions.trial.run import run

    return run(plan, replicates, each_day, who, work)  # pyright: ignore[reportArgumentType]  # read by now
