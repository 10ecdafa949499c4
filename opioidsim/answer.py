"""What came out, in sentences and as JSON. No figures here, so that a verb answers without loading them."""

from pathlib import Path

import numpy as np

from opioidsim import units
from opioidsim.cautions import cautions
from opioidsim.dose import Dose, parse
from opioidsim.questions.blockade import Blockade
from opioidsim.result import Result
from opioidsim.scenario import Scenario, from_table


def of_result(result: Result) -> list[str]:
    """What came out, in a sentence or two."""
    told = []
    for row in result.summary():
        kind, _, drug = row["quantity"].partition(".")
        when = _spoken(row["time_of_peak_h"])
        if kind == "occupancy":
            told.append(
                f"{drug} occupies up to {row['peak']:.0%} of mu receptors (at {when}) and {row['end']:.0%} at the end."
            )
        elif kind == "liking":
            told.append(f"Peak liking is {row['peak']:.0f} of 100.")
    return told or [f"{row['quantity']} peaks at {row['peak']:.3g} {row['unit']}." for row in result.summary()]


def _spoken(hours: float) -> str:
    """A time as one would say it: minutes, hours or days."""
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h" if hours < 72 else f"day {hours / 24:.1f}"


def of_blockade(answer: Blockade) -> list[str]:
    """The answer in sentences: when blockade falls, what overrides it, and how other readings of the evidence differ."""
    last = float(answer.days[-1])
    lines = []
    for share in (0.9, 0.5):
        day = answer.day_under(share)
        middle = sorted(day)[(len(day) - 1) // 2]
        if middle == 0:
            lines.append(f"Blockade of {answer.challenge} never reaches {share:.0%}{_people(answer, day == 0)}.")
        elif middle == float("inf"):
            lines.append(
                f"Blockade stays above {share:.0%} for the whole {last:g} days{_people(answer, day == float('inf'))}."
            )
        else:
            lines.append(f"Blockade falls under {share:.0%} {day_text(day, last)}.")
    rows = answer.rows()
    for row in (rows[len(rows) // 2], rows[-1]):
        band = f" ({_times(row['multiple_low'])} to {_times(row['multiple_high'])})" if answer.people > 1 else ""
        lines.append(
            f"On day {row['day']:g}, {_times(row['multiple'])}{band} times the challenge would be felt in full."
        )
    for about, other in answer.other_readings.items():
        falls = (f"under {share:.0%} {day_text(other.day_under(share), last)}" for share in (0.9, 0.5))
        lines.append(f"If {about}, the typical person's blockade falls {', '.join(falls)}.")
    return lines


def _times(multiple: float) -> str:
    return f"{multiple:.0f}" if multiple >= 10 else f"{multiple:.1f}"


def _people(answer: Blockade, which) -> str:
    return f" in {which.mean():.0%} of people" if answer.people > 1 else ""


def day_text(day: np.ndarray, last: float) -> str:
    """When, over people: "on day 39 (25 to after 42)", the median with 5th and 95th percentile; day 0: never reached."""

    def one(value: float) -> str:
        return f"after {last:g}" if np.isinf(value) else f"{value:.0f}"

    middle, low, high = (float(np.quantile(day, q, method="nearest")) for q in (0.5, 0.05, 0.95))
    when = f"after day {last:g}" if np.isinf(middle) else f"on day {middle:.0f}"
    return when if one(low) == one(high) else f"{when} ({one(low)} to {one(high)})"


def run_json(result: Result, files: list[Path], moved: dict) -> dict:
    """`run --json`: cautions, outcomes, summary and files."""
    found = {
        "cautions": [c.model_dump() for c in result.cautions],
        "outcomes": result.outcomes().to_dict("records"),
        "summary": result.summary(),
        "files": [str(f) for f in files],
    }
    return found | ({"refine": {name: change for name, (change, _) in moved.items()}} if moved else {})


def blockade_scenario(
    antagonist, challenge: str, days: float, people: int, seed: int, person: dict, readings: dict
) -> Scenario:
    """The scenario whose facts and cautions stand behind a blockade question: the challenge soon after the last
    antagonist dose, and again at the end."""
    given = [parse(text) for text in ([antagonist] if isinstance(antagonist, str | Dose) else antagonist)]
    soon = max((dose.starts()[-1] for dose in given), default=0.0) + 1.0
    last = max(days * 24.0, soon + 1.0)
    table = {
        "title": f"{' and '.join(map(str, given))} against {challenge}",
        "duration": units.time_text(last + 8.0),
        "every": "1 d",
        "doses": [*given, parse(challenge).delayed(soon), parse(challenge).delayed(last)],
        "person": person,
        "readings": readings,
    }
    return from_table(table | ({"population": {"n": people, "seed": seed}} if people > 1 else {}), "the question")


def blockade_json(answer: Blockade, scenario: Scenario, files: list[Path]) -> dict:
    """`blockade --json`: the answer in sentences, by day, and the days on which blockade falls (null: after the end)."""
    return {
        "antagonist": list(map(str, answer.antagonist)),
        "challenge": str(answer.challenge),
        "people": answer.people,
        "answer": of_blockade(answer),
        "day_under_90": _quantiles(answer.day_under(0.9)),
        "day_under_50": _quantiles(answer.day_under(0.5)),
        "days": answer.rows(),
        "other_readings": {
            about: {"day_under_90": _quantiles(o.day_under(0.9)), "days": o.rows()}
            for about, o in answer.other_readings.items()
        },
        "cautions": [c.model_dump() for c in cautions(scenario)],
        "files": [str(f) for f in files],
    }


def _quantiles(days: np.ndarray) -> dict:
    found = {
        name: float(np.quantile(days, q, method="nearest"))
        for name, q in (("median", 0.5), ("low", 0.05), ("high", 0.95))
    }
    return {name: None if np.isinf(day) else day for name, day in found.items()}
