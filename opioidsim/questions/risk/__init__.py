"""How does one use of an opioid end, when nobody is there?"""

from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Doses, OneDose, Share
from opioidsim.questions.question import Who, question

if TYPE_CHECKING:
    from opioidsim.questions.risk.run import Risk


@question(
    "How does one use end?",
    place=5,
    who=("tolerance", "draws", "sensitivity"),
    cost=lambda asked: (3.0 if asked["also"] else 0.1) + (5.0 + 0.08 * asked["draws"] if asked["draws"] else 0.0),
)
def risk(
    use: Annotated[
        OneDose,
        Ask("What is taken", "at once and unattended; stored for heroin and fentanyl iv, oxycodone and methadone oral"),
    ] = "heroin 50 mg iv",
    *,
    also: Annotated[Doses, Ask("Taken with it", "sedatives and alcohol, for example alprazolam 2 mg oral")] = (),
    held: Annotated[
        Share,
        Ask(
            "Receptors held by naltrexone or naloxone",
            "0: none; 0.94: a day after a daily tablet of 50 mg; 0.99: a week after an injection; 0.96: a month after it",
        ),
    ] = 0.0,
    who: Who = Who(),
) -> "Risk":
    """How often one use of an opioid, unattended, ends in apnoea or cardiac arrest.

    Taken at once, with nobody there: how many such people stop breathing, and how many hearts stop? Read from a stored surface.
    """
    from opioidsim.questions.risk.run import run

    return run(use, also, held, who)  # pyright: ignore[reportArgumentType]  # read by now
