"""Does the fitted population look like the people? Predictions, residuals, simulated data, and where each observation falls."""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
import numpy as np
from scipy.special import ndtri

from opioidsim.questions.fit.linearised import Estimate
from opioidsim.questions.fit.model import Population
from opioidsim.questions.fit.sampled import Draws

if TYPE_CHECKING:
    from jaxtyping import Float

SIMULATED = 400  # data sets


class Checks(NamedTuple):
    """Of each observation, (observations,), person by person in the order of time. typical: predicted of the typical person with
    these covariates. individual: of the person. residual: beside that, in standard deviations of the error; npde: see `_npde`;
    both nan of what is only known to be less. simulated: (data sets, observations), each of new people under a draw."""

    typical: Float[np.ndarray, " observations"]
    individual: Float[np.ndarray, " observations"]
    residual: Float[np.ndarray, " observations"]
    npde: Float[np.ndarray, " observations"]
    simulated: Float[np.ndarray, "sets observations"]


def checked(population: Population, found: Estimate, draws: Draws, seed: int) -> Checks:
    """All of these. What is predicted of the typical person and of each is that of the likeliest numbers."""
    numbers = population.split(jnp.asarray(found.theta))
    typical, mine = (
        population.curve(population.of_people(numbers.u, numbers.beta, each))
        for each in (np.zeros_like(found.eta), found.eta)
    )
    residual = (population.data.y - mine) / jnp.sqrt(
        jnp.where(population.data.there, population.variance(mine, numbers), 1.0)
    )
    sets = simulated(population, draws, seed)
    residual = jnp.where(population.data.below, jnp.nan, residual)
    at = [flat(population, each) for each in (typical, mine, residual)]
    return Checks(at[0], at[1], at[2], _npde(population, sets), sets)


def flat(population: Population, padded) -> np.ndarray:
    """What is padded, (observations, people), one person behind the other without what is none."""
    return np.asarray(padded).T[population.data.there.T]


def simulated(population: Population, draws: Draws, seed: int) -> np.ndarray:
    """Data sets like the observed one, of new people, each under a draw, (data sets, observations)."""
    rng, shape = np.random.default_rng([seed, 1]), population.data.y.shape
    found = []
    for which in rng.integers(len(draws.theta), size=SIMULATED):
        numbers = population.split(jnp.asarray(draws.theta[which]))
        eta = population.drawn(np.tile(numbers.root, (population.people, 1, 1)), rng)
        f = population.curve(population.of_people(numbers.u, numbers.beta, eta))
        found.append(flat(population, f + np.sqrt(population.variance(f, numbers)) * rng.standard_normal(shape)))
    return np.stack(found)


def _npde(population: Population, sets: np.ndarray) -> np.ndarray:
    """Normalised prediction distribution errors (Brendel and others 2006, Pharm Res 23:2036): each person's observations and their
    simulated ones with the same mean and covariance taken off; then where an observation falls among the simulated."""
    y, below = flat(population, population.data.y), flat(population, population.data.below)
    person = np.repeat(np.arange(population.people), population.data.there.sum(0))
    found = np.full(len(y), np.nan)
    for i in range(population.people):
        mine = np.flatnonzero((person == i) & ~below)
        if not len(mine):
            continue
        theirs = sets[:, mine]
        root = np.linalg.cholesky(np.atleast_2d(np.cov(theirs.T)) + 1e-12 * np.diag(theirs.var(0) + 1e-300))
        off, others = (
            np.linalg.solve(root, y[mine] - theirs.mean(0)),
            np.linalg.solve(root, (theirs - theirs.mean(0)).T),
        )
        share = (others < off[:, None]).mean(1).clip(0.5 / len(sets), 1.0 - 0.5 / len(sets))
        found[mine] = ndtri(share)
    return found
