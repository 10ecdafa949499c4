"""What would a trial of these treatments show? Many replicates of a trial, the same people in every arm."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opioidsim import chunks, daily, survival, trial_arrays, trial_outcomes, trial_overdoses, trial_plan
from opioidsim.evidence import LIBRARY
from opioidsim.refusal import Refusal
from opioidsim.result import share_of
from opioidsim.trial_plan import Plan

CHUNK = 272  # people of an arm marched together; always so many: the same numbers in any crowd
SIZES = (20, 50, 100, 150, 200, 300, 400, 600, 800, 1200)  # people per arm, for power
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
EVENTS = {  # (day, happened) of each person, for curves
    "relapse": lambda p, plan: (p["relapse"], p["relapsed"]),
    "retention": lambda p, plan: (p["left"], p["left"] < plan.length),
}


@dataclass(frozen=True)
class Trial:
    """Replicates of a trial side by side. people: for each arm its columns, (replicates x people of an arm,).

    Person k of replicate r is the same person in every arm. uncertain: each replicate has its own reading of what is not
    known about behaviour; without, all have the point values.
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

        With one replicate the interval is that of the share or mean (95 %); with more, it holds 95 % of the replicates.
        """
        rows = []
        for arm in self.people:
            for name in self.shown():
                values = self.counted(arm, name)
                rows.append({"arm": arm, "endpoint": name, **_named(_mean(values))})
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
        """Each further arm against the first: difference of shares, hazard ratio, number needed to treat.

        One row per comparison: the mean over replicates (of logarithms for ratios) and the interval of one trial. Arms
        are compared between different people, as in a trial: replicate r of one arm with r + 1 of the other.
        """
        first, *others = self.people
        return [row for other in others for row in self._compared(other, first)]

    def _compared(self, arm: str, other: str) -> list[dict]:
        rows = []
        for name in ("inducted", "retained", "relapsed"):
            a, b = self.counted(arm, name), np.roll(self.counted(other, name), 1, 0)
            each = np.array([survival.difference(x, y) for x, y in zip(a, b, strict=True)])
            rows.append(self._contrast(arm, other, name, "risk difference", each))
        benefit = -rows[-1]["mean"]
        rows.append({"arm": arm, "against": other, "endpoint": "relapsed", "measure": "number needed to treat",
                     "mean": 1.0 / benefit if benefit > 0 else float("inf"),
                     **dict(zip(("low", "high"), _needed(-rows[-1]["high"], -rows[-1]["low"]), strict=True))})  # fmt: skip
        for event in EVENTS:
            each = np.array([self._ratio(arm, other, event, r) for r in range(self.replicates)])
            rows.append(self._contrast(arm, other, event, "hazard ratio", each, logarithm=True))
        return rows

    def _contrast(self, arm, other, endpoint, measure, each: np.ndarray, logarithm: bool = False) -> dict:
        """each: (replicates, 3) of value, low and high."""
        each = each[np.isfinite(each).all(1)]
        if not len(each):
            middle = low = high = float("nan")
        elif self.replicates == 1:
            middle, low, high = each[0]
        else:
            values = np.log(each[:, 0]) if logarithm else each[:, 0]
            middle, (low, high) = values.mean(), np.quantile(values, (0.025, 0.975))
            middle, low, high = np.exp((middle, low, high)) if logarithm else (middle, low, high)
        return {"arm": arm, "against": other, "endpoint": endpoint, "measure": measure, "mean": float(middle), "low": float(low), "high": float(high)}  # fmt: skip

    def _ratio(self, arm: str, other: str, event: str, replicate: int):
        parts = []
        for name, r in ((arm, replicate), (other, (replicate - 1) % self.replicates)):
            days, happened = EVENTS[event](self.people[name], self.plan)
            rows = slice(r * self.plan.each(), (r + 1) * self.plan.each())
            parts.append((days[rows], happened[rows]))
        treated = np.repeat([True, False], self.plan.each())
        days, happened = (np.concatenate(pair) for pair in zip(*parts, strict=True))
        return survival.hazard_ratio(np.maximum(days, 0.5), happened, treated)

    def power(self) -> list[dict]:
        """The chance of p < 0.05 (log-rank test of relapse, each further arm against the first) by people per arm."""
        first, *others = self.people
        rows = []
        for other in others:
            one, reference = (EVENTS["relapse"](self.people[name], self.plan) for name in (other, first))
            found = survival.power(SIZES, one, reference)
            rows += [
                {"arm": other, "against": first, "people": n, "power": p} for n, p in zip(SIZES, found, strict=True)
            ]
        return rows

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
    return float(-np.log1p(-min(events / at_risk, 1 - 1e-12)) / days) if at_risk else 0.0


def _mean(values: np.ndarray) -> tuple[float, float, float]:
    if len(values) > 1:
        low, high = np.quantile(values.mean(1), (0.025, 0.975))
        return float(values.mean()), float(low), float(high)
    if values.dtype == bool:
        return share_of(values[0])
    middle, error = float(values.mean()), float(values[0].std(ddof=1) / np.sqrt(values.size))
    return middle, middle - survival.Z * error, middle + survival.Z * error


def _named(three) -> dict:
    return dict(zip(("mean", "low", "high"), three, strict=True))


def _needed(low: float, high: float) -> tuple[float, float]:
    """Numbers needed to treat for a benefit between low and high; inf where no benefit is among them."""
    return (1.0 / high if high > 0 else float("inf")), (1.0 / low if low > 0 else float("inf"))


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

    people: in all arms together, instead of the plan's. uncertain: each replicate with its own reading of what is not
    known; by default with more than one replicate. folder: where finished chunks are kept; resume: read those of an
    interrupted run. Raises Refusal for what cannot be simulated.
    """
    plan = plan if isinstance(plan, Plan) else trial_plan.read(plan)
    given = {key: value for key, value in (("n", people), ("seed", seed)) if value is not None}
    plan = plan.model_copy(update={"people": plan.people.model_copy(update=given)})
    if plan.each() < 2:
        raise Refusal(
            f"{plan.people.n} people are too few for {len(plan.arms)} arms; give at least {2 * len(plan.arms)}."
        )
    if plan.condition != "opioid":
        raise Refusal(f'"{plan.title}" is a trial of alcohol use disorder; run it with opioidsim.drinking_trial.')
    if not 1 <= replicates <= 10_000:
        raise Refusal(f"{replicates} replicates are asked for; 1 to 10000 can be simulated.")
    spread = replicates > 1 if uncertain is None else uncertain
    total = replicates * plan.each()

    def run(who: range) -> dict[str, np.ndarray]:
        return _chunk(plan, who, spread, total)

    groups = chunks.of(total, CHUNK)
    question = f"{plan.model_dump_json()} {replicates} {spread} {(LIBRARY / 'body' / 'behaviour.toml').read_text()}"
    working = chunks.kept(run, groups, folder, question, resume, threads=threads) if folder else chunks.each(run, groups, threads)  # fmt: skip
    parts = []
    for part in working:
        parts.append(part)
        if progress:
            progress(min(len(parts) * CHUNK, total))
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    numbers = found.pop("arm")
    arms = {arm.name: {key: column[numbers == k] for key, column in found.items()} for k, arm in enumerate(plan.arms)}
    return Trial(plan, replicates, spread, arms)


