"""Answers about trials, in sentences and as JSON."""

from pathlib import Path

import numpy as np

from opioidsim.cases.cautions import of_plan, rules
from opioidsim.questions.trial.opioid import Trial
from opioidsim.trials.replicates import cell, said

SHARES = ("inducted", "retained", "relapsed")
PERCENT = (*SHARES, "died of an overdose")
WEAK = (
    "What people do in treatment is the weakest knowledge here: no daily hazard was measured as such; some were fitted to "
    "published trials, the rest are assumed."
)


def number(value: float, name: str = "") -> str:
    """A mean as one would write it: shares in percent."""
    return f"{100 * value:.3g}%" if name in PERCENT else f"{value:.3g}"


def between(row: dict, name: str = "") -> str:
    """Mean and interval in one cell, or why there is none."""
    return cell(row, lambda value: number(value, name))


def of_trial(found: Trial) -> list[str]:
    """The answer in sentences: relapse and retention by arm, the arms compared, what the intervals are."""
    rows = {(row["arm"], row["endpoint"]): row for row in found.rows()}
    lines = []
    for arm in found.people:
        shares = [
            f"{row['endpoint']} {between(row, row['endpoint'])}" for name in SHARES if (row := rows.get((arm, name)))
        ]
        lines.append(f"{arm}: {', '.join(shares)}.")
    for row in found.contrasts():
        if row["measure"] == "hazard ratio" and row["endpoint"] == "relapse":
            lines.append(f"Relapse with {row['arm']} against {row['against']}: hazard ratio {between(row)}.")
    if "overdoses" in found.plan.endpoints:
        deaths = [f"{arm} {between(row)}" for arm in found.people if (row := rows.get((arm, "overdoses survived")))]
        lines.append(f"Overdoses survived, per person: {'; '.join(deaths)}.")
        lines += [rules()["overdoses-contested"].text] * (len(found.people) > 1)
    return [*lines, said(found.replicates, found.uncertain), WEAK]


def trial_json(found: Trial, files: list[Path]) -> dict:
    """`trial --json`: the answer in sentences, endpoints by arm, contrasts, power, flow; null for what there is not."""
    return {
        "title": found.plan.title,
        "people": found.plan.people.n,
        "replicates": found.replicates,
        "uncertain": found.uncertain,
        "answer": of_trial(found),
        "endpoints": _plain(found.rows()),
        "contrasts": _plain(found.contrasts()),
        "power": _plain(found.power()),
        "flow": found.flow(),
        "cautions": [c.model_dump() for c in of_plan(found.plan)],
        "files": [str(f) for f in files],
    }


def _plain(rows: list[dict]) -> list[dict]:
    return [{k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()} for row in rows]
