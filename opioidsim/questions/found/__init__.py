"""How many doses of an antagonist are enough, for whom that is found?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Doses, Kind, Number, Whole
from opioidsim.questions.question import Text, Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.found.run import Found


def scenes() -> Mapping[str, str]:
    """The library's scenes by name."""
    from opioidsim.cases.found import titles

    return titles()


@question(
    "How many doses are enough?",
    place=12,
    who=("people", "seed", "readings", "change"),
    lacks={
        "draws": "It counts those who are found, by product; for one opioid and product ask rescue, which has draws."
    },
    cost=lambda asked: 15.0 + len(asked["product"]) * asked["hours"] * (0.3 + 2e-3 * (asked["people"] or 1)),
)
def found(
    scene: Annotated[
        Text, Ask("Who is found", "a file, or the name of one that comes with the package", choices=scenes)
    ] = "us-pills-2019",
    *,
    product: Annotated[Doses, Ask("What is given", "one product on each line; several are compared", fewest=1)] = (
        "naloxone 4 mg nasal",
        "naloxone 8 mg nasal-spray",
        "naloxone 2 mg im",
    ),
    most: Annotated[Whole, Ask("How many doses at most", least=1, most=12)] = 6,
    interval: Annotated[
        str | None,
        Kind("time"),
        Ask(
            "Between doses",
            "a further one only while breathing is too low; that of the scene where nothing is said",
            rare=True,
        ),
    ] = None,
    hours: Annotated[Number, Ask("How long to look, in hours", above=0, most=48, rare=True)] = 2.0,
    who: Who = Who(people=100),
    work: Work = Work(),
) -> "Found":
    """How many doses of an antagonist those need who are found in an overdose, by product; who comes too late, and who falls back.

    People take what is on the street; some breathe too little, and help comes sooner or later. How many doses are enough for 50, 90 and 95 % of them?
    """
    from opioidsim.questions.found.run import run

    return run(scene, product, most, interval, hours, who, work)  # pyright: ignore[reportArgumentType]  # read by now
