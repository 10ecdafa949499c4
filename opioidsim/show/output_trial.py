"""What `trial` writes: tables by arm and comparison, hazards, people, figures, report and run.json."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from opioidsim.cases.cautions import of_plan
from opioidsim.files import whole
from opioidsim.questions.trial.opioid import EVENTS, Trial, each_day
from opioidsim.show import page as report
from opioidsim.show import plot_trial, theme
from opioidsim.show.answer_trial import between, of_trial
from opioidsim.show.files import write_table, write_text
from opioidsim.show.output import record
from opioidsim.trials.opioid_arrays import scenario_of


def trial_files(found: Trial, folder: Path) -> list[Path]:
    """endpoints, contrasts, power, flow, curves and hazards as CSV; people.parquet; figures, report and run.json."""
    curves = [{"event": event, **row} for event in EVENTS for row in found.curves(event)]
    tables = {"endpoints": found.rows(), "contrasts": found.contrasts(), "power": found.power(), "flow": found.flow(),
              "curves": curves, "hazards": found.hazards()}  # fmt: skip
    made = []
    for name, rows in tables.items():
        if rows:
            made += write_table(pd.DataFrame(rows), folder / f"{name}.csv")
    made += write_table(_people(found), folder / "people.parquet")
    charts = {"survival": plot_trial.survival, "urine": plot_trial.urine, "flow": plot_trial.flow}
    if len(found.people) > 1:
        charts["power"] = plot_trial.power
    drawn = {}
    for name, draw in charts.items():
        chart = draw(found)
        drawn[name] = theme.svg(chart)
        made += theme.save(chart, drawn[name], folder / f"figure-{name}")
    scenario = scenario_of(found.plan, found.plan.arms[0])
    cells = [(row["arm"], row["endpoint"], between(row, row["endpoint"])) for row in tables["endpoints"]]
    table = report.html_table(["arm", "endpoint", "mean (interval)"], cells, 1)
    page = report.page(
        found.plan.title,
        plot_trial._who(found),
        of_trial(found),
        "".join(drawn.values()),
        table,
        scenario,
        of_plan(found.plan),
    )
    made += write_text(page, folder / "report.html")
    kept = record(scenario) | {
        "trial": found.plan.model_dump(mode="json"),
        "replicates": found.replicates,
        "uncertain": found.uncertain,
    }
    return made + write_text(json.dumps(kept, indent=1), folder / "run.json")


def days_file(found: Trial, path: Path) -> list[Path]:
    """days.parquet: one row per person, arm, replicate and day."""
    import pyarrow
    import pyarrow.parquet

    with whole(path, "wb") as file:
        writer = None
        for columns in each_day(found):
            table = pyarrow.table(columns)
            writer = writer or pyarrow.parquet.ParquetWriter(file, table.schema)
            writer.write_table(table)
        assert writer is not None
        writer.close()
    return [path]


def _people(found: Trial) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"arm": np.repeat(arm, len(columns["person"]))} | columns) for arm, columns in found.people.items()
    ]
    return pd.concat(frames)
