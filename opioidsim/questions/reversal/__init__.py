"""What does an antagonist do while an opioid is held steady?"""

from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import Ask, Doses, Number
from opioidsim.questions.question import Text, Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.reversal.run import Reversal

SHARE = 0.6  # of breathing at rest, where neither a share nor a level is said


def _cost(asked: dict[str, Any]) -> float:
    """Seconds of one core: the search for the level, then each antagonist for so many hours."""
    return 12.0 + len(asked["antagonist"]) * asked["hours"] * (1.0 + 4e-3 * asked["people"]) + 0.03 * asked["people"]


@question(
    "What does an antagonist do under a steady opioid?",
    place=10,
    who=("tolerance", "people", "seed", "weight", "age", "liver", "readings", "change", "draws", "sensitivity"),
    cost=_cost,
)
def reversal(
    opioid: Annotated[Text, Ask("The opioid that is held", "by its name, for example fentanyl")] = "fentanyl",
    antagonist: Annotated[
        Doses, Ask("What is given then", "one product on each line; several are compared", fewest=1, many=20)
    ] = ("naloxone 0.4 mg iv", "naloxone 4 mg nasal"),
    *,
    share: Annotated[
        Number, Ask("Share of breathing at rest that the opioid leaves", "0.4 to 0.9", least=0.4, most=0.9)
    ] = SHARE,
    level: Annotated[
        Text, Ask("Or the level of the opioid at its effect site", "for example 2 ng/mL, instead of a share", rare=True)
    ] = "",
    back: Annotated[Number, Ask("Share of rest from which breathing is back", above=0.4, most=1.0, rare=True)] = 0.9,
    hours: Annotated[Number, Ask("How long to look, in hours", least=0.25, most=24)] = 2.0,
    who: Who = Who(),
    work: Work = Work(),
) -> "Reversal":
    """Breathing, CO2 and saturation after an antagonist, while an opioid is held steady.

    An opioid is held at a level that leaves a share of breathing; then an antagonist is given. How soon is breathing back, does it
    overshoot, and when is it depressed again? Saturation says little of it: CO2 follows later than breath.
    """
    from opioidsim.questions.reversal.run import run

    return run(opioid, antagonist, (share, level, back), hours, who, work)  # pyright: ignore[reportArgumentType]  # read by now
