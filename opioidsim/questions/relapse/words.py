"""A relapse in sentences and columns."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from opioidsim.cases.dose import Dose
from opioidsim.show.answer import Column
from opioidsim.show.words import NONE, number, percent, plain, two

if TYPE_CHECKING:
    from opioidsim.questions.relapse.run import Relapse

COLUMNS = (
    Column("day", "day", plain),
    Column("arrest", "cardiac arrest", percent),
    Column("apnoea", "apnoea", percent),
    Column("times_tolerant", "arrest, times as often as when tolerant", shown=False),
    Column("tolerance", "tolerance", two),
    Column("blocked", "receptors blocked", percent),
    Column("no_effect", "largest multiple of the dose without effect on breathing", shown=False),
    Column("stops", "smallest multiple of the dose that stops the circulation", shown=False),
)
SHARES = ("arrest", "apnoea")
DOSES = {"no_effect": "no effect up to", "stops": "stops the circulation from"}  # multiples that are shown as doses


def brackets(answer: "Relapse") -> str:
    """What a range is."""
    if len(answer.tolerant_arrest) == 1:
        return ""
    unsure = "of the readings of what is not known"
    if answer.people == 1:
        return f"Ranges: of arrest and apnoea 95 %, chance, {unsure}; of the others the middle 90 % of them."
    return (
        f"Ranges: of arrest and apnoea 95 %, chance, of {answer.people} people; of tolerance and receptors the middle 90 % of "
        f"people; of the two doses, of the typical person, the middle 90 % {unsure}."
    )


def dose_text(answer: "Relapse", row: dict[str, Any], key: str) -> str:
    """A multiple of the use in a row as an amount, with its range; a dash where it lies beyond what was tried."""
    middle, low, high = (row[key + end] for end in ("", "_low", "_high"))
    if middle is None:
        return NONE
    text = number(middle * answer.use.amount)
    if low is None or high is None or high / low < 1.005:
        return text
    return f"{text} ({number(low * answer.use.amount)} to {number(high * answer.use.amount)})"


def sentences(answer: "Relapse") -> list[str]:
    """The tolerant state, first and last day, how they compare, and what is not in it."""
    share, low, high = answer.tolerant
    of = "of people" if answer.people > 1 else "of the readings of what is not known"
    use = f"{answer.use}{f' (give or take {percent(answer.spread)})' if answer.spread else ''}"
    lines = [
        f"As tolerant as at the end of that history, with nothing left in the body, {percent(share)} ({percent(low)} to {percent(high)}) {of} have a cardiac arrest after {use}."
    ]
    rows = answer.rows()
    for row in (rows[0], rows[-1]) if len(rows) > 1 else rows:
        text = f"On day {row['day']:g}, {percent(row['arrest'])} ({percent(row['arrest_low'])} to {percent(row['arrest_high'])}), {times_text(row)}"
        stops = (
            f"; the typical person's circulation stops from {dose_text(answer, row, 'stops')} {answer.use.unit} on"
            if row["stops"]
            else "; no dose tried stops the typical person's circulation"
        )
        lines.append(f"{text}{stops}.")
    return [
        *lines,
        *together(answer.after),
        "Nobody helps in this question. How fast tolerance goes was never measured in people: it is assumed, and the ranges carry it.",
    ]


def together(after: Sequence[Dose]) -> list[str]:
    """A sentence for two courses of one drug that go on at the same time: it may be meant, or the second was to follow."""
    courses = [(dose, dose.starts()[0], dose.starts()[-1]) for dose in after if dose.times > 1]
    return [
        f'{one} and {other} go on at the same time: what they give adds up. To put one behind the other write "at" and when it begins.'
        for (one, begin, end), (other, begins, ends) in combinations(courses, 2)
        if one.drug == other.drug and begins <= end and begin <= ends
    ]


def times_text(row: dict[str, Any]) -> str:
    """How a day's risk compares with the tolerant state's, in words."""
    low, high = row["times_tolerant_low"], row["times_tolerant_high"]
    if row["times_tolerant"] is None:
        return f"at least {two(low)} times as often as when tolerant" if row["arrest"] else "and none when tolerant"
    if not row["arrest"]:
        return f"at most {two(high)} times as often as when tolerant"
    return f"{two(row['times_tolerant'])} times ({two(low)} to {two(high)}) as often as when tolerant"


def numbers(answer: "Relapse") -> dict[str, Any]:
    """What was asked, and how often the heart stops in the tolerant state."""
    share, low, high = answer.tolerant
    return {
        "use": str(answer.use),
        "spread": answer.spread,
        "after": list(map(str, answer.after)),
        "people": answer.people,
        "tolerant": {"arrest": share, "arrest_low": low, "arrest_high": high},
    }
