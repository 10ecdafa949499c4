"""What the verbs write: tables, figures, the report and run.json, each file whole or not at all."""

import json
from pathlib import Path

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.scenario import Scenario
from opioidsim.engine.result import Result
from opioidsim.files import whole
from opioidsim.questions.blockade.run import Blockade
from opioidsim.questions.rescue.run import Rescue
from opioidsim.show import episode, page, plot


def run_files(result: Result, folder: Path, kind: str = "csv") -> list[Path]:
    """quantities, outcomes, figure, report and run.json of a run; returns their paths."""
    made = write_table(result.table(), folder / f"quantities.{kind}")
    made += write_table(result.outcomes(), folder / "outcomes.csv")
    chart = plot.course(result) if result.ends is None else episode.episode(result)
    drawn = plot.svg(chart)
    made += plot.save(chart, drawn, folder / f"figure-{result.scenario.clock}")
    made += write_text(page.of_result(result, drawn), folder / "report.html")
    return made + write_text(json.dumps(record(result.scenario), indent=1), folder / "run.json")


def blockade_files(answer: Blockade, scenario: Scenario, folder: Path) -> list[Path]:
    """blockade.csv (by day), people.csv (by person), figure, report and run.json; returns their paths."""
    import pandas as pd

    made = write_table(pd.DataFrame(answer.rows()), folder / "blockade.csv")
    made += write_table(_people(answer), folder / "people.csv")
    chart = plot.blockade(answer)
    drawn = plot.svg(chart)
    made += plot.save(chart, drawn, folder / "figure-blockade")
    made += write_text(page.of_blockade(answer, scenario, drawn), folder / "report.html")
    return made + write_text(json.dumps(record(scenario), indent=1), folder / "run.json")


def rescue_files(answer: Rescue, folder: Path) -> list[Path]:
    """rescue.csv (by arm), people.parquet (by arm and person), figures, report and run.json; returns their paths."""
    import pandas as pd

    made = write_table(pd.DataFrame(answer.rows()), folder / "rescue.csv")
    people = [pd.DataFrame({"arm": arm.label, "person": np.arange(answer.people)} | arm.ends) for arm in answer.arms]
    made += write_table(pd.concat(people), folder / "people.parquet")
    charts = {"figure-curves": episode.rescue_curves(answer)}
    if answer.people > 1:
        charts = {"figure-arrests": episode.rescue_shares(answer)} | charts
    drawn = {name: plot.svg(chart) for name, chart in charts.items()}
    for name, chart in charts.items():
        made += plot.save(chart, drawn[name], folder / name)
    made += write_text(page.of_rescue(answer, "".join(drawn.values())), folder / "report.html")
    return made + write_text(json.dumps(record(answer.arms[-1].scenario), indent=1), folder / "run.json")


def board_files(board, folder: Path) -> list[Path]:
    """scoreboard.csv and the scoreboard as a figure; returns their paths."""
    import pandas as pd

    chart = plot.scoreboard(board)
    made = write_table(pd.DataFrame([s._asdict() for s in board]), folder / "scoreboard.csv")
    return made + plot.save(chart, plot.svg(chart), folder / "scoreboard")


def _people(answer: Blockade):
    import pandas as pd

    columns = {"person": np.arange(answer.people), "unblocked_liking": answer.unblocked}
    for share in (0.9, 0.5):
        columns[f"day_under_{share * 100:.0f}"] = answer.day_under(share)
    return pd.DataFrame(columns)


def record(scenario: Scenario) -> dict:
    """What a reader needs to run it again: scenario, seed, versions, facts."""
    from importlib.metadata import version

    return {
        "scenario": scenario.toml(),
        "seed": scenario.population.seed if scenario.population else None,
        "versions": {"opioidsim": provenance.this_version(), "jax": version("jax"), "numpy": version("numpy")},
        "facts": [{"name": name, **fact.model_dump(exclude_none=True)} for name, fact in provenance.facts(scenario)],
    }


def write_text(text: str, path: Path) -> list[Path]:
    with whole(path) as file:
        file.write(text)
    return [path]


def write_table(frame, path: Path) -> list[Path]:
    """A table as CSV or Parquet; what is not a number, or never comes (infinity), is an empty cell."""
    import pyarrow
    import pyarrow.csv

    table = pyarrow.Table.from_pandas(frame.replace([np.inf, -np.inf], np.nan), preserve_index=False)
    with whole(path, "wb") as file:
        if path.suffix == ".parquet":
            import pyarrow.parquet

            pyarrow.parquet.write_table(table, file)
        else:
            file.write(f"{','.join(table.column_names)}\n".encode())
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
    return [path]
