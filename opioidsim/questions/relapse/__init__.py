"""How dangerous is the old dose after so many days off, or after a missed injection?"""

from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import Ask, Doses, Number, Numbers, OneDose
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.relapse.run import Relapse


def _cost(asked: dict[str, Any]) -> float:
    """Seconds of one core: the weeks before; on each day everyone takes the dose, and the typical person's danger is searched."""
    readings = max(asked["people"] or 1, 136)
    weeks = max(dose.starts()[-1] for dose in asked["after"]) / 24.0 + max(asked["day"])
    return 10.0 + 1e-4 * weeks * readings + len(asked["day"]) * (0.7 + 5e-3 * readings)


@question(
    "How dangerous is the old dose after a time without?",
    place=4,
    hints={"tolerance": "0 (naive), 1 (chronic), at most 2: with which the weeks before begin"},
    who=("tolerance", "people", "seed", "weight", "age", "liver", "dependence", "readings", "change", "draws", "point"),
    counts=True,
    cost=_cost,
)
def relapse(
    use: Annotated[OneDose, Ask("What is taken again", "for example heroin 50 mg iv, or fentanyl 1 mg iv")] = (
        "fentanyl 1 mg iv"
    ),
    after: Annotated[
        Doses,
        Ask(
            "The weeks before",
            "one dose sentence on each line; naltrexone may follow, such as naltrexone 380 mg im-depot at 37 d",
            fewest=1,
            course=True,
        ),
    ] = ("heroin 50 mg iv every 8 h x 90",),
    *,
    day: Annotated[
        Numbers,
        Ask("So many days after the last of them", "several are compared", least=0, most=365, fewest=1, many=60),
    ] = (1.0, 7.0, 14.0, 28.0, 42.0, 56.0),
    also: Annotated[Doses, Ask("Taken with it", "for example alprazolam 2 mg oral")] = (),
    spread: Annotated[
        Number,
        Ask("How much the dose varies", "0: never; 0.5: by half, up or down; log-normal", least=0, most=2, rare=True),
    ] = 0.0,
    who: Who = Who(),
    work: Work = Work(),
) -> "Relapse":
    """How dangerous an old dose is after days off opioids, or after naltrexone has faded.

    Tolerance fades within weeks. What does the dose of before do then, and after naltrexone has worn off?
    """
    from opioidsim.questions.relapse.run import run

    return run(use, after, day, also, spread, who, work)  # pyright: ignore[reportArgumentType]  # read by now
