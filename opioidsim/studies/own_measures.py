"""Measures of a plan's own endpoints, in either condition: of one arm, or against another."""

from typing import TYPE_CHECKING

import numpy as np

from opioidsim.trials import survival

if TYPE_CHECKING:
    from opioidsim.questions.trial.run import Trial

FORMS = {
    "own": (
        r'hazard ratio of "(.+)" against (?P<arm>.+)', r'mean difference of "(.+)" against (?P<arm>.+)', r'share of "(.+)"', r'mean of "(.+)"',
    ),
}  # fmt: skip


def measured(found: "Trial", arm: str, measure: str, parts: tuple) -> float:
    """The measure of an arm's people; a time counts as happened, or in days, the end where it never comes."""
    name, *others = parts
    one, *rest = ((found.people[each], found.plan) for each in (arm, *others))
    if name in found.events:
        event = found.events[name]
        if measure.startswith("hazard ratio"):
            return survival.hazard_ratio_of(event(*one), event(*rest[0]))[0]
        values = [event(*each)[1 if measure.startswith("share") else 0] for each in (one, *rest)]
    else:
        values = [found.counts[name].of(*each) for each in (one, *rest)]
    means = [float(np.mean(each)) for each in values]
    return means[0] - means[1] if rest else means[0]
