"""The answer of what meets a target at least cost."""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from opioidsim.cases import costs as costing
from opioidsim.cases.costs import Costs
from opioidsim.cases.trial_arm import Arm
from opioidsim.cases.trial_plan import Plan
from opioidsim.questions.of_costs import OfCosts
from opioidsim.questions.optimise import words
from opioidsim.questions.question import Who, Work
from opioidsim.questions.trial.powers import Powers
from opioidsim.questions.trial.run import Trial
from opioidsim.questions.trial.run import run as tried
from opioidsim.refusal import Refusal, nearest, shown
from opioidsim.show.answer import Charts, Frames, Row
from opioidsim.trials import replicates as replicating
from opioidsim.trials import worth

VALUES = {"dose": (0.25, 0.5, 1.0, 2.0, 4.0), "start": (0.0, 3.0, 5.0, 7.0, 10.0, 14.0)}
POWERS = ("power", "assurance")
Asked = tuple[str, str, str, tuple[float, ...]]  # see `run`
CLOSER = 3  # further values, between the last that is not enough and the first that is
_TARGET = re.compile(r"\s*(.+?)\s*(<=|>=|<|>)\s*([\d.]+)\s*(%?)\s*")
_WAYS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


class Target(NamedTuple):
    """An endpoint, a way to compare it, and the number that it is to reach."""

    endpoint: str
    way: str
    number: float

    def met(self, values: Any) -> Any:
        """Whether it is reached."""
        return _WAYS[self.way](values, self.number)

    def __str__(self) -> str:
        return f"{self.endpoint} {self.way} {self.number:g}"


class Tried(NamedTuple):
    """Something tried. value: of what is varied; nan of an arm as it is. reached, cost: of each replicate, (replicates,): the
    mean of the target's endpoint, and the mean cost of a person; of people the chance of each arm, and the cost of the trial."""

    name: str
    value: float
    reached: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Optimise(OfCosts):
    """What was tried, with what it reaches and costs; the same people in all. trial: that of the plan as it is."""

    rows_name = "tried"
    columns = words.COLUMNS
    target: Target
    vary: str
    arm: str
    tried: tuple[Tried, ...]

    @property
    def head(self) -> str:
        return f"What meets {self.target} at least cost? {self.trial.plan.title}"

    @property
    def best(self) -> Tried | None:
        """The cheapest of those that meet the target on average; None where none does."""
        enough = [each for each in self.tried if self.target.met(each.reached.mean())]
        return min(enough, key=lambda each: each.cost.mean(), default=None)

    def readings(self) -> np.ndarray:
        """Of what is tried, the share of readings in which it is the cheapest that meets the target, and last that none does;
        (tried + 1,). A reading is that of a pair of replicates."""
        reached, cost = (np.stack([_pairs(part) for part in parts]) for parts in zip(*((t.reached, t.cost) for t in self.tried), strict=True))  # fmt: skip
        price = np.where(self.target.met(reached), cost, np.inf)
        cheapest = np.where(np.isfinite(price).any(0), price.argmin(0), len(self.tried))
        return np.bincount(cheapest, minlength=len(self.tried) + 1) / reached.shape[1]

    @property
    def known(self) -> bool:
        """Whether there are readings enough to say how sure it is; a chance of a trial is no number of each reading."""
        return self.vary != "people" and self.trial.replicates >= replicating.FEW

    def rows(self) -> list[Row]:
        """One row for each that was tried: what it reaches, in which share of readings that is enough, what it costs, and in
        which share it is the cheapest that is enough."""
        return [self._row(each, share) for each, share in zip(self.tried, self.readings(), strict=False)]

    def _row(self, each: Tried, cheapest: float) -> Row:
        """One of them."""
        row: Row = {"name": each.name, "value": each.value, "enough": bool(self.target.met(each.reached.mean()))}
        for name, values in (("reached", each.reached), ("cost", each.cost)):
            row[name] = float(values.mean())
            low, high = replicating.holding(values) if values.min() < values.max() else replicating.holding(values[:0])
            row |= {f"{name}_low": low, f"{name}_high": high} if np.isfinite(low) else {}
        known = self.known
        sure = float(self.target.met(_pairs(each.reached)).mean())
        return row | {"sure": sure if known else None, "cheapest": float(cheapest) if known else None}

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        best = self.best
        return {"title": self.trial.plan.title, "target": str(self.target), "best": best.name if best else None, "currency": self.costs.currency, "replicates": self.trial.replicates}  # fmt: skip

    def told(self) -> dict[str, Any]:
        """The trial's plan, and costs as they were read."""
        return self.trial.told() | {"costs": self.costs.model_dump(mode="json", exclude_defaults=True)}

    def tables(self) -> Frames:
        """replicates.csv: what each reaches and costs in each replicate."""
        import pandas as pd

        frames = [
            pd.DataFrame({"name": each.name, "value": each.value, "replicate": np.arange(len(each.cost)), "reached": each.reached, "cost": each.cost})
            for each in self.tried
        ]  # fmt: skip
        return {"replicates.csv": pd.concat(frames)}

    def charts(self) -> Charts:
        from opioidsim.questions.optimise.figure import charts

        return charts(self)


