"""What the verbs write: tables, figures, the report and run.json, each file whole or not at all."""

import json
from pathlib import Path

from opioidsim.cases import provenance
from opioidsim.cases.scenario import Scenario
from opioidsim.engine.result import Result
from opioidsim.show import course, episode, page, theme
from opioidsim.show.files import write_table, write_text


def run_files(result: Result, folder: Path, kind: str = "csv") -> list[Path]:
    """quantities, outcomes, figure, report and run.json of a run; returns their paths."""
    made = write_table(result.table(), folder / f"quantities.{kind}")
    made += write_table(result.outcomes(), folder / "outcomes.csv")
    chart = course.course(result) if result.ends is None else episode.episode(result)
    drawn = theme.svg(chart)
    made += theme.save(chart, drawn, folder / f"figure-{result.scenario.clock}")
    made += write_text(page.of_result(result, drawn), folder / "report.html")
    return made + write_text(json.dumps(record(result.scenario), indent=1), folder / "run.json")


def record(scenario: Scenario) -> dict:
    """What a reader needs to run it again: scenario, seed, versions, facts."""
    from importlib.metadata import version

    return {
        "scenario": scenario.toml(),
        "seed": scenario.population.seed if scenario.population else None,
        "versions": {"opioidsim": provenance.this_version(), "jax": version("jax"), "numpy": version("numpy")},
        "facts": [{"name": name, **fact.model_dump(exclude_none=True)} for name, fact in provenance.facts(scenario)],
    }
