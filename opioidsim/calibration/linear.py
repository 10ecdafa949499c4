"""Blocks whose rows are followed by straight lines around the library's numbers: kinetics, what holds receptors, breathing.

Each row's slope in each number is a difference between two readings, one engine run for all of a row's numbers. With
normal errors and a study effect that rows of one study share, what is left open is then known in closed form.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from opioidsim.calibration.open import numbers
from opioidsim.cases.open import Open, rules
from opioidsim.engine import inputs
from opioidsim.studies import study
from opioidsim.studies.rows import Row, rows
from opioidsim.studies.under import Readings

STEP = 0.5  # standard deviations on each side of the library's number
KINDS = {"kinetics": ("concentration", "receptor"), "breathing": ("breathing", "arrest")}  # rows that tell a block


class Told(NamedTuple):
    """A row with its prediction at the library's numbers and the slopes of it on the row's scale, per standard deviation."""

    row: Row
    at: float
    slopes: dict[str, float]

    @property
    def off(self) -> float:
        """Observed minus predicted, on the row's scale."""
        return float(self.row.scaled(self.row.seen.observed) - self.row.scaled(self.at))


def told(block: str, progress: Callable[[float], None] | None = None) -> list[Told]:
    """The build rows of a block, those that give a number at the library's own."""
    mine = [row for row in rows("build") if row.kind in KINDS[block] and row.simulated]
    found = []
    for number, row in enumerate(mine):
        each = _followed(row, block)
        found += [each] if each else []
        if progress:
            progress((number + 1) / len(mine))
    return found


def _followed(row: Row, block: str) -> Told | None:
    """A row with its slopes; None where it gives no number."""
    open_here = [each for each in _in_play(row) if each.block == block]
    if not open_here:
        return None
    around = len(open_here)
    z = np.zeros((2 * around + 1, around))
    z[1 : around + 1], z[around + 1 :] = STEP * np.eye(around), -STEP * np.eye(around)
    found = Readings({each.name: each.at(z[:, i]) for i, each in enumerate(open_here)}).predicted(*row[1:])
    if not np.isfinite(found[0]):
        return None
    on_scale = np.nan_to_num(row.scaled(found), nan=float(row.scaled(found[0])))
    slopes = (on_scale[1 : around + 1] - on_scale[around + 1 :]) / (2.0 * STEP)
    return Told(row, float(found[0]), {each.name: float(s) for each, s in zip(open_here, slopes, strict=True)})


def _in_play(row: Row) -> list[Open]:
    """The open facts that a row's simulation rests on."""
    arm = row.arm
    given = (*arm.doses, *row.seen.against, *((arm.challenge,) if arm.challenge else ()))
    ran = arm.model_copy(update={"doses": given, "observations": (), "duration": arm.duration if arm.doses else "12 h"})
    quantity = row.seen.quantity if "." in row.seen.quantity or arm.clock == "course" else "ventilation"
    quantity = "liking" if quantity in study.CHALLENGED else quantity
    here = inputs.read(study._scenario(ran, 0, 1, quantity)).facts()
    return [each for name, each in numbers().items() if name in here]


class Left(NamedTuple):
    """What rows leave open of a block: names, the covariance of their z, the study effect of each class, a share of the number."""

    names: tuple[str, ...]
    covariance: np.ndarray
    effects: dict[str, float]


def left(block: str, found: list[Told], effects: dict[str, float]) -> Left:
    """The covariance of a block's numbers around the library's, with these study effects."""
    names = tuple(name for name, each in numbers().items() if each.block == block)
    slopes = matrix(found, names)
    errors = noise([each.row for each in found], effects)
    information = np.eye(len(names)) + slopes.T @ np.linalg.solve(errors, slopes)
    return Left(names, np.linalg.inv(information), effects)


def matrix(found: list[Told], names: tuple[str, ...]) -> np.ndarray:
    """The slopes of all rows, (rows, numbers)."""
    place = {name: i for i, name in enumerate(names)}
    slopes = np.zeros((len(found), len(names)))
    for i, each in enumerate(found):
        for name, slope in each.slopes.items():
            slopes[i, place[name]] = slope
    return slopes


