"""What the verbs about risk write."""

import json
from pathlib import Path

import pandas as pd

from opioidsim.cases.scenario import from_table
from opioidsim.questions.release.run import Release, said
from opioidsim.show import page as report
from opioidsim.show import plot_risk, theme
from opioidsim.show.answer_risk import release_json, release_rows, times, verdict
from opioidsim.show.files import write_table, write_text
from opioidsim.show.output import record


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
    drawn, (head, under, lines, table, scenario) = theme.svg(chart), page
    made = theme.save(chart, drawn, folder / f"figure-{name}")
    made += write_text(report.page(head, under, lines, drawn, table, scenario, []), folder / "report.html")
    return made + write_text(json.dumps(whole | record(scenario), indent=1), folder / "run.json")
