"""The answer of a trial: replicates of it, the same people in every arm, whatever the condition."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from opioidsim.cases import change as changes
from opioidsim.cases import provenance
from opioidsim.cases.cautions import Caution, of_plan
from opioidsim.cases.drug import Drug
from opioidsim.cases.trial_plan import PRIMARY, Plan
from opioidsim.engine import chunks
from opioidsim.facts.evidence import Fact
from opioidsim.files import write_parts
from opioidsim.questions.question import Who, Work
from opioidsim.questions.trial import words
from opioidsim.questions.trial.alcohol import ALCOHOL
from opioidsim.questions.trial.condition import Compared, Condition, Counted, Event
from opioidsim.questions.trial.opioid import OPIOID
from opioidsim.questions.trial.own import comparisons_of, of_plan_itself, times_of
from opioidsim.questions.trial.powers import Powers
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Frames, Row
from opioidsim.trials import power, survival
from opioidsim.trials import replicates as replicating
from opioidsim.trials.replicates import Columns

CONDITIONS: dict[str, Condition] = {"opioid": OPIOID, "alcohol": ALCOHOL}


def _log_hazards(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Logarithm of the hazard ratio of two groups, with its interval; (people, 2) each, day and whether it happened."""
    ratio, low, high = np.log(survival.hazard_ratio_of(a.T, b.T))
    return ratio, low, high


MEASURES: dict[
    str, replicating.Comparing
] = {  # of the people of two arms, the value with its 95 % interval; of a ratio, the logarithms
    "risk difference": survival.difference,
    "mean difference": survival.mean_difference,
    "ratio": survival.log_ratio,
    "odds ratio": survival.log_odds,
    "hazard ratio": _log_hazards,
}


