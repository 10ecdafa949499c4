"""Rescue step by step: what is given is what its sentences say; breaths and oxygen; when help comes; protocols by name."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases.protocol import protocols
from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs
from opioidsim.engine.rescue_arrays import delay_of
from opioidsim.refusal import Refusal

CONCENTRATION = "concentration.naloxone"
COMMON = {"clock": "episode", "duration": "20 min", "every": "10 s", "outputs": [CONCENTRATION], "person": {"tolerance": "chronic"}}  # fmt: skip


@pytest.fixture(scope="module")
def course(run):
    """The naloxone [ng/mL] of the typical person, and how it ends; help comes at 5 min, or as `keys` say."""

    def course(*doses, opioid="fentanyl 0.2 mg iv", **keys):
        rule = {"rescue": {"when": "at 5 min", "delay": "0 s"} | keys} if keys else {}
        found = run(opioid, *doses, **COMMON, **rule)
        return found.values[CONCENTRATION][0], {name: value[0] for name, value in found.ends.items()}

    return course


@pytest.mark.long
def test_an_infusion_by_steps_is_that_at_a_known_time(course):
    known, _ = course("naloxone 1 mg iv over 10 s at 5 min", "naloxone 0.5 mg iv over 90 s at 7.5 min")
    found, ends = course(steps=["naloxone 1 mg iv over 10 s", "naloxone 0.5 mg iv over 90 s after 150 s"])
    assert np.abs(found - known).max() < 1e-3 * known.max()
    assert ends["doses_given"] == 2 and ends["milligrams_given"] == pytest.approx(1.5)
    rule, _ = course(drug="naloxone 1 mg iv over 10 s")
    assert np.abs(rule[:40] - known[:40]).max() < 1e-3 * known.max()


@pytest.mark.long
def test_two_thirds_of_the_effective_dose_an_hour(course):
    """0.4 mg three times took effect: 0.8 mg in an hour."""
    known, _ = course("naloxone 0.4 mg iv at 5 min every 1 min x 3", "naloxone 0.8 mg iv over 1 h at 10 min")
    found, ends = course(
        steps=["naloxone 0.4 mg iv every 1 min x 3", "naloxone iv at 2/3 of the effective dose an hour over 1 h after 3 min"]
    )  # fmt: skip
    assert np.abs(found - known).max() < 1e-3 * known.max()
    assert ends["milligrams_given"] == pytest.approx(1.2)


def test_what_is_not_needed_is_passed_over(course):
    """Fentanyl 0.2 mg leaves a chronic user breathing: only the unconditional step is given."""
    steps = ["naloxone 0.4 mg iv if ventilation < 10 % of baseline", "naloxone 0.1 mg iv after 1 min"]
    _, ends = course(steps=steps)
    assert ends["milligrams_given"] == pytest.approx(0.1) and ends["doses_given"] == 1


def test_breaths_and_oxygen_alone_keep_somebody_alive(course):
    """2.5 mg of fentanyl stops the typical chronic user's heart; breaths from the first minute on do not let it."""
    late = "naloxone 0.4 mg iv after 15 min"
    common = {"opioid": "fentanyl 2.5 mg iv", "when": "ventilation < 40 % of baseline", "delay": "60 s"}
    alone, breathed, oxygen = (
        course(steps=[*more, late], **common)[1]
        for more in ([], ["rescue breathing 5 L/min"], ["rescue breathing 5 L/min", "oxygen 100 %"])
    )
    assert [each["cardiac_arrest"] for each in (alone, breathed, oxygen)] == [1, 0, 0]
    assert breathed["rescue_time_s"] >= oxygen["rescue_time_s"]
    assert breathed["lowest_ventilation"] < 2.0  # what is seen is the own breath


def test_who_breathes_is_left_in_air(course):
    """Heroin 20 mg leaves this user more than a tenth of the breath: oxygen meant for who has less is not given."""
    common = {"opioid": "heroin 20 mg iv", "when": "ventilation < 90 % of baseline", "delay": "60 s"}
    air, asked, given = (
        course(steps=[*more, "naloxone 0.4 mg iv after 15 min"], **common)[1]["lowest_arterial_o2"]
        for more in ([], ["oxygen 100 % if ventilation < 10 % of baseline"], ["oxygen 100 % if ventilation < 90 % of baseline"])
    )  # fmt: skip
    assert asked == air < given - 1.0


def test_nine_in_ten_helpers_come_between_the_two_times():
    rescue = {"drug": "naloxone 2 mg im", "comes": ["2 min", "12 min"]}
    common = COMMON | {"outputs": ["ventilation"], "doses": ["fentanyl 1 mg iv"], "rescue": rescue}
    found = delay_of(inputs.read(from_table(common | {"population": {"n": 4000, "seed": 3}})), range(4000))
    assert np.quantile(found, (0.05, 0.95)) == pytest.approx([120, 720], rel=0.06)
    assert delay_of(inputs.read(from_table(common)), range(8)) == pytest.approx((120 * 720) ** 0.5)


@pytest.mark.long
def test_protocols_are_compared_and_the_usual_products_left_out():
    found = ops.rescue("fentanyl 2.2 mg iv", protocol=("spray-and-breaths", "naloxone 2 mg iv; naloxone 2 mg im after 3 min"), hours=1 / 3)  # fmt: skip
    assert [arm.label for arm in found.arms] == [
        "nobody helps", "spray-and-breaths, after 1 min", "naloxone 2 mg iv; naloxone 2 mg im after 3 min, after 1 min",
    ]  # fmt: skip
    assert [int(arm.ends["cardiac_arrest"][0]) for arm in found.arms] == [1, 0, 0]
    assert found.rows()[2]["milligrams_given"] == pytest.approx(4.0)
    assert ops.ask(found.asked).rows() == found.rows()


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ({"protocol": "rising-dose"}, 'Did you mean "rising-doses"'),
        ({"protocol": "naloxone 2 mg iv; naloxone 2 mg iv unless awake"}, "step 2"),
        ({"comes": "2 min"}, "2 min to 12 min"),
        ({"comes": "12 min to 2 min"}, "less than the second"),
    ],
)
def test_a_protocol_that_is_not_understood_is_refused(words, remedy):
    with pytest.raises(Refusal, match=remedy):
        ops.rescue(**words)


def test_every_protocol_of_the_library_is_sound():
    assert {"rising-doses", "boluses-then-infusion", "boluses-alone"} <= set(protocols())


@pytest.mark.long
def test_methadone_outlasts_naloxone_and_an_infusion_prevents_that():
    """Somebody naive who took 400 mg breathes too little again hours after boluses, and does not while naloxone runs."""
    found = ops.rescue(
        "methadone 400 mg oral", protocol=("boluses-alone", "boluses-then-infusion"), delay="5 min", hours=5, who=ops.Who(tolerance=0.0)
    )  # fmt: skip
    alone, infused = (arm.ends["depressed_again_s"][0] / 3600.0 for arm in found.arms[1:])
    assert 1.5 < alone < 4.5 and np.isnan(infused)
