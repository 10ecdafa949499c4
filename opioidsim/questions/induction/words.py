"""Starting an antagonist, in sentences and columns."""

from typing import TYPE_CHECKING, Any

from opioidsim.cases.cautions import DEPOTS, rules
from opioidsim.cases.drug import load
from opioidsim.show.answer import Column
from opioidsim.show.words import percent, plain, whole

if TYPE_CHECKING:
    from opioidsim.questions.induction.run import Induction

COLUMNS = (
    Column("regimen", "regimen", text=True),
    Column("day", "start day", plain),
    Column("peak", "peak score, of 48"),
    Column("hours_mild", "time in mild withdrawal", unit="h", shown=False),
    Column("hours_moderate", "time in moderate withdrawal", unit="h", shown=False),
    Column("hours_moderately_severe", "time in moderately severe withdrawal", unit="h", shown=False),
    Column("hours_severe", "time in severe withdrawal", unit="h", shown=False),
    Column("share_at_most_mild", "mild or less", percent),
    Column("share_severe", "severe", percent),
    Column("hours_until_mild", "until at most mild for good", whole, unit="h"),
    Column("peak_without_acceleration", "peak score, of 48, if not sped up", shown=False),
    Column("hours_until_mild_without_acceleration", "if not sped up", whole, unit="h"),
    Column("peak_while_waiting", "highest score before the start, of 48", shown=False),
    Column("share_given", "share given the antagonist", percent, shown=False),
    Column("share_dropping_out", "share leaving", percent, shown=False),
)
UNKNOWN = (
    "The time constants of dependence and the scale of symptoms were never measured in people: they are assumed, and the "
    "ranges carry what is not known."
)


def label_days(history) -> tuple[float, float]:
    """The labels' opioid-free interval for this history [d]: (from, to)."""
    long = any(load(dose.drug).duration == "long" for dose in history)
    interval = rules()["opioid-free-interval-long" if long else "opioid-free-interval"].interval
    assert interval is not None
    return interval.value, interval.high or interval.value


def middle_of(who) -> str:
    """What a middle of 90 % is of; "" where there is one number."""
    people, readings = (who.people or 1) > 1, not who.point
    return " and ".join(filter(None, ("people" if people else "", "readings of what is not known" if readings else "")))


def brackets(answer: "Induction") -> str:
    """What a range is."""
    of = middle_of(answer.who)
    return f"Ranges: the middle 90 % of {of}." if of else ""


def sentences(answer: "Induction") -> list[str]:
    """From which day on, how severe before it, and what labels say."""
    lines = [_of_start(answer, regimen) for regimen in answer.regimens()]
    waited = max(row["peak_while_waiting"] for row in answer.rows())
    lines.append(f"Waiting has its own withdrawal: up to {waited:.0f} of 48 before the start.")
    low, high = label_days(answer.history)
    lines.append(f"Labels ask for {low:g}{f' to {high:g}' if high > low else ''} opioid-free days after such opioids.")
    if any(dose.route in DEPOTS for dose in answer.history):
        lines.append(rules()["opioid-free-interval-depot"].text)
    return [*lines, UNKNOWN]


def contested(answer: "Induction") -> list[str]:
    """What is contested about the drugs of the history."""
    names = dict.fromkeys(dose.drug for dose in answer.history)
    return [f"Contested, {name}: {text}" for name in names for text in load(name).contested]


def _of_start(answer: "Induction", regimen: str) -> str:
    rows = [row for row in answer.rows() if row["regimen"] == regimen]
    worst = max(rows, key=lambda row: row["peak"])
    head = "Without an antagonist" if regimen == "nothing" else f"With {regimen}"
    one = "peak_low" not in worst
    between = "" if one else f" ({worst['peak_low']:.0f} to {worst['peak_high']:.0f})"
    text = f"{head}, the score peaks at {worst['peak']:.0f} of 48{between} from day {worst['day']:g} on"
    if regimen == "nothing":
        return text + "."
    many = "people" if answer.people > 1 else "readings of what is not known"
    who = "it stays" if one else f"9 of 10 {many} stay"
    day, slow = answer.first_day(regimen), answer.first_day(regimen, unhurried=True)
    text += f"; {_from_day(day, who)}"
    if slow != day:
        text += f" (without the acceleration: {_from_day(slow, 'so')})"
    first = rows[0]
    fast, unhurried = first["hours_until_mild"], first["hours_until_mild_without_acceleration"]
    text += f"; started on day {first['day']:g}, half are at most mild for good after {fast:.0f} h"
    if unhurried - fast > 6:
        text += f", after {unhurried:.0f} h if naltrexone does not speed the loss of dependence (three studies say that it does, and do not agree how much)"
    spared = [row["day"] for row in rows if row["share_given"] < 0.5]
    if spared:
        text += f"; up to day {max(spared):g} the test dose keeps most from it"
    return text + "."


def _from_day(day: float, who: str) -> str:
    return f"{who} at most mild from day {day:g}" if day < float("inf") else f"on none of these days {who} at most mild"


def numbers(answer: "Induction") -> dict[str, Any]:
    """The history, the first day for each regimen (none: infinity) and what labels ask for."""
    return {
        "history": [str(dose) for dose in answer.history],
        "people": answer.people,
        "first_day_at_most_mild": {name: answer.first_day(name) for name in answer.ways},
        "first_day_without_acceleration": {name: answer.first_day(name, unhurried=True) for name in answer.ways},
        "label_days": list(label_days(answer.history)),
    }
