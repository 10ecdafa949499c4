"""Observed beside simulated: data sets like the observed one, of people as the library or a scenario has them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from opioidsim.cases import dosing
from opioidsim.cases.dosing import Dosing
from opioidsim.cases.drug import find as find_drug
from opioidsim.cases.observed import Observed, observed
from opioidsim.cases.person import Population
from opioidsim.cases.scenario import Scenario, from_table, unit_of
from opioidsim.engine import draws, inputs, linear
from opioidsim.engine.inputs import Inputs
from opioidsim.facts import posterior
from opioidsim.facts.units import time_text
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show import vpc
from opioidsim.show.answer import Answer, Charts, Column, Frames, Row
from opioidsim.show.words import percent, plain

SPANS = 400.0  # a quantity that spans more than so many times is shown on a logarithmic axis


@dataclass(frozen=True, kw_only=True)
class Compare(Answer):
    """Observed beside simulated. table: as read; whose: who was simulated, in words. seen: the observations. simulated: (data
    sets, observations), one person behind the other."""

    columns = (
        Column("quantity", "quantity", text=True),
        Column("time_h", "time", unit="h"),
        Column("percentile", "percentile", plain),
        Column("observations", "observations", plain),
        Column("observed", "observed"),
        Column("simulated", "simulated"),
        Column("unit", "unit", text=True),
    )
    table_read: Dosing
    whose: str
    seen: Observed
    simulated: np.ndarray

    @property
    def head(self) -> str:
        return f"{Path(self.table_read.table).name} beside what is simulated"

    @property
    def under(self) -> str:
        below = int(sum(each.sum() for each in self.seen.below))
        limits = f", {below} of them below a limit" if below else ""
        return f"{len(self.seen.times)} people, {sum(map(len, self.seen.values))} observations{limits}; simulated: {self.whose}"

    @property
    def brackets(self) -> str:
        return f"Ranges: chance of so many people, the middle 90 % of {len(self.simulated)} simulated data sets."

    def checks(self) -> dict[str, list[Row]]:
        """Rows of the visual predictive check by quantity; what is less than a limit counts as the limit, on both sides."""
        time, values, kinds, below = (
            np.concatenate(each) for each in (self.seen.times, self.seen.values, self.seen.kinds, self.seen.below)
        )
        found: dict[str, list[Row]] = {}
        for k, quantity in enumerate(self.seen.quantities):
            mine = np.flatnonzero(kinds == k)
            least = values[mine][below[mine]].max(initial=-np.inf)
            found[quantity] = vpc.binned(
                time[mine], np.maximum(values[mine], least), np.maximum(self.simulated[:, mine], least)
            )
        return found

    def rows(self) -> list[Row]:
        return [{"quantity": name, "unit": unit_of(name)} | row for name, each in self.checks().items() for row in each]

    def brief(self) -> list[Row]:
        return [row for row in self.rows() if row["percentile"] == 50]

    def sentences(self) -> list[str]:
        values, kinds, below = map(np.concatenate, (self.seen.values, self.seen.kinds, self.seen.below))
        low, middle, high = np.percentile(self.simulated, (5, 50, 95), axis=0)
        told: list[str] = []
        for k, (quantity, rows) in enumerate(self.checks().items()):
            mine = (kinds == k) & (values > 0) & (middle > 0)
            exact = mine & ~below
            if not exact.any():
                told.append(f"{quantity}: nothing was observed, or is simulated, above 0.")
                continue
            inside = float(((values >= low) & (below | (values <= high)))[mine].mean())  # less than a limit: it may be
            ratio = float(np.exp(np.median(np.log(values[exact] / middle[exact]))))
            high = "as high as" if 0.95 < ratio < 1.05 else f"{ratio:.2g} times"
            told.append(
                f"{quantity}: {percent(inside)} of what was observed lies where 90 % of simulated people lie; in the middle it is {high} "
                f"what is simulated; {percent(vpc.within(rows))} of the observed percentiles are within chance."
            )
        read = [] if self.table_read.unit else ["DV was read in ng/mL, since its header says no unit."]
        limits = ["In the table and the figure what is below a limit counts as the limit, observed and simulated."]
        return [*told, *(limits if below.any() else []), *read, *self.table_read.said]

    def tables(self) -> Frames:
        """observations.csv: a row for each observation, with the middle 90 % of what is simulated for it."""
        import pandas as pd

        ids = np.array([one.id for one in self.table_read.individuals])
        low, middle, high = np.percentile(self.simulated, (5, 50, 95), axis=0)
        return {"observations.csv": pd.DataFrame({
            "ID": ids[self.seen.person], "time_h": np.concatenate(self.seen.times),
            "quantity": np.array(self.seen.quantities)[np.concatenate(self.seen.kinds)], "DV": np.concatenate(self.seen.values),
            "below": np.concatenate(self.seen.below), "simulated": middle, "simulated_low": low, "simulated_high": high,
        })}  # fmt: skip

    def charts(self) -> Charts:
        import altair as alt

        from opioidsim.show.theme import themed

        panels, kinds = list[alt.LayerChart | alt.FacetChart](), np.concatenate(self.seen.kinds)
        time, values = np.concatenate(self.seen.times), np.concatenate(self.seen.values)
        for k, (quantity, rows) in enumerate(self.checks().items()):
            mine = kinds == k
            positive = values[mine & (values > 0)]
            log = len(positive) > 1 and float(positive.max() / np.percentile(positive, 2)) > SPANS
            points = [{"time_h": float(t), "observed": float(v)} for t, v in zip(time[mine], values[mine], strict=True)]
            panels.append(vpc.panel(rows, points, quantity, unit_of(quantity), log))
        means = f"{vpc.MEANS[:1].upper()}{vpc.MEANS[1:]}."
        return {"compare": themed(alt.vconcat(*panels), self.head, [means, *self.under.split("; ")])}


def run(
    data: str,
    scenario: Scenario | None,
    drug: str,
    route: str,
    named: dict[str, str],
    error: float,
    sets: int,
    whose: Who,
    work: Work,
) -> Compare:
    """The question's answer; see `compare`."""
    table = dosing.read(Path(data), find_drug(drug) if drug else "", route, doses=False)
    table, said = _dosed(table, scenario)
    first = next(dose for one in table.individuals for dose in one.doses)
    seen = observed(table, named, f"concentration.{first.drug}")
    asked = _asked(table, scenario, seen, whose)
    given = linear.kinetics_alone(inputs.read(asked))
    follow = _following(given, seen)
    crowd, seed = scenario.population if scenario else None, whose.seed or 1
    people, rng = _people(given, scenario, crowd), np.random.default_rng([seed, 3])
    there = np.array([[k < len(each) for k in range(max(map(len, seen.times)))] for each in seen.times])
    found: list[np.ndarray] = []
    for number in range(sets):
        f = follow(people(number, seed))[there]
        found.append(f * (1.0 + error * rng.standard_normal(f.shape)))
        work.told((number + 1) / sets)
    who = "the rows of a table of draws" if crowd and crowd.table else "people as the drugs' files have them"
    return Compare(
        scenario=asked, table_read=table, whose=f"{who}{said}{_measured(error)}", seen=seen, simulated=np.stack(found)
    )


