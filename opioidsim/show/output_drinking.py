"""What the verb `trial` writes about alcohol."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from opioidsim.cases.cautions import of_plan
from opioidsim.questions.trial.alcohol import DrinkingTrial
from opioidsim.show import page as report
from opioidsim.show import plot_drinking, plot_trial, theme
from opioidsim.show.answer_drinking import between, of_drinking
from opioidsim.show.files import write_table, write_text
from opioidsim.show.output import record
from opioidsim.trials.alcohol_arrays import scenario_of


def drinking_files(found: DrinkingTrial, folder: Path) -> list[Path]:
    """endpoints, contrasts, power and weeks as CSV; people.parquet; figures, report and run.json; returns their paths."""
    made = []
    tables = {
        "endpoints": found.rows(),
        "contrasts": found.contrasts(),
        "power": found.power(),
        "weeks": found.weekly(),
    }
    for name, rows in tables.items():
        if rows:
            made += write_table(pd.DataFrame(rows), folder / f"{name}.csv")
    frames = [pd.DataFrame({"arm": np.repeat(arm, len(p["person"]))} | p) for arm, p in found.people.items()]
    made += write_table(pd.concat(frames), folder / "people.parquet")
    charts = {"weekly": plot_drinking.weekly} | (
        {"contrasts": plot_drinking.contrasts, "power": plot_trial.power} if len(frames) > 1 else {}
    )
    drawn = {}
    for name, draw in charts.items():
        chart = draw(found)
        drawn[name] = theme.svg(chart)
        made += theme.save(chart, drawn[name], folder / f"figure-{name}")
    scenario = scenario_of(found.plan, found.plan.arms[-1])
    cells = [(row["arm"], row["said"], between(row), f"{row['median']:.3g}") for row in found.rows()]
    table = report.html_table(["arm", "endpoint", "mean (interval)", "median of people"], cells, 2)
    under = f"{found.replicates} x {found.plan.people.n} people"
    page = report.page(found.plan.title, under, of_drinking(found), "".join(drawn.values()), table, scenario, of_plan(found.plan))  # fmt: skip
    made += write_text(page, folder / "report.html")
    kept = {"trial": found.plan.model_dump(mode="json"), "replicates": found.replicates, "uncertain": found.uncertain}
    return made + write_text(json.dumps(record(scenario) | kept, indent=1), folder / "run.json")
