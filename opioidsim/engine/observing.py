"""States -> named quantities of a course, each of shape (times, people).

Everything is read off states after the march: bound shares and amounts say all of it, and one march serves any outputs. What
adapts over days (tolerance, dependence, withdrawal) does not act back on a course and is followed afterwards (`adapted`).
"""

from collections.abc import Iterable

import numpy as np

from opioidsim.cases.scenario import EFFECTS, LEFT_BEHIND
from opioidsim.engine.course import Array, State
from opioidsim.engine.history import (
    Walk,
    activation,
    breathing_activation,
    by_time,
    left_behind,
    unadapted,
    withdrawal,
)
from opioidsim.engine.parameters import clearances
from opioidsim.model import effects as equations
from opioidsim.model import pharmacokinetics
from opioidsim.model.adaptation import Adapted

FOLLOWED = (*EFFECTS, *LEFT_BEHIND)  # quantities for which people are followed as they adapt


def observe(walk: Walk, states: State, wanted: Iterable[str]) -> dict[str, Array]:
    """The wanted quantities that the state alone gives, each of shape (times, people).

    Occupancy of mu is marched; that of kappa and delta is the equilibrium of one ligand with its
    effect site. Of the outputs of adaptation see `adapted`.
    """
    x, bound = states
    found = {}
    for name in wanted:
        quantity, _, drug = name.partition(".")
        if quantity == "concentration":
            found[name] = plasma(walk, x, drug)
        elif quantity == "effect_site":
            found[name] = x[:, *walk.plan.place[f"{drug}.site"]]
        elif quantity == "occupancy":
            found[name] = bound[:, walk.plan.ligands.index(drug)]
        elif quantity == "scanned":
            scan = f"{drug}.scan"
            level = plasma(walk, x, drug) * 1000.0 / walk.values[f"{drug}.molar_mass"]
            found[name] = walk.values[f"{scan}.most"] * pharmacokinetics.saturated(level, walk.values[f"{scan}.K"])
        elif quantity in ("kappa_occupancy", "delta_occupancy"):
            site = x[:, *walk.plan.place[f"{drug}.site"]]
            half = walk.values[f"{drug}.receptor.{quantity.partition('_')[0]}.K"]
            found[name] = pharmacokinetics.saturated(site, half)
        elif quantity == "activation":
            found[name] = equations.share_of_full(
                breathing_activation(walk, bound), walk.given.effect("breathing")["reserve"]
            )
    return found


def adapted(walk: Walk, states: State, times: np.ndarray, people: range) -> dict[str, Array]:
    """Tolerance, dependence and withdrawal, and the wanted effects, each (times, people), if any is wanted. A crowd carries
    their uncertainty: each of its people has time constants of their own, drawn from their bands."""
    wanted = set(walk.given.wanted)
    if not set(FOLLOWED) & wanted:
        return {}
    facts, bound = walk.given.adaptation(people), states.bound
    left = left_behind(walk, times, bound, unadapted(walk.given.person, len(people)), facts)
    found = dict(zip(LEFT_BEHIND, (left.tolerance, left.dependence, withdrawal(left.symptoms, facts)), strict=True))
    return found | {name: felt(walk, name, activation(walk, bound), left) for name in EFFECTS if name in wanted}


def plasma(walk: Walk, x: Array, drug: str) -> Array:
    """Plasma concentration [ng/mL], shape (times, people): the sum over the drug's central compartments."""
    parts = [
        x[:, *walk.plan.place[central]] / clearances(walk.values, prefix)[1]
        for central, prefix in walk.plan.plasma(drug)
    ]
    return sum(parts[1:], parts[0]) * walk.values[f"{drug}.molar_mass"] / 1000.0


def felt(walk: Walk, endpoint: str, activated: Array, adapted: Adapted) -> Array:
    """An effect of this activation in people so adapted, (times, people): liking or pain relief 0-100, the diameter of the pupil [mm]."""
    facts = walk.given.effect(endpoint)
    found = by_time(equations.effect, (activated, adapted.tolerance, adapted.fast), facts)
    return facts["diameter"] - found if endpoint == "pupil" else found
