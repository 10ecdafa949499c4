"""The most likely population, with each person's curve taken as straight around where they are: fast, and where sampling begins.

In turns (Lindstrom and Bates 1990, Biometrics 46:673): around everyone's present numbers the curve is straight, so that the observations
follow a linear mixed model, whose likelihood is exact; its best population and people are the next place to stand, or a share of the
way there. The size of an error is that where the line was drawn. Of an
observation that is only known to be less, the curve of its log-likelihood stands in the place of a normal error.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from scipy.optimize import least_squares, minimize

from opioidsim.questions.fit.model import Population
from opioidsim.questions.fit.rules import rules
from opioidsim.refusal import Refusal

if TYPE_CHECKING:
    from jaxtyping import Float

ROUNDS, CLOSE = 200, 1e-3  # of the search; it ends where nothing moves by more than so many standard errors
FARTHEST, SHORTEST = 1.0, 0.1  # logarithms that a round goes at most; the least share of a step that is taken
CALMER = 0.4  # of a share that was taken, a step must be shorter than the last; else the search goes round in circles
LEAST = 1e-12  # of a weight, so that an observation far below its limit counts as nothing


class Estimate(NamedTuple):
    """theta: (numbers,), the most likely; covariance: of it. eta: (people, spreads), most likely; left: (people, spreads), the
    standard deviations that their data leave. log_likelihood: of the observations, linearised. rounds: how many it took."""

    theta: Float[np.ndarray, " numbers"]
    covariance: Float[np.ndarray, "numbers numbers"]
    eta: Float[np.ndarray, "people spreads"]
    left: Float[np.ndarray, "people spreads"]
    log_likelihood: float
    rounds: int


class Straight(NamedTuple):
    """The observations as a linear mixed model around the present people. r: what is seen, less all that is not fixed by the
    straight line. x, z: slopes in fixed numbers and in eta. f: predictions. fixed: variance of what is only known to be less."""

    r: Any
    x: Any
    z: Any
    f: Any
    fixed: Any


def estimated(population: Population, progress: Callable[[float], None] | None = None) -> Estimate:
    """The most likely population; see above. Raises Refusal where the search does not come to rest."""
    both = population.sloped
    theta = _pooled(population, both)
    eta = np.zeros((population.people, len(population.differs)))
    place = jax.jit(lambda t, e: population.of_people(*population.split(t)[:2], e))
    drawn = jax.jit(partial(_straight, population))
    value = jax.jit(lambda t, s: _log_density(population, t, s)[0] - population.before(t))
    looked = jax.jit(jax.value_and_grad(lambda t, s: -_log_density(population, t, s)[0]))
    bent = jax.jit(jax.hessian(lambda t, s: -_log_density(population, t, s)[0]))
    people = jax.jit(lambda t, s: _log_density(population, t, s)[1:])
    moved, share = np.inf, 1.0
    for number in range(1, ROUNDS + 1):
        straight = drawn(theta, eta, *both(place(theta, eta)))
        found = minimize(
            looked,
            theta,
            args=(straight,),
            jac=True,
            hess=bent,
            method="trust-exact",
            options={"gtol": 1e-5, "maxiter": 100},
        )
        covariance = np.linalg.inv(bent(found.x, straight))
        new_eta, left = (np.asarray(each) for each in people(found.x, straight))
        step, steps = found.x - theta, new_eta - eta
        before, moved = moved, float(np.max(np.abs(step) / np.sqrt(np.diag(covariance))))
        share = max(share / 2.0, SHORTEST) if moved > (1.0 - CALMER * share) * before else min(1.5 * share, 1.0)
        share = min(share, FARTHEST / max(np.abs(step).max(), np.abs(steps).max(initial=0.0), 1e-9))
        theta, eta = theta + share * step, eta + share * steps
        if progress:
            progress(number / (number + 5))
        if moved < CLOSE:
            likelihood = float(value(found.x, straight))
            return Estimate(found.x, covariance, new_eta, left, likelihood, number)
    raise Refusal(
        "the search for the most likely population did not come to rest: the data may not tell these facts apart. Estimate fewer of them (--estimate), let fewer differ between people (--spread), or take the library's prior."
    )


def _pooled(population: Population, both: Callable) -> np.ndarray:
    """Where the search begins: fixed numbers as if everyone were alike, by least squares of logarithms."""
    data, begin, fixed = population.data, population.begin(), len(population.facts) + len(population.effects)
    none = np.zeros((population.people, len(population.differs)))
    floor, seen = 0.02 * population.size[data.kind], data.there & ~data.below
    chol = np.linalg.inv(np.linalg.cholesky(population.covariance))
    design = np.concatenate(
        [
            np.broadcast_to(np.eye(len(population.facts)), (population.people, *population.covariance.shape)),
            population.shifts(),
        ],
        -1,
    )

    def off(free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = population.of_people(free[: len(population.facts)], free[len(population.facts) :], none)
        f, slopes = map(np.asarray, both(at))
        f = np.maximum(f, 0.0) + floor
        of_free = np.einsum("opk,pkl->opl", slopes, design)
        r = (np.log(f) - np.log(np.maximum(data.y, 0.0) + floor))[seen] / rules().begin_spread
        j = (of_free / f[..., None])[seen] / rules().begin_spread
        before = np.zeros((len(population.facts) + len(population.effects), fixed))
        before[: len(chol), : len(chol)] = chol
        before[len(chol) :, len(chol) :] = np.eye(len(population.effects)) / rules().covariate
        z = np.concatenate([free[: len(chol)] - population.mean, free[len(chol) :]])
        return np.concatenate([r, before @ z]), np.concatenate([j, before])

    found = least_squares(lambda x: off(x)[0], begin[:fixed], jac=lambda x: off(x)[1], max_nfev=40)  # pyright: ignore[reportArgumentType]
    return np.concatenate([found.x, begin[fixed:]])


def _straight(population: Population, theta: Any, eta: Any, f: Any, slopes: Any) -> Straight:
    """The straight lines there, where f is predicted with these slopes (observations, people, facts)."""
    numbers, data = population.split(theta), population.data
    slopes = jnp.where(data.there[..., None], slopes, 0.0)
    x = jnp.concatenate([slopes, jnp.einsum("opk,pkl->opl", slopes, population.shifts())], -1)
    z = slopes[..., list(population.differs)]
    sd = jnp.sqrt(jnp.where(data.there, population.variance(f, numbers), 1.0))
    t = (data.y - f) / sd
    hazard = jnp.exp(norm.logpdf(t) - norm.logcdf(t)) / sd
    weight = jnp.maximum(hazard * (hazard + t / sd), LEAST / sd**2)
    y = jnp.where(data.below, f - hazard / weight, data.y)
    fixed = jnp.concatenate([numbers.u, numbers.beta])
    r = y - f + x @ fixed + jnp.einsum("opq,pq->op", z, eta)
    return Straight(jnp.where(data.there, r, 0.0), x, z, f, 1.0 / weight)


def _log_density(population: Population, theta: Any, straight: Straight) -> tuple[Any, Any, Any]:
    """Of theta and the straightened observations; with everyone's most likely eta and what their data leave of it. By the
    matrix inversion lemma, so that only (spreads, spreads) matrices are solved."""
    numbers, data = population.split(theta), population.data
    fixed = jnp.concatenate([numbers.u, numbers.beta])
    variance = jnp.where(data.below, straight.fixed, population.variance(straight.f, numbers))
    variance = jnp.where(data.there, variance, 1.0)
    off = jnp.where(data.there, straight.r - straight.x @ fixed, 0.0)
    scaled = straight.z @ numbers.root
    inner = jnp.einsum("opq,opr->pqr", scaled / variance[..., None], scaled) + jnp.eye(len(population.differs))
    side = jnp.einsum("opq,op->pq", scaled, off / variance)
    solved = jnp.linalg.solve(inner, side[..., None])[..., 0]
    quadratic = jnp.sum(off**2 / variance) - jnp.sum(side * solved)
    seen = jnp.sum(jnp.where(data.there, jnp.log(2.0 * jnp.pi * variance), 0.0))
    found = -0.5 * (quadratic + seen + jnp.sum(jnp.linalg.slogdet(inner)[1]))
    left = jnp.sqrt(jnp.einsum("qr,prs,qs->pq", numbers.root, jnp.linalg.inv(inner), numbers.root))
    return found + population.before(theta), solved @ numbers.root.T, left