def noise(mine: list[Row], effects: dict[str, float]) -> np.ndarray:
    """Own errors, and what rows of one study and class share."""
    own = np.array([row.own for row in mine])
    tau = np.array([row.size * effects.get(row.kind, 0.0) for row in mine])
    shared = np.array([[a.name == b.name and a.kind == b.kind for b in mine] for a in mine])
    return np.diag(own**2) + np.outer(tau, tau) * shared


EFFECTS = np.linspace(0.01, 1.5, 150)  # study effects that are tried
FREEDOM = 5.0  # of Student's t: a row far off bends little
BETWEEN = 10  # values that stand for what is known of a study effect


def study_effects(block: str, found: list[Told]) -> dict[str, float]:
    """The study effect of each class that makes each study's residuals likeliest, with its own rows left out of the block.

    Twice over: what is left open hangs on the study effects, and they on it.
    """
    effects = dict.fromkeys((each.row.kind for each in found), rules().study_effect)
    for _ in range(2):
        likely = _log_posterior(block, found, effects)
        effects = {kind: float(EFFECTS[np.argmax(each)]) for kind, each in likely.items()}
    return effects


def between_studies(block: str, found: list[Told], effects: dict[str, float]) -> dict[str, list[float]]:
    """What is known of the study effects: of each class BETWEEN values, each as likely as any other. Few studies leave them wide.

    The likelihood over the grid of effects with the prior of `priors/open.toml`, a normal law of the logarithm; what is open of the
    block is as these `effects`, the likeliest, leave it.
    """
    return {kind: as_likely(each) for kind, each in _log_posterior(block, found, effects).items()}


def as_likely(log_posterior: np.ndarray) -> list[float]:
    """BETWEEN of EFFECTS, each as likely as any other, where these are the logarithms of how likely each is."""
    weight = np.exp(log_posterior - log_posterior.max()) / EFFECTS  # a density of the logarithm
    shares = (np.arange(BETWEEN) + 0.5) / BETWEEN
    return [round(float(e), 3) for e in np.interp(shares, np.cumsum(weight) / weight.sum(), EFFECTS)]


def _log_posterior(block: str, found: list[Told], effects: dict[str, float]) -> dict[str, np.ndarray]:
    """Of each class the logarithm of how likely each of EFFECTS is, up to a constant, where others are these."""
    kinds = sorted({each.row.kind for each in found})
    spread = {name: _without(block, found, name, effects) for name in {each.row.name for each in found}}
    return {kind: _likely([parts for (name, k), parts in _split(spread).items() if k == kind]) for kind in kinds}


def _without(block: str, found: list[Told], name: str, effects: dict[str, float]) -> list[tuple]:
    """(class, residual, own error, spread of what is open, size) of a study's rows, by the other studies.

    The library's numbers are taken to be those that all rows together ask for: without a study's rows, whose residuals are r
    with errors R, they move by -S J^T R^-1 r, S being what the others leave open, and r grows to (1 + J S J^T R^-1) r.
    """
    rest, mine = [t for t in found if t.row.name != name], [t for t in found if t.row.name == name]
    known = left(block, rest, effects)
    slopes = matrix(mine, known.names)
    spread = slopes @ known.covariance @ slopes.T
    off = np.array([t.off for t in mine])
    off = off + spread @ np.linalg.solve(noise([t.row for t in mine], effects), off)
    each = zip(mine, off, np.sqrt(np.diag(spread)), strict=True)
    return [(t.row.kind, float(r), t.row.own, float(s), t.row.size) for t, r, s in each]


def _split(spread: dict) -> dict:
    found: dict = {}
    for name, parts in spread.items():
        for kind, *numbers_of in parts:
            found.setdefault((name, kind), []).append(numbers_of)
    return found


def _likely(studies: list) -> np.ndarray:
    """The logarithm of the posterior of EFFECTS; each study weighs as much as any other, however many rows it has."""
    from scipy.stats import t

    def log_likelihood(effect: float) -> float:
        total = -0.5 * (np.log(effect / rules().study_effect) / rules().study_effect_sd) ** 2
        for parts in studies:
            off, own, open_, size = np.array(parts).T
            sd = np.sqrt(own**2 + (effect * size) ** 2 + open_**2)
            total += float(np.mean(t.logpdf(off / sd, FREEDOM) - np.log(sd)))
        return total

    return np.array([log_likelihood(effect) for effect in EFFECTS])
