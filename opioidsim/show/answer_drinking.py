"""Answers about alcohol trials, in sentences and as JSON."""

from pathlib import Path

import numpy as np

from opioidsim.cases.cautions import of_plan
from opioidsim.questions.trial.alcohol import SAID, DrinkingTrial
from opioidsim.trials.replicates import cell, said

SHARES = ("abstinent days", "any drinking", "any heavy drinking")
WEAK = (
    "That naltrexone works on drinking through mu blockade, and in proportion to it, is an inference; how people drink and take "
    "tablets is assumed in part. Trials differ in how much placebo does."
)


def number(value: float, share: bool = False) -> str:
    """A mean as one would write it: shares in percent."""
    return f"{value:.0%}" if share else f"{value:.3g}"


def between(row: dict) -> str:
    """Mean and interval in one cell, or why there is none."""
    share = row.get("measure", "risk difference") == "risk difference" and row["endpoint"] in SHARES
    return cell(row, lambda value: number(value, share))


def of_drinking(found: DrinkingTrial) -> list[str]:
    """The answer in sentences: heavy days and abstinence by arm, the arms compared, what is weak."""
    rows, lines = {(row["arm"], row["endpoint"]): row for row in found.rows()}, []
    for arm in found.people:
        means = [f"{SAID[name]} {between(row)}" for name in found.plan.endpoints[:3] if (row := rows.get((arm, name)))]
        lines.append(f"{arm}: {', '.join(means)}.")
    for row in found.contrasts():
        if row["measure"] == "ratio" and row["endpoint"] == "heavy days":
            lines.append(f"Heavy drinking days with {row['arm']} against {row['against']}: ratio {between(row)}.")
    return [*lines, said(found.replicates, found.uncertain), WEAK]


def drinking_json(found: DrinkingTrial, files: list[Path]) -> dict:
    """`trial --json` of an alcohol trial: the answer in sentences, endpoints by arm, contrasts, power; null for what there is not."""
    return {
        "title": found.plan.title,
        "people": found.plan.people.n,
        "replicates": found.replicates,
        "uncertain": found.uncertain,
        "answer": of_drinking(found),
        "endpoints": [_plain(row) for row in found.rows()],
        "contrasts": [_plain(row) for row in found.contrasts()],
        "power": found.power(),
        "cautions": [c.model_dump() for c in of_plan(found.plan)],
        "files": [str(f) for f in files],
    }


def _plain(row: dict) -> dict:
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()}