def _following(given: Inputs, seen: Observed) -> Callable[[dict[str, Any]], np.ndarray]:
    """Parameters of people, by name -> what is seen of each, (people, times)."""
    drugs = [q.partition(".")[2] for q in seen.quantities]
    follow = linear.concentrations(given, linear.design(given, seen.times, seen.kinds), drugs)
    compiled: Callable[[dict[str, Any]], jax.Array] = jax.jit(follow)  # pyright: ignore[reportUnknownMemberType]  # of jax's own annotations

    def followed(values: dict[str, Any]) -> np.ndarray:
        return np.asarray(compiled(values), float).T

    return followed


def _measured(error: float) -> str:
    return f", measured with an error of {percent(error)}" if error else ", without an error of measurement"


def _dosed(table: Dosing, scenario: Scenario | None) -> tuple[Dosing, str]:
    """The table with doses: its own, or the scenario's for everyone; and in words which."""
    if any(one.doses for one in table.individuals):
        return table, ", with the doses of the table"
    if scenario is None or not scenario.doses:
        raise Refusal(
            "the table gives no dose; add rows with AMT, or name a scenario with doses (--scenario).", where="scenario"
        )
    people = tuple(replace(one, doses=scenario.doses) for one in table.individuals)
    return replace(table, individuals=people), ", with the doses of the scenario"


def _asked(table: Dosing, scenario: Scenario | None, seen: Observed, whose: Who) -> Scenario:
    """What is simulated: the scenario's people and facts, with these doses."""
    last = max(float(times.max()) for times in seen.times if len(times))
    last = max(last, *(dose.at for one in table.individuals for dose in one.doses), 1.0)
    times = {"duration": time_text(last), "every": time_text(last / 100.0)}
    if scenario and scenario.clock != "course":
        raise Refusal(
            'an episode was given; observations are compared with a course: write clock = "course".', where="scenario"
        )
    asked = from_table(
        {"dosing": table, **times, "readings": whose.readings or (scenario.readings if scenario else {})},
        "the question",
    )
    missing = next((q for q in seen.quantities if q not in asked.quantities()), None)
    if missing:
        raise Refusal(f"{missing} is seen, but no dose leads to it.", where="observed")
    asked = asked.model_copy(update={"outputs": seen.quantities, "title": f"Doses of {Path(table.table).name}"})
    if scenario:
        asked = asked.model_copy(update={"person": scenario.person, "change": scenario.change})
    return asked.with_change(whose.change)


def _people(given: Inputs, scenario: Scenario | None, crowd: Population | None) -> Callable[[int, int], dict[str, Any]]:
    """(number of a data set, seed) -> parameters of its people, by name: drawn as the library has people, each data set others;
    rows of the scenario's table of draws, at random; under the scenario's draws of what is not known, one a data set."""
    count = range(len(given.regimens))
    rows: dict[str, np.ndarray] = {}
    if scenario and crowd and crowd.table:
        alone = scenario.model_copy(update={"dosing": None})
        rows = draws.table_of(alone, given.drugs)
    unknown = posterior.of(given.facts(), crowd.draws) if crowd and crowd.draws else {}

    def people(number: int, seed: int) -> dict[str, Any]:
        mine = given
        if rows:
            which = np.random.default_rng([seed, number]).integers(len(next(iter(rows.values()))), size=len(count))
            mine = replace(mine, table={**{name: column[which] for name, column in rows.items()}, **mine.table})
            return mine.values(count)
        if unknown:
            mine = mine.having({name: column[number % len(column)] for name, column in unknown.items()})
        return replace(mine, crowd=Population(n=len(count), seed=seed + number)).values(count)

    return people
