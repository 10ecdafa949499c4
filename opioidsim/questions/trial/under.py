"""A trial under joint draws of what is not known: the same people meet the same chances under each of them.

Under a draw its facts are changed as a user would change them, so that nothing here knows what rests on which. What differs
between draws is then what is not known, but for what so few people add by chance; how much that is, their two halves tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from opioidsim.cases.person import Population
from opioidsim.cases.trial_plan import Plan
from opioidsim.engine import chunks
from opioidsim.facts import posterior
from opioidsim.facts.evidence import Fact
from opioidsim.questions.question import Who, Work
from opioidsim.questions.trial import words
from opioidsim.questions.trial.run import CONDITIONS, Trial, asked, facts_of
from opioidsim.show.answer import Answer, Charts, Row
from opioidsim.trials import overdoses
from opioidsim.trials.replicates import CHUNK, Columns, chunk_of


@dataclass(frozen=True, kw_only=True)
class Under(Answer):
    """The plan under each draw. trials: one a draw, of the same people in every arm. scenario: its people are those of each draw."""

    rows_name = "endpoints"
    columns = words.COLUMNS
    trials: tuple[Trial, ...]

    @property
    def plan(self) -> Plan:
        """The plan at the library's numbers."""
        return self.trials[0].plan.model_copy(update={"change": {}})

    @property
    def head(self) -> str:
        return self.trials[0].head

    @property
    def under(self) -> str:
        return f"{len(self.trials)} draws of what is not known"

    @property
    def lives(self) -> str:
        return f"the same {self._people} people in each arm, what chance among so few adds taken off"

    @property
    def _people(self) -> int:
        return len(next(iter(self.trials[0].people.values()))["person"])

    @cached_property
    def _halves(self) -> list[tuple[Trial, Trial]]:
        """The trial of each draw with every second of its people, and with the others."""
        return [(_some(each, 0), _some(each, 1)) for each in self.trials]

    @cached_property
    def _brief(self) -> list[Row]:
        each = [
            [trial.brief() for trial in (whole, *halves)]
            for whole, halves in zip(self.trials, self._halves, strict=True)
        ]
        return [
            self._row(rows, [[brief[i] for brief in briefs] for briefs in each]) for i, rows in enumerate(each[0][0])
        ]

    def _row(self, like: Row, under: list[list[Row]]) -> Row:
        """A row of a trial's brief with its median over the draws, and their middle 90 %; under: its rows with all people and with
        each half, draw by draw."""
        known = {key: like[key] for key in ("arm", "endpoint", "against", "measure") if key in like}
        if "words" in like:  # numbers needed pass through infinity
            return known
        values = np.array([[row["mean"] for row in rows] for rows in under], float)
        ratio = str(like.get("measure", "")).endswith("ratio")
        with np.errstate(divide="ignore"):
            ends = unknown_of(np.log(values) if ratio else values)
        return known | dict(
            zip(("mean", "mean_low", "mean_high"), map(float, np.exp(ends) if ratio else ends), strict=True)
        )

    def brief(self) -> list[Row]:
        return [dict(row) for row in self._brief]

    def rows(self) -> list[Row]:
        told = {
            (row["arm"], row["endpoint"]): row for row in self._brief if "measure" not in row and "against" not in row
        }
        return [dict(told[row["arm"], row["endpoint"]]) for row in self.trials[0].rows()]

    def sentences(self) -> list[str]:
        return []

    def unsure(self) -> list[str]:
        return words.unsure(self.trials[0], self._brief, self.lives, len(self.trials))

    def headline(self) -> tuple[str, np.ndarray]:
        """The first comparison, or what is counted first where there is nothing to compare."""
        rows = self.trials[0].brief()
        main, _ = self.trials[0].condition.main
        place = next(
            (i for i, row in enumerate(rows) if (row["endpoint"], row.get("measure")) == (main.endpoint, main.measure)),
            0,
        )
        return words.named(self.trials[0], rows[place]), np.array(
            [trial.brief()[place]["mean"] for trial in self.trials]
        )

    def charts(self) -> Charts:
        return {}

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        return list(facts_of(self.plan).items())

    def curves(self, event: str, days: np.ndarray) -> Iterator[Row]:
        """The share of each arm without an event on these days: its middle 90 % over the draws."""
        for arm in self.trials[0].people:
            every = np.array([[_free(t, arm, event, days) for t in (whole, *halves)] for whole, halves in zip(self.trials, self._halves, strict=True)])  # fmt: skip
            for day, column in zip(days, every.transpose(2, 0, 1), strict=True):
                _, low, high = unknown_of(column)
                yield {
                    "arm": arm,
                    "day": float(day),
                    "share_unknown_low": float(low),
                    "share_unknown_high": float(high),
                }

    def tested(self) -> dict[str, list[np.ndarray]]:
        """What the primary endpoint's test is of, by arm, of each draw."""
        return {arm: [trial.tested(arm)[0] for trial in self.trials] for arm in self.trials[0].people}


