"""What the verbs about risk write."""

import json
from pathlib import Path

import pandas as pd

from opioidsim.cases.scenario import from_table
from opioidsim.questions.release.run import Release, said
from opioidsim.show import page as report
from opioidsim.show import plot, plot_risk
from opioidsim.show.answer_risk import (
    of_risk,
    release_json,
    release_rows,
    risk_head,
    risk_json,
    risk_rows,
    times,
    verdict,
)
from opioidsim.show.output import record, write_table, write_text
from opioidsim.surfaces.surface import curve


def risk_files(found: dict, folder: Path) -> list[Path]:
    """risk.csv (by end), curve.csv (by end and dose), figure, report and run.json; returns their paths."""
    made = write_table(pd.DataFrame(risk_rows(found)), folder / "risk.csv")
    around = curve(found["use"], found["tolerance"], found["held"], found["sedative"])
    made += write_table(pd.DataFrame(around), folder / "curve.csv")
    scenario = from_table({"clock": "episode", "doses": [found["use"]], "duration": "1 h"}, "the question")
    cells = [(row["end"], *(f"{row[key]:.1%}" for key in ("chance", "low", "high"))) for row in risk_rows(found)]
    table = report.html_table(["of such people", "share", "from", "to"], cells, 1)
    page = ("How one use ends", risk_head(found), of_risk(found), table, scenario)
    return made + _rest("risk", plot_risk.risk(found), page, risk_json(found, []), folder)


def release_files(found: dict[str, Release], folder: Path) -> list[Path]:
    """release.csv (by comparison and reading of tolerance), figure, report and run.json; returns their paths."""
    made = write_table(pd.DataFrame(release_rows(found)), folder / "release.csv")
    scenario = from_table({"clock": "episode", "doses": ["heroin 20 mg iv"], "duration": "1 h"}, "the question")
    cells = [
        (r["what"], r["tolerance"], times(r, "model"), times(r, "published"), verdict(r)) for r in release_rows(found)
    ]
    table = report.html_table(["how many times as often", "tolerance as in", "model", "published", ""], cells, 2)
    page = ("Heroin after release from prison, and after treatment", "", said(found), table, scenario)
    return made + _rest("release", plot_risk.release(found), page, release_json(found, []), folder)


def _rest(name: str, chart, page: tuple, whole: dict, folder: Path) -> list[Path]:
    """page: head, line under it, the answer, the table and the scenario whose facts stand behind it."""
    drawn, (head, under, lines, table, scenario) = plot.svg(chart), page
    made = plot.save(chart, drawn, folder / f"figure-{name}")
    made += write_text(report.page(head, under, lines, drawn, table, scenario, []), folder / "report.html")
    return made + write_text(json.dumps(whole | record(scenario), indent=1), folder / "run.json")
