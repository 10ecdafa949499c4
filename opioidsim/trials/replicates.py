"""Replicates of a trial: the same people in every arm, chunk by chunk. For every condition.

A replicate is another crowd of the plan's size. The same people are in every arm, which makes arms
alike in everything but the treatment; but twins differ less than the two groups of a trial do. So
arms are compared between different people with the same reading of what is not known: one
replicate's with its pair's.

Three things make an interval, and its words say which: chance within one trial, chance between
replicates, and what is not known, which each pair of replicates reads anew.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from opioidsim.cases.trial_arm import Arm
from opioidsim.cases.trial_plan import SHARING, Plan
from opioidsim.engine import chunks, device
from opioidsim.engine.result import share_of
from opioidsim.trials import survival

# People of an arm marched together; always so many: the same numbers in any crowd. As many as stay in a core's cache.
CHUNK = {"opioid": 136, "alcohol": 272}
FEW = 20  # replicates: of fewer, the lowest and highest stand for nothing like the 2.5th and 97.5th percentile
SHARED = 16  # chunks whose draws are held for their further arms: those that threads work on at once
TOO_FEW, UNKNOWN = "too few replicates", "no finite estimate"

Columns = dict[str, np.ndarray]
Groups = Sequence[np.ndarray] | np.ndarray  # of each replicate, of each person
Comparing = Callable[[np.ndarray, np.ndarray], tuple[float, float, float]]  # of two groups: value, low, high


def simulated(
    plan: Plan,
    replicates: int,
    live: Callable[[Arm, range], Columns],
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Columns]:
    """For each arm the columns of its people, (replicates x people of an arm,), with who they are in
    `replicate` and `person`.

    live: the columns of these people in an arm. progress: is told how many people are done.

    A chunk holds all arms of its people: an interrupted call has whole comparisons.
    """
    total = replicates * plan.each()

    def run(who: range) -> Columns:
        """The columns of these people in every arm."""
        return chunk_of(plan, who, total, live)

    parts, size = [], device.size(total, CHUNK[plan.condition])
    for part in chunks.each(run, chunks.of(total, size), threads):
        parts.append(part)
        if progress:
            progress(min(len(parts) * size, total))
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    numbers, place = found.pop("arm"), found["person"] % plan.each()
    kept = [(numbers == k) & (place < plan.size(arm)) for k, arm in enumerate(plan.arms)]
    return {
        arm.name: {key: column[who] for key, column in found.items()} for arm, who in zip(plan.arms, kept, strict=True)
    }


def chunk_of(plan: Plan, who: range, total: int, live) -> Columns:
    """The columns of these people in every arm, arm after arm; whoever is beyond the last person is left out."""
    keep, person = min(len(who), total - who.start), np.array(who)
    parts = []
    for number, arm in enumerate(plan.arms):
        known = {"arm": np.full(len(who), number, np.int8), "replicate": person // plan.each(), "person": person}
        parts.append({name: column[:keep] for name, column in (known | live(arm, who)).items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def pairs(replicates: int) -> list[tuple[int, int]]:
    """Which replicate of one arm is compared with which of another: other people, with the same
    reading of what is not known, as in a trial. A single replicate is compared with itself, and a
    last one without a partner is left out.
    """
    found = [(r, SHARING * (r // SHARING) + (r + 1) % SHARING) for r in range(replicates)]
    return [(r, other) for r, other in found if other < replicates] or [(0, 0)]


def against(
    reference: str, arms: Iterable[str], compared: Callable[[str, str], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The rows of each other arm compared with the reference: compared(arm, reference)."""
    return [row for arm in arms if arm != reference for row in compared(arm, reference)]


def contrast(
    arm: str, other: str, endpoint: str, measure: str, a: Groups, b: Groups, compare: Comparing, logarithm: bool = False
) -> dict[str, Any]:
    """One comparison of two arms as a row: mean over replicates (of logarithms for ratios, which
    `compare` returns), interval.

    a, b: of each replicate what is compared, (people, ...). compare: of the people of two arms, the
    value with its 95 % interval. With one replicate the interval is that of `compare`; with FEW or
    more it holds 95 % of the replicates, and of a difference is never narrower than that of all
    people together. Replicates without a finite value are counted in `without`.

    Ratios are averaged as logarithms, so that 2 and 1/2 make 1; a ratio of infinity would carry any
    mean away, and is counted instead.
    """
    each = np.array([compare(a[r], b[s]) if min(len(a[r]), len(b[s])) > 1 else survival.NONE for r, s in pairs(len(a))])
    known = each[np.isfinite(each).all(1)]
    middle, low, high = known[0] if len(a) == len(known) == 1 else survival.NONE
    if len(a) > 1 and len(known):
        middle, (low, high) = known[:, 0].mean(), holding(known[:, 0])
    if len(known) >= FEW and not logarithm:
        _, *ends = compare(np.concatenate(list(a)), np.concatenate(list(b)))
        low, high = min(low, ends[0]), max(high, ends[1])
    found = {"arm": arm, "against": other, "endpoint": endpoint, "measure": measure}
    numbers = np.exp((middle, low, high)) if logarithm else (middle, low, high)
    return found | named(numbers) | {"without": len(each) - len(known)}


