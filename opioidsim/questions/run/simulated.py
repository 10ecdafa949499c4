"""A run: the result of a scenario, with everything that an answer has."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.person import Population
from opioidsim.cases.scenario import Scenario, unit_of
from opioidsim.cases.seen import Point, points
from opioidsim.engine.result import Result, described
from opioidsim.engine.simulate import simulate
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.questions.question import Who, Work
from opioidsim.questions.run import words
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Column, Frames, Row, plain
from opioidsim.show.words import WHICH, who

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Run(Result, Answer):  # pyright: ignore[reportIncompatibleVariableOverride]  # a Result keeps what an Answer works out
    """A Result that can be shown and saved. against: further runs beside it, which tables, sentences and figures tell as
    scenarios B, C, ... after this one, A. view: how they are drawn. beside: points on the figure. moved: how far each quantity
    moved when every step was halved, if it was asked."""

    rows_name: ClassVar[str] = "summary"
    moved: dict[str, float] = field(default_factory=dict[str, float])
    format: str = "csv"
    against: tuple["Run", ...] = ()
    view: str = "together"
    beside: tuple[Point, ...] = ()

    @property
    def runs(self) -> tuple["Run", ...]:
        """This run and those beside it."""
        return (self, *self.against)

    @property
    def columns(self) -> tuple[Column, ...]:  # type: ignore[override]
        which = (Column("scenario", "scenario", text=True),) if self.against else ()
        return (*which, *(words.MINUTES if self.scenario.clock == "episode" else words.COLUMNS))

    @property
    def head(self) -> str:
        if self.against:
            return "Scenarios side by side"
        return self.scenario.title or self.scenario.in_words()

    @property
    def under(self) -> str:
        if self.against:
            return "; ".join(f"{which}: {said}" for which, said in zip(WHICH, described(self.runs), strict=False))
        return f"{who(self.people)} · {units.time_text(self.scenario.duration)}"

    @property
    def brackets(self) -> str:
        return max((words.brackets(each) for each in self.runs), key=len)

    @property
    def file_name(self) -> str:
        return f"quantities.{self.format}"

    def rows(self) -> list[Row]:
        return self.marked([each.summary() for each in self.runs])

    def marked(self, tables: list[list[Row]]) -> list[Row]:
        """Rows of each run one below the other, the first column saying which; of one alone as they are."""
        if not self.against:
            return tables[0]
        return [{"scenario": which} | row for which, rows in zip(WHICH, tables, strict=False) for row in rows]

    def sentences(self) -> list[str]:
        if not self.against:
            return words.sentences(self)
        return [f"{which}: {' '.join(words.sentences(each))}" for which, each in zip(WHICH, self.runs, strict=False)]

    @property
    def every_scenario(self) -> tuple[Scenario, ...]:
        return tuple(each.scenario for each in self.runs)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Every fact that the numbers rest on, of every run."""
        return provenance.facts(self.scenario) + [pair for each in self.against for pair in each.facts]

    @cached_property
    def cautions(self) -> list[Caution]:  # type: ignore[override]
        """What the labels warn of; of several scenarios, in which."""
        if not self.against:
            return cautions(self.scenario)
        found = [(which, c) for which, s in zip(WHICH, self.every_scenario, strict=False) for c in cautions(s)]
        said = dict.fromkeys(c.text for _, c in found)
        each = {text: [which for which, c in found if c.text == text] for text in said}
        first = {c.text: c for _, c in reversed(found)}
        return [first[text].model_copy(update={"text": f"{', '.join(each[text])}: {text}"}) for text in said]

    @property
    def table(self) -> "pd.DataFrame":
        """See `Result.table`; of several runs one below the other, the first column saying which."""
        return self._stacked([super(Run, each).table for each in self.runs])

    def _stacked(self, tables: "list[pd.DataFrame]") -> "pd.DataFrame":
        import pandas as pd

        if len(tables) == 1:
            return tables[0]
        named = [t.assign(scenario=which)[["scenario", *t.columns]] for which, t in zip(WHICH, tables, strict=False)]
        return pd.concat(named, ignore_index=True)

    def numbers(self) -> dict[str, Any]:
        """`outcomes`: by person; `refine`: what moved; `beside`: the points on the figure."""
        found = {"outcomes": plain(self._stacked([each.outcomes() for each in self.runs]).to_dict("records"))}
        seen = {"beside": [point._asdict() for point in self.beside]} if self.beside else {}
        return found | seen | ({"refine": self.moved} if self.moved else {})

    def headline(self) -> tuple[str, np.ndarray]:
        name = next((n for n in ("withdrawal", "liking", "ventilation") if n in self.values), next(iter(self.values)))
        lowest = name == "ventilation"
        ends = self.values[name].min(1) if lowest else self.values[name].max(1)
        return f"the {'lowest' if lowest else 'highest'} {name} [{unit_of(name)}]".replace(" []", ""), ends

    def tables(self) -> Frames:
        """outcomes.csv: one row per person; summary.csv: what is shown of each quantity; beside.csv: the points on the figure;
        observations.csv: what is predicted at each observation of an event table; times.csv: those of the values of each person
        in the parts, where the table holds only the first people."""
        import pandas as pd

        found = {
            "outcomes.csv": self._stacked([each.outcomes() for each in self.runs]),
            "summary.csv": pd.DataFrame(self.rows()),
        }
        if self.beside:
            found["beside.csv"] = pd.DataFrame(self.beside)
        if len(self.observations):
            found["observations.csv"] = self.observations
        if self.held < self.people:
            found["times.csv"] = pd.DataFrame({"time_h": self.times, "asked_for": self.regular})
        return found

    def charts(self) -> Charts:
        from opioidsim.show import compare, course, episode, points

        if self.against:
            chart, kinds = compare.compared(self.runs, self.view), list(compare.frames(self.runs))
        elif self.ends is None:
            other = self.unknown if isinstance(self.unknown, Result) else None
            chart, kinds = course.course(self, other), list(course.course_frames(self))
        else:
            chart, kinds = episode.episode(self), list(episode.episode_frames(self))
        if self.beside:
            per_hour = 60.0 if self.ends is not None else 1 / 24 if any(map(course.in_days, self.runs)) else 1.0
            chart = points.on(chart, kinds, self.beside, per_hour, max(float(r.times[-1]) for r in self.runs))
        return {self.scenario.clock: chart}


