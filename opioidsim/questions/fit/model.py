"""The population model: what is estimated, what differs between people, covariates, error; and what is thought of it before.

The numbers are counted from the library's: w of a person is how far a fact of theirs lies from the library's value, as a
logarithm, or as a logit where the fact is a share:

    w = u + x beta + eta,      eta ~ N(0, Omega),      y ~ N(f(w), a^2 + (b f)^2)

with f the concentration, u of the typical person, x covariates around their middle; Omega has the squares of the spreads omega, and between
those that go together a correlation. Of an observation that is only known to be less than L,
the chance of that is what counts, Phi((L - f) / sd) (Beal 2001, J Pharmacokinet Pharmacodyn 28:481, method M3).
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm

from opioidsim.cases.open import Open
from opioidsim.questions.fit.rules import rules

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int


def rooted(ties: Any, many: int) -> Any:
    """The lower triangular root of a correlation matrix, (many, many), from the hyperbolic arctangents of its partial correlations, row
    by row: whatever these are, it is one."""
    root, partial = jnp.eye(many), iter(jnp.tanh(ties))
    for i in range(1, many):
        left = jnp.ones(())
        for j in range(i):
            root = root.at[i, j].set(next(partial) * jnp.sqrt(left))
            left = left - root[i, j] ** 2
        root = root.at[i, i].set(jnp.sqrt(left))
    return root


EDGE = 5.0  # a factor of 150: nobody who is simulated lies further from the typical person


class Effect(NamedTuple):
    """What a column does to a fact. fact: its place among the estimated ones. column: its name. x: (people,), ln(value / middle),
    or the value itself where it is 0 or 1. middle: nan there."""

    fact: int
    column: str
    x: Float[np.ndarray, " people"]
    middle: float


class Data(NamedTuple):
    """Observations, padded to the most that a person has: (observations, people) each. there: whether it is one."""

    y: Float[np.ndarray, "observations people"]
    kind: Int[np.ndarray, "observations people"]
    below: Bool[np.ndarray, "observations people"]
    there: Bool[np.ndarray, "observations people"]


class Numbers(NamedTuple):
    """The numbers of a population. u: (facts,). beta: (effects,). omega: (spreads,). root: (spreads, spreads), of their covariance
    Omega = root root^T, lower triangular. add [unit], share: errors, (quantities,)."""

    u: Any
    beta: Any
    omega: Any
    root: Any
    add: Any
    share: Any


@dataclass(frozen=True)
class Population:
    """What is fitted. facts: what is estimated, counted in logarithms (sd 1). mean, covariance: of u, before. differs: which of
    the facts differ between people; together: which of these spreads go together, by their places. size: of each quantity, the standard deviation of what was seen. curve: of (people, facts)
    numbers w, the concentrations (observations, people); sloped: these, and their slopes (observations, people, facts)."""

    facts: tuple[Open, ...]
    mean: Float[np.ndarray, " facts"]
    covariance: Float[np.ndarray, "facts facts"]
    differs: tuple[int, ...]
    together: tuple[int, ...]
    effects: tuple[Effect, ...]
    quantities: tuple[str, ...]
    error: str
    data: Data
    size: Float[np.ndarray, " quantities"]
    curve: Callable[[Any], Any]
    sloped: Callable[[Any], tuple[Any, Any]]

    @property
    def people(self) -> int:
        return self.data.y.shape[1]

    def split(self, theta: Any) -> Numbers:
        """The numbers of a vector in which what is positive stands as its logarithm, and how spreads go together as `rooted` has
        it. An error that is not asked for is 0."""
        u, beta, omega, ties, add, share = self._parts(theta)
        kinds = len(self.quantities)
        positive = [jnp.exp(each) if len(each) else jnp.zeros(kinds) for each in (add, share)]
        root = jnp.diag(jnp.exp(omega))
        if self.together:
            block = np.ix_(self.together, self.together)
            root = root.at[block].set(
                jnp.exp(omega[jnp.array(self.together)])[:, None] * rooted(ties, len(self.together))
            )
        return Numbers(u, beta, jnp.exp(omega), root, *positive)

    def _parts(self, theta: Any) -> list[Any]:
        """u, beta, omega, ties, add and share as they stand in a vector."""
        many = len(self.together)
        counts = [len(self.facts), len(self.effects), len(self.differs), many * (many - 1) // 2, *self._errors()]
        return jnp.split(theta, np.cumsum(counts)[:-1])

    def correlations(self, theta: Any) -> Any:
        """Of each pair of spreads that go together, in the order of `pairs`."""
        root = self.split(theta).root
        covariance = root @ root.T
        found = [covariance[i, j] / jnp.sqrt(covariance[i, i] * covariance[j, j]) for i, j in self.pairs]
        return jnp.array(found).reshape(len(found))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of spreads that go together, by their places."""
        return list(combinations(self.together, 2))

    def _errors(self) -> tuple[int, int]:
        kinds = len(self.quantities)
        return kinds * (self.error != "proportional"), kinds * (self.error != "additive")

    def begin(self) -> np.ndarray:
        """Where the search begins: the library's values, or what was thought before."""
        add, share = self._errors()
        log = np.log([rules().begin_spread, rules().begin_error])
        sizes = np.log(rules().begin_error * self.size)[:add]
        spreads, ties = np.full(len(self.differs), log[0]), np.zeros(len(self.pairs))
        return np.concatenate([self.mean, np.zeros(len(self.effects)), spreads, ties, sizes, np.full(share, log[1])])

    def of_people(self, u: Any, beta: Any, eta: Any) -> Any:
        """w of everyone, (people, facts). eta: (people, spreads)."""
        return u + self.shifts() @ beta + eta @ self.places()

    def drawn(self, root: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """eta of new people, (people, spreads). root: (people, spreads, spreads), of each one's population."""
        return np.einsum("pqr,pr->pq", root, rng.standard_normal(root.shape[:-1])).clip(-EDGE, EDGE)

    def shifts(self) -> np.ndarray:
        """(people, facts, effects): what each effect adds to w for a beta of 1."""
        found = np.zeros((self.people, len(self.facts), len(self.effects)))
        for k, effect in enumerate(self.effects):
            found[:, effect.fact, k] = effect.x
        return found

    def places(self) -> np.ndarray:
        """(spreads, facts): which fact each spread is of."""
        return np.eye(len(self.facts))[list(self.differs)].reshape(len(self.differs), len(self.facts))

    def variance(self, f: Any, numbers: Numbers) -> Any:
        """Of an observation where f is predicted, (observations, people)."""
        return numbers.add[self.data.kind] ** 2 + (numbers.share[self.data.kind] * f) ** 2

    def told(self, f: Any, numbers: Numbers) -> Any:
        """The log-likelihood of each observation, given what is predicted, (observations, people)."""
        data = self.data
        sd = jnp.sqrt(jnp.where(data.there, self.variance(f, numbers), 1.0))
        off = (data.y - f) / sd
        return jnp.where(data.there, jnp.where(data.below, norm.logcdf(off), norm.logpdf(off) - jnp.log(sd)), 0.0)

    def before(self, theta: Any) -> Any:
        """The log density of theta before the data: normal typical values and effects, half-normal spreads and errors, these in
        logarithms; of correlations that of Lewandowski, Kurowicka and Joe (2009, J Multivar Anal 100:1989)."""
        numbers, off = self.split(theta), theta[: len(self.facts)] - self.mean
        found = -0.5 * off @ jnp.asarray(np.linalg.inv(self.covariance)) @ off
        found += -0.5 * jnp.sum((numbers.beta / rules().covariate) ** 2)
        many = len(self.together)
        column = np.concatenate([np.arange(row) for row in range(many)]) if many else np.zeros(0)
        ties = jnp.tanh(self._parts(theta)[3])
        found += jnp.sum((rules().correlation + 0.5 * (many - 2.0 - column)) * jnp.log1p(-(ties**2)))
        scales = (rules().spread, rules().error_size * self.size, rules().error_share)
        asked = (True, self.error != "proportional", self.error != "additive")
        for value, scale, here in zip((numbers.omega, numbers.add, numbers.share), scales, asked, strict=True):
            if here:
                found += jnp.sum(-0.5 * (value / scale) ** 2 + jnp.log(value / scale))
        return found

    def log_likelihood_at(self, w: Any, numbers: Numbers) -> Any:
        """Of all observations, where everyone's w is known."""
        return jnp.sum(self.told(self.curve(w), numbers))