def _pairs(values: np.ndarray) -> np.ndarray:
    """Means of the two replicates that share a reading; of one alone itself."""
    return values.reshape(-1, 2).mean(1) if len(values) > 1 and len(values) % 2 == 0 else values


def read(text: str, vary: str, plan: Plan) -> Target:
    """The target that a sentence says. Raises Refusal."""
    from opioidsim.questions.trial.own import of_plan_itself
    from opioidsim.questions.trial.run import CONDITIONS

    found = _TARGET.fullmatch(text)
    if not found:
        raise Refusal(f'"{shown(text)}" is no target; write for example "relapsed <= 0.7".', where="target")
    name, way, number, percent = found.groups()
    known = POWERS if vary == "people" else (*CONDITIONS["opioid"].endpoints(plan), *of_plan_itself(plan))
    if name not in known:
        raise Refusal(f'"{shown(name)}" is not counted here.{nearest(name, known)} There are {", ".join(known)}.', where="target")  # fmt: skip
    return Target(name, way, float(number) / (100.0 if percent else 1.0))


def run(plan: Plan, asked: Asked, costs: str, replicates: int, who: Who, work: Work) -> Optimise:
    """The question's answer; see `optimise`. asked: the target, what is varied, of which arm, and the values to try."""
    text, vary, name, values = asked
    if plan.condition != "opioid":
        raise Refusal(
            "what it costs is known of trials of opioid use disorder only; for drinking ask the trial of each plan.",
            where="plan",
        )
    target, arm = read(text, vary, plan), _arm(plan, name)
    if vary == "people" and not (target.way in (">", ">=") and 0 < target.number < 1):
        raise Refusal(f'a chance is to be at least so much; write for example "power >= 0.8", not "{target}".', where="target")  # fmt: skip
    known = costing.read(costs)
    whole = tried(plan, replicates, False, who, work.part(0, 2))
    if vary == "regimen":
        found = [_one(each.name, float("nan"), each, whole, target, known) for each in plan.arms]
    elif vary == "people":
        found = list(_sizes(whole, target, known))
    else:

        def look(value: float) -> Tried:
            """The arm with this value."""
            return _changed(whole, arm, vary, value, target, known, replicates, who)

        found = _searched(look, _values(vary, values), target, vary == "start", work.part(1, 2))
    return Optimise(scenario=whole.scenario, trial=whole, costs=known, target=target, vary=vary, arm=arm.name, tried=tuple(found))  # fmt: skip


def _arm(plan: Plan, name: str) -> Arm:
    """The arm of that name; the last where none is said."""
    named = [each.name for each in plan.arms]
    if name and name not in named:
        raise Refusal(f'there is no arm "{shown(name)}".{nearest(name, named)}', where="arm")
    return plan.arm(name or named[-1])


def _values(vary: str, values: tuple[float, ...]) -> list[float]:
    """The values to try, rising."""
    chosen = sorted(set(values)) or list(VALUES[vary])
    if vary == "start" and any(each != round(each) or each > 30 for each in chosen):
        raise Refusal("days without opioids are whole ones, up to 30.", where="value")
    if vary == "dose" and not 0.01 <= chosen[0] <= chosen[-1] <= 100:
        raise Refusal("a dose may be 0.01 to 100 times the plan's.", where="value")
    return chosen


