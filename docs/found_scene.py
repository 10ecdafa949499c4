"""What the scene of injected heroin (`library/found/heroin-ambulance.toml`) takes from a trial: `python docs/found_scene.py`.

The uses in a year that a bystander would notice, among people of the trial injecting-heroin, whose habits, caution and
day-to-day spread are fitted to the overdoses of `injecting-build`: how much was taken (median, spread), with what tolerance
(median, 5th to 95th of a hundred), and in which share a sedative. Dose, tolerance and sedative are read apart, as the scene
draws them. A minute; again whenever tolerance, breathing or these numbers of behaviour move.
"""

import argparse

import numpy as np

from opioidsim.cases import trial_plan
from opioidsim.trials import opioid, opioid_arrays, overdoses


def main() -> None:
    """Prints the numbers of the scene."""
    asked = argparse.ArgumentParser(description="What the scene of injected heroin takes from a trial.")
    asked.add_argument("--people", type=int, default=2400)
    who = range(asked.parse_args().people)
    plan = trial_plan.read("injecting-heroin")
    plan = plan.model_copy(update={"people": plan.people.model_copy(update={"n": len(who)})})
    ready = opioid_arrays.ready(plan, plan.arms[0], who, False)
    days = opioid.live(*ready.arguments)
    lived, ends = overdoses.of(days, plan, who, ready.facts)
    uses = overdoses.uses(lived, plan, who, ready.facts)
    dose, tolerance, sedative = (each[uses.seen] for each in (uses.milligrams, uses.tolerance, uses.sedative))
    low, middle, high = np.quantile(tolerance, [0.05, 0.5, 0.95])
    print(
        f"{uses.seen.sum()} of {len(uses.seen)} uses would be noticed, by {len(np.unique(uses.who[uses.seen]))} people; {(ends['died'] >= 0).sum()} die"
    )
    print(f"dose: median {np.median(dose):.3g} mg, spread {np.sqrt(np.expm1(np.log(dose).var())):.2f}")
    print(
        f"tolerance: median {middle:.2f}, {low:.2f} to {high:.2f}; with the logarithm of the dose r = {np.corrcoef(np.log(dose), tolerance)[0, 1]:.2f}"
    )
    print(f"sedative: in {(sedative > 0).mean():.2f}, of {sedative.max():g} C50")


if __name__ == "__main__":
    main()