def named(numbers: Iterable[float]) -> dict[str, float]:
    """Mean, low and high of a row; what is not known is one and the same nan, so that rows of the same trial are equal."""
    return {
        key: float(x) if np.isfinite(x) else np.nan for key, x in zip(("mean", "low", "high"), numbers, strict=True)
    }


def needed(row: dict[str, Any]) -> dict[str, Any]:
    """Of a difference of shares with a bad end, how many people are treated for one to be spared it, or to be harmed.

    low, high: where the whole interval of the difference lies on one side (Altman 1998); else the interval passes through
    infinity, and only `words` can say it.
    """
    mean, low, high = (row[end] for end in ("mean", "low", "high"))
    found = {"measure": "number needed to harm" if mean > 0 else "number needed to treat"}
    found |= named(survival.NONE)
    if not np.isfinite(mean):
        return row | found | {"words": UNKNOWN}
    words = "no difference" if mean == 0 else f"{1.0 / abs(mean):.3g}"
    if mean:
        found["mean"] = 1.0 / abs(mean)
    if not np.isfinite(low):
        return row | found | {"words": f"{words} ({TOO_FEW})"}
    if low * high > 0:
        found |= dict(zip(("low", "high"), sorted((1.0 / abs(low), 1.0 / abs(high))), strict=True))
        return row | found | {"words": f"{words} ({found['low']:.3g} to {found['high']:.3g})"}
    benefit = f"from {-1.0 / low:.3g} to benefit one, " if low < 0 else "from "
    harm = f"{'through ' if low < 0 else ''}infinity to {1.0 / high:.3g} to harm one" if high > 0 else "to infinity" if low < 0 else "infinity"  # fmt: skip
    return row | found | {"words": f"{words} ({benefit}{harm})"}


def cell(row: dict[str, Any], write: Callable[[float], str]) -> str:
    """Mean and interval of a row in one cell, or why there is none."""
    if row.get("words"):
        return row["words"]
    if not np.isfinite(row["mean"]):
        return UNKNOWN
    between = f"{write(row['low'])} to {write(row['high'])}" if np.isfinite(row["low"]) else TOO_FEW
    lost = f"; {row['without']} replicates have {UNKNOWN}" if row.get("without") else ""
    return f"{write(row['mean'])} ({between}{lost})"


def said(replicates: int, uncertain: bool) -> str:
    """What the intervals are, in a sentence."""
    carried = " Each pair of replicates has its own reading of what is not known." if uncertain else ""
    if replicates == 1:
        return f"Intervals: 95 %, of one trial of this size.{carried}"
    if replicates < FEW:
        return f"{replicates} replicates are too few to say within what 95 % of them lie: intervals need {FEW} or more.{carried}"
    return f"95 % of the replicates lie within the intervals.{carried}"


def holding(values: np.ndarray) -> tuple[float, float]:
    """Between which numbers 95 % of the replicates' values lie; nan where they are fewer than FEW."""
    low, high = np.quantile(values, (0.025, 0.975)) if len(values) >= FEW else (np.nan, np.nan)
    return float(low), float(high)


def mean_of(
    values: Sequence[np.ndarray] | np.ndarray, most: float = float("inf"), unit: float | None = None, least: float = 0.0
) -> tuple[float, float, float]:
    """Mean of each replicate's people, with an interval: of the share or mean (95 %) with one replicate; holding 95 % of the
    replicates' means with FEW or more, and never narrower than that of all people together; none (nan) between.

    least, most: the smallest and largest value that a person can have. unit: of counted events, what one of them is worth.
    """
    together = np.concatenate(list(values))
    if not len(together):
        return survival.NONE
    middle, low, high = _interval(together, most, unit, least)
    if len(values) == 1:
        return middle, low, high
    ends = holding(np.array([each.mean() for each in values if len(each)]))
    return (
        middle,
        (min(low, ends[0]) if len(values) >= FEW else np.nan),
        (max(high, ends[1]) if len(values) >= FEW else np.nan),
    )


def _interval(values: np.ndarray, most: float, unit: float | None, least: float) -> tuple[float, float, float]:
    """Mean and 95 % interval of all these values: Wilson's of shares, a Poisson count's of events,
    Student's of the rest.
    """
    if values.dtype == bool:
        return share_of(values)
    return survival.mean_of_counts(values, unit) if unit else survival.mean_within(values, most, least)
