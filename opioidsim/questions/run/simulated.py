"""A run: the result of a scenario, with everything that an answer has."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from opioidsim.cases.person import Population
from opioidsim.cases.scenario import Scenario, unit_of
from opioidsim.engine.result import Result
from opioidsim.engine.simulate import simulate
from opioidsim.facts import units
from opioidsim.questions.question import Who, Work
from opioidsim.questions.run import words
from opioidsim.show.answer import Answer, Charts, Frames, Row, plain
from opioidsim.show.words import who


@dataclass(frozen=True)
class Run(Result, Answer):  # pyright: ignore[reportIncompatibleVariableOverride]  # a Result keeps what an Answer works out
    """A Result that can be shown and saved. moved: how far each quantity moved when every step was halved, if it was asked."""

    rows_name: ClassVar[str] = "summary"
    columns = words.COLUMNS
    moved: dict[str, float] = field(default_factory=dict[str, float])
    format: str = "csv"

    @property
    def head(self) -> str:
        return self.scenario.title or self.scenario.in_words()

    @property
    def under(self) -> str:
        return f"{who(self.people)} · {units.time_text(self.scenario.duration)}"

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    @property
    def file_name(self) -> str:
        return f"quantities.{self.format}"

    def rows(self) -> list[Row]:
        return self.summary()

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        """`outcomes`: by person; `refine`: what moved."""
        found = {"outcomes": plain(self.outcomes().to_dict("records"))}
        return found | ({"refine": self.moved} if self.moved else {})

    def headline(self) -> tuple[str, np.ndarray]:
        name = next((n for n in ("withdrawal", "liking", "ventilation") if n in self.values), next(iter(self.values)))
        lowest = name == "ventilation"
        ends = self.values[name].min(1) if lowest else self.values[name].max(1)
        return f"the {'lowest' if lowest else 'highest'} {name} [{unit_of(name)}]".replace(" []", ""), ends

    def tables(self) -> Frames:
        """outcomes.csv: one row per person; observations.csv: what is predicted at each observation of an event table;
        times.csv: those of the values of each person in the parts, where the table holds only the first people."""
        import pandas as pd

        seen = {"observations.csv": self.observations} if len(self.observations) else {}
        times = pd.DataFrame({"time_h": self.times, "asked_for": self.regular})
        return {"outcomes.csv": self.outcomes()} | seen | ({"times.csv": times} if self.held < self.people else {})

    def charts(self) -> Charts:
        from opioidsim.show import course, episode

        other = self.unknown if isinstance(self.unknown, Result) else None
        return {self.scenario.clock: course.course(self, other) if self.ends is None else episode.episode(self)}


def simulated(scenario: Scenario, format: str, refine: bool, whose: Who, work: Work) -> Run:
    """The scenario, with the changes of this call in it, simulated."""
    scenario = scenario.with_change(whose.change)
    if whose.draws:
        scenario = scenario.model_copy(update={"population": Population(draws=whose.draws)})
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
