"""An opioid held steady, and an antagonist on top: laws and refusals."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.engine import inputs, steady
from opioidsim.questions.reversal.run import Arm
from opioidsim.refusal import Refusal

FEW = ops.Who(people=3)


@pytest.fixture(scope="module")
def doses():
    """Fentanyl at 60 %, four doses of naloxone from none that tells to a large one."""
    given = [f"naloxone {mg:g} mg iv" for mg in (1e-5, 0.1, 0.4, 2.0)]
    return ops.reversal("fentanyl", given, hours=1.0, who=FEW)


def test_everyone_is_held_at_the_share_and_stays_there_where_nothing_reverses(doses):
    untouched = doses.arms[0].course
    assert untouched["ventilation"] == pytest.approx(0.6, abs=0.003)
    for name in ("arterial_co2", "saturation"):
        assert np.ptp(untouched[name], axis=1).max() < 0.1
    assert "does nothing" in doses.sentences()[1]


def test_more_of_an_antagonist_never_leaves_less_breath_at_its_highest_nor_brings_it_back_later(doses):
    highest = np.stack([arm.course["ventilation"].max(1) for arm in doses.arms])
    back = np.stack([arm.back(0.9) for arm in doses.arms])
    end = np.stack([arm.at("ventilation", 60.0) for arm in doses.arms])
    assert (np.diff(highest, axis=0) >= 0).all() and (np.diff(end, axis=0) >= -1e-6).all()
    assert (back[:-1] >= back[1:]).all() and np.isfinite(back[-1]).all()


def test_breath_comes_before_co2_and_overshoots_while_co2_is_high(doses):
    most = doses.arms[-1]
    assert (most.course["ventilation"].max(1) > 1.0).all()
    half = lambda x: ((x - x[:, :1]) / (x[:, -1:] - x[:, :1]) > 0.5).argmax(1)  # noqa: E731
    assert (half(most.course["ventilation"]) < half(most.course["arterial_co2"])).all()


def test_the_same_level_in_words_is_the_same_answer():
    share = ops.reversal("fentanyl", "naloxone 0.4 mg iv", hours=0.25)
    level = ops.reversal("fentanyl", "naloxone 0.4 mg iv", level=f"{float(share.level[0])!r} ng/mL", hours=0.25)
    assert level.rows()[0]["before"] == pytest.approx(0.6, abs=1e-4)
    assert level.under.startswith("the typical person; fentanyl is held at 6")
    with pytest.raises(ops.Refusal, match="2 ng/mL was given, and a share of 0.5"):
        ops.reversal("fentanyl", level="2 ng/mL", share=0.5)


def test_who_is_tolerant_takes_more_of_the_opioid_for_the_same_share():
    level = {
        t: ops.reversal("fentanyl", "naloxone 0.4 mg iv", hours=0.25, who=ops.Who(tolerance=t)).level[0] for t in (0, 1)
    }
    assert level[1] > 2.0 * level[0]


@pytest.mark.parametrize("opioid", ["buprenorphine", "methadone", pytest.param("hydrocodone", marks=pytest.mark.long)])
def test_partial_agonists_mixtures_and_what_is_only_swallowed_can_be_held(opioid):
    answer = ops.reversal(opioid, "naloxone 2 mg iv", share=0.88, hours=0.25)
    assert answer.rows()[0]["before"] == pytest.approx(0.88, abs=0.003)


def test_a_level_holds_what_the_equations_say_at_equilibrium():
    from opioidsim.cases.scenario import from_table

    scenario = from_table({"clock": "episode", "doses": ["fentanyl 1 mcg iv", "naloxone 0.4 mg iv"]})
    held = steady.holding(inputs.read(scenario), ("fentanyl",), (), range(8))
    state = steady.patients(held, steady.half(held)).state
    assert np.asarray(state.bound[0]) == pytest.approx(0.5)


def test_times_of_a_course():
    minutes = np.arange(7.0)
    breath = np.array([[0.6, 0.8, 0.95, 1.1, 0.95, 0.7, 0.6], [0.6] * 7, [0.6, 0.95, 0.8, 1.0, 1.0, 0.95, 0.92]])
    arm = Arm("naloxone 0.4 mg iv", None, minutes, {"ventilation": breath})  # type: ignore[arg-type]
    assert list(arm.back(0.9)) == [2.0, np.inf, 1.0]
    assert np.array_equal(arm.again(0.9), [5.0, np.nan, np.inf], equal_nan=True)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"opioid": "midazolam"}, "midazolam is a sedative and no opioid that can be held"),
        ({"opioid": "naltrexone"}, "naltrexone is an antagonist and no opioid"),
        ({"opioid": "heroin"}, "hold what it turns into, 6-mam"),
        ({"opioid": "r-methadone"}, "r-methadone is not given alone; hold methadone"),
        ({"opioid": "fentanil"}, 'Did you mean "fentanyl"'),
        ({"opioid": "buprenorphine", "share": 0.4}, "or more, however much of it is there; ask for a share over that"),
        ({"antagonist": "midazolam 5 mg iv"}, "reverses nothing, since midazolam is a sedative"),
        ({"antagonist": "morphine 5 mg iv"}, "reverses nothing, since morphine is an agonist"),
        ({"opioid": "buprenorphine", "antagonist": "buprenorphine 2 mg iv"}, "is of the opioid that is held"),
        ({"level": "500 ng/mL"}, "less than 35 % of the breathing at rest, where nobody stays"),
        ({"level": "2"}, 'without a unit; write for example "2 ng/mL"'),
        ({"level": "-2 ng/mL"}, "more than 0 and at most 100000 ng/mL"),
        ({"share": 0.9}, "nothing is to be reversed; give a smaller share"),
        ({"antagonist": "naloxone 0.4 mg iv at 3 h"}, "comes after the end"),
    ],
)
def test_what_cannot_be_reversed_is_refused_in_one_sentence(asked, sentence):
    with pytest.raises(Refusal) as refusal:
        ops.reversal(**asked)
    assert sentence in str(refusal.value)
