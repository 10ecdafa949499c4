"""Each person's own dose from which an unattended use of an opioid ends badly: what the risk surface is made of.

A threshold instead of a share who die at some doses: each person is searched to CLOSE octaves in a
few runs, every dose of one search tells something of the others, and the share that dies then rises
with the dose by construction.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from opioidsim.cases.before import Before
from opioidsim.cases.scenario import STEP, Scenario
from opioidsim.engine import course, inputs, simulate_episode
from opioidsim.engine.handover import Patients, hand_over
from opioidsim.engine.inputs import Inputs
from opioidsim.model.adaptation import own_tolerance

HOLDS, SEDATES = "naltrexone", "midazolam"  # what stands for any slow antagonist, and for sedatives of all kinds
FIRST_STEP, CLOSE = 0.25, 0.125  # octaves of dose: how a search begins, and how near it must come
MOST_STEPS = 40


class Use(NamedTuple):
    """One kind of use, ready for any tolerance, share held and sedation. Doses in it are 1 mg, so that
    multiples are milligrams.

    given: the scenario, read, with the antagonist and the sedative beside the opioid. values:
    parameters by name, (people,) each. who: the person numbers. rest: ventilation without any drug
    [L/min], (people,).
    """

    given: Inputs
    values: dict[str, np.ndarray]
    who: range
    rest: np.ndarray


class Bracket(NamedTuple):
    """What is known of each person's threshold: log2 of a dose that ends well, and of one that does
    not; (people,) each.

    Minus and plus infinity where no such dose is known yet.
    """

    low: np.ndarray
    high: np.ndarray

    def after(self, at: np.ndarray, hit: np.ndarray) -> "Bracket":
        """What is known once the doses 2^at were tried; hit: who met the end, (people,). A dose that
        tells nothing new changes nothing.
        """
        return Bracket(
            np.where(hit, self.low, np.maximum(self.low, at)), np.where(hit, np.minimum(self.high, at), self.high)
        )

    @property
    def middle(self) -> np.ndarray:
        """The threshold; plus or minus infinity where it lies beyond what was tried."""
        known = np.isfinite(self.low) & np.isfinite(self.high)
        return np.where(
            known,
            (np.where(known, self.low, 0.0) + np.where(known, self.high, 0.0)) / 2.0,
            np.where(np.isinf(self.high), self.high, self.low),
        )


def use(scenario: Scenario, who: range, draws: Mapping[str, np.ndarray] | None = None) -> Use:
    """The scenario's opioid in these people, beside a slow antagonist and a sedative, whose levels are set later. draws: readings
    of facts by name, (rows,) each; person k lives under row k modulo rows.

    Of these two only the effect site counts: their amounts elsewhere, and their metabolites, are
    left out. Both keep their level, since an episode is short beside what holds it; the antagonist
    lets go of the receptor at its own rate all the same.
    """
    with_them = Before(doses=(f"{HOLDS} 50 mg oral", f"{SEDATES} 1 mg iv"), duration="1 h")  # pyright: ignore[reportArgumentType]
    both = inputs.read(scenario.model_copy(update={"before": with_them}))
    both = both.drawing(draws).under(who) if draws else both
    values = both.values(who)
    values[f"{HOLDS}.biophase_half_life"] = np.full(len(who), np.inf)  # steady: an episode is short
    values[f"{SEDATES}.ke0"] = np.zeros(len(who))
    of_use = {drug.name for drug in scenario.drugs()}
    mine = [drug for drug in both.drugs if drug.name in of_use]
    beside = [drug.model_copy(update={"metabolites": {}, "routes": {}}) for name in (HOLDS, SEDATES) for drug in both.drugs if drug.name == name]  # fmt: skip
    used = Use(both.among([*mine, *beside], scenario.given()), values, who, np.empty(0))
    return used._replace(rest=patients(used, 0.0, 0.0, 0.0).baseline)


def patients(used: Use, tolerance, held: float, sedative: float) -> Patients:
    """These people at rest with this tolerance, that of the typical person with the habit that each has, one or of each;
    with this share of receptors held, and this sum of C / C50.

    The antagonist's concentration is that at which it holds just this share alone, K h / (1 - h),
    so that it is at equilibrium until the opioid comes.
    """
    n = len(used.who)
    plan, facts = used.given.plan, used.given.known.body["effects"]["breathing"]
    own = own_tolerance(np.broadcast_to(tolerance, n), used.values["person.sensitivity"], facts["potency_loss"].value)
    values = used.values | {"person.tolerance": np.asarray(own)}
    x = np.zeros((len(plan.blocks), plan.size, n))
    bound = np.zeros((len(plan.ligands), n))
    x[plan.place[f"{HOLDS}.site"]] = values[f"{HOLDS}.receptor.mu.K"] * held / (1.0 - held)
    x[plan.place[f"{SEDATES}.site"]] = values[f"{SEDATES}.sedation.C50"] * sedative
    bound[plan.ligands.index(HOLDS)] = held
    return hand_over(used.given, values, course.State(x, bound), used.who)


def outcomes(used: Use, ready: Patients, doses: np.ndarray) -> dict[str, np.ndarray]:
    """Which ends these people meet when each takes their dose of `doses` [mg]: depressed, apnoea,
    arrest; (people,) bool each.

    depressed: ventilation so low that a bystander would notice, who knows how people breathe without
    any drug. A later end counts as the earlier ones too, so that thresholds stand in this order in
    everyone.
    """
    steps = round(used.given.duration * 3600.0 / STEP)
    end = simulate_episode.ends(ready, simulate_episode.tallied(ready, steps, times=doses), used.who)
    arrest = end["cardiac_arrest"] == 1
    apnoea = arrest | (end["apnoea"] == 1)
    noticed = end["lowest_ventilation"] < used.given.known.body["body"]["bystander"]["notices"].value * used.rest
    return {"depressed": apnoea | noticed, "apnoea": apnoea, "arrest": arrest}


def found(
    tried: Callable[[np.ndarray], dict[str, np.ndarray]],
    guesses: dict[str, np.ndarray],
    least: float,
    most: float,
    close: float = CLOSE,
) -> dict[str, np.ndarray]:
    """log2 of each person's threshold for the outcomes that `guesses` names, (people,) each; infinite beyond `most`.

    tried: doses -> whether each outcome is met; every outcome learns from every dose that was tried
    for another. From the guess up or down by steps that double until both sides are known, then by
    halving what lies between them, to `close` octaves. Everyone is tried in each round, each with
    an own dose: one march serves all.
    """
    known = {
        name: Bracket(np.full(len(guess), -np.inf), np.full(len(guess), np.inf)) for name, guess in guesses.items()
    }
    for name, guess in guesses.items():
        at, step = np.clip(guess, least, most), np.full(len(guess), FIRST_STEP)
        for _ in range(MOST_STEPS):
            low, high = known[name]
            inside = np.isfinite(low) & np.isfinite(high)
            if np.all((inside & (high - low <= close)) | (low >= most) | (high <= least)):
                break
            started = np.isfinite(low) | np.isfinite(high)
            onward = np.where(np.isfinite(low), low + step, np.where(started, high - step, at))
            at = np.clip(np.where(inside, known[name].middle, onward), least, most)
            step = np.where(started & ~inside, 2.0 * step, step)
            ended = tried(2.0**at)
            known = {key: bracket.after(at, ended[key]) for key, bracket in known.items()}
    return {name: bracket.middle for name, bracket in known.items()}
