"""How much more often do people die of an overdose just after release from prison, or after treatment, than later?"""

from typing import TYPE_CHECKING, Annotated

from opioidsim.questions.kinds import Ask, Whole
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.release.run import Release


@question(
    "How much deadlier are the first weeks after release, or after treatment?",
    place=6,
    who=("change", "point"),
    work=("progress",),
    cost=lambda asked: 6.0 + 0.05 * (1 if asked["point"] else asked["draws"]),
)
def release(
    draws: Annotated[
        Whole, Ask("Draws of what is not known", "joint draws of all that rests on it", least=2, most=400)
    ] = 96,
    *,
    who: Who = Who(),
    work: Work = Work(),
) -> "Release":
    """Overdose deaths soon after release from prison or the end of treatment, against later: model beside publications.

    The same dose without the tolerance of before. A stated model of return to use, beside published deaths.
    """
    from opioidsim.questions.release.run import run

    return run(draws, who, work)  # pyright: ignore[reportArgumentType]  # read by now
