"""Do observed concentrations lie where they are simulated to lie?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import Ask, Kind, OneFile, Share, Whole
from opioidsim.questions.question import Pairs, Text, Who, Work, question

if TYPE_CHECKING:
    from opioidsim.cases.scenario import Scenario
    from opioidsim.questions.compare.run import Compare

Given = Annotated["str | Mapping[str, Any] | Scenario | None", Kind("scenario")]


@question(
    "Do my data lie where they are simulated to lie?",
    place=21,
    who=("seed", "readings", "change"),
    work=("progress",),
    lacks={"draws": "It sets one reading beside what was observed; what the observations leave open, fit says."},
    cost=lambda asked: 5.0 + 0.02 * asked["sets"],
)
def compare(
    data: Annotated[OneFile, Ask("An event table with DV", "observations, and doses unless the scenario gives them")],
    *,
    scenario: Annotated[
        Given,
        Ask(
            "Whom to simulate",
            "a scenario: its people and facts, and its doses where the table has none; without one, people of the library",
        ),
    ] = None,
    drug: Annotated[Text, Ask("The drug of rows that do not say", "a name of the library, or of your own")] = "",
    route: Annotated[Text, Ask("The route of rows that do not say")] = "",
    observed: Annotated[Pairs, Ask("What a DVID is of", "DVID=DRUG, for example 2=6-beta-naltrexol")] = {},  # noqa: B006  # read only
    error: Annotated[Share, Ask("Error of measurement", "a share of the value, put on what is simulated")] = 0.0,
    sets: Annotated[Whole, Ask("Data sets that are simulated", least=50, most=10_000, rare=True)] = 200,
    who: Who = Who(),
    work: Work = Work(),
) -> "Compare":
    """Observed concentrations on simulated ones, without a fit (visual predictive check).

    The people of an event table are simulated again and again; what was observed in them is laid on the bands of what is simulated.
    """
    from opioidsim.questions.compare.run import run

    return run(data, scenario, drug, route, observed, error, sets, who, work)  # pyright: ignore[reportArgumentType]  # read by now
