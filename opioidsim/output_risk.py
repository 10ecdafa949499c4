"""What the verbs about risk write."""

import json
from pathlib import Path

import pandas as pd

from opioidsim import plot, plot_risk
from opioidsim.answer_risk import release_json, release_rows, risk_json, risk_rows
from opioidsim.output import write_table, write_text
from opioidsim.questions.release import Release
from opioidsim.risk import curve


def risk_files(found: dict, folder: Path) -> list[Path]:
    """risk.csv (by end), curve.csv (by end and dose), figure and run.json; returns their paths."""
    made = write_table(pd.DataFrame(risk_rows(found)), folder / "risk.csv")
    around = curve(found["use"], found["tolerance"], found["held"], found["sedative"])
    made += write_table(pd.DataFrame(around), folder / "curve.csv")
    return made + _rest("risk", plot_risk.risk(found), risk_json(found, []), folder)


def release_files(found: dict[str, Release], folder: Path) -> list[Path]:
    """release.csv (by comparison and reading of tolerance), figure and run.json; returns their paths."""
    made = write_table(pd.DataFrame(release_rows(found)), folder / "release.csv")
    return made + _rest("release", plot_risk.release(found), release_json(found, []), folder)


def _rest(name: str, chart, whole: dict, folder: Path) -> list[Path]:
    made = plot.save(chart, plot.svg(chart), folder / f"figure-{name}")
    return made + write_text(json.dumps(whole, indent=1), folder / "run.json")
