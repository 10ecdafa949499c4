"""What came out, in sentences and as JSON. No figures here, so that a verb answers without loading them."""

from pathlib import Path

import numpy as np

from opioidsim.cases.cautions import cautions
from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.engine.result import Result
from opioidsim.facts import units
from opioidsim.questions.blockade.run import Blockade
from opioidsim.questions.induction.run import bands
from opioidsim.questions.rescue.run import Rescue


def of_result(result: Result) -> list[str]:
    """What came out, in a sentence or two."""
    if result.ends is not None:
        return _of_episode(result)
    told = []
    rows = [row for row in result.summary() if row["peak"] is not None]
    for row in rows:
        kind, _, drug = row["quantity"].partition(".")
        when = _spoken(row["time_of_peak_h"])
        if kind == "occupancy":
            told.append(
                f"{drug} occupies up to {row['peak']:.0%} of mu receptors (at {when}) and {row['end']:.0%} at the end."
            )
        elif kind == "liking":
            told.append(f"Peak liking is {row['peak']:.0f} of 100.")
        elif kind == "withdrawal":
            told.append(_of_withdrawal(result, row))
    return told or [f"{r['quantity']} peaks at {r['peak']:.3g} {r['unit']}".rstrip() + "." for r in rows]


def _of_withdrawal(result: Result, row: dict) -> str:
    """The worst of it and how long it lasts, for the typical person or the middle of a crowd."""
    score, mild = np.median(result.values["withdrawal"], 0), bands()["mild"]
    if row["peak"] < mild:
        return "Withdrawal stays under the mild band."
    felt = np.flatnonzero(score >= mild)
    band_name = [name for name, low in bands().items() if row["peak"] >= low][-1]
    many = f" (median; {row['peak_low']:.0f} to {row['peak_high']:.0f})" if result.people > 1 else ""
    span = (
        f", at least mild from {_spoken(float(result.times[felt[0]]))} to {_spoken(float(result.times[felt[-1]]))}"
        if len(felt)
        else ""
    )
    return (
        f"Withdrawal peaks at {row['peak']:.0f} of 48{many}, {band_name}, at {_spoken(row['time_of_peak_h'])}{span}. "
        "Its time constants are assumed: a crowd carries their bands."
    )


def _of_episode(result: Result) -> list[str]:
    ends, many = result.ends or {}, result.people > 1
    arrest, alive = ends["cardiac_arrest"] == 1, ends["cardiac_arrest"] == 0
    told = []
    if many:
        told.append(f"{arrest.sum()} of {result.people} people ({arrest.mean():.0%}) have a cardiac arrest.")
    elif arrest[0]:
        told.append(
            f"The circulation collapses at {ends['collapse_s'][0] / 60:.1f} min; what gases do after that means nothing."
        )
    else:
        told.append("No cardiac arrest.")
    if alive.any():
        who = "Of the others, half have" if many and arrest.any() else "Half have" if many else "There is"
        told.append(f"{who} at the lowest an arterial oxygen of {np.median(ends['lowest_arterial_o2'][alive]):.0f} mmHg"
                    f" and {np.median(ends['lowest_ventilation'][alive]):.1f} L/min of ventilation"
                    f"{' or less' if many else ''}.")  # fmt: skip
        low = float(np.median(ends["rescue_time_s"][alive]))
        if low:
            told.append(f"Oxygen in the brain is too low for {low:.0f} s{' (median)' if many else ''}.")
    given = ends["doses_given"] > 0
    again = np.isfinite(ends["depressed_again_s"])
    if given.any() and many:
        told.append(
            f"{given.mean():.0%} of people are helped; in {again.mean():.0%} breathing recovers and falls back."
        )
    elif given.any():
        told.append(
            f"{ends['doses_given'][0]} dose{'s' if ends['doses_given'][0] > 1 else ''} of rescue; breathing {_came_back(ends)}."
        )
    return told


def _came_back(ends: dict) -> str:
    recovered, again = ends["recovered_s"][0], ends["depressed_again_s"][0]
    if np.isnan(recovered):
        return "does not recover"
    back = f"is back at the level after {recovered / 60:.1f} min"
    return f"{back} and falls again at {again / 60:.1f} min" if np.isfinite(again) else back


def of_rescue(asked: Rescue) -> list[str]:
    """The answer in sentences: what happens when nobody helps, and with each way of helping."""
    lines = []
    for arm in asked.arms:
        row, head = arm.row(), arm.label[0].upper() + arm.label[1:]
        if asked.people == 1:
            end = (
                f"cardiac arrest, collapse at {arm.ends['collapse_s'][0] / 60:.1f} min"
                if row["arrest"]
                else f"no arrest; brain oxygen too low for {row['rescue_time_s']:.0f} s"
            )
            lines.append(f"{head}: {end}.")
            continue
        said = (
            f"{head}: {row['arrest']:.1%} ({row['arrest_low']:.1%} to {row['arrest_high']:.1%}) have a cardiac arrest"
        )
        if arm.doses:
            said += f"; {row['further_dose']:.0%} still breathe too little one interval after the last dose; in {row['depressed_again']:.0%} it comes back"
        lines.append(said + ".")
    return lines


def rescue_json(asked: Rescue, files: list[Path]) -> dict:
    """`rescue --json`: the answer in sentences, and each arm with shares, intervals and medians (null: for nobody)."""
    arms = [{k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()} for row in asked.rows()]
    return {
        "opioid": str(asked.opioid),
        "people": asked.people,
        "answer": of_rescue(asked),
        "arms": arms,
        "cautions": [c.model_dump() for c in cautions(asked.arms[-1].scenario)],
        "files": [str(f) for f in files],
    }


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
        "outcomes": _records(result.outcomes()),
        "summary": result.summary(),
        "files": [str(f) for f in files],
    }
    return found | ({"refine": {name: change for name, (change, _) in moved.items()}} if moved else {})


def _records(frame) -> list[dict]:
    return [
        {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


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