def _searched(
    look: Callable[[float], Tried], values: list[float], target: Target, whole: bool, work: Work
) -> list[Tried]:
    """What is tried: these values, then some between neighbours of which one is enough and the other not (bisection: with the
    same people and chances in all, what is reached changes with the value alone)."""
    found: dict[float, Tried] = {}
    for number, value in enumerate(values):
        found[value] = look(value)
        work.told((number + 1) / (len(values) + CLOSER))
    for _ in range(CLOSER):
        at = sorted(found)
        enough = [bool(target.met(found[value].reached.mean())) for value in at]
        gaps = [(a, b) for a, b, x, y in zip(at, at[1:], enough, enough[1:], strict=False) if x != y]
        middle = next(((a + b) // 2 if whole else (a * b) ** 0.5 for a, b in gaps), None)
        if middle is None or middle in found:
            break
        found[middle] = look(middle)
    return [found[value] for value in sorted(found)]


def _changed(whole: Trial, arm: Arm, vary: str, value: float, target: Target, costs: Costs, replicates: int, who: Who) -> Tried:  # fmt: skip
    """The arm with that dose, or that start, asked anew of the same people."""
    if vary == "dose":
        doses = tuple(dose.model_copy(update={"amount": dose.amount * value}) for dose in arm.regimen)
        if not doses:
            raise Refusal(f'arm "{arm.name}" has no dose to vary; name another.', where="arm")
        other, said = arm.model_copy(update={"regimen": doses}), f"{value:.3g} times the doses, from {doses[0].amount:.4g} {doses[0].unit}"  # fmt: skip
    else:
        other, said = arm.model_copy(update={"opioid_free": int(value)}), f"{value:.0f} days without opioids"
    arms = tuple(other if each.name == arm.name else each for each in whole.plan.arms if each.name in (arm.name, arm.switch_to))  # fmt: skip
    n = whole.plan.each() * sum(each.allocation for each in arms)
    people = whole.plan.people.model_copy(update={"n": n})
    plan = whole.plan.model_copy(update={"arms": arms, "people": people, "reference": arm.name})
    found = tried(plan, replicates, False, replace(who, people=None, seed=None, change={}), Work())
    return _one(said, value, other, found, target, costs)


def _one(name: str, value: float, arm: Arm, found: Trial, target: Target, costs: Costs) -> Tried:
    """What an arm of a trial reaches, and what it costs, replicate by replicate."""
    p = found.people[arm.name]
    price = worth.prices(costs, found.plan, found.uncertain)
    each = worth.cost(p, found.plan, arm, costs, price(p["replicate"])).reshape(found.replicates, -1).mean(1)
    counted = found.counted(arm.name, target.endpoint)
    return Tried(name, value, np.array([some.mean() for some in counted]), each)


def _sizes(whole: Trial, target: Target, costs: Costs) -> Iterator[Tried]:
    """For each further arm the fewest people with which the chance is so much, and what a trial of so many costs."""
    powers: Powers = whole.powers
    reference = whole.plan.arm(whole.plan.compared_with())
    per = {
        arm.name: _one(arm.name, 0.0, arm, whole, Target("days of use", "<=", 0), costs).cost for arm in whole.plan.arms
    }
    for arm in whole.plan.arms:
        if arm.name == reference.name:
            continue
        people = powers.fewest(arm.name, target.endpoint, target.number)["people"]
        if not np.isfinite(people):
            yield Tried(
                f"{arm.name}: more people than are looked at",
                people,
                np.zeros(whole.replicates),
                np.full(whole.replicates, np.nan),
            )
            continue
        other = people * arm.allocation / reference.allocation
        price = people * per[reference.name] + other * per[arm.name]
        reached = powers.chance(arm.name, target.endpoint, int(people))
        yield Tried(f"{arm.name}: {people:.0f} people with {reference.name}", people, np.full(whole.replicates, max(reached, target.number)), price)  # fmt: skip
