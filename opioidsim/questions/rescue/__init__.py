"""Who is rescued from this overdose, by which antagonist, given how soon and how often?"""

from typing import TYPE_CHECKING, Annotated, Any

from opioidsim.questions.kinds import (
    Ask,
    Doses,
    Files,
    Kind,
    Number,
    OneDose,
    OneFile,
    OneTime,
    Texts,
    Times,
    Wholes,
    Yes,
)
from opioidsim.questions.question import Text, Who, Work, question

if TYPE_CHECKING:
    from opioidsim.questions.rescue.run import Rescue


USUAL = Who(tolerance=1.0)  # the published chronic user
PRODUCTS = ("naloxone 4 mg nasal", "naloxone 2 mg im")


def ways() -> dict[str, str]:
    """The library's protocols by name, each with what it is."""
    from opioidsim.cases.protocol import protocols

    return {name: way.about for name, way in protocols().items()}


def _cost(asked: dict[str, Any]) -> float:
    """Seconds of one core: every arm goes on for so many hours, after the days before it."""
    each, people = len(asked["product"]) * len(asked["doses"]) + len(asked["protocol"]), asked["people"] or 1
    ways = each * len(asked["delay"])
    course = asked["before_days"] if asked["before"] or asked["tolerance_before"] is not None else 0.0
    return 15.0 + (1 + ways) * (asked["hours"] * (0.15 + 2e-3 * people) + course * (1e-3 + 3e-5 * people))


@question(
    "Who is rescued from an overdose?",
    place=2,
    who=(
        "tolerance",
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
    ),
    counts=True,
    cost=_cost,
)
def rescue(
    opioid: Annotated[OneDose, Ask("The overdose", "for example fentanyl 2.97 mg iv")] = "fentanyl 1.63 mg iv",
    product: Annotated[
        Doses, Ask("What is given", "one product on each line; several are compared", fewest=1)
    ] = PRODUCTS,
    *,
    protocol: Annotated[
        Texts,
        Ask(
            "Or step by step",
            'or steps with ";" between them; the usual products are then left out',
            choices=ways,
            rare=True,
        ),
    ] = (),
    doses: Annotated[Wholes, Ask("How many doses", "several numbers are compared", least=1, most=12, fewest=1)] = (1,),
    delay: Annotated[
        Times, Ask("How long until the first dose", "from the call for help; several are compared", fewest=1)
    ] = ("60 s",),
    comes: Annotated[
        Text,
        Ask(
            "Or between which times",
            "90 % of helpers come, for example 2 min to 12 min; in place of one delay for all",
            rare=True,
        ),
    ] = "",
    interval: Annotated[OneTime, Ask("Between doses", rare=True)] = "150 s",
    when: Annotated[
        Text,
        Ask("What calls for help", "ventilation < 40 % of baseline, ventilation < 3 L/min, or at 5 min", rare=True),
    ] = "ventilation < 40 % of baseline",
    if_needed: Annotated[
        Yes, Ask("Further doses only if needed", "while ventilation is still too low", rare=True)
    ] = False,
    also: Annotated[Doses, Ask("Taken with it", "for example midazolam 5 mg iv, or ethanol 40 g oral")] = (),
    before: Annotated[
        Doses,
        Ask(
            "Doses of the weeks before",
            "for example naltrexone 380 mg im-depot; days count from their beginning",
            rare=True,
            steady=True,
            course=True,
        ),
    ] = (),
    dosing: Annotated[
        OneFile,
        Ask("An event table of the weeks before", "in place of the sentences; each ID has its own doses", rare=True),
    ] = "",
    before_days: Annotated[
        Number, Ask("How many days before the overdose they begin", above=0, most=3660, rare=True)
    ] = 30.0,
    tolerance_before: Annotated[
        float | str | None,
        Kind("tolerance"),
        Ask(
            "Tolerance when those weeks begin",
            "0 to 2; it is then gained and lost on the way, in place of the tolerance of the person",
            rare=True,
        ),
    ] = None,
    hours: Annotated[Number, Ask("How long to look, in hours", above=0, most=48, rare=True)] = 1.5,
    table: Annotated[
        Files, Ask("Tables of draws", "CSV or Parquet, one person per row; they stand side by side", page=False)
    ] = (),
    second_look: Annotated[
        Yes, Ask("A second fall of oxygen ends in arrest too", "as in the study of 2024", page=False)
    ] = False,
    who: Who = USUAL,
    work: Work = Work(),
) -> "Rescue":
    """Who is rescued from an overdose, by which antagonist, how soon and how often given.

    The same people, helped with different products, numbers of doses and delays or step by step, and not helped at all.
    """
    from opioidsim.questions.rescue.run import run

    rule = {"when": when, "interval": interval, "if_needed": if_needed, "comes": comes}
    past = (before, dosing, before_days, tolerance_before)
    return run(opioid, (product, doses, protocol), delay, rule, also, past, hours, table, second_look, who, work)  # pyright: ignore[reportArgumentType]  # read by now
