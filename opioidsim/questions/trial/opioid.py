"""What would a trial of these treatments show? Many replicates of a trial, the same people in every arm."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.trial_plan import Arm, Plan, shots
from opioidsim.engine import chunks
from opioidsim.trials import opioid, opioid_arrays, outcomes, survival
from opioidsim.trials import overdoses as trial_overdoses
from opioidsim.trials import replicates as replicating

COUNTED = {  # what is counted of each person, from the columns of people; shares first
    "inducted": lambda p, plan: p["began"] >= 0,
    "retained": lambda p, plan: (p["began"] >= 0) & (p["left"] >= plan.length),
    "relapsed": lambda p, plan: p["relapsed"],
    "weeks abstinent": lambda p, plan: p["weeks_abstinent"],
    "days of use": lambda p, plan: p["days_used"],
    "craving": lambda p, plan: 100.0 * p["craving"],
    "injections": lambda p, plan: p["injections"],
    "overdoses survived": lambda p, plan: p["overdoses"],
    "died of an overdose": lambda p, plan: p["died"] >= 0,
}
OF = {"induction": ("inducted",), "retention": ("retained",), "relapse": ("relapsed",),
      "overdoses": ("overdoses survived", "died of an overdose")}  # what is counted for an endpoint of a plan  # fmt: skip
MOST = {  # the largest value that a person can have, where it is no share and no count of events
    "weeks abstinent": lambda arm, plan: plan.length // plan.visits.every,
    "days of use": lambda arm, plan: plan.length,
    "craving": lambda arm, plan: 100.0,
    "injections": lambda arm, plan: len(shots(arm)[0]),
}
EVENTS = {  # (day, happened) of each person, for curves
    "relapse": lambda p, plan: (p["relapse"], p["relapsed"]),
    "retention": lambda p, plan: (p["left"], p["left"] < plan.length),
}


@dataclass(frozen=True)
class Trial:
    """Replicates of a trial side by side. people: for each arm its columns, (replicates x people of an arm,).

    Person k of replicate r is the same person in every arm. uncertain: each pair of replicates has its own reading of what
    is not known about behaviour; without, all have the point values.
    """

    plan: Plan
    replicates: int
    uncertain: bool
    people: dict[str, dict[str, np.ndarray]]

    def counted(self, arm: str, name: str) -> np.ndarray:
        """What is counted of each person, (replicates, people of an arm)."""
        values = np.asarray(COUNTED[name](self.people[arm], self.plan))
        return values.reshape(self.replicates, -1)

    def shown(self) -> list[str]:
        """What is counted here, by the plan's endpoints."""
        return [name for endpoint in self.plan.endpoints for name in OF.get(endpoint, (endpoint,))]

    def rows(self) -> list[dict]:
        """One row per arm and endpoint: the mean over all people, and an interval of what one trial would see.

        With one replicate the interval is that of the share or mean (95 %); with 20 or more, it holds 95 % of the replicates.
        """
        rows = []
        for arm in self.people:
            for name in self.shown():
                values = self.counted(arm, name)
                most = MOST[name](self.plan.arm(arm), self.plan) if name in MOST else float("inf")
                found = replicating.mean_of(values, most, 1.0 if name == "overdoses survived" else None)
                rows.append({"arm": arm, "endpoint": name, **replicating.named(found)})
        return rows

    def curves(self, event: str) -> list[dict]:
        """Kaplan-Meier curves of every arm: relapse or retention."""
        rows = []
        for arm, columns in self.people.items():
            curve = survival.kaplan_meier(*EVENTS[event](columns, self.plan))
            rows += [
                {"arm": arm, "day": t, "share": s, "low": lo, "high": hi} for t, s, lo, hi in zip(*curve, strict=True)
            ]
        return rows

    def contrasts(self) -> list[dict]:
        """Each further arm against the first: difference of shares, hazard ratio, number needed to treat or to harm.

        One row per comparison: the mean over replicates (of logarithms for ratios) and the interval of one trial. Arms
        are compared between different people, as in a trial: a replicate of one arm with its pair's of the other.
        """
        return [dict(row) for row in self._contrasts]

    @cached_property  # a Cox regression for every replicate: worked out once, though asked for by tables, text and page
    def _contrasts(self) -> list[dict]:
        return replicating.against_first(self.people, self._compared)

    def _compared(self, arm: str, other: str) -> list[dict]:
        rows = []
        for name in ("inducted", "retained", "relapsed"):
            a, b = (self.counted(one, name) for one in (arm, other))
            rows.append(replicating.contrast(arm, other, name, "risk difference", a, b, survival.difference))
        rows.append(replicating.needed(rows[-1]))
        for event in EVENTS:
            a, b = (self._happened(one, event) for one in (arm, other))
            rows.append(
                replicating.contrast(arm, other, event, "hazard ratio", a, b, _log_hazard_ratio, logarithm=True)
            )
        return rows

    def _happened(self, arm: str, event: str) -> np.ndarray:
        """Day of the event and whether it happened, (replicates, people of an arm, 2)."""
        return np.stack(EVENTS[event](self.people[arm], self.plan), -1).reshape(self.replicates, -1, 2)

    def power(self) -> list[dict]:
        """The chance of p < 0.05 (log-rank test of relapse, each further arm against the first) by people per arm."""

        def found(sizes, arm, first):
            treated, reference = (EVENTS["relapse"](self.people[name], self.plan) for name in (arm, first))
            return survival.power(sizes, treated, reference)

        return replicating.power_rows(self.people, "log-rank, relapse", found)

    def flow(self) -> list[dict]:
        """One row per arm, per replicate on average: randomised, began, retained, relapsed, and why not."""
        rows = []
        for arm, columns in self.people.items():
            began = columns["began"] >= 0
            stayed = began & (columns["left"] >= self.plan.length)
            counts = {"randomised": np.ones_like(began), "never began": ~began, "began": began, "left": began & ~stayed,
                      "stayed to the end": stayed, **({"died": columns["died"] >= 0} if "died" in columns else {}), "analysed for relapse": np.ones_like(began)}  # fmt: skip
            rows.append({"arm": arm} | {key: float(v.sum() / self.replicates) for key, v in counts.items()})
        return rows

    def hazards(self) -> list[dict]:
        """By arm and visit: hazard a day of leaving and of relapse among those at risk, share of days with use."""
        every, rows = self.plan.visits.every, []
        for arm, columns in self.people.items():
            began = columns["began"] >= 0
            for week in range(self.plan.length // every):
                row: dict = {"arm": arm, "from_day": week * every, "to_day": (week + 1) * every}
                for name, when, can, happened in (
                    ("leaving", columns["left"], began, columns["left"] < self.plan.length),
                    ("relapse", columns["relapse"], np.ones_like(began), columns["relapsed"]),
                ):
                    at_risk = can & (when >= week * every)
                    now = at_risk & happened & (when < (week + 1) * every)
                    row |= {f"{name}_at_risk": int(at_risk.sum()), f"{name}_hazard_per_day": _hazard(now.sum(), at_risk.sum(), every)}  # fmt: skip
                row["use_per_day"] = float(columns[f"use_{week}"].mean() / every)
                rows.append(row)
        return rows


def _hazard(events: int, at_risk: int, days: int) -> float:
    """Hazard a day; nan where nobody was at risk, or everybody had the event: there is no finite estimate."""
    return float(-np.log1p(-events / at_risk) / days) if events < at_risk else float("nan")


def _log_hazard_ratio(a: np.ndarray, b: np.ndarray) -> tuple[float, ...]:
    days, happened = np.concatenate([a, b]).T
    treated = np.repeat([True, False], [len(a), len(b)])
    return tuple(np.log(survival.hazard_ratio(np.maximum(days, 0.5), happened > 0, treated)))


def trial(
    plan,
    replicates: int = 1,
    people: int | None = None,
    seed: int | None = None,
    uncertain: bool | None = None,
    folder: Path | None = None,
    resume: bool = False,
    threads: int | None = None,
    progress=None,
) -> Trial:
    """Runs a trial: a Plan, a path, or the name of one that comes with the package.

    people: in all arms together, instead of the plan's. uncertain: each pair of replicates with its own reading of what is
    not known; by default with more than one replicate. folder: where finished chunks are kept; resume: read those of an
    interrupted run. Raises Refusal for what cannot be simulated.
    """
    plan = replicating.planned(plan, "opioid", replicates, people, seed)
    spread = replicates > 1 if uncertain is None else uncertain
    scenarios = [opioid_arrays.scenario_of(plan, arm) for arm in plan.arms]
    model = provenance.model(scenarios, opioid_arrays.RESTS_ON, trial_overdoses.stored(plan))

    def live(arm: Arm, who: range) -> replicating.Columns:
        return _lived(plan, arm, who, spread)

    arms = replicating.simulated(plan, replicates, live, str(spread), model, folder, resume, threads, progress)
    return Trial(plan, replicates, spread, arms)


def each_day(found: Trial) -> Iterator[dict[str, np.ndarray]]:
    """The days of everyone, chunk by chunk: columns arm, replicate, person, day and what happened; marched once more."""
    plan, total = found.plan, found.replicates * found.plan.each()
    for arm in plan.arms:
        for who in chunks.of(total, replicating.CHUNK):
            ready = opioid_arrays.ready(plan, arm, who, found.uncertain)
            inside = ready.days >= 0
            keep = min(len(who), total - who.start)
            lived, _ = trial_overdoses.of(opioid.live(*ready.arguments), plan, who, inside, ready.facts)
            days = opioid.Day(*(np.asarray(part)[inside][..., :keep] for part in lived))
            person = np.tile(np.array(who[:keep]), plan.length)
            columns = {"arm": np.repeat(arm.name, len(person)), "replicate": person // plan.each(), "person": person,
                       "day": np.repeat(np.arange(plan.length), keep), "milligrams": days.milligrams.sum(1).ravel()}  # fmt: skip
            names = ("reward", "craving", "withdrawal", "staying", "took", "injected", "attends")
            yield columns | {name: getattr(days, name).ravel() for name in names}


def _lived(plan: Plan, arm: Arm, who: range, uncertain: bool) -> replicating.Columns:
    """The columns of these people in an arm."""
    ready = opioid_arrays.ready(plan, arm, who, uncertain)
    inside = ready.days >= 0
    days, overdoses = trial_overdoses.of(opioid.live(*ready.arguments), plan, who, inside, ready.facts)
    clean = {"clean": np.asarray(ready.arguments[3].clean)}
    return clean | outcomes.of(days, plan, inside) | overdoses
