"""What does a medicine give to someone who takes it without need: liking, relief of withdrawal, or the opposite?"""

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from opioidsim.questions.kinds import Ask, Choices, Doses
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.abuse.run import Abuse


class Taker(NamedTuple):
    """Who takes a medicine. before: what was taken in the weeks before; wait: hours from its last dose to the medicine."""

    about: str
    before: tuple[str, ...] = ()
    wait: float = 0.0


MEDICINES = (
    "naltrexone 50 mg oral", "naltrexone 380 mg im-depot", "methadone 40 mg oral", "buprenorphine 8 mg sublingual",
    "buprenorphine 300 mg sc-depot", "heroin 25 mg iv",
)  # fmt: skip
TAKERS = {
    "naive": Taker("never took opioids"),
    "in withdrawal": Taker("thirty hours after a month of heroin", ("heroin 100 mg iv every 8 h x 90",), 30.0),
    "on naltrexone": Taker("two weeks after an injection", ("naltrexone 380 mg im-depot",), 14.0 * 24),
    "on methadone": Taker("a day after the last of two months", ("methadone 80 mg oral every 24 h x 60",), 24.0),
    "on buprenorphine": Taker(
        "a day after the last of two months", ("buprenorphine 16 mg sublingual every 24 h x 60",), 24.0
    ),
}


def _seconds(asked: dict[str, Any]) -> float:
    """What it takes on one core: the weeks before and each medicine, for each chunk of people, and what is compiled once."""
    chunks = 1 + (asked["people"] - 1) // 136
    return 2.0 + len(asked["taker"]) * (1.0 + chunks * (0.3 + 0.1 * len(asked["medicine"])))


@question(
    "What does a medicine give to someone it was not meant for?",
    place=7,
    who=("people", "seed", "weight", "age", "liver", "readings", "change", "point", "draws", "sensitivity"),
    cost=_seconds,
)
def abuse(
    medicine: Annotated[Doses, Ask("What is taken once", "one dose sentence on each line", fewest=1)] = MEDICINES,
    taker: Annotated[
        Choices,
        Ask("By whom", fewest=1, choices=lambda: {name: taker.about for name, taker in TAKERS.items()}),
    ] = tuple(TAKERS),
    *,
    who: Who = Who(),
    work: Work = Work(),
) -> "Abuse":
    """What a medicine gives to someone it was not meant for: liking, relief of withdrawal, or the opposite.

    Why naltrexone has no street value, and methadone and buprenorphine have one.
    """
    from opioidsim.questions.abuse.run import run

    return run(medicine, taker, who, work)  # pyright: ignore[reportArgumentType]  # read by now
