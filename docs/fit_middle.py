"""Fits what lies between the bound receptor and the person on the course clock: `python docs/fit_middle.py` (a minute).

Least squares on logarithms over the rows of liking and withdrawal of the studies marked `build`, each row's error a third of its
bounds' width, each number drawn towards its prior. Prints value, prior, and the standard deviation that the curvature leaves.

Priors and their deviations: a trial of these equations on 39 statements of the field. So the statements of
library/expectations.toml have had a say in where the numbers begin, though not here. Left out: the hours of withdrawal after
a tablet ten hours after heroin (single cases, treated), and blockade by the day, which is a matter of naltrexone's kinetics.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import least_squares

from opioidsim.engine import history, inputs
from opioidsim.model import adaptation, effects, receptor
from opioidsim.model.adaptation import Signal
from opioidsim.studies import study
from opioidsim.studies.study import Arm, Observation

PRIORS = {  # value, standard deviation of its logarithm
    "6-mam.receptor.mu.K": (17800.0, 0.5), "hydromorphone.receptor.mu.K": (943.0, 0.3), "morphine.receptor.mu.K": (2550.0, 0.15),
    "r-methadone.receptor.mu.K": (5820.0, 0.35), "buprenorphine.receptor.mu.K": (0.834, 0.36), "naloxone.receptor.mu.K": (1.27, 0.35),
    "buprenorphine.receptor.mu.efficacy": (0.012, 0.3),
    "liking.maximum": (87.0, 0.05), "liking.reserve": (24.0, 0.6), "liking.steepness": (2.7, 0.15), "liking.potency_loss": (3.4, 0.5),
    "adaptation.tau_dependence": (4.5, 0.25), "adaptation.tau_fast": (2.7, 0.44), "adaptation.fast_weight": (1.27, 0.27),
    "adaptation.k_dependence": (26.0, 1.0), "adaptation.tone": (0.018, 1.0),
    "adaptation.relief_reserve": (165.0, 0.6), "adaptation.relief_steepness": (5.7, 0.19), "adaptation.relief_potency_loss": (2.55, 0.15),
    "adaptation.score_half": (0.43, 0.23), "adaptation.score_power": (2.1, 0.16),
}  # fmt: skip
IN_UNITS_OF_RELIEF = {  # what does not hang on the scale of agonists' K: times the reserve of relief; that over 1 + k
    "buprenorphine.receptor.mu.efficacy": (3.13, 0.33), "adaptation.tone": (2.98, 0.26), "adaptation.k_dependence": (6.06, 0.5),
}  # fmt: skip
AWAY = 5.0  # of the origin, so that differences have one length: 0.2 standard deviations, wide enough for times read off a curve
LEFT_OUT = ("naltrexone-misadventures-1999",)


class Row(NamedTuple):
    """An observation with what its kinetics give: times [h], effect sites [nM] and off-rates, for each dosing of it."""

    seen: Observation
    arm: Arm
    courses: list


def rows() -> list[Row]:
    """Every row of liking and withdrawal of the studies marked `build`."""
    found = []
    for name in study.names():
        given = study.load(name)
        if given.use != "build" or name in LEFT_OUT:
            continue
        for arm in given.arms:
            for seen in arm.observations:
                if seen.quantity in ("liking", "withdrawal"):
                    dosings = [arm.doses] + ([seen.against] if seen.against else [])
                    if arm.challenge:
                        dosings = [(arm.challenge,)]
                    found.append(Row(seen, arm, [course(arm, doses) for doses in dosings]))
    return found


def course(arm: Arm, doses: tuple[str, ...]):
    """Times [h], effect sites [nM] by ligand, K [nM], efficacy: what these doses bring, whatever the receptor does."""
    ran = arm.model_copy(update={"doses": doses, "duration": arm.duration if arm.doses else "12 h"})
    given = inputs.read(study._scenario(ran, 0, 1, "withdrawal"), "effects.liking")
    walk = history.ready(given, range(1))
    nobody = history.unadapted(given.person, 1)
    along = history.followed(walk, given.doses, given.duration, min(given.every, 0.25), (), None, nobody, None)
    names = walk.plan.ligands
    site = np.stack([np.asarray(along.states.x)[:, *walk.plan.place[f"{name}.site"], 0] for name in names])
    values = {n: float(walk.values[n][0]) for n in walk.values if ".receptor.mu." in n}
    return along.times, site, names, values, given.adaptation(range(1)), given.effect("liking")


def curve(of, theta: dict[str, float], quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Times and liking or withdrawal, typical person, receptors in equilibrium."""
    times, site, names, values, facts, liking = of
    half = [theta.get(f"{name}.receptor.mu.K", values[f"{name}.receptor.mu.K"]) for name in names]
    efficacy = [theta.get(f"{name}.receptor.mu.efficacy", values[f"{name}.receptor.mu.efficacy"]) for name in names]
    changed = {n.partition(".")[2]: v for n, v in theta.items() if n.startswith("adaptation.")}
    hours = {"tau_dependence": 24.0}
    now = facts._replace(**{n: jnp.full(1, v * hours.get(n, 1.0)) for n, v in changed.items()})
    liked = liking | {n.partition(".")[2]: v for n, v in theta.items() if n.startswith("liking.")}
    found = _walked(jnp.asarray(times), jnp.asarray(site), jnp.array(half), jnp.array(efficacy), now, liked)
    return times, np.asarray(found[quantity])


