"""The fit: population, people, checks; and how it goes on to other verbs."""

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.cases.dosing import Dosing
from opioidsim.cases.observed import is_effect
from opioidsim.cases.scenario import unit_of
from opioidsim.questions.fit import data as reading
from opioidsim.questions.fit import linearised, sampled, words
from opioidsim.questions.fit.checks import Checks, checked
from opioidsim.questions.fit.data import Asked
from opioidsim.questions.fit.linearised import Estimate
from opioidsim.questions.fit.model import Numbers, Population
from opioidsim.questions.fit.sampled import Draws
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal, listed
from opioidsim.show import vpc
from opioidsim.show.answer import Answer, Charts, Frames, Row

if TYPE_CHECKING:
    import pandas as pd

KEPT = 2000  # draws around a linearised estimate
CROWD = 500  # people of people.csv
GRID = 120  # times of a person's curve


@dataclass(frozen=True, kw_only=True)
class Fit(Answer):
    """A fitted population. read: what was asked; found: the linearised estimate; draws: of the posterior; checks: see `Checks`."""

    columns = words.COLUMNS
    read: Asked
    found: Estimate
    draws: Draws
    checks: Checks

    @property
    def population(self) -> Population:
        """What was fitted."""
        return self.read.population

    @property
    def table_of_events(self) -> Dosing:
        """The event table."""
        return self.read.table

    @property
    def head(self) -> str:
        return f"What {Path(self.read.table.table).name} says about {words.listed(self.population.quantities)}"

    @property
    def under(self) -> str:
        return words.under(self)

    @property
    def brackets(self) -> str:
        return "Ranges: what the data leave open, the middle 90 % of draws; beside them the likeliest, linearised around each person as nlme and FOCE do."

    def rows(self) -> list[Row]:
        return words.rows(self)

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def remarks(self) -> list[str]:
        return words.remarks(self)

    def numbers(self) -> dict[str, Any]:
        """`diagnostics`: of the chains; `log_likelihood`: linearised, at the most likely population; `set`: the estimates as
        changes of facts."""
        told = {
            "chains": self.draws.chains,
            "r_hat": self.draws.r_hat,
            "worth": self.draws.worth,
            "diverging": self.draws.diverging,
        }
        return {"diagnostics": told, "log_likelihood": self.found.log_likelihood, "set": words.changes(self)}

    def tables(self) -> Frames:
        """draws.csv: the typical person under each draw; people.csv: a crowd of the fitted population; individuals.csv,
        observations.csv; vpc.csv; change.toml: the estimates as changes; draws.nc: InferenceData."""
        import pandas as pd

        rows = [{"quantity": name} | row for name, each in self.vpc().items() for row in each]
        return {
            "draws.csv": words.as_table(self, self.typical()),
            "people.csv": words.as_table(self, self.crowd()),
            "individuals.csv": words.individuals(self),
            "observations.csv": self.table_of_observations(),
            "vpc.csv": pd.DataFrame(rows),
            "change.toml": partial(words.write_changes, self),
        } | ({"draws.nc": partial(words.write_draws, self)} if self.draws.chains else {})

    def charts(self) -> Charts:
        from opioidsim.questions.fit.figure import charts

        return charts(self)

    def unit(self, quantity: str) -> str:
        """Of a quantity."""
        return unit_of(quantity)

    @cached_property
    def numbers_drawn(self) -> Numbers:
        """The numbers of each draw, (draws, ...) each."""
        theta = jnp.asarray(self.draws.theta)  # pyright: ignore[reportUnknownMemberType]  # of jax's own annotations
        return Numbers(*(np.asarray(each) for each in jax.vmap(self.population.split)(theta)))

    @property
    def likeliest(self) -> Numbers:
        """The numbers of the linearised estimate."""
        theta = jnp.asarray(self.found.theta)  # pyright: ignore[reportUnknownMemberType]  # of jax's own annotations
        return Numbers(*map(np.asarray, self.population.split(theta)))

    @property
    def standard_errors(self) -> Numbers:
        """Of `likeliest`, by its own law: of u and beta as they stand, of spreads and errors in their own size."""
        theta, error = self.found.theta, np.sqrt(np.diag(self.found.covariance))
        # each number hangs on one of theta alone
        _, found = jax.jvp(self.population.split, (theta,), (error,))  # pyright: ignore[reportUnknownMemberType]
        return Numbers(*map(np.asarray, found))

    def values_of(self, w: np.ndarray) -> np.ndarray:
        """The facts at these numbers, each in its own unit; w: (..., facts)."""
        return np.stack([np.asarray(each.at(w[..., k])) for k, each in enumerate(self.population.facts)], -1)

    def typical(self) -> np.ndarray:
        """The facts of the typical person under each draw, (draws, facts)."""
        return self.values_of(self.numbers_drawn.u)

    def crowd(self) -> np.ndarray:
        """The facts of CROWD people, each drawn from the population under a draw of it, (people, facts); covariates in the middle."""
        rng = np.random.default_rng([self.asked.get("seed", 1), 2])
        which = rng.integers(len(self.draws.theta), size=CROWD)
        eta = self.population.drawn(self.numbers_drawn.root[which], rng)
        return self.values_of(self.numbers_drawn.u[which] + eta @ self.population.places())

    def points(self, quantity: str) -> list[Row]:
        """The observations of a quantity, with what is prediction-corrected."""
        return [
            {str(k): v for k, v in row.items()}
            for row in self.table_of_observations().to_dict("records")
            if row["quantity"] == quantity
        ]

    def _kinds(self) -> np.ndarray:
        return np.concatenate(self.read.observed.kinds)

    def vpc(self) -> dict[str, list[Row]]:
        """Rows of the visual predictive check by quantity; see `show.vpc`."""
        found: dict[str, list[Row]] = {}
        kinds = self._kinds()
        time, seen = (np.concatenate(each) for each in (self.read.observed.times, self.read.observed.values))
        below = np.concatenate(self.read.observed.below)
        for k, quantity in enumerate(self.population.quantities):
            mine = np.flatnonzero(kinds == k)
            least = seen[mine][below[mine]].max(
                initial=-np.inf
            )  # what is less than a limit counts as the limit, on both sides
            both = np.maximum(seen[mine], least), np.maximum(self.checks.simulated[:, mine], least)
            found[quantity] = vpc.binned(time[mine], *both, self.checks.typical[mine])
        return found

    def table_of_observations(self) -> "pd.DataFrame":
        """A data frame, a row for each observation: what was seen and what is predicted."""
        return words.observations(self)

    def curves(self, most: int) -> tuple[list[Row], list[Row]]:
        """The curves of the first people that were observed, and their observations, as rows."""
        return words.curves(self, most, GRID)


