"""An opioid held steady at its effect site, and the level of it that leaves people a share of their breathing.

Held means that nothing moves the effect site: only there an opioid acts, so that how it gets there may stay open, as an
infusion that is adjusted would.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.engine import course, episode_arrays
from opioidsim.engine.handover import Patients, hand_over
from opioidsim.engine.inputs import Inputs

OCTAVES = (-24.0, 10.0)  # of the level that alone holds half of the receptors: where a level is looked for
HALVINGS = 20  # of that span: to 3e-5 octaves


class Held(NamedTuple):
    """People in whom opioids are held. given: the scenario, read, with the doses that are given on top. values: parameters by
    name, (people,) each. names: of the ligands that are held, in equal parts. who: the person numbers."""

    given: Inputs
    values: dict[str, np.ndarray]
    names: tuple[str, ...]
    who: range


def holding(given: Inputs, names: tuple[str, ...], on_top: tuple[Dose, ...], who: range) -> Held:
    """These people with these ligands held, and the doses `on_top` of it. Of what is held only the effect site counts: its
    metabolites and ways in are left out."""
    members = [d.model_copy(update={"metabolites": {}, "routes": {}}) if d.name in names else d for d in given.drugs]
    needed = {name for dose in on_top for name in _family(given, dose.drug)} | set(names)
    mine = replace(given.among([d for d in members if d.name in needed], on_top), doses=on_top)
    values = mine.values(who)
    for name in names:
        if f"{name}.ke0" in values:
            values[f"{name}.ke0"] = np.zeros(len(who))
        else:
            values[f"{name}.biophase_half_life"] = np.full(len(who), np.inf)
    return Held(mine, values, names, who)


def _family(given: Inputs, name: str) -> set[str]:
    """A drug in play and everything that it turns into."""
    found, waiting = set(), [name]
    while waiting:
        drug = next((d for d in given.drugs if d.name == waiting[0] and d.name not in found), None)
        waiting.pop(0)
        if drug:
            found.add(drug.name)
            waiting += [*drug.metabolites, *drug.mixture, *(m for r in drug.routes.values() for m in r.presystemic)]
    return found


def patients(held: Held, level: np.ndarray) -> Patients:
    """These people at rest with this level [nM] at the effect site, (people,), shared by the held ligands and at equilibrium
    with the receptor."""
    plan, part = held.given.plan, level / len(held.names)
    rates = episode_arrays.drugs_of(held.given, held.values)[1]
    x = np.zeros((len(plan.blocks), plan.size, len(held.who)))
    bound = np.zeros((len(plan.ligands), len(held.who)))
    for name in held.names:
        x[plan.place[f"{name}.site"]] = part
        i = plan.ligands.index(name)
        bound[i] = rates.kon[i] * part ** rates.n[i] / rates.koff[i]
    return hand_over(held.given, held.values, course.State(x, bound / (1.0 + bound.sum(0))), held.who)


def half(held: Held) -> np.ndarray:
    """The level [nM] at which the first of the held ligands alone holds half of the receptors, (people,)."""
    rates = episode_arrays.drugs_of(held.given, held.values)[1]
    i = held.given.plan.ligands.index(held.names[0])
    return np.asarray((rates.koff[i] / rates.kon[i]) ** (1.0 / rates.n[i]))


def level_for(held: Held, share: float, rest: np.ndarray) -> np.ndarray:
    """The level [nM] at which each of these people breathes `share` of `rest` [L/min], (people,); infinity where no level does.

    By halving: more of an opioid never leaves more breathing. Every try settles anew, so that none begins short of oxygen.
    """
    scale, (low, high) = half(held), (np.full(len(held.who), end) for end in OCTAVES)
    reached = ~(left_at_most(held) > share * rest)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        enough = ~(patients(held, scale * 2.0**middle).baseline > share * rest)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(reached, scale * 2.0**high, np.inf)


def left_at_most(held: Held) -> np.ndarray:
    """Ventilation at the highest level that is looked at [L/min], (people,): what a ceiling leaves."""
    return patients(held, half(held) * 2.0 ** OCTAVES[1]).baseline


def at_rest(held: Held) -> np.ndarray:
    """Ventilation without anything held [L/min], (people,)."""
    return patients(held, np.zeros(len(held.who))).baseline