@dataclass(frozen=True, kw_only=True)
class Trial(Answer):
    """Replicates of a trial side by side. people: for each arm its columns, (replicates x people of an arm,).

    Person k of replicate r is the same person in every arm. uncertain: each pair of replicates has its own reading of what
    is not known; without, all have the point values. scenario: drugs and people of the last arm.
    """

    rows_name = "endpoints"
    columns = words.COLUMNS
    plan: Plan
    replicates: int
    uncertain: bool
    people: dict[str, Columns]
    each_day: bool = False

    @property
    def condition(self) -> Condition:
        """What is counted and compared here."""
        return CONDITIONS[self.plan.condition]

    @property
    def head(self) -> str:
        return self.plan.title

    @property
    def under(self) -> str:
        return words.under(self)

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    @property
    def file_name(self) -> str:
        return "endpoints.csv"

    @cached_property
    def counts(self) -> dict[str, Counted]:
        """What is counted by name: of the condition, and the plan's own shares and means."""
        return {**self.condition.counted, **of_plan_itself(self.plan)}

    @cached_property
    def events(self) -> dict[str, Event]:
        """Day, and whether it happened, by name: of the condition, and the plan's own times."""
        return {**self.condition.events, **times_of(self.plan)}

    def counted(self, arm: str, name: str) -> list[np.ndarray]:
        """What is counted of each person, (people analysed,) of each replicate."""
        return self.analysed(arm, np.asarray(self.counts[name].of(self.people[arm], self.plan)))

    def analysed(self, arm: str, values: np.ndarray) -> list[np.ndarray]:
        """The values, (people, ...), replicate by replicate, of those who are analysed."""
        each = values.reshape(self.replicates, -1, *values.shape[1:])
        if self.plan.analysed == "all randomised":
            return list(each)
        began = (self.people[arm]["began"] >= 0).reshape(self.replicates, -1)
        return [some[who] for some, who in zip(each, began, strict=True)]

    def rows(self) -> list[Row]:
        """One row per arm and endpoint: mean over all people, an interval of what one trial would see, and the people's median.

        With one replicate the interval is that of the share or mean (95 %); with 20 or more, it holds 95 % of the replicates.
        """
        return [self._row(arm, name) for arm in self.people for name in self._endpoints()]

    def _endpoints(self) -> list[str]:
        """What is counted, in the plan's order, its own behind."""
        return [*self.condition.endpoints(self.plan), *of_plan_itself(self.plan)]

    def _row(self, arm: str, name: str) -> dict[str, Any]:
        """One arm and endpoint as a row."""
        counted, values = self.counts[name], self.counted(arm, name)
        unit = counted.unit(self.plan) if counted.unit else None
        numbers = replicating.mean_of(values, counted.most(self.plan.arm(arm), self.plan), unit, counted.least)
        known = {"arm": arm, "endpoint": name, "said": counted.said, **replicating.named(numbers)}
        together = np.concatenate(values)
        return known | {"median": float(np.median(together)) if len(together) else np.nan}

    def contrasts(self) -> list[Row]:
        """Each other arm against the reference: differences of shares with numbers needed to treat or to harm, and ratios.

        One row per comparison: the mean over replicates (of logarithms for ratios) and the interval of one trial. Arms
        are compared between different people, as in a trial: a replicate of one arm with its pair's of the other.
        """
        return [dict(row) for row in self._contrasts]

    @cached_property  # a Cox regression for every replicate: worked out once, though asked for by tables, text and page
    def _contrasts(self) -> list[Row]:
        """The rows of `contrasts`, kept."""
        return replicating.against(self.plan.compared_with(), self.people, self._compared)

    def _compared(self, arm: str, other: str) -> list[Row]:
        """The rows of one arm against another, in the condition's order, numbers needed behind their differences."""
        rows: list[Row] = []
        for each in (*self.condition.compared, *comparisons_of(self.plan)):
            a, b = (self._of(one, each) for one in (arm, other))
            compare, ratio = MEASURES[each.measure], each.measure.endswith("ratio")
            rows.append(replicating.contrast(arm, other, each.endpoint, each.measure, a, b, compare, logarithm=ratio))
            rows += [replicating.needed(rows[-1])] if each.needed else []
        return rows

    def _of(self, arm: str, each: Compared) -> list[np.ndarray]:
        """What is compared of each person, of each replicate: (people,), or (people, 2), day and whether it happened."""
        return self._timed(arm, each.endpoint) if each.measure == "hazard ratio" else self.counted(arm, each.endpoint)

    def _timed(self, arm: str, event: str) -> list[np.ndarray]:
        """Day of an event, and whether it happened: (people, 2) of each replicate; with strata also which, (people, 3)."""
        told = [*self.events[event](self.people[arm], self.plan), *self._strata(arm)]
        return self.analysed(arm, np.stack(told, -1))

    def _strata(self, arm: str) -> list[np.ndarray]:
        """Whether each person lies over the middle of all of the arm in what the plan stratifies by, (people,)."""
        if not self.plan.strata:
            return []
        values = self.people[arm][{"habit": "habit", "days clean": "clean"}[self.plan.strata]]
        return [(values > np.median(values)) * 1.0]

    @property
    def primary(self) -> str:
        """What the test and the power are of."""
        return self.plan.primary or next(iter(PRIMARY[self.plan.condition]))

    def power(self) -> list[Row]:
        """The chance of p < 0.05 in the test of the primary endpoint, each other arm against the reference, by people per arm.

        people: of the reference arm; others as the plan allocates them. assurance: the mean of that chance over what is not
        known, each pair of replicates having its own reading. With looks: how often it ends at one, after how many people.
        """
        return [dict(row) for row in self.powers.rows(power.SIZES)]

    def sizes(self) -> list[Row]:
        """The fewest people per arm with which the chance of p < 0.05, or its mean over what is not known, is 80 and 90 %."""
        return self.powers.needed()

    @property
    def _kind(self) -> str:
        """Of what kind the primary endpoint is: a "time", a "mean" or a "share"."""
        kinds = PRIMARY[self.plan.condition] | {name: own.kind for name, own in self.plan.own_endpoints().items()}
        return kinds[self.primary]

    def tested(self, arm: str) -> list[np.ndarray]:
        """What the primary endpoint's test is of, of each person analysed, of each replicate."""
        return (self._timed if self._kind == "time" else self.counted)(arm, self.primary)

    @cached_property
    def powers(self) -> Powers:
        """Power by arm, worked out as it is asked for."""
        arms = {arm.name: (self.tested(arm.name), arm.allocation) for arm in self.plan.arms}
        from opioidsim.questions.trial.under import Under

        draws = self.unknown.tested() if isinstance(self.unknown, Under) else {}
        return Powers(self.primary, self._kind, arms, self.plan.compared_with(), self.plan.looks, self.uncertain, draws)

    def curves(self, event: str) -> list[Row]:
        """Kaplan-Meier curves of every arm, of one of the condition's events."""
        rows: list[Row] = []
        for arm, p in self.people.items():
            curve = survival.kaplan_meier(*self.events[event](p, self.plan))
            rows += [
                {"arm": arm, "day": t, "share": s, "low": lo, "high": hi} for t, s, lo, hi in zip(*curve, strict=True)
            ]
        return rows

    def further(self, name: str) -> list[Row]:
        """A further table of the condition's, arm by arm: flow and hazards of opioid trials, weeks of alcohol trials."""
        make = self.condition.tables[name]
        return [{"arm": arm} | row for arm, p in self.people.items() for row in make(p, self.plan, self.replicates)]

    def brief(self) -> list[Row]:
        """By endpoint, so that the arms stand side by side; then the arms compared."""
        order = self._endpoints()
        return sorted(self.rows(), key=lambda row: order.index(row["endpoint"])) + self.contrasts()

    def cells(self, rows: list[Row] | None = None) -> tuple[list[str], list[list[str]]]:
        """A column for each arm; a line for each endpoint, and for each comparison with the first arm."""
        return words.cells(self, self.lines(brief=True) if rows is None else rows)

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        return words.numbers(self)

    def told(self) -> dict[str, Any]:
        """The whole plan, with the people and the changes that were asked for."""
        return {"trial": self.plan.table(), "replicates": self.replicates, "uncertain": self.uncertain}

    def tables(self) -> Frames:
        """contrasts, power, curves and the condition's own tables as CSV, people.parquet; days.parquet where it is asked for."""
        import pandas as pd

        curves = [{"event": event, **row} for event in self.events for row in self.curves(event)]
        contrasts = [row for row in self.lines(brief=True) if "measure" in row]
        rows = {"contrasts": contrasts, "power": self.power(), "sizes": self.sizes(), "curves": curves}
        rows |= {name: self.further(name) for name in self.condition.tables}
        found = {f"{name}.csv": pd.DataFrame(table) for name, table in rows.items() if table}
        frames = [
            pd.DataFrame({"arm": np.repeat(arm, len(columns["person"]))} | columns)
            for arm, columns in self.people.items()
        ]
        found["people.parquet"] = pd.concat(frames)
        return found | ({"days.parquet": self._write_days} if self.each_day else {})

    def days(self) -> Iterator[Columns]:
        """The days of everyone, chunk by chunk: columns arm, replicate, person, day and what happened; marched once more."""
        plan, total = self.plan, self.replicates * self.plan.each()
        for arm in plan.arms:
            for who in chunks.of(total, replicating.CHUNK[plan.condition]):
                keep = min(len(who), total - who.start)
                lived = self.condition.days(plan, arm, who, self.uncertain)
                person = np.tile(np.array(who[:keep]), plan.length)
                known = {"arm": np.repeat(arm.name, len(person)), "replicate": person // plan.each(), "person": person,
                         "day": np.repeat(np.arange(plan.length), keep)}  # fmt: skip
                yield known | {name: column[:, :keep].ravel() for name, column in lived.items()}

    def _write_days(self, path: Path) -> list[Path]:
        """Writes the days of everyone, a chunk at a time: of a large trial they do not fit into memory."""
        return write_parts(path, self.days())

    def charts(self) -> Charts:
        from opioidsim.questions.trial.figure import charts

        return charts(self)

    @property
    def cautions(self) -> list[Caution]:
        return of_plan(self.plan)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Every number behind the scenarios of all arms, and behind what people do."""
        return list(facts_of(self.plan).items())


def facts_of(plan: Plan) -> dict[str, Fact]:
    """Every fact by name on which any arm rests, those of what people do among them."""
    condition = CONDITIONS[plan.condition]
    found: dict[str, Fact] = {}
    for arm in plan.arms:
        found |= dict(provenance.facts(condition.scenario(plan, arm), *condition.rests_on))
    return found


def run(plan: Plan, replicates: int, each_day: bool, who: Who, work: Work) -> Trial:
    """The question's answer; see `trial`.

    One replicate has the point values of what people do: a single reading drawn at random would be
    nobody's best guess.
    """
    plan = asked(plan, who)
    condition = CONDITIONS[plan.condition]
    scenarios = [condition.scenario(plan, arm) for arm in plan.arms]
    _used(plan, [drug for scenario in scenarios for drug in scenario.drugs()])
    uncertain = replicates > 1 and not who.point
    total = replicates * plan.each()
    people = replicating.simulated(
        plan, replicates, lambda arm, group: condition.live(plan, arm, group, uncertain),
        work.threads, lambda done: work.told(done / total),
    )  # fmt: skip
    return Trial(
        scenario=scenarios[-1], plan=plan, replicates=replicates, uncertain=uncertain, people=people, each_day=each_day
    )


def asked(plan: Plan, who: Who) -> Plan:
    """The plan with the people, the seed and the changes that were asked for."""
    given = {key: value for key, value in (("n", who.people), ("seed", who.seed)) if value is not None}
    people = plan.people.model_copy(update=given)
    found = plan.model_copy(update={"people": people, "change": plan.change | changes.flat(dict(who.change))})
    if min(map(found.size, found.arms)) < 2:
        shares = [arm.allocation for arm in plan.arms]
        least = -(-2 * sum(shares) // min(shares))
        raise Refusal(f"{people.n} people are too few for {len(plan.arms)} arms; give at least {least}.", where="people")  # fmt: skip
    return found


def _used(plan: Plan, drugs: list[Drug]) -> None:
    """Refuses a change of a fact on which nothing in this trial rests, or that a stored surface would not follow."""
    if not plan.change:
        return
    known = facts_of(plan)
    for name in changes.resolved(plan.change, drugs):
        if name not in known:
            raise Refusal(f'"{name}" is to be changed, but nothing in this trial rests on it; leave the change out.', where="change")  # fmt: skip
    CONDITIONS[plan.condition].unchanged(plan)
