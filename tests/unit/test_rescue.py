"""The question of rescue: arms, shares, what is refused."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.refusal import Refusal

OVERDOSE, PRODUCT = "fentanyl 2.965 mg iv", "naloxone 2 mg im-autoinjector"


@pytest.fixture(scope="module")
def answer():
    return ops.rescue(OVERDOSE, PRODUCT, doses=(1, 2), delays=("60 s", "5 min"), duration="20 min")


def test_nobody_comes_first_and_every_way_of_helping_follows(answer):
    assert [arm.label for arm in answer.arms] == [
        "nobody helps",
        f"1 x {PRODUCT}, after 1 min",
        f"1 x {PRODUCT}, after 5 min",
        f"2 x {PRODUCT}, after 1 min",
        f"2 x {PRODUCT}, after 5 min",
    ]
    assert [arm.ends["doses_given"][0] for arm in answer.arms] == [0, 1, 1, 2, 2]


def test_help_in_time_rescues_the_typical_person_and_late_help_does_not(answer):
    arrest = [arm.ends["cardiac_arrest"][0] for arm in answer.arms]
    assert arrest == [1, 0, 1, 0, 1]


def test_nobodys_row_has_no_numbers_about_doses(answer):
    row = answer.rows()[0]
    assert row["arrest"] == 1.0 and row["arrest_low"] < 1.0 == row["arrest_high"]
    assert np.isnan(row["further_dose"]) and np.isnan(row["rescue_time_s"])


def test_curves_are_those_of_the_typical_person(answer):
    assert list(answer.curves) == [arm.label for arm in answer.arms]
    nobody = answer.curves["nobody helps"]
    assert np.isnan(nobody.meaningful("arterial_o2")[0, -1]) and not np.isnan(nobody["blood_flow"][-1])


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ({"opioid": "naloxone 2 mg im"}, "is no overdose of an opioid"),
        ({"opioid": OVERDOSE, "products": []}, "at least one product"),
        ({"opioid": OVERDOSE, "doses": (0,)}, "give one or more"),
        ({"opioid": OVERDOSE, "products": "heroin 5 mg iv"}, "is no antagonist and rescues nobody"),
        ({"opioid": OVERDOSE, "delays": range(100)}, "at most 60"),
        ({"opioid": OVERDOSE, "when": "ventilation < banana"}, "is not understood"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(words, remedy):
    with pytest.raises(Refusal, match=remedy):
        ops.rescue(**words)
