"""Fits what people in treatment do to the trials marked `build`: `python docs/fit_behaviour.py` (some twenty minutes).

Least squares over the rows of the studies below, each row in units of half its bounds' width, each coefficient drawn weakly
to the value that it had before what lies between receptor and person was replaced (PRIORS). Only what that changed is
fitted: what a medicine that activates holds, what a felt use draws on, giving up in withdrawal, and the bases; all others
stay (use_craving, leave_reward and leave_withdrawal were tried too and moved by less than 0.03). The same people meet the same chances in every run, so that differences tell of the coefficients. Prints value, prior,
and the standard deviation that the curvature leaves.

Overdoses are not in it: they are few, and follow from habit_margin, caution and treated alone (docs/trials.md).
"""

import argparse
from functools import cache

import numpy as np
from scipy.optimize import least_squares

from opioidsim.cases import trial_plan
from opioidsim.questions.question import Who
from opioidsim.questions.trial import trial
from opioidsim.studies import opioid_measures, study
from opioidsim.studies.trial_measures import form_of

PRIORS = {  # value, standard deviation
    "use_base": (-2.31, 0.5), "use_recent": (1.18, 0.5), "use_alone": (2.35, 0.5), "wait_base": (-2.57, 0.5),
    "leave_base": (-4.92, 0.5), "leave_hold": (2.49, 0.7), "leave_blocked": (0.4, 0.2),
}  # fmt: skip
STUDIES = (
    "xbot-build", "start-build", "before-treatment-build", "smyth-2010-build", "sullivan-2019-build", "krupitsky-2011-build",
)  # fmt: skip
AWAY = 5.0  # of the origin, so that differences have one length


def rows():
    """(arm, observation) of every row."""
    return [(arm, seen) for name in STUDIES for arm in study.load(name).arms for seen in arm.observations]


def predicted(values: dict[str, float], people: int) -> np.ndarray:
    """Each row's number with these coefficients and so many people in each arm."""
    change = {f"behaviour.{name}": f"{value:.6g}" for name, value in values.items()}

    @cache
    def ran(name: str):
        plan = trial_plan.read(name)
        return trial(plan, who=Who(people=people * len(plan.arms), point=True, change=change))

    found = []
    for arm, seen in rows():
        parts = form_of("opioid", seen.quantity, seen.measure).groups()
        found.append(opioid_measures.measured(ran(arm.trial), arm.name, seen.quantity, seen.measure, parts))
    return np.array(found, float)


def main() -> None:
    """Fits and prints."""
    asked = argparse.ArgumentParser(description="Fits what people in treatment do.")
    asked.add_argument("--people", type=int, default=1088, help="in each arm")
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    names, told = list(PRIORS), [seen for _, seen in rows()]
    centre, spread = (np.array([PRIORS[name][i] for name in names]) for i in (0, 1))
    seen, half = np.array([s.observed for s in told]), np.array([(s.high - s.low) / 2.0 for s in told])

    def residuals(x):
        z = x - AWAY
        off = (predicted(dict(zip(names, centre + spread * z, strict=True)), given.people) - seen) / half
        found = np.concatenate([np.nan_to_num(off, nan=2.0), z])
        print(f"  {np.sum(found**2):.1f}: {np.round(centre + spread * z, 2).tolist()}", flush=True)
        return found

    begin = np.full(len(names), AWAY)
    fitted = least_squares(residuals, begin, diff_step=0.3 / AWAY, max_nfev=given.rounds)
    left = np.sqrt(np.diag(np.linalg.inv(fitted.jac.T @ fitted.jac))) * spread
    values = dict(zip(names, centre + spread * (fitted.x - AWAY), strict=True))
    print(f"least squares {2 * fitted.cost:.1f}")
    for name, sd in zip(names, left, strict=True):
        print(f"{name} = {values[name]:.3g}   prior {PRIORS[name][0]:g} ({PRIORS[name][1]:g}), left {sd:.2f}")
    for (arm, row), number in zip(rows(), predicted(values, given.people), strict=True):
        verdict = "ok " if row.low <= number <= row.high else "RED"
        print(
            f"{verdict} {arm.trial}, {arm.name}, {row.name}: {number:.3g} for {row.observed:g} ({row.low:g} to {row.high:g})"
        )


if __name__ == "__main__":
    main()
