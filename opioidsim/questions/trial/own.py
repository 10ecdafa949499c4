"""A plan's own endpoints, as a trial counts and compares them."""

from opioidsim.cases.trial_plan import Plan
from opioidsim.questions.trial.condition import Compared, Counted, Event

MEASURE = {"share": "risk difference", "mean": "mean difference", "time": "hazard ratio"}


def of_plan_itself(plan: Plan) -> dict[str, Counted]:
    """What the plan counts in its own words, by name: shares and means of people."""
    found = {name: own.kind == "share" for name, own in plan.own_endpoints().items() if own.kind != "time"}
    return {name: _counted(name, share) for name, share in found.items()}


def _counted(name: str, share: bool) -> Counted:
    return Counted(name, lambda p, plan: p[f"own_{name}"] > 0 if share else p[f"own_{name}"] * 1.0, share=share, least=float("-inf"))  # fmt: skip


def times_of(plan: Plan) -> dict[str, Event]:
    """The plan's own times: the day, at most the end, and whether it came."""
    ends = {name: own.end for name, own in plan.own_endpoints().items() if own.kind == "time"}
    return {name: _event(name, end) for name, end in ends.items()}


def _event(name: str, end: int) -> Event:
    return lambda p, plan: (p[f"own_{name}"], p[f"own_{name}"] < end)


def comparisons_of(plan: Plan) -> tuple[Compared, ...]:
    """By what the arms are compared in them."""
    return tuple(Compared(name, MEASURE[own.kind]) for name, own in plan.own_endpoints().items())