def _some(trial: Trial, half: int) -> Trial:
    people = {arm: {name: column[half::2] for name, column in columns.items()} for arm, columns in trial.people.items()}
    return replace(trial, people=people)


def _free(trial: Trial, arm: str, event: str, days: np.ndarray) -> np.ndarray:
    """The share of an arm to whom an event has not happened by each day; everyone is followed to the end."""
    when, happened = trial.events[event](trial.people[arm], trial.plan)
    return 1.0 - (happened[:, None] & (when[:, None] <= days)).mean(0)


def unknown_of(values: np.ndarray) -> np.ndarray:
    """Median and middle 90 % over the draws of a number, without what chance adds; values: with all people and with each half of
    them, (draws, 3). Draws without a finite number are left out.

    The halves have no chance in common but that of their own people, which is the same in each draw: half of their difference
    varies between draws as chance alone makes the whole number vary.
    """
    sound = values[np.isfinite(values).all(1)]
    if len(sound) < 2:
        return np.full(3, np.nan)
    whole, chance = sound[:, 0], np.var((sound[:, 1] - sound[:, 2]) / 2.0, ddof=1)
    spread = np.var(whole, ddof=1)
    kept = np.sqrt(max(1.0 - chance / spread, 0.0)) if spread > 0.0 else 0.0
    middle = np.median(whole)
    return middle + kept * (np.quantile(whole, (0.5, 0.05, 0.95)) - middle)


def run(plan: Plan, who: Who, work: Work) -> Under:
    """The plan under draws; see `trial`."""
    plan, draws = asked(plan, who), who.draws or 0
    condition, facts = CONDITIONS[plan.condition], facts_of(plan)
    columns = posterior.of(_free_to_move(plan, facts), draws)
    plans = [_drawn(plan, facts, columns, k) for k in range(draws)]
    people = range(CHUNK[plan.condition])

    def one(draw: int) -> Columns:
        """The columns of these people in every arm under a draw."""
        mine = plans[draw]
        return chunk_of(mine, people, len(people), lambda arm, some: condition.live(mine, arm, some, False))

    trials: list[Trial] = []
    for mine, part in zip(plans, chunks.each(one, list(range(draws)), work.threads), strict=True):
        arms = {arm.name: {name: column[part["arm"] == k] for name, column in part.items() if name != "arm"} for k, arm in enumerate(plan.arms)}  # fmt: skip
        trials.append(
            Trial(
                scenario=condition.scenario(plan, plan.arms[-1]), plan=mine, replicates=1, uncertain=False, people=arms
            )
        )
        work.told(len(trials) / draws)
    scenario = condition.scenario(plan, plan.arms[-1])
    crowd = Population(n=len(people), seed=plan.people.seed, draws=draws)
    return Under(scenario=scenario.model_copy(update={"population": crowd}), trials=tuple(trials))


def _drawn(plan: Plan, facts: Mapping[str, Fact], columns: Mapping[str, np.ndarray], draw: int) -> Plan:
    """The plan with the facts of a draw."""
    moved = {name: f"{float(column[draw])!r} {facts[name].unit}" for name, column in columns.items()}
    return plan.model_copy(update={"change": moved | plan.change})


def _free_to_move(plan: Plan, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts that may move: where overdoses are counted not those behind the stored surface of one use, which would not follow."""
    behind: Any = overdoses.surface_of(plan).story["facts"] if overdoses.counted(plan) else ()
    return {name: fact for name, fact in facts.items() if name not in behind}
