"""What happens in a scenario?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import Ask, Choice, Kind, Texts, Yes
from opioidsim.questions.question import Who, Work, question

if TYPE_CHECKING:
    from opioidsim.cases.scenario import Scenario
    from opioidsim.questions.run.simulated import Run

FORMATS = {"csv": "a text file", "parquet": "columns, for large tables"}
VIEWS = {
    "together": "in the same panels",
    "apart": "side by side, on the same axes",
    "difference": "each less the first, person by person",
}
Given = Annotated["str | Mapping[str, Any] | Scenario", Kind("scenario")]
Others = Annotated["str | Mapping[str, Any] | Scenario | Sequence[str | Mapping[str, Any] | Scenario]", Kind("scenario", several=True)]  # fmt: skip


@question(
    "What happens in a scenario?",
    place=0,
    page=False,
    who=("change", "draws", "sensitivity"),
    cost=lambda asked: 1.0,
)
def run(
    scenario: Annotated[Given, Ask("A scenario file, or the name of one that comes with the package")],
    *,
    against: Annotated[Others, Ask("Another scenario beside it", "a file or a name, on the same clock", many=5)] = (),
    view: Annotated[
        Choice, Ask("How several are shown", "together, apart or difference", choices=lambda: VIEWS)
    ] = "together",
    beside: Annotated[
        Texts,
        Ask("What was seen in people, as points on the figure", "a study, or a .csv file with TIME and DV", many=12),
    ] = (),
    format: Annotated[
        Choice, Ask("Of the table of quantities", "csv or parquet", choices=lambda: FORMATS, flag="table")
    ] = "csv",
    refine: Annotated[Yes, Ask("Simulate again with every step halved and say what moved")] = False,
    who: Who = Who(),
    work: Work = Work(),
) -> "Run":
    """Simulate a scenario: a summary and the cautions; with --out also tables, figures and a report."""
    from opioidsim.questions.run.simulated import simulated

    return simulated(scenario, against, view, beside, format, refine, who, work)  # pyright: ignore[reportArgumentType]  # read by now


def simulate(
    scenario: "str | Mapping[str, Any] | Scenario", *, change: Mapping[str, str] | None = None, work: Work = Work()
) -> "Run":
    """What happens to everyone in a scenario: a `Scenario`, a table of one, a file, or the name of one of the package's.

    change: facts changed for this call, {"adaptation.tau_loss": "20 d"}. The same scenario gives the same numbers on any
    number of threads. Raises Refusal for input that cannot be used.
    """
    return run(scenario, who=Who(change=change or {}), work=work)
