"""The block of what people in treatment do: draws from the likelihood of the weeks of START and X:BOT, beside the rows of other trials.

Each cell's counts (`studies/transitions`) are Dirichlet and multinomial around the model's chances: no model holds every cell, weeks
of one person go together, and how far cells lie apart is drawn with the rest. Each trial has an own shift of both log odds, so that a
number common to trials is known no better than two of them can tell it. Numbers lie evenly within their bands before.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from opioidsim.calibration import crowd
from opioidsim.calibration.crowd import Lines
from opioidsim.calibration.linear import FREEDOM, Told
from opioidsim.calibration.open import numbers
from opioidsim.cases.open import rules
from opioidsim.cases.person import within
from opioidsim.facts.evidence import Fact
from opioidsim.refusal import need
from opioidsim.studies import transitions

TELLS = 0.9  # of the spread before left: less, and weeks and rows tell the number
WEIGHT = 0.35  # of a week: at 1 simulated draws were 1.4 times too narrow, as lines carry the chance of their own crowd
CHAINS, WARM, KEPT, EVERY = 4, 300, 500, 5  # of NUTS; draws that are kept are EVERY apart


class Seen(NamedTuple):
    """What the lines are held against: counts, (cells, 3); rows on their scales with their own errors and sizes, (rows,)."""

    counts: np.ndarray
    rows: np.ndarray
    own: np.ndarray
    size: np.ndarray


class Drawn(NamedTuple):
    """z: deviations, (draws, numbers). spread: of cells, trials and rows, by name, (draws,) each. r_hat: the largest; worth: the
    smallest number of independent draws; divergent: transitions that left the slope."""

    z: np.ndarray
    spread: dict[str, np.ndarray]
    r_hat: float
    worth: float
    divergent: int


def _chances(odds: Any) -> Any:
    """Chances of negative, positive and missing, (cells, 3, ...), from the log odds of missing and of positive, (2, cells, ...)."""
    import jax.numpy as jnp

    gone, used = 1.0 / (1.0 + jnp.exp(-odds))
    return jnp.stack([(1.0 - gone) * (1.0 - used), (1.0 - gone) * used, gone], 1)


def _law(lines: Lines, seen: Seen) -> None:
    """The model, as NumPyro reads it."""
    import jax.numpy as jnp
    import numpyro
    from numpyro import distributions as dist

    z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([lines.slopes.shape[2]]).to_event(1))
    u = crowd.along(z, lines.place)
    alike = numpyro.sample("cells", dist.LogNormal(np.log(rules().weeks_alike), rules().weeks_alike_sd))
    apart = numpyro.sample("trials", dist.HalfNormal(rules().trials_apart))
    effect = numpyro.sample("rows", dist.LogNormal(np.log(rules().study_effect), rules().study_effect_sd))
    shift = jnp.asarray(
        numpyro.sample("shift", dist.Normal(0.0, 1.0).expand([2, int(lines.trial.max()) + 1]).to_event(2))
    )
    chances = _chances(lines.at + lines.slopes @ u + apart * shift[:, lines.trial])
    of = dist.DirichletMultinomial(alike * chances, total_count=seen.counts.sum(1))
    with numpyro.handlers.scale(scale=WEIGHT):
        numpyro.sample("weeks", of.to_event(1), obs=seen.counts)
    said = lines.row_at + lines.row_slopes @ u
    error = jnp.sqrt(seen.own**2 + (effect * seen.size) ** 2)
    numpyro.sample("said", dist.StudentT(FREEDOM, said, error).to_event(1), obs=seen.rows)


def drawn(lines: Lines, seen: Seen, seed: int, *, chains: int = CHAINS) -> Drawn:
    """CHAINS x KEPT / EVERY draws of what the weeks and the rows leave."""
    need("numpyro", "the block of behaviour")
    import jax
    from numpyro.diagnostics import summary
    from numpyro.infer import MCMC, NUTS

    due = seen.counts.sum(1) > 0
    lines = lines._replace(at=lines.at[:, due], slopes=lines.slopes[:, due], trial=lines.trial[due])
    seen = seen._replace(counts=seen.counts[due])
    sampler = MCMC(NUTS(partial(_law, lines, seen), target_accept_prob=0.9), num_warmup=WARM, num_samples=KEPT,
                   num_chains=chains, chain_method="sequential", progress_bar=False)  # fmt: skip
    sampler.run(jax.random.key(seed), extra_fields=("diverging",))
    by_chain = sampler.get_samples(group_by_chain=True)
    told = summary({"z": by_chain["z"]})["z"]
    kept = {name: np.asarray(each)[:, ::EVERY] for name, each in by_chain.items()}
    flat = {name: each.reshape(-1, *each.shape[2:]) for name, each in kept.items()}
    divergent = int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())
    spread = {name: flat[name] for name in ("cells", "trials", "rows")}
    return Drawn(flat["z"], spread, float(np.max(told["r_hat"])), float(np.min(told["n_eff"])), divergent)


def seen() -> Seen:
    """What was seen."""
    told, arms = crowd.told(), transitions.load("ctn-0094").arms
    return Seen(
        np.concatenate([arm.counts().reshape(-1, 3) for arm in arms]),
        np.array([float(row.scaled(row.seen.observed)) for row in told]),
        np.array([row.own for row in told]),
        np.array([row.size for row in told]),
    )


def thought(fact: Fact, z: np.ndarray) -> np.ndarray:
    """What is thought of a number before the weeks are read, for deviations z; see `crowd.place_of`."""
    from scipy.special import ndtri

    return within(fact, ndtri((1.0 + np.asarray(crowd.along(z, crowd.place_of(fact)))) / 2.0))


def values(z: np.ndarray) -> dict[str, np.ndarray]:
    """The facts at deviations z, (draws, numbers), by full name."""
    return {name: thought(numbers()[name].fact, z[:, i]) for i, name in enumerate(crowd.names())}


def made(seed: int, progress: Callable[[float], None] | None = None) -> tuple[Drawn, dict[str, Any], list[Told]]:
    """The block's draws, what is told of how they came about, and the rows beside the weeks, as lines have them at the library's numbers."""
    from scipy.special import ndtri

    lines, held = crowd.lines(seed, progress), seen()
    found = drawn(lines, held, seed)
    rows = [
        Told(row, float(row.back(at)), dict(zip(crowd.names(), slopes, strict=True)))
        for row, at, slopes in zip(crowd.told(), lines.row_at, lines.row_slopes, strict=True)
    ]
    due = held.counts.sum(1)
    apart = [
        float(np.sum(due * off.mean(1)) / due.sum())
        for off in (_off(lines, held, z) for z in (ndtri(np.asarray(lines.place))[None], found.z))
    ]
    story = {
        "chains": CHAINS,
        "r_hat": round(found.r_hat, 3),
        "worth": round(found.worth),
        "divergent": found.divergent,
        "weeks": int(due.sum()),
        "apart": [round(100.0 * each, 1) for each in apart],
        "spread": {name: round(float(np.median(each)), 3) for name, each in found.spread.items()},
    }
    return found, story, rows


def _off(lines: Lines, held: Seen, z: np.ndarray) -> np.ndarray:
    """How far chances of cells lie from the shares that were seen, (cells, 3), the mean over draws z."""
    u = np.asarray(crowd.along(z, lines.place)).T
    chances = np.asarray(_chances(lines.at[..., None] + lines.slopes @ u)).mean(-1)
    return np.abs(chances - held.counts / np.maximum(held.counts.sum(1, keepdims=True), 1))


def places(
    replicates: int, seed: int = 1, told: Callable[[float], None] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Simulation-based calibration: where true numbers lie among their draws, shares (replicates, numbers), and which the weeks and
    rows tell. Weeks are those of as many people as were seen, lived by the engine under the true numbers; rows follow the lines,
    with their errors."""
    lines, held = crowd.lines(seed, lambda share: told(share / 2.0) if told else None), seen()
    crowds = round(float(np.mean([arm.people for arm in transitions.load("ctn-0094").arms])) / crowd.EACH)
    found, left = [], []
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])
        truth = rng.standard_normal((1, lines.slopes.shape[2]))
        counts = crowd.under(
            {name: float(column[0]) for name, column in values(truth).items()}, crowds, seed + number + 1
        )
        effect = rules().study_effect * np.exp(rules().study_effect_sd * rng.standard_normal())
        error = np.hypot(held.own, effect * held.size) * rng.standard_t(FREEDOM, len(held.own))
        rows = lines.row_at + lines.row_slopes @ crowd.along(truth[0], lines.place) + error
        draws = drawn(lines, held._replace(counts=counts, rows=rows), seed + number, chains=2)
        found.append((draws.z < truth).mean(0))
        left.append(crowd.evenly(draws.z).std(0) * np.sqrt(3.0))
        if told:
            told(0.5 + (number + 1) / replicates / 2.0)
    return np.array(found), np.mean(left, 0) < TELLS
