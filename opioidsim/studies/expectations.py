"""What any expert of the field expects, row by row of library/expectations.toml, and what the simulator says of each."""

from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np

from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.facts import units
from opioidsim.facts.evidence import LIBRARY, Table, build, read_toml, sources
from opioidsim.refusal import Refusal, nearest
from opioidsim.studies.measure import Measure, over

HALF = "dose [mg] that stops half of people"
DEATHS = "deaths per time"


class Expectation(Table):
    """One row. situation, asks, expected: in the words of the field; low, high: between which the prediction comes out.

    of, quantity, measure: how it is worked out; how: with the same of `against`, by `against_measure` if it is another.
    basis: where it comes from, in words; source: its key where the library has it; fails: why it does not come out.
    """

    group: str
    situation: str
    asks: str
    expected: str
    low: float
    high: float
    unit: str = ""
    basis: str
    source: str = ""
    seen: Literal["read", "quoted", "recalled", "general", "law"]
    of: str = ""
    quantity: str
    measure: str
    how: Literal["", "ratio", "difference", "one minus", "one minus ratio"] = ""
    against: str = ""
    against_measure: str = ""
    fails: str = ""

    @property
    def bounds(self) -> str:
        """Between what the prediction comes out, with its unit."""
        return f"{self.low:g} to {self.high:g} {self.unit}".strip()

    @property
    def slow(self) -> bool:
        """Whether it takes many seconds: second by second, many people, or deaths."""
        return self.quantity == DEATHS or any(
            _situations()[name].get("clock") == "episode" or _situations()[name].get("also")
            for name in (self.of, self.against)
            if name
        )


class Outcome(NamedTuple):
    """A row beside what the simulator says."""

    id: str
    row: Expectation
    predicted: float

    @property
    def passed(self) -> bool:
        """Whether it comes out."""
        return bool(self.row.low <= self.predicted <= self.row.high)

    def plain(self) -> dict[str, Any]:
        """The row with its prediction, None where what is asked for never happens."""
        number = None if np.isnan(self.predicted) else self.predicted
        return {"id": self.id, **self.row.model_dump(), "predicted": number, "pass": self.passed}


@cache
def expectations() -> dict[str, Expectation]:
    """Every row, by its id. Raises Refusal for one that names a source or a situation that there is not."""
    found = {id: build(Expectation, row, f"expectations.toml, {id}") for id, row in _file()["rows"].items()}
    for id, row in found.items():
        for name, known in ((row.source, sources()), (row.of, _situations()), (row.against, _situations())):
            if name and name not in known:
                raise Refusal(f'expectations.toml, {id}: there is no "{name}".{nearest(name, known)}')
    return found


def expect(ids=(), progress=None) -> list[Outcome]:
    """These rows, by default all, beside what the simulator says. progress: called with the number of rows done.

    Raises Refusal for an id that no row has.
    """
    rows, found = expectations(), []
    for number, id in enumerate(ids or rows, 1):
        if id not in rows:
            raise Refusal(f'there is no expectation "{id}".{nearest(id, rows)}')
        found.append(Outcome(id, rows[id], predict(rows[id])))
        if progress:
            progress(number)
    return found


def predict(row: Expectation) -> float:
    """What the simulator says, in the unit of the row's bounds; nan where the thing asked for never happens."""
    value = _number(row.of, row.quantity, row.measure)
    if row.unit in ("h", "d"):
        value *= units.factor("h", row.unit)
    if row.how in ("", "one minus"):
        return 1.0 - value if row.how else value
    other = _number(row.against, row.quantity, row.against_measure or row.measure)
    if row.how == "difference":
        return value - other
    return 1.0 - over(value, other) if row.how == "one minus ratio" else over(value, other)


def _number(situation: str, quantity: str, measure: str) -> float:
    if quantity == DEATHS:
        from opioidsim.questions.release.model import median

        return median(measure)
    if "use" in _situations()[situation]:
        return _one_use(situation, quantity, measure)
    taken = Measure(measure)
    scenario = _scenario(situation)
    if taken.form == "share":
        ends = _ran(situation, "ventilation").ends or {}
        counted = np.isfinite(ends["recovered_s"]) if scenario.rescue else slice(None)
        return taken.share(ends[quantity][counted]) if np.size(ends[quantity][counted]) else float("nan")
    result = _ran(situation, quantity)
    return taken.of(result.times, result.values[quantity].mean(0), scenario.doses)


def _one_use(situation: str, quantity: str, measure: str) -> float:
    """Of one unattended use, taken at once: the share who meet this end, or the dose at which half do."""
    from opioidsim.questions.question import Who
    from opioidsim.questions.risk import risk

    asked = _situations()[situation]
    answer = risk(
        asked["use"],
        also=tuple(asked.get("also", ())),
        held=asked.get("held", 0.0),
        who=Who(tolerance=asked.get("tolerance", 0.0)),
    )
    state = (answer.tolerance, answer.held, answer.sedation)
    if measure == HALF:
        return float(answer.surface.dose(quantity, 0.5, *state))
    return float(answer.surface.chance(quantity, parse(asked["use"]).milligrams(), *state))


@cache
def _file() -> dict[str, Any]:
    return read_toml(LIBRARY / "expectations.toml")


def _situations() -> dict[str, dict]:
    return _file()["situations"]


@cache
def _scenario(situation: str) -> Scenario:
    return from_table(dict(_situations()[situation]), f"expectations.toml, {situation}")


@cache
def _ran(situation: str, quantity: str):
    """The situation's Result, with this one output."""
    from opioidsim.engine.simulate import simulate

    return simulate(_scenario(situation).model_copy(update={"outputs": (quantity,)}))