def run(
    data: str,
    drug: str,
    route: str,
    observed: dict[str, str],
    chosen: dict[str, tuple[str, ...]],
    error: str,
    prior: str,
    method: str,
    count: tuple[int, int, int],
    whose: Who,
    work: Work,
) -> Fit:
    """The question's answer; see `fit`. chosen: names of `estimate`, `spread`, `correlated` and `covariate`."""
    work.told(0.01)
    read = reading.asked(data, drug, route, observed, chosen, error, prior, whose)
    _has_room(read, error)
    _is_moved(read)
    seed, first = whose.seed or 1, 0.25 if method == "nuts" else 0.8
    found = linearised.estimated(read.population, lambda share: work.told(first * share))
    if method == "laplace":
        draws = sampled.around(read.population, found, KEPT, seed)
    else:
        draws = sampled.sampled(read.population, found, count, seed, lambda share: work.told(first + 0.65 * share))
    work.told(0.92)
    checks = checked(read.population, found, draws, seed)
    return Fit(scenario=read.scenario, read=read, found=found, draws=draws, checks=checks)


def _is_moved(read: Asked) -> None:
    """Refuses an effect that what was given does nothing to: no number of any fact could ever explain it."""
    effects = [k for k, name in enumerate(read.observed.quantities) if is_effect(name)]
    population = read.population
    f = np.asarray(population.curve(np.zeros((population.people, len(population.facts))))) if effects else None
    for k in effects:
        mine = f[population.data.there & (population.data.kind == k)] if f is not None else np.zeros(0)
        if np.ptp(mine) <= 1e-9 * np.abs(mine).max(initial=0.0):
            given = listed(sorted({dose.drug for one in read.table.individuals for dose in one.doses}))
            name = read.observed.quantities[k]
            raise Refusal(
                f"{given} does not move {name} here: it is {mine[0]:g} at every observation; leave these rows out (MDV 1), or say what they are of.",
                where="observed",
            )


def _has_room(read: Asked, error: str) -> None:
    """Refuses a proportional error where nothing can be there but something was seen."""
    if error != "proportional":
        return
    population = read.population
    f = np.asarray(population.curve(np.zeros((population.people, len(population.facts)))))
    empty = population.data.there & (f <= 1e-9 * population.size[population.data.kind])
    if empty.any():
        i = int(np.argmax(empty.any(0)))
        when = read.observed.times[i][int(np.argmax(empty[:, i]))]
        raise Refusal(
            f"ID {read.table.individuals[i].id} was observed at {when:g} h, when no drug is there yet, and a proportional error allows no number there; write --error combined, or MDV 1 in that row.",
            where="error",
        )
