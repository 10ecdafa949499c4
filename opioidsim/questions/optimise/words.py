"""What meets a target at least cost, in sentences and columns."""

from typing import TYPE_CHECKING

from opioidsim.show.answer import Column
from opioidsim.show.words import number, percent, tenths
from opioidsim.trials.replicates import TOO_FEW, said

if TYPE_CHECKING:
    from opioidsim.questions.optimise.run import Optimise

COLUMNS = (
    Column("name", "what is tried", text=True),
    Column("value", "value", shown=False),
    Column("reached", "what it reaches", number),
    Column("enough", "enough on average", text=True, shown=False),
    Column("sure", "enough in so many readings", tenths),
    Column("cost", "cost", number),
    Column("cheapest", "cheapest that is enough", tenths),
)


def sentences(answer: "Optimise") -> list[str]:
    """The cheapest that is enough, how sure that is, and what it costs more than what is not enough."""
    best, money = answer.best, answer.costs.currency
    whose = "of the trial" if answer.vary == "people" else "a person"
    if best is None:
        closest = (min if answer.target.way in ("<", "<=") else max)(answer.tried, key=lambda each: each.reached.mean())
        lines = [f"Nothing that was tried meets {answer.target}; nearest comes {closest.name} with {closest.reached.mean():.3g}."]  # fmt: skip
    else:
        lines = [f"{best.name} meets {answer.target} at least cost: {best.reached.mean():.3g}, {money} {best.cost.mean():,.0f} {whose}."]  # fmt: skip
    shares = answer.readings()
    if answer.known:
        named = [f"{each.name} in {percent(share)}" for each, share in zip(answer.tried, shares, strict=False) if share]
        none = [f"nothing in {percent(shares[-1])}"] if shares[-1] else []
        lines.append(f"In readings of what is not known the cheapest that is enough is {', '.join([*named, *none])}.")
    elif answer.vary != "people":
        lines.append(f"How sure that is: {TOO_FEW}.")
    return [
        *lines,
        said(answer.trial.replicates, answer.trial.uncertain),
        "Of what was tried, and for this target: another target or file of costs has another answer.",
    ]
