"""Draws of the whole posterior by NumPyro's NUTS, begun at the linearised estimate."""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.questions.fit.linearised import Estimate
from opioidsim.questions.fit.model import Population
from opioidsim.refusal import need

if TYPE_CHECKING:
    from jaxtyping import Float

PIECES = 5  # in which the draws are made, so that one is told how far they are
ACCEPTED = 0.95  # of the steps: short ones, for the narrow places of spreads near none


class Draws(NamedTuple):
    """Draws of the numbers of a population and of its people, (draws, ...) each; several chains one behind the other.

    theta: (draws, numbers), see `Population.split`. eta: (draws, people, spreads). chains: 0 where they are no chains but draws
    around the linearised estimate. r_hat: the worst of all numbers; worth: the least effective number of draws; diverging:
    how many steps failed.
    """

    theta: Float[np.ndarray, "draws numbers"]
    eta: Float[np.ndarray, "draws people spreads"]
    chains: int = 0
    r_hat: float = float("nan")
    worth: float = float("nan")
    diverging: int = 0


def around(population: Population, found: Estimate, count: int, seed: int) -> Draws:
    """Draws of the normal law around the linearised estimate."""
    rng = np.random.default_rng(seed)
    theta = found.theta + rng.standard_normal((count, len(found.theta))) @ np.linalg.cholesky(found.covariance).T
    return Draws(theta, found.eta + found.left * rng.standard_normal((count, *found.eta.shape)))


def sampled(
    population: Population, found: Estimate, count: tuple[int, int, int], seed: int, progress: Callable[[float], None]
) -> Draws:
    """Draws by NUTS. count: chains, steps thrown away, draws kept of each. Raises Refusal where NumPyro is not installed."""
    need("numpyro", "drawing from the posterior (--method nuts)")
    need("arviz_base", "keeping its draws")
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
    from numpyro.infer import MCMC, NUTS

    chains, warmup, kept = count
    walk, piece = Walk.around(population, found), max(kept // PIECES, 1)
    together: Any = [("theta",)]  # their covariance is learnt whole
    kernel = NUTS(potential_fn=lambda z: -walk.log_density(z), target_accept_prob=ACCEPTED, dense_mass=together)
    run = MCMC(
        kernel, num_warmup=warmup, num_samples=piece, num_chains=chains, chain_method="vectorized", progress_bar=False
    )
    run.warmup(jax.random.PRNGKey(seed), init_params=walk.begins(found, chains, seed))

    @jax.jit
    def further(state: Any) -> Any:
        """The next piece of the chains; one program for all pieces, where MCMC.run would make one of each."""

        def step(state: Any, _: None) -> Any:
            state = kernel.sample(state, (), {})
            return state, (state.z, state.diverging)

        return jax.lax.scan(step, state, length=piece)

    parts, diverging = [], 0
    state: Any = run.post_warmup_state
    for number in range(-(-kept // piece)):
        progress((number + 3.0) / (PIECES + 4.0))
        keys = jax.random.split(jax.random.fold_in(jax.random.PRNGKey(seed), number + 1), chains)
        state, (z, failed) = further(state._replace(rng_key=keys))
        parts.append({name: np.asarray(each).swapaxes(0, 1) for name, each in z.items()})
        diverging += int(failed.sum())
    z = {name: np.concatenate([part[name] for part in parts], 1) for name in parts[0]}
    both = [np.asarray(each) for each in jax.vmap(jax.vmap(walk.to))(z)]
    r_hat, worth = (
        np.concatenate([np.ravel(make(each)) for each in both if each.size])
        for make in (split_gelman_rubin, effective_sample_size)
    )
    theta, eta = (each.reshape(-1, *each.shape[2:]) for each in both)
    return Draws(theta, eta, chains, float(np.nanmax(r_hat)), float(np.nanmin(worth)), diverging)


@dataclass(frozen=True)
class Walk:
    """What is walked in: theta in standard deviations around the estimate; and of each person's eta

        x = eta / s + c d / o,      s = omega^(1 - c) o^c

    with o the estimated omega and d how far u has moved: for c = 1 the person's own number, for c = 0 where they stand among
    people. c is the share of the spread that their data take away (Gorinova, Moore and Hoffman 2020, ICML 119:3648).
    """

    population: Population
    middle: Float[np.ndarray, " numbers"]
    root: Float[np.ndarray, "numbers numbers"]
    omega: Float[np.ndarray, " spreads"]
    told: Float[np.ndarray, "people spreads"]

    @classmethod
    def around(cls, population: Population, found: Estimate) -> Walk:
        """The walk around an estimate."""
        omega = np.asarray(population.split(jnp.asarray(found.theta)).omega)
        told = np.clip(1.0 - (found.left / omega) ** 2, 0.0, 1.0)
        return cls(population, found.theta, np.linalg.cholesky(found.covariance), omega, told)

    def _scales(self, theta: Any) -> tuple[Any, Any, Any]:
        """omega, s and c d / o."""
        numbers, differs = self.population.split(theta), list(self.population.differs)
        moved = (numbers.u[jnp.array(differs, int)] - self.middle[differs]) / self.omega
        return numbers.omega, numbers.omega ** (1.0 - self.told) * self.omega**self.told, self.told * moved

    def to(self, z: dict[str, Any]) -> tuple[Any, Any]:
        """theta and eta."""
        theta = self.middle + self.root @ z["theta"]
        _, scale, shift = self._scales(theta)
        return theta, scale * (z["people"] - shift)

    def log_density(self, z: dict[str, Any]) -> Any:
        """Of z, but for a constant."""
        theta, eta = self.to(z)
        _, scale, _ = self._scales(theta)
        numbers, population = self.population.split(theta), self.population
        alone = jax.scipy.linalg.solve_triangular(numbers.root, eta.T, lower=True)
        people = jnp.sum(-0.5 * alone**2) + jnp.sum(jnp.log(scale) - jnp.log(jnp.diagonal(numbers.root)))
        w = population.of_people(numbers.u, numbers.beta, eta)
        return population.before(theta) + people + population.log_likelihood_at(w, numbers)

    def begins(self, found: Estimate, chains: int, seed: int) -> dict[str, Any]:
        """Where each chain begins: spread about the estimate as its own law has it."""
        drawn = around(self.population, found, chains, seed)
        z = np.linalg.solve(self.root, (drawn.theta - self.middle).T).T
        scales = [self._scales(jnp.asarray(theta)) for theta in drawn.theta]
        people = [eta / np.asarray(s) + np.asarray(d) for eta, (_, s, d) in zip(drawn.eta, scales, strict=True)]
        return {"theta": jnp.asarray(z), "people": jnp.asarray(np.stack(people))}