def simulated(
    scenario: Scenario,
    against: Sequence[Scenario],
    view: str,
    beside: Sequence[str],
    format: str,
    refine: bool,
    whose: Who,
    work: Work,
) -> Run:
    """The scenario, with the changes of this call in it, simulated; with those beside it, and the points on its figure."""
    scenarios = [scenario, *against]
    if against and (whose.draws or whose.sensitivity):
        raise Refusal("draws are asked of one scenario at a time; leave `against` out, or the draws.", where="draws")
    fitting(scenarios, view, beside)
    if whose.change:
        scenarios = [each.with_change(whose.change) for each in scenarios]
    if whose.draws:
        scenarios = [scenarios[0].model_copy(update={"population": Population(draws=whose.draws)})]
    seen = laid(scenario, beside)
    first, *others = (
        _one(each, format, refine, work.part(number, len(scenarios))) for number, each in enumerate(scenarios)
    )
    return replace(first, against=tuple(others), view=view, beside=seen)


def laid(scenario: Scenario, beside: Sequence[str]) -> tuple[Point, ...]:
    """The points of these studies and tables; rows of a table that do not say are of the first concentration shown."""
    usual = next((name for name in scenario.wanted() if name.startswith("concentration.")), "")
    return tuple(point for name in beside for point in points(name, usual))


def fitting(scenarios: Sequence[Scenario], view: str, beside: Sequence[str]) -> None:
    """Refuses scenarios that cannot be drawn together."""
    if len({each.clock for each in scenarios}) > 1:
        raise Refusal("against: a course of days and an episode of minutes cannot be drawn together.", where="against")
    if view != "together" and len(scenarios) == 1:
        raise Refusal(f'view: "{view}" needs another scenario; give one in `against`.', where="view")
    if beside and view != "together":
        raise Refusal(
            f'beside: points are not drawn where the view is "{view}"; write view = "together".', where="beside"
        )


def _one(scenario: Scenario, format: str, refine: bool, work: Work) -> Run:
    """One scenario, simulated."""
    total, away = scenario.people(), bool(work.keep or work.cluster or work.device != "cpu")
    pieces = 1 + refine + away
    found = simulate(scenario, work.refine, work.threads, lambda done: work.told(done / total / pieces))
    moved = _moved(found, simulate(scenario, work.refine + 1, work.threads)) if refine else {}
    parts = {name: getattr(found, name) for name in Result.__dataclass_fields__}
    if found.looked and away:  # here, where it is kept and shared out, not when it is asked for
        exposures = found.looked()
        parts["looked"] = lambda: exposures
    return Run(**parts, moved=moved, format=format)


def _moved(coarse: Result, fine: Result) -> dict[str, float]:
    """How far each quantity moved at most, over people and times, when every step was halved; in the quantity's unit."""
    return {name: float(abs(coarse.values[name] - fine.values[name]).max()) for name in coarse.values}
