"""Replicates of a trial: the same people in every arm, chunk by chunk; finished chunks are kept. For every condition."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from opioidsim.cases import trial_plan
from opioidsim.cases.trial_plan import SHARING, Arm, Plan
from opioidsim.engine import chunks
from opioidsim.engine.result import share_of
from opioidsim.refusal import Refusal
from opioidsim.trials import survival

CHUNK = 272  # people of an arm marched together; always so many: the same numbers in any crowd
SIZES = (20, 50, 100, 150, 200, 300, 400, 600, 800, 1200)  # people per arm, for power
VERBS = {"opioid": "opioid use disorder; run it with opioidsim.trial", "alcohol": "alcohol use disorder; run it with opioidsim.drinking_trial"}  # fmt: skip

Columns = dict[str, np.ndarray]


def planned(plan, condition: str, replicates: int, people: int | None, seed: int | None) -> Plan:
    """The plan (a Plan, a path, or a name of the package's) with these people and this seed. Raises Refusal for one of
    another condition, too few people, or a number of replicates that cannot be simulated."""
    plan = plan if isinstance(plan, Plan) else trial_plan.read(plan)
    given = {key: value for key, value in (("n", people), ("seed", seed)) if value is not None}
    plan = plan.model_copy(update={"people": plan.people.model_copy(update=given)})
    if plan.condition != condition:
        raise Refusal(f'"{plan.title}" is a trial of {VERBS[plan.condition]}.')
    if plan.each() < 2:
        raise Refusal(f"{plan.people.n} people are too few for {len(plan.arms)} arms; give at least {2 * len(plan.arms)}.")  # fmt: skip
    if not 1 <= replicates <= 10_000:
        raise Refusal(f"{replicates} replicates are asked for; 1 to 10000 can be simulated.")
    return plan


def simulated(
    plan: Plan,
    replicates: int,
    live: Callable[[Arm, range], Columns],
    question: str,
    folder: Path | None = None,
    resume: bool = False,
    threads: int | None = None,
    progress=None,
) -> dict[str, Columns]:
    """For each arm the columns of its people, (replicates x people of an arm,), with who they are in `replicate` and `person`.

    live: the columns of these people in an arm. question: what the numbers depend on besides the plan; kept chunks of
    another question are not read. progress: is told how many people are done.
    """
    total = replicates * plan.each()

    def run(who: range) -> Columns:
        return _chunk(plan, who, total, live)

    groups = chunks.of(total, CHUNK)
    question = f"{plan.model_dump_json()} {replicates} {question}"
    working = chunks.kept(run, groups, folder, question, resume, threads=threads) if folder else chunks.each(run, groups, threads)  # fmt: skip
    parts = []
    for part in working:
        parts.append(part)
        if progress:
            progress(min(len(parts) * CHUNK, total))
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    numbers = found.pop("arm")
    return {arm.name: {key: column[numbers == k] for key, column in found.items()} for k, arm in enumerate(plan.arms)}


def _chunk(plan: Plan, who: range, total: int, live) -> Columns:
    """The columns of these people in every arm, arm after arm; whoever is beyond the last person is left out."""
    keep, person = min(len(who), total - who.start), np.array(who)
    parts = []
    for number, arm in enumerate(plan.arms):
        known = {"arm": np.full(len(who), number, np.int8), "replicate": person // plan.each(), "person": person}
        parts.append({name: column[:keep] for name, column in (known | live(arm, who)).items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def pairs(replicates: int) -> list[tuple[int, int]]:
    """Which replicate of one arm is compared with which of another: other people, with the same reading of what is not
    known, as in a trial. A single replicate is compared with itself."""
    found = [(r, SHARING * (r // SHARING) + (r + 1) % SHARING) for r in range(replicates)]
    return [(r, other) for r, other in found if other < replicates] or [(0, 0)]


def power_rows(arms: dict, test: str, found: Callable) -> list[dict]:
    """The chance of p < 0.05 in each further arm against the first, by people per arm: found(sizes, arm, first)."""
    first, *others = arms
    return [
        {"arm": other, "against": first, "people": n, "power": p, "test": test}
        for other in others
        for n, p in zip(SIZES, found(SIZES, other, first), strict=True)
    ]


def mean_of(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of (replicates, people), with an interval: of the share or mean (95 %) with one replicate; holding 95 % of the
    replicates' means with more."""
    if len(values) > 1:
        low, high = np.quantile(values.mean(1), (0.025, 0.975))
        return float(values.mean()), float(low), float(high)
    if values.dtype == bool:
        return share_of(values[0])
    middle, error = float(values.mean()), float(values[0].std(ddof=1) / np.sqrt(values.size))
    return middle, middle - survival.Z * error, middle + survival.Z * error
