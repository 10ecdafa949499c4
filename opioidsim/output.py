"""What the verbs write: tables, figures, the report and run.json, each file whole or not at all; and their JSON."""

import json
from pathlib import Path

import numpy as np

from opioidsim import plot, provenance, report, units
from opioidsim.cautions import cautions
from opioidsim.dose import Dose, parse
from opioidsim.questions.blockade import Blockade
from opioidsim.result import Result
from opioidsim.scenario import Scenario, from_table
from opioidsim.tables import whole


def run_files(result: Result, folder: Path, kind: str = "csv") -> list[Path]:
    """quantities, outcomes, figure, report and run.json of a run; returns their paths."""
    made = _table(result.table(), folder / f"quantities.{kind}")
    made += _table(result.outcomes(), folder / "outcomes.csv")
    made += plot.save(plot.course(result), folder / "figure-course")
    made += _text(report.of_result(result), folder / "report.html")
    return made + _text(json.dumps(_record(result.scenario), indent=1), folder / "run.json")


def run_json(result: Result, files: list[Path], moved: dict) -> dict:
    """`run --json`: cautions, outcomes, summary and files."""
    found = {
        "cautions": [c.model_dump() for c in result.cautions],
        "outcomes": result.outcomes().to_dict("records"),
        "summary": result.summary(),
        "files": [str(f) for f in files],
    }
    return found | ({"refine": {name: change for name, (change, _) in moved.items()}} if moved else {})


def blockade_scenario(antagonist, challenge: str, days: float, people: int, seed: int, person: dict, readings: dict) -> Scenario:
    """The scenario whose facts and cautions stand behind a blockade question: the challenge on the last day."""
    given = [parse(text) for text in ([antagonist] if isinstance(antagonist, str | Dose) else antagonist)]
    last = max(days * 24.0, *(dose.at for dose in given), 0.0)
    table = {
        "title": f"{' and '.join(map(str, given))} against {challenge}",
        "duration": units.time_text(last + 8.0),
        "every": "1 d",
        "doses": [*given, parse(challenge).delayed(last)],
        "person": person,
        "readings": readings,
    }
    return from_table(table | ({"population": {"n": people, "seed": seed}} if people > 1 else {}), "the question")


def blockade_files(answer: Blockade, scenario: Scenario, folder: Path) -> list[Path]:
    """blockade.csv (by day), people.csv (by person), figure, report and run.json; returns their paths."""
    import pandas as pd

    made = _table(pd.DataFrame(answer.rows()), folder / "blockade.csv")
    made += _table(_people(answer), folder / "people.csv")
    made += plot.save(plot.blockade(answer), folder / "figure-blockade")
    made += _text(report.of_blockade(answer, scenario), folder / "report.html")
    return made + _text(json.dumps(_record(scenario), indent=1), folder / "run.json")


def blockade_json(answer: Blockade, scenario: Scenario, files: list[Path]) -> dict:
    """`blockade --json`: the answer in sentences, by day, and the days on which blockade falls (null: after the end)."""
    return {
        "antagonist": list(map(str, answer.antagonist)),
        "challenge": str(answer.challenge),
        "people": answer.people,
        "answer": report.answer_of_blockade(answer),
        "day_under_90": _quantiles(answer.day_under(0.9)),
        "day_under_50": _quantiles(answer.day_under(0.5)),
        "days": answer.rows(),
        "other_readings": {about: {"day_under_90": _quantiles(o.day_under(0.9)), "days": o.rows()} for about, o in answer.other_readings.items()},
        "cautions": [c.model_dump() for c in cautions(scenario)],
        "files": [str(f) for f in files],
    }


def board_files(board, folder: Path) -> list[Path]:
    """scoreboard.csv and the scoreboard as a figure; returns their paths."""
    import pandas as pd

    return _table(pd.DataFrame([s._asdict() for s in board]), folder / "scoreboard.csv") + plot.save(plot.scoreboard(board), folder / "scoreboard")


def _quantiles(days: np.ndarray) -> dict:
    found = {name: float(np.quantile(days, q, method="nearest")) for name, q in (("median", 0.5), ("low", 0.05), ("high", 0.95))}
    return {name: None if np.isinf(day) else day for name, day in found.items()}


def _people(answer: Blockade):
    import pandas as pd

    columns = {"person": np.arange(answer.people), "unblocked_liking": answer.unblocked}
    for share in (0.9, 0.5):
        columns[f"day_under_{share * 100:.0f}"] = answer.day_under(share)
    return pd.DataFrame(columns)


def _record(scenario: Scenario) -> dict:
    """What a reader needs to run it again: scenario, seed, versions, facts."""
    from importlib.metadata import version

    return {
        "scenario": scenario.toml(),
        "seed": scenario.population.seed if scenario.population else None,
        "versions": {"opioidsim": report.this_version(), "jax": version("jax"), "numpy": version("numpy")},
        "facts": [{"name": name, **fact.model_dump(exclude_none=True)} for name, fact in provenance.facts(scenario)],
    }


def _text(text: str, path: Path) -> list[Path]:
    with whole(path) as file:
        file.write(text)
    return [path]


def _table(frame, path: Path) -> list[Path]:
    with whole(path, "wb" if path.suffix == ".parquet" else "w") as file:
        frame.to_parquet(file) if path.suffix == ".parquet" else frame.to_csv(file, index=False, float_format="%.10g")
    return [path]
