"""What a treatment is worth, in sentences and columns."""

from typing import TYPE_CHECKING, Any

from opioidsim.show.answer import Column
from opioidsim.show.words import number, percent
from opioidsim.trials.replicates import TOO_FEW, said

if TYPE_CHECKING:
    from opioidsim.questions.worth.run import Worth

COLUMNS = (
    Column("arm", "arm", text=True),
    Column("cost", "cost of a person", number),
    Column("qaly", "quality-adjusted years", number),
    Column("more_cost", "more than the reference", number),
    Column("more_qaly", "more years than the reference", number),
    Column("ratio", "cost of a year gained", text=True),
)


def ratio(cost: float, health: float) -> str:
    """What a year gained costs, in words where it is no number: a ratio says nothing where one side is better in both."""
    if cost <= 0 <= health:
        return "better and no dearer"
    if health <= 0 <= cost:
        return "no better and dearer"
    each = cost / health
    return f"{each:,.0f}" if health > 0 else f"saves {each:,.0f} for each year lost"


def _said(ratio: str, money: str) -> str:
    """What a year gained costs, as part of a sentence; better or worse in both is said as it is."""
    if ratio[0].isdigit():
        return f"a year gained costs {money} {ratio}"
    return ratio.replace("saves ", f"it saves {money} ")


def _between(row: dict[str, Any], name: str, form: str) -> str:
    """A mean with its interval, where it has one."""
    ends = [f"{row[f'{name}_{end}']:{form}}" for end in ("low", "high") if f"{name}_{end}" in row]
    return f"{row[name]:{form}}" + (f" ({' to '.join(ends)})" if ends else "")


def sentences(answer: "Worth") -> list[str]:
    """Each further arm against the reference; how sure; what the intervals are, and what is left out."""
    reference, money = answer.trial.plan.compared_with(), answer.costs.currency
    lines = []
    for row in answer.rows():
        if row["arm"] == reference:
            lines.append(
                f"{reference}: {money} {row['cost']:,.0f} and {row['qaly']:.3f} quality-adjusted years a person."
            )
            continue
        sure = [f"{percent(row[f'acceptable_{each:g}'])} at {money} {each:,.0f}" for each in answer.willing if row[f"acceptable_{each:g}"] is not None]  # fmt: skip
        chance = f" Worth it in {', '.join(sure)} a year." if sure else f" How sure: {TOO_FEW}."

        cost, health = (_between(row, name, form) for name, form in (("more_cost", ",.0f"), ("more_qaly", ".4f")))
        lines.append(
            f"{row['arm']} against {reference}: {money} {cost} more, {health} years more; {_said(row['ratio'], money)}.{chance}"
        )  # fmt: skip
    return [
        *lines,
        *_budget(answer),
        said(answer.trial.replicates, answer.trial.uncertain),
        "Only what the file of costs names is counted, over the trial's own length; what comes after it, crime, work and families are not.",
    ]


def _budget(answer: "Worth") -> list[str]:
    """What it costs more to treat a share of all as in each further arm, a sentence each."""
    rows, lines = answer.budget(), []
    for arm in dict.fromkeys(row["arm"] for row in rows):
        years = [f"{_between(row, 'more', ',.0f')} in year {row['year']}" for row in rows if row["arm"] == arm]
        shares = ", ".join(percent(share) for share in answer.uptake)
        lines.append(f"Budget: where of {answer.eligible:,.0f} people who begin in a year {shares} are treated as in {arm}, {answer.costs.currency} {', '.join(years)} more.")  # fmt: skip
    return lines
