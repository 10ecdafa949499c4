"""A simulated trial in the tables of a real one, so that both stand on one figure per outcome.

Both are counted by the same rules: urine is positive, negative or missing, a relapse is four weeks
in a row, and days of use, which the public tables do not have, do not count in either.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opioidsim.cases.trial_arm import Arm
from opioidsim.cases.trial_plan import Plan
from opioidsim.refusal import Refusal
from opioidsim.studies import ctn0094, transitions
from opioidsim.studies.ctn0094 import CODES, FIRST, LAST, SINCE, TRIALS, first_run
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE
from opioidsim.trials.replicates import holding

if TYPE_CHECKING:
    from opioidsim.questions.trial.run import Trial

DRUGS = {"naltrexone": ctn0094.INJECTED, "buprenorphine": "buprenorphine-naloxone", "methadone": "methadone"}


def real_trial(plan: Plan) -> str:
    """The real trial that a plan describes, by the beginning of its title."""
    for name in TRIALS.values():
        if plan.title.startswith(name) and ctn0094.FOLLOWED[name] == ctn0094.WEEKS:
            return name
    raise Refusal(f'the trial "{plan.title}" is set against none of the data; let its title begin with START or X:BOT.')


def outcomes(found: "Trial") -> dict[str, pd.DataFrame]:
    """Tables as `ctn0094.outcomes` has them: mean over replicates, and between which 95 % of them lie (nan of fewer than 20)."""
    trial, tables = real_trial(found.plan), {}
    for arm in found.plan.arms:
        label = {"trial": trial, "arm": _label(arm)}
        for outcome, quantity, at, met, among in _counted(found, arm):
            of = among.reshape(found.replicates, -1)
            each = (met.reshape(of.shape) & of).sum(1) / np.maximum(of.sum(1), 1)
            low, high = holding(each)
            value = (met & among).sum() / max(among.sum(), 1)
            row = {"quantity": quantity, "at": at, "value": value, "low": low, "high": high, "n": int(of.sum(1).mean())}
            tables.setdefault(outcome, []).append(label | row)
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _label(arm: Arm) -> str:
    """An arm's name in the data, by its drug. Raises Refusal for an arm that none of the real trials had."""
    drugs = {dose.drug for dose in arm.regimen}
    if len(drugs) != 1 or not drugs <= set(DRUGS):
        raise Refusal(
            f'arm "{arm.name}" is none of the real trials\'; it must give naltrexone, buprenorphine or methadone.'
        )
    return DRUGS[drugs.pop()]


def _counted(found: "Trial", arm: Arm) -> Iterator[tuple]:
    """(outcome, quantity, at, who met it, among whom), by person of all replicates."""
    p, weeks = found.people[arm.name], len(found.plan.seen())
    urine = np.stack([p[f"urine_{week}"] for week in range(weeks)], 1)
    everyone, began = np.ones(len(urine), bool), p["began"] >= 0
    for week in range(weeks):
        yield "attendance", "attended", week + 1, urine[:, week] != MISSING, everyone
        for kind, code in CODES.items():
            yield "urine", kind, week + 1, urine[:, week] == code, everyone
    for week in range(LAST + 1):
        yield "retention", "on medication", week, began & (p["left"] > 7 * week), everyone
    relapse = first_run(urine != NEGATIVE, FIRST, LAST)
    for name, who in (("intention to treat", everyone), ("per protocol", began)):
        for week in range(FIRST, LAST + 1):
            yield "relapse", name, week, relapse > week, who
    dropout = first_run(urine == MISSING, 1, LAST)
    for week in range(1, LAST + 1):
        yield "dropout", "no four missing", week, dropout > week, everyone
    yield from _weeks_after(urine, began)
    if _label(arm) == ctn0094.INJECTED:
        for k in range(1, 8):
            yield "injections", "at least", k, p["injections"] >= k, everyone
        yield from _since(p, urine, weeks)


def _since(p: dict, urine: np.ndarray, weeks: int) -> Iterator[tuple]:
    """By days since the last injection; a person's weeks are counted one by one, so that replicates stay apart."""
    since = np.stack([p[f"since_{week}"] for week in range(weeks)], 1)
    for low, high in SINCE:
        here = (since >= low) & (since <= high)
        label = ctn0094.band_name(low, high)
        given = here & (urine != MISSING)
        yield "since_injection", "positive of those given", label, (urine == POSITIVE).ravel(), given.ravel()
        yield "since_injection", "missing", label, (urine == MISSING).ravel(), here.ravel()


def _weeks_after(urine: np.ndarray, began: np.ndarray) -> Iterator[tuple]:
    """By what the weeks before were, of those who began; a person's weeks are counted one by one."""
    cells = {key: here & began[:, None] for key, here in transitions.cells(urine)}
    for span in transitions.SPANS:
        for outcome, code, of in transitions.SHARES:
            for kind in transitions.KINDS:
                among = np.any([cells[span, kind, each] for each in of], 0)
                if among.any():
                    yield (
                        "transitions",
                        f"weeks {span}: {outcome}",
                        kind,
                        cells[span, kind, code].ravel(),
                        among.ravel(),
                    )