def each_day(found: Trial) -> Iterator[dict[str, np.ndarray]]:
    """The days of everyone, chunk by chunk: columns arm, replicate, person, day and what happened; marched once more."""
    plan, total = found.plan, found.replicates * found.plan.each()
    for arm in plan.arms:
        for who in chunks.of(total, CHUNK):
            ready = trial_arrays.ready(plan, arm, who, found.uncertain)
            inside = ready.days >= 0
            keep = min(len(who), total - who.start)
            lived, _ = trial_overdoses.of(daily.live(*ready.arguments), plan, who, inside, ready.facts)
            days = daily.Day(*(np.asarray(part)[inside][..., :keep] for part in lived))
            person = np.tile(np.array(who[:keep]), plan.length)
            columns = {"arm": np.repeat(arm.name, len(person)), "replicate": person // plan.each(), "person": person,
                       "day": np.repeat(np.arange(plan.length), keep), "milligrams": days.milligrams.sum(1).ravel()}  # fmt: skip
            names = ("reward", "craving", "withdrawal", "staying", "took", "injected", "attends")
            yield columns | {name: getattr(days, name).ravel() for name in names}


def _chunk(plan: Plan, who: range, uncertain: bool, total: int) -> dict[str, np.ndarray]:
    """The columns of these people in every arm, arm after arm; whoever is beyond the last person is left out."""
    keep = min(len(who), total - who.start)
    parts = []
    for number, arm in enumerate(plan.arms):
        ready = trial_arrays.ready(plan, arm, who, uncertain)
        inside = ready.days >= 0
        days, overdoses = trial_overdoses.of(daily.live(*ready.arguments), plan, who, inside, ready.facts)
        columns = trial_outcomes.of(days, plan, inside) | overdoses
        person = np.array(who)
        columns = {
            "arm": np.full(len(who), number, np.int8),
            "replicate": person // plan.each(),
            "person": person,
            "clean": np.asarray(ready.arguments[3].clean),
        } | columns
        parts.append({name: column[:keep] for name, column in columns.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
