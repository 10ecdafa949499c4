"""Answers about starting treatment, in sentences and as JSON."""

from pathlib import Path

from opioidsim.cases.cautions import cautions
from opioidsim.questions.relapse.run import Relapse


def dose_text(asked: Relapse, row: dict, key: str) -> str:
    """A multiple of the use in a row as an amount, with its range; a dash where it lies beyond what was tried."""
    middle, low, high = (row[key + end] for end in ("", "_low", "_high"))
    if middle is None:
        return "–"
    text, unit = f"{middle * asked.use.amount:.3g}", asked.use.unit
    if low is None or high is None or high / low < 1.005:
        return f"{text} {unit}"
    return f"{text} ({low * asked.use.amount:.3g} to {high * asked.use.amount:.3g}) {unit}"


def of_relapse(asked: Relapse) -> list[str]:
    """The answer in sentences: the tolerant state, first and last day, how they compare, and what is not in it."""
    share, low, high = asked.tolerant
    of = "of people" if asked.people > 1 else "of the readings of what is not known"
    use = f"{asked.use}{f' (give or take {asked.spread:.0%})' if asked.spread else ''}"
    lines = [
        f"As tolerant as at the end of that history, and clean, {share:.0%} ({low:.0%} to {high:.0%}) {of} have a cardiac arrest after {use}."
    ]
    rows = asked.rows()
    for row in (rows[0], rows[-1]) if len(rows) > 1 else rows:
        text = f"On day {row['day']:g}, {row['arrest']:.0%} ({row['arrest_low']:.0%} to {row['arrest_high']:.0%}), {times_text(row)}"
        stops = (
            f"; the typical person's circulation stops from {dose_text(asked, row, 'stops')} on"
            if row["stops"]
            else "; no dose tried stops the typical person's circulation"
        )
        lines.append(f"{text}{stops}.")
    return [
        *lines,
        "Nobody helps in this question. How fast tolerance goes was never measured in people: it is assumed, and the ranges carry it.",
    ]


def times_text(row: dict) -> str:
    """How a day's risk compares with the tolerant state's, in words."""
    low, high = row["times_tolerant_low"], row["times_tolerant_high"]
    if row["times_tolerant"] is None:
        return f"at least {low:.2g} times as often as when tolerant" if row["arrest"] else "and none when tolerant"
    return f"{row['times_tolerant']:.2g} times ({low:.2g} to {high:.2g}) as often as when tolerant"


def relapse_json(asked: Relapse, files: list[Path]) -> dict:
    """`relapse --json`: the answer in sentences, the tolerant state, and each day."""
    share, low, high = asked.tolerant
    return {
        "use": str(asked.use),
        "spread": asked.spread,
        "after": list(map(str, asked.after)),
        "people": asked.people,
        "answer": of_relapse(asked),
        "tolerant": {"arrest": share, "arrest_low": low, "arrest_high": high},
        "days": asked.rows(),
        "cautions": [c.model_dump() for c in cautions(asked.scenario)],
        "files": [str(f) for f in files],
    }
