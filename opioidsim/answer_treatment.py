"""Answers about starting treatment, in sentences and as JSON."""

from pathlib import Path

from opioidsim import units
from opioidsim.cautions import cautions, rules
from opioidsim.drug import load
from opioidsim.procedure import named
from opioidsim.questions.induction import Induction
from opioidsim.questions.relapse import Relapse
from opioidsim.scenario import Scenario, from_table

UNKNOWN = (
    "The time constants of dependence and the scale of symptoms were never measured in people: they are assumed, and the "
    "ranges carry what is not known."
)


def label_days(asked: Induction) -> tuple[float, float]:
    """The labels' opioid-free interval for this history [d]: (from, to)."""
    long = any(load(dose.drug).duration == "long" for dose in asked.history)
    interval = rules()["opioid-free-interval-long" if long else "opioid-free-interval"].interval
    assert interval is not None
    return interval.value, interval.high or interval.value


def of_induction(asked: Induction) -> list[str]:
    """The answer in sentences: from which day on, how severe before it, and what labels say."""
    lines = [_of_start(asked, regimen) for regimen in asked.regimens()]
    waited = max((row["peak_while_waiting"] for row in asked.rows()), default=0.0)
    lines.append(f"Waiting has its own withdrawal: up to {waited:.0f} of 48 before the start.")
    low, high = label_days(asked)
    lines.append(f"Labels ask for {low:g}{f' to {high:g}' if high > low else ''} opioid-free days after such opioids.")
    contested = [
        f"Contested, {name}: {text}" for name in {d.drug: 0 for d in asked.history} for text in load(name).contested
    ]
    return [*lines, *contested, UNKNOWN]


def _of_start(asked: Induction, regimen: str) -> str:
    rows = [row for row in asked.rows() if row["regimen"] == regimen]
    worst = max(rows, key=lambda row: row["peak"])
    head = "Without an antagonist" if regimen == "nothing" else f"With {regimen}"
    text = f"{head}, the score peaks at {worst['peak']:.0f} of 48 ({worst['peak_low']:.0f} to {worst['peak_high']:.0f}) from day {worst['day']:g} on"
    if regimen == "nothing":
        return text + "."
    who = "9 of 10 people stay" if asked.people > 1 else "9 of 10 readings of what is not known stay"
    day, slow = asked.first_day(regimen), asked.first_day(regimen, unhurried=True)
    text += f"; {_from_day(day, who)}"
    if slow != day:
        text += f" (without the acceleration: {_from_day(slow, 'they do so')})"
    first = rows[0]
    fast, unhurried = first["hours_until_mild"], first["hours_until_mild_without_acceleration"]
    text += f"; started on day {first['day']:g}, half are at most mild for good after {fast:.0f} h"
    text += (
        f", after {unhurried:.0f} h if naltrexone does not speed the loss of dependence (a hypothesis)"
        if unhurried - fast > 6
        else ""
    )
    spared = [row["day"] for row in rows if row["share_given"] < 0.5]
    if spared:
        text += f"; up to day {max(spared):g} the test dose keeps most from it"
    return text + "."


def _from_day(day: float, who: str) -> str:
    return f"{who} at most mild from day {day:g}" if day < float("inf") else f"on none of these days {who} at most mild"


def induction_scenario(asked: Induction) -> Scenario:
    """The scenario behind the question: the history and the first regimen's start, for facts and cautions."""
    first = next((s for s in asked.starts if s.regimen != "nothing"), asked.starts[0])
    way = named(first.regimen) if first.regimen != "nothing" else None
    opioids = (*asked.history, *(way.opioids(asked.last_dose) if way else ()))
    start = max(at + dose.over for dose in opioids for at in dose.starts()) + 24.0 * first.day
    given = [dose.delayed(start) for dose in way.given()] if way else []
    return from_table(
        {
            "title": f"{' and '.join(map(str, asked.history))}, then naltrexone",
            "doses": [*map(str, opioids), *map(str, given)],
            "duration": units.time_text(start + 8 * 24.0),
            "every": "1 d",
            "readings": asked.readings,
        },
        "the question",
    )


def induction_json(asked: Induction, files: list[Path]) -> dict:
    """`induction --json`: the answer in sentences, each start, the first day for each regimen (null: none), the labels."""
    low, high = label_days(asked)
    names = [name for name in asked.regimens() if name != "nothing"]
    first = {name: asked.first_day(name) for name in names}
    slow = {name: asked.first_day(name, unhurried=True) for name in names}
    return {
        "history": list(map(str, asked.history)),
        "people": asked.people,
        "answer": of_induction(asked),
        "starts": asked.rows(),
        "first_day_at_most_mild": {name: None if day == float("inf") else day for name, day in first.items()},
        "first_day_without_acceleration": {name: None if day == float("inf") else day for name, day in slow.items()},
        "label_days": [low, high],
        "cautions": [c.model_dump() for c in cautions(induction_scenario(asked))],
        "files": [str(f) for f in files],
    }


def dose_text(asked: Relapse, multiple: float | None) -> str:
    """A multiple of the use as an amount; a dash where it lies beyond what was tried."""
    return "–" if multiple is None else f"{multiple * asked.use.amount:.3g} {asked.use.unit}"


def of_relapse(asked: Relapse) -> list[str]:
    """The answer in sentences: the tolerant state, each day, and the doses between which danger lies."""
    share, low, high = asked.tolerant
    of = "of people" if asked.people > 1 else "of the readings of what is not known"
    lines = [
        f"As tolerant as at the end of that history, and clean, {share:.0%} ({low:.0%} to {high:.0%}) {of} have a cardiac arrest after {asked.use}."
    ]
    rows = asked.rows()
    for row in (rows[0], rows[-1]):
        text = f"On day {row['day']:g}, {row['arrest']:.0%} ({row['arrest_low']:.0%} to {row['arrest_high']:.0%})"
        stops = (
            f"; the typical person's circulation stops from {dose_text(asked, row['stops'])} on"
            if row["stops"]
            else "; no dose tried stops the typical person's circulation"
        )
        lines.append(f"{text}{stops}.")
    return [
        *lines,
        "Nobody helps in this question. How fast tolerance goes was never measured in people: it is assumed, and the ranges carry it.",
    ]


def relapse_json(asked: Relapse, files: list[Path]) -> dict:
    """`relapse --json`: the answer in sentences, the tolerant state, and each day."""
    share, low, high = asked.tolerant
    return {
        "use": str(asked.use),
        "after": list(map(str, asked.after)),
        "people": asked.people,
        "answer": of_relapse(asked),
        "tolerant": {"arrest": share, "arrest_low": low, "arrest_high": high},
        "days": asked.rows(),
        "cautions": [c.model_dump() for c in cautions(asked.scenario)],
        "files": [str(f) for f in files],
    }
