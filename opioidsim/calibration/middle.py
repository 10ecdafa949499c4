"""The likelihood of what lies between the bound receptor and the person on the course clock.

The rows of liking, withdrawal and tolerance of the studies marked `build`, each row's error a third of its bounds' width, each number
drawn towards its prior (`library/priors/middle.toml`). Kinetics stand still here: what they bring to the receptor is worked
out once, and many sets of numbers are then walked side by side, as people are.
"""

from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.calibration.priors import Prior, Priors, at, load
from opioidsim.engine import chunks, history, inputs
from opioidsim.model import adaptation, effects, receptor
from opioidsim.model.adaptation import Signal
from opioidsim.studies import study
from opioidsim.studies.study import Arm, Observation

BLOCK = "middle"
HOURS = {"d": 24.0, "h": 1.0}
QUARTER = 0.25  # h, between the times of a course until somebody looks more closely
SETS = 24  # of numbers walked side by side, always so many: one shape to compile for each course


class Row(NamedTuple):
    """An observation with what its kinetics give, for each dosing of it."""

    study: str
    arm: Arm
    seen: Observation
    courses: list

    @property
    def id(self) -> str:
        """As on the scoreboard."""
        return f"{self.study}: {self.arm.name}, {self.seen.name}"


class Course(NamedTuple):
    """Times [h], effect sites [nM] (ligands, times), the ligands' names, how the person begins, and the facts that stand."""

    times: np.ndarray
    site: np.ndarray
    names: tuple[str, ...]
    begins: adaptation.Adapted
    values: dict[str, float]
    adaptation: tuple
    liking: dict


def rows(given: Priors | None = None) -> list[Row]:
    """Every row of the block's quantities of the studies marked `build`. Rows of one arm share its course."""
    block, found = given or load(BLOCK), []
    for name in study.names():
        told = study.load(name)
        if told.use != "build":
            continue
        for arm in told.arms:
            lived = cache(partial(course, arm))
            for seen in arm.observations:
                if seen.quantity in block.quantities:
                    dosings = [arm.doses] + ([seen.against] if seen.against else [])
                    if arm.challenge:
                        dosings = [(arm.challenge,)]
                    found.append(Row(name, arm, seen, [lived(doses) for doses in dosings]))
    return found


def course(arm: Arm, doses: tuple[str, ...]) -> Course:
    """What these doses bring to the receptor, whatever it does."""
    ran = arm.model_copy(update={"doses": doses, "duration": arm.duration if arm.doses else "12 h"})
    given = inputs.read(study._scenario(ran, 0, 1, "withdrawal"), "effects.liking")
    walk = history.ready(given, range(1))
    stated = history.unadapted(given.person, 1)
    closer = np.arange(_looked(arm), given.duration, min(given.every, QUARTER))
    along = history.followed(walk, given.doses, given.duration, QUARTER, closer, None, stated, None, whole=True)
    names = walk.plan.ligands
    site = np.stack([np.asarray(along.amounts)[:, *walk.plan.place[f"{name}.site"], 0] for name in names])
    values = {n: float(walk.values[n][0]) for n in walk.values if ".receptor.mu." in n}
    return Course(along.times, site, names, stated, values, given.adaptation(range(1)), given.effect("liking"))


def _looked(arm: Arm) -> float:
    """The first time [h] that an observation of the arm looks at; 0 where one looks at all."""
    if arm.challenge:
        return 0.0
    return min(min(study.Measure(seen.measure).times, default=0.0) for seen in arm.observations)


def curves(of: Course, theta: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Liking, withdrawal and tolerance, (times, sets), of the typical person with these sets of numbers; receptors in equilibrium."""
    many = np.ones(len(next(iter(theta.values()))))

    def taken(symbol: str) -> jax.Array:
        names = [f"{name}.receptor.mu.{symbol}" for name in of.names]
        return jnp.stack([jnp.asarray(theta.get(name, of.values[name] * many)) for name in names])

    own = {"relief": "relief_", "breathing": "breathing_"}  # effects that adaptation answers to, as it names them
    changed, liked = {}, dict(of.liking)
    for name, value in theta.items():
        group, _, symbol = name.partition(".")
        if group == "adaptation":
            unit = load(BLOCK).priors[name].unit
            changed[symbol] = value * HOURS.get(unit, 1.0)
        elif group == "effects":
            endpoint, _, symbol = symbol.partition(".")
            if endpoint == "liking":
                liked[symbol] = value
            else:
                changed[own[endpoint] + symbol] = value
    everyone = {symbol: value * many for symbol, value in of.adaptation._asdict().items()}  # pyright: ignore[reportAttributeAccessIssue]
    facts = type(of.adaptation)(**{n: jnp.asarray(v) for n, v in (everyone | changed).items()})
    found = _walked(jnp.asarray(of.times), jnp.asarray(of.site), taken("K"), taken("efficacy"), of.begins, facts, liked)
    return {name: np.asarray(curve) for name, curve in found.items()}


@jax.jit
def _walked(times, site, half, efficacy, begins, facts, liked):
    bound = receptor.equilibrium(site[..., None], half[:, None])
    activation = receptor.activation(bound, efficacy[:, None])
    silent = jnp.sum(bound * (efficacy == 0.0)[:, None], 0)
    signal = Signal(activation, 1.0 - jnp.sum(bound, 0), silent)
    stated = adaptation.Adapted(*(jnp.broadcast_to(part, half.shape[1:]) for part in begins))
    left = adaptation.follow(times, signal, stated, facts)
    liking = effects.effect(signal.activation, left.tolerance, left.fast, liked)
    return {"withdrawal": adaptation.score(left.symptoms, facts), "liking": liking, "tolerance": left.tolerance}


def predicted(row: Row, theta: dict[str, np.ndarray], known: dict | None = None) -> np.ndarray:
    """The row's number, in its own unit, for each set of numbers. known: what courses gave for these numbers so far."""
    known = {} if known is None else known
    for of in row.courses:
        if id(of) not in known:
            known[id(of)] = curves(of, theta)
    measure = study.Measure("peak" if row.arm.challenge else row.seen.measure)
    seen = row.seen
    each = [np.array([measure.of(of.times, y, ()) for y in known[id(of)][seen.quantity].T]) for of in row.courses]
    value = each[0] / each[1] if seen.against else each[0]
    value = value * study.factor(seen)
    return np.nan_to_num(value, nan=seen.high + 2.0 * (seen.high - seen.low))


def residuals(told: list[Row], priors: dict[str, Prior], z: np.ndarray) -> np.ndarray:
    """How far each row lies off, in its own errors, and each ratio that has a prior, in deviations: (rows, sets), for
    deviations z of the priors, (sets, numbers)."""
    parts = [z[first : first + SETS] for first in range(0, len(z), SETS)]
    full = [np.concatenate([part, np.repeat(part[-1:], SETS - len(part), 0)]) for part in parts]
    found = list(chunks.each(lambda part: _off(told, at(priors, part)), full))
    return np.concatenate(found, 1)[:, : len(z)]


def _off(told: list[Row], theta: dict[str, np.ndarray]) -> np.ndarray:
    known: dict = {}
    off = [(predicted(r, theta, known) - r.seen.observed) / ((r.seen.high - r.seen.low) / 3.0) for r in told]
    relief = theta["effects.relief.reserve"]
    return np.stack(off + [
        np.log((relief / (1.0 + theta[n]) if n.endswith("k_dependence") else relief * theta[n]) / prior.value) / prior.sd
        for n, prior in load(BLOCK).in_units_of_relief.items()
    ])  # fmt: skip