@jax.jit
def _walked(times, site, half, efficacy, facts, liked):
    bound = receptor.equilibrium(site, half[:, None])
    activation = receptor.activation(bound, efficacy[:, None])
    silent = jnp.sum(bound * (efficacy == 0.0)[:, None], 0)
    signal = Signal(*(part[:, None] for part in (activation, 1.0 - jnp.sum(bound, 0), silent)))
    nobody = adaptation.Adapted(*(jnp.zeros(1) for _ in range(4)))
    left = adaptation.follow(times, signal, nobody, facts)
    liking = effects.effect(signal.activation, left.tolerance, left.fast, liked)
    return {"withdrawal": adaptation.score(left.symptoms, facts)[:, 0], "liking": liking[:, 0]}


def predicted(row: Row, theta: dict[str, float]) -> float:
    """The row's number, in its own unit."""
    measure = study.Measure("peak" if row.arm.challenge else row.seen.measure)
    numbers = [measure.of(*curve(of, theta, row.seen.quantity), ()) for of in row.courses]
    value = numbers[0] / numbers[1] if row.seen.against else numbers[0]
    if measure.gives == "time" and row.seen.unit:
        value *= study.units.factor("h", row.seen.unit)
    return float(np.nan_to_num(value, nan=row.seen.high + 2.0 * (row.seen.high - row.seen.low)))


def main() -> None:
    """Fits and prints."""
    names, told = list(PRIORS), rows()
    centre = np.log([PRIORS[n][0] for n in names])
    spread = np.array([PRIORS[n][1] for n in names])

    def residuals(x):
        z = x - AWAY
        theta = dict(zip(names, np.exp(centre + spread * z), strict=True))
        off = [(predicted(r, theta) - r.seen.observed) / ((r.seen.high - r.seen.low) / 3.0) for r in told]
        relief = theta["adaptation.relief_reserve"]
        scaled = [
            np.log((relief / (1.0 + theta[n]) if n.endswith("k_dependence") else relief * theta[n]) / value) / sd
            for n, (value, sd) in IN_UNITS_OF_RELIEF.items()
        ]
        return np.concatenate([off, z, scaled])

    begin = np.full(len(names), AWAY)
    fitted = least_squares(residuals, begin, diff_step=0.2 / AWAY, max_nfev=25)
    left = np.sqrt(np.diag(np.linalg.inv(fitted.jac.T @ fitted.jac))) * spread
    theta = dict(zip(names, np.exp(centre + spread * (fitted.x - AWAY)), strict=True))
    print(f"cost {2 * fitted.cost:.2f}, at the priors {np.sum(residuals(begin) ** 2):.2f}")
    for name, sd in zip(names, left, strict=True):
        print(f"{name} = {theta[name]:.4g}   prior {PRIORS[name][0]:g} ({PRIORS[name][1]:g}), left {sd:.2f}")
    for row in told:
        seen = row.seen
        print(
            f"{row.arm.name}, {seen.name}: {predicted(row, theta):.3g} for {seen.observed:g} ({seen.low:g} to {seen.high:g}) {seen.unit}"
        )


if __name__ == "__main__":
    main()
