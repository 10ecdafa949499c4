"""When can an antagonist be started after opioids, and how severe is the withdrawal it precipitates?"""

from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import Ask, Doses, Number, Numbers, Texts
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.induction.run import Induction

LONGEST_WAIT = 60  # days


def ways() -> dict[str, str]:
    """The library's ways of starting by name, each with what it is."""
    from opioidsim.cases.procedure import procedures

    return {name: way.about for name, way in procedures().items()}


def _seconds(asked: dict[str, Any]) -> float:
    """What it takes on one core: the history of each chunk of people, each start, and what is compiled once."""
    chunks, ways = 1 + (asked["people"] - 1) // 136, 1 + len(asked["regimen"])
    doses = sum(dose.times for dose in asked["opioid"])
    return 2.0 + 2.0 * ways + chunks * (0.003 * doses + 0.04 * ways * len(asked["day"]))


@question(
    "When can naltrexone be started?",
    place=3,
    who=(
        "people",
        "seed",
        "weight",
        "age",
        "liver",
        "dependence",
        "readings",
        "change",
        "draws",
        "sensitivity",
        "point",
    ),
    cost=_seconds,
)
def induction(
    opioid: Annotated[
        Doses,
        Ask(
            "The opioids before", "one dose sentence on each line; the last dose counts as day 0", fewest=1, course=True
        ),
    ] = ("heroin 100 mg iv every 8 h x 90",),
    regimen: Annotated[
        Texts,
        Ask("How it is started", 'or dose sentences with ";" between them', many=20, choices=ways),
    ] = ("tablet", "ascending"),
    *,
    day: Annotated[
        Numbers,
        Ask(
            "Start after so many days",
            "from the last opioid on, a taper's too",
            least=0,
            most=LONGEST_WAIT,
            fewest=1,
            many=40,
        ),
    ] = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0),
    dropout: Annotated[
        Number, Ask("Hazard of leaving", "per day at the full withdrawal score", least=0, most=100, page=False)
    ] = 0.0,
    who: Who = Who(),
    work: Work = Work(),
) -> "Induction":
    """When an antagonist can be started after opioids: the withdrawal it precipitates, by start day.

    Too soon after opioids it brings withdrawal. How severe is it, by the day of the first dose?
    """
    from opioidsim.questions.induction.run import run

    return run(opioid, regimen, day, dropout, who, work)  # pyright: ignore[reportArgumentType]  # read by now
