"""What a medicine gives to someone it was not meant for, in sentences and columns."""

from typing import TYPE_CHECKING, Any

from opioidsim.cases.drug import load
from opioidsim.questions.induction.words import UNKNOWN, middle_of
from opioidsim.show.answer import Column
from opioidsim.show.words import listed, percent, whole

if TYPE_CHECKING:
    from opioidsim.questions.abuse.run import Abuse

COLUMNS = (
    Column("taker", "taker", text=True),
    Column("medicine", "medicine", text=True),
    Column("liking", "liking, of 100", whole),
    Column("before", "score before, of 48", whole),
    Column("relief", "relief, of 48", whole),
    Column("share_worse", "made worse", percent),
    Column("reward", "worth (proxy)", "{:.2f}".format),
    Column("street_price", "street price", whole, unit="$"),
)
NO_PRICE = "What a dose is worth is a proxy, the larger of liking (of 100) and relief (of 48); street prices are of the US in 2012."
NOT_TOLD = "Tolerance dulls liking here, by how much nobody has measured; how fast a dose arrives adds nothing to it."
NOT_DEPENDENT = ("naive", "on naltrexone")


def brackets(answer: "Abuse") -> str:
    """What a range is."""
    of = middle_of(answer.who)
    return f"Ranges: the middle 90 % of {of}." if of else ""


def sentences(answer: "Abuse") -> list[str]:
    """For each taker the most liked medicine and the one that relieves or harms most."""
    rows = answer.rows()
    lines = [_of_taker(taker, [row for row in rows if row["taker"] == taker]) for taker in answer.takers]
    silent = sorted({str(dose) for dose in answer.medicines if load(dose.drug).role == "antagonist"})
    if silent:
        lines.append(f"{listed(silent)}: no liking and no relief for anyone.")
    return [*lines, NO_PRICE, NOT_TOLD, UNKNOWN]


def unsure(answer: "Abuse") -> list[str]:
    """For each taker how far liking of the most liked medicine, and relief by the one that relieves most, reach over the draws."""
    lines: list[str] = []
    for taker in answer.takers:
        rows = [row for row in answer.rows() if row["taker"] == taker]
        liked, relieving = (max(rows, key=lambda row: row[name]) for name in ("liking", "relief"))
        told = [
            f"{row['medicine']} is liked by {_reach(row, 'liking')} of 100"
            for row in (liked,)
            if row["liking_high"] >= 1
        ]
        told += [
            f"{row['medicine']} relieves by {_reach(row, 'relief')} of 48"
            for row in (relieving,)
            if row["relief_high"] >= 1
        ]
        lines += [f"{taker}: {'; '.join(told)}"] if told else []
    return [f"For the typical person alone, what is not known: {'. '.join(lines)}."] if lines else []


def _reach(row: dict[str, Any], name: str) -> str:
    """Low and high end of a range."""
    return f"{whole(row[f'{name}_low'])} to {whole(row[f'{name}_high'])}"


def _of_taker(taker: str, rows: list[dict[str, Any]]) -> str:
    best = max(rows, key=lambda row: row["liking"])
    worst, relief = (end(rows, key=lambda row: row["relief"]) for end in (min, max))
    who = "Someone who never took opioids" if taker == "naive" else f"Someone {taker}"
    text = f"{who} likes {best['medicine']} most ({best['liking']:.0f} of 100)"
    if best["liking"] < 1:
        text = f"{who} likes none of them"
    if relief["relief"] >= 1:
        text += f"; {relief['medicine']} relieves most (by {relief['relief']:.0f} of 48 against nothing taken; the score is {relief['before']:.0f} before)"
    if worst["relief"] <= -2:  # less is no sign of anything
        much = f"{-worst['relief']:.0f}"
        text += f"; {worst['medicine']} " + (
            f"leaves a withdrawal score of {much} as it fades"
            if taker in NOT_DEPENDENT
            else f"makes withdrawal worse by {much}"
        )
    return text + "."
