"""Answers about trials, in sentences and as JSON."""

from pathlib import Path

import numpy as np

from opioidsim.cases.cautions import rules
from opioidsim.questions.trial.opioid import Trial

SHARES = ("inducted", "retained", "relapsed")
PERCENT = (*SHARES, "died of an overdose")
WEAK = (
    "What people do in treatment is the weakest knowledge here: no daily hazard was measured as such; some were fitted to "
    "published trials, the rest are assumed."
)


def number(value: float, name: str = "") -> str:
    """A mean as one would write it: shares in percent."""
    if not np.isfinite(value):
        return "none" if np.isinf(value) else "–"
    return f"{100 * value:.3g}%" if name in PERCENT else f"{value:.3g}"


def between(row: dict, name: str = "") -> str:
    """Mean and interval in one cell."""
    return f"{number(row['mean'], name)} ({number(row['low'], name)} to {number(row['high'], name)})"


def of_trial(found: Trial) -> list[str]:
    """The answer in sentences: relapse and retention by arm, the arms compared, what the intervals are."""
    rows = {(row["arm"], row["endpoint"]): row for row in found.rows()}
    lines = []
    for arm in found.people:
        said = [
            f"{row['endpoint']} {between(row, row['endpoint'])}" for name in SHARES if (row := rows.get((arm, name)))
        ]
        lines.append(f"{arm}: {', '.join(said)}.")
    for row in found.contrasts():
        if row["measure"] == "hazard ratio" and row["endpoint"] == "relapse":
            lines.append(f"Relapse with {row['arm']} against {row['against']}: hazard ratio {between(row)}.")
    what = (
        "95 % of the replicates lie within the intervals"
        if found.replicates > 1
        else "intervals: 95 %, of one trial of this size"
    )
    if "overdoses" in found.plan.endpoints:
        deaths = [f"{arm} {between(row)}" for arm in found.people if (row := rows.get((arm, "overdoses survived")))]
        lines.append(f"Overdoses survived, per person: {'; '.join(deaths)}.")
        lines += [rules()["overdoses-contested"].text] * (len(found.people) > 1)
    carried = "; each pair of them has its own reading of what is not known" if found.uncertain else ""
    return [*lines, f"{what[0].upper()}{what[1:]}{carried}.", WEAK]


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
        "files": [str(f) for f in files],
    }


def _plain(rows: list[dict]) -> list[dict]:
    return [{k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()} for row in rows]
