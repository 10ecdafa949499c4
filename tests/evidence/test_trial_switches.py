"""Therapy, supervision and blockade switched off and on move outcomes as in the cited studies; sizes are on the scoreboard."""

import pytest

from opioidsim.studies import study, trial_measures

pytestmark = pytest.mark.long


def take(trial, quantity, measure, *arms):
    return [trial_measures.predict(trial, arm, quantity, measure) for arm in arms]


def test_contingency_management_keeps_people_on_tablets_longer():
    """Carroll 2001: 7.4 against 5.6 weeks."""
    standard, contingency = take("carroll-2001", "retention", "mean days", "standard", "contingency management")
    assert 0 < contingency - standard < 21


def test_supervision_keeps_more_people_abstinent():
    """Minozzi 2011: relative risk 2.93 (1.66-5.18) where adherence was enforced; without, no difference was shown."""
    arms = ("tablets", "tablets, relative looks on", "tablets in front of staff")
    ratios = take("oral-naltrexone", "retained and abstinent", "ratio against placebo tablets", *arms)
    assert 1.0 < ratios[0] < ratios[1] < ratios[2]
    assert 1.66 < ratios[2] < 5.18


def test_blockade_keeps_people_and_keeps_them_abstinent():
    """Krupitsky 2011: XR-NTX against the injection without its drug."""
    arms = ("placebo injection", "monthly naltrexone")
    for quantity, measure in (("retention", "mean days"), ("urine", "median share negative of weeks 5 to 24")):
        placebo, blocked = take("krupitsky-2011", quantity, measure, *arms)
        assert blocked > placebo, measure


def test_every_study_of_a_trial_names_what_there_is():
    names = [name for name in study.names() if any(arm.trial for arm in study.load(name).arms)]
    assert {study.load(name).use for name in names} == {"build", "check"}
