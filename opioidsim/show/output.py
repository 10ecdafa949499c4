"""What the verbs write: tables, figures, the report and run.json, each file whole or not at all."""

import json
from pathlib import Path

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.scenario import Scenario
from opioidsim.questions.rescue.run import Rescue
from opioidsim.show import episode, page, theme
from opioidsim.show.files import write_table, write_text


def rescue_files(answer: Rescue, folder: Path) -> list[Path]:
    """rescue.csv (by arm), people.parquet (by arm and person), figures, report and run.json; returns their paths."""
    import pandas as pd

    made = write_table(pd.DataFrame(answer.rows()), folder / "rescue.csv")
    people = [pd.DataFrame({"arm": arm.label, "person": np.arange(answer.people)} | arm.ends) for arm in answer.arms]
    made += write_table(pd.concat(people), folder / "people.parquet")
    charts = {"figure-curves": episode.rescue_curves(answer)}
    if answer.people > 1:
        charts = {"figure-arrests": episode.rescue_shares(answer)} | charts
    drawn = {name: theme.svg(chart) for name, chart in charts.items()}
    for name, chart in charts.items():
        made += theme.save(chart, drawn[name], folder / name)
    made += write_text(page.of_rescue(answer, "".join(drawn.values())), folder / "report.html")
    return made + write_text(json.dumps(record(answer.arms[-1].scenario), indent=1), folder / "run.json")


def record(scenario: Scenario) -> dict:
    """What a reader needs to run it again: scenario, seed, versions, facts."""
    from importlib.metadata import version

    return {
        "scenario": scenario.toml(),
        "seed": scenario.population.seed if scenario.population else None,
        "versions": {"opioidsim": provenance.this_version(), "jax": version("jax"), "numpy": version("numpy")},
        "facts": [{"name": name, **fact.model_dump(exclude_none=True)} for name, fact in provenance.facts(scenario)],
    }
