"""A run in sentences and columns."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.cases.scenario import unit_of
from opioidsim.cases.withdrawal import bands
from opioidsim.engine.result import Result
from opioidsim.show.answer import Column
from opioidsim.show.words import known, number, percent, seen

if TYPE_CHECKING:
    from opioidsim.questions.run.simulated import Run

COLUMNS = (
    Column("quantity", "quantity", text=True),
    Column("unit", "unit", text=True),
    Column("trough", "lowest", seen),
    Column("peak", "highest", seen),
    Column("time_of_peak_h", "time of highest", unit="h"),
    Column("end", "at the end", seen),
)
MINUTES = tuple(replace(c, write=lambda h: number(60.0 * h), told_in="min") if c.unit == "h" else c for c in COLUMNS)


def brackets(run: "Run") -> str:
    """What a range is."""
    if run.people == 1:
        return ""
    unsure = "; where withdrawal, tolerance or dependence is shown, also what is not known of their time constants"
    return f"Ranges: the middle 90 % of people{unsure if {'withdrawal', 'tolerance', 'dependence'} & set(run.values) else ''}."


def sentences(run: "Run") -> list[str]:
    """What came out, and what moved when every step was halved."""
    moved = (
        f"Halving every step moves {name} by at most {change:.1e} {unit_of(name)}".rstrip() + "."
        for name, change in run.moved.items()
    )
    held = (
        [
            f"Curves and {run.file_name} are of the first {run.held} of {run.people} people; everyone's lie in parts/list-00."
        ]
        if run.held < run.people
        else []
    )
    tables = (run.scenario.dosing, run.scenario.before.dosing if run.scenario.before else None)
    read = (said for table in tables if table for said in table.said)
    return [*of_result(run), *held, *moved, *read]


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
                f"{drug.capitalize()} occupies up to {percent(row['peak'])} of mu receptors (at {when}) and {known(row['end'], percent)} at the end."
            )
        elif kind == "liking":
            told.append(f"Peak liking is {row['peak']:.0f} of 100.")
        elif kind == "withdrawal":
            told.append(_of_withdrawal(result, row))
    return told or [f"{r['quantity']} peaks at {r['peak']:.3g} {r['unit']}".rstrip() + "." for r in rows]


def _of_withdrawal(result: Result, row: dict[str, Any]) -> str:
    """The worst of it and how long it lasts, for the typical person or the middle of a crowd."""
    score, mild = np.median(result.values["withdrawal"], 0), bands()["mild"]
    if row["peak"] < mild:
        high = row["peak_high"] if result.people > 1 else row["peak"]
        some = f" in the middle of people; one in twenty reaches {high:.0f} of 48 or more" if high >= mild else ""
        return f"Withdrawal stays under the mild band{some}."
    felt = np.flatnonzero(score >= mild)
    band_name = [name for name, low in bands().items() if round(row["peak"]) >= low][-1]
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


def _of_held(result: Result) -> list[str]:
    """What is breathed while CO2 is held."""
    assert result.ends is not None
    many, lowest = " (median)" if result.people > 1 else "", float(np.median(result.ends["lowest_ventilation"]))
    first = result.values.get("ventilation", np.full((1, 1), np.nan))[:, 0]
    start = f" {np.median(first):.1f} L/min at the start and" if np.isfinite(first).all() else ""
    return [
        f"With the end-tidal CO2 held at {result.scenario.end_tidal_co2:g} mmHg ventilation is{start} {lowest:.1f} L/min at the lowest{many}."
    ]


def _of_episode(result: Result) -> list[str]:
    if result.scenario.end_tidal_co2:
        return _of_held(result)
    ends, many = result.ends or {}, result.people > 1
    arrest, alive = ends["cardiac_arrest"] == 1, ends["cardiac_arrest"] == 0
    told = []
    if many:
        told.append(f"{arrest.sum()} of {result.people} people ({percent(arrest.mean())}) have a cardiac arrest.")
    elif arrest[0]:
        told.append(
            f"The circulation collapses at {ends['collapse_s'][0] / 60:.1f} min; what gases do after that means nothing."
        )
    else:
        told.append("No cardiac arrest.")
    if alive.any():
        half = "Of the others, half have" if arrest.any() else "Half have"
        who = f"{half} at the lowest" if many else "The lowest is"
        told.append(f"{who} an arterial oxygen of {np.median(ends['lowest_arterial_o2'][alive]):.0f} mmHg"
                    f" and {np.median(ends['lowest_ventilation'][alive]):.1f} L/min of ventilation"
                    f"{' or less' if many else ''}.")  # fmt: skip
        low = float(np.median(ends["rescue_time_s"][alive]))
        if low:
            told.append(f"Oxygen in the brain is too low for {low:.0f} s{' (median)' if many else ''}.")
    given = ends["doses_given"] > 0
    again = np.isfinite(ends["depressed_again_s"])
    if given.any() and many:
        told.append(
            f"{percent(given.mean())} of people get a dose of rescue; in {percent(again.mean())} breathing recovers and falls back."
        )
    elif given.any():
        told.append(
            f"{ends['doses_given'][0]} dose{'s' if ends['doses_given'][0] > 1 else ''} of rescue; breathing {_came_back(ends)}."
        )
    return told


def _came_back(ends: dict[str, Any]) -> str:
    recovered, again = ends["recovered_s"][0], ends["depressed_again_s"][0]
    if np.isnan(recovered):
        return "does not recover"
    back = f"is back at the level after {recovered / 60:.1f} min"
    return f"{back} and falls again at {again / 60:.1f} min" if np.isfinite(again) else back


def _spoken(hours: float) -> str:
    """A time as one would say it: minutes, hours or days."""
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h" if hours < 72 else f"day {hours / 24:.1f}"
