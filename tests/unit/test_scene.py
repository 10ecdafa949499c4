"""The scene of an episode: who is there, what is breathed, whether its CO2 is held. Laws and refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opioidsim.cases.known import known
from opioidsim.cases.scenario import from_table, loads
from opioidsim.cases.scene import BREATHING
from opioidsim.engine import inputs
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.model import breathing, clamp
from opioidsim.refusal import Refusal
from opioidsim.studies.measure import Measure, over

FACTS = library.body("breathing")
ALONE, ATTENDED = (inputs.physiology(FACTS, range(1), attended=there) for there in (False, True))
FEW = {"population": {"n": 8, "seed": 3}}
LAST = {"clock": "episode", "duration": "20 min"}
OVERDOSES = [["fentanyl 0.2 mg iv"], ["fentanyl 0.5 mg iv"], ["fentanyl 2 mg iv"]]


def ends(doses, **scene):
    return simulate(from_table(LAST | FEW | {"doses": doses, "outputs": ["ventilation"]} | scene)).ends


def test_who_says_nothing_of_the_scene_rests_on_no_fact_of_it():
    plain = from_table(LAST | {"doses": ["fentanyl 0.2 mg iv"]})
    scene = {"breathing.commanded", "breathing.air_O2", "breathing.P_B", "breathing.P_H2O"}
    assert not scene & known(plain).facts().keys()
    assert scene <= known(from_table(plain.table() | {"attended": True, "oxygen": "40 %"})).facts().keys()
    assert not {"commanded", "P_B"} & set(inputs.physiology(FACTS, range(1))._fields)


def test_a_fact_of_the_scene_is_not_changed_unnoticed_where_nobody_is_there():
    from opioidsim.cases.known import refuse_unused

    alone = from_table(LAST | {"doses": ["fentanyl 0.2 mg iv"], "change": {"breathing.commanded": "0.3"}})
    with pytest.raises(Refusal, match="nothing that is asked here rests on it"):
        refuse_unused([alone])
    refuse_unused([from_table(alone.table() | {"attended": True})])


@given(st.floats(0.0, 1.0), st.sampled_from([1.0, 0.999, 0.3]))
def test_a_breath_on_command_is_never_less_and_only_while_the_circulation_holds(awake, beat):
    gas = breathing.Gas(*(np.zeros(1),) * 11, beat=np.array([beat]))
    alone, told = (breathing.ventilation(gas, 0.08, awake, body)[0] for body in (ALONE, ATTENDED))
    least = ATTENDED.commanded * ATTENDED.W
    assert told == (max(alone, least) if beat == 1.0 else alone)


def test_somebody_there_saves_and_never_harms():
    for doses in OVERDOSES:
        alone, told = ends(doses), ends(doses, attended=True)
        assert (told["cardiac_arrest"] <= alone["cardiac_arrest"]).all()
        assert (told["lowest_ventilation"] >= np.minimum(alone["lowest_ventilation"], 0.99)).all()
        assert (told["lowest_saturation"] >= alone["lowest_saturation"] - 1e-9).all()
    assert told["lowest_ventilation"].min() > 0.9 * ATTENDED.commanded * ATTENDED.W


def test_more_oxygen_never_raises_a_risk_of_arrest_and_keeps_saturation_up_while_co2_rises():
    for doses in OVERDOSES:
        found = [ends(doses, oxygen=f"{share} %") for share in (15, 21, 30, 60, 100)]
        for less, more in itertools.pairwise(found):
            assert (more["cardiac_arrest"] <= less["cardiac_arrest"]).all()
            assert (more["lowest_saturation"] >= less["lowest_saturation"] - 0.05).all()
    air, pure = ends(OVERDOSES[0]), ends(OVERDOSES[0], oxygen="100 %")
    assert (pure["lowest_saturation"] > 95).all()
    assert (pure["highest_arterial_co2"] > air["highest_arterial_co2"]).all()


def test_air_is_twenty_one_percent_to_the_last_bit():
    said, air = ends(OVERDOSES[1], oxygen="21 %"), ends(OVERDOSES[1])
    assert all(np.array_equal(said[name], air[name], equal_nan=True) for name in air)


@given(st.floats(0.1, 1.0), st.floats(0.1, 1.0))
def test_inspired_oxygen_rises_with_its_share_and_pure_oxygen_is_all_that_vapour_leaves(a, b):
    air = tuple(FACTS[name].value for name in ("air_O2", "P_B", "P_H2O"))
    of = lambda share: breathing.inspired(ALONE.P_I_O2, share, air)  # noqa: E731
    assert (of(a) <= of(b)) == (a <= b)
    assert of(1.0) == pytest.approx(air[1] - air[2], abs=2.0)


# ---- CO2 held ------------------------------------------------------------------------------------------------------

HELD = {"clock": "episode", "doses": ["fentanyl 0.1 mg iv"], "duration": "10 min", "end_tidal_co2": "55 mmHg"}


def test_with_co2_held_ventilation_is_that_of_the_clamp():
    from opioidsim.engine.handover import begin

    result = simulate(from_table(HELD))
    assert set(result.values) & set(BREATHING) == {"ventilation", "arterial_co2"}
    assert (result["arterial_co2"] == 55.0).all()
    who = begin(inputs.read(result.scenario), range(8))
    none = breathing.Left(np.ones(8), np.ones(8), np.ones(8), np.zeros(8))
    assert result["ventilation"][0] == pytest.approx(
        float(clamp.ventilation(55.0, none, who.state.gas, who.physiology)[0])
    )
    assert result["ventilation"].min() == result.ends["lowest_ventilation"][0] < 0.7 * result["ventilation"][0]


def test_an_answer_with_co2_held_speaks_of_that_and_of_no_arrest():
    import opioidsim as ops

    answer = ops.simulate(from_table(HELD))
    assert answer.sentences()[0].startswith("With the end-tidal CO2 held at 55 mmHg")
    assert "arrest" not in str(answer)
    assert answer.charts()


def test_who_has_co2_held_runs_short_of_nothing_however_much_is_given():
    """Blood flow stays as at rest, so that a hundred times the dose is a hundred times the level."""
    some, huge = (simulate(from_table(HELD | {"doses": [f"fentanyl {mg} mg iv"]})) for mg in (0.05, 5))
    assert np.isfinite(huge["ventilation"]).all() and huge["ventilation"].min() < 1.0
    level = [found["concentration.fentanyl"][1:] for found in (some, huge)]
    assert level[1] / level[0] == pytest.approx(100.0, rel=1e-9)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"oxygen": "5 %"}, "10 to 100 % can be breathed here, and air is 21 %"),
        ({"oxygen": "101 %"}, "10 to 100 % can be breathed"),
        ({"oxygen": 0.5}, 'without a unit; write for example "50 %"'),
        ({"oxygen": "50 mmHg"}, "measure different things"),
        ({"end_tidal_co2": "90 mmHg"}, "35 to 80 mmHg can be held"),
        ({"end_tidal_co2": "55"}, "without a unit"),
        ({"end_tidal_co2": "55 mmHg", "outputs": ["saturation"]}, "cannot be shown while `end_tidal_co2` is held"),
        ({"end_tidal_co2": "55 mmHg", "second_look": True}, "`second_look` does not go with `end_tidal_co2`"),
        (
            {"end_tidal_co2": "55 mmHg", "rescue": {"drug": "naloxone 2 mg im"}},
            "`rescue` does not go with `end_tidal_co2`",
        ),
        ({"attended": True, "readings": "mann-2022"}, 'the reading "mann-2022" knows nobody who is there'),
        ({"attended": True, "clock": "course"}, '`attended` belongs to an episode; write clock = "episode"'),
        ({"oxygen": "50 %", "clock": "course"}, "`oxygen` belongs to an episode"),
    ],
)
def test_a_scene_that_cannot_be_is_refused_with_one_sentence(said, sentence):
    with pytest.raises(Refusal) as refusal:
        from_table(LAST | {"doses": ["fentanyl 0.2 mg iv"]} | said)
    assert sentence in str(refusal.value)
    assert str(refusal.value).count(". ") == 0


@given(st.floats(10, 100), st.floats(35, 80))
@settings(max_examples=30)
def test_a_scene_survives_its_toml(oxygen, co2):
    said = {"attended": True, "oxygen": f"{oxygen:.6g} %", "end_tidal_co2": f"{co2:.6g} mmHg"}
    found = from_table(LAST | {"doses": ["fentanyl 0.2 mg iv"]} | said)
    assert loads(found.toml()) == found


# ---- studies -------------------------------------------------------------------------------------------------------


def test_a_measure_with_nothing_to_divide_by_is_no_number():
    times, none = np.linspace(0.0, 4.0, 5), np.zeros(5)
    assert np.isnan(over(1.0, 0.0))
    for text in ("at 2 h relative to 1 h", "lowest relative to 0 h", "half-life from 1 h to 3 h", "clearance"):
        assert np.isnan(Measure(text).of(times, none, ())), text
    assert np.isnan(Measure("mean from 2.1 h to 2.9 h").of(times, none, ()))
    assert np.isnan(Measure("half-life from 1 h to 3 h").of(times, np.ones(5), ()))


def test_an_arm_may_be_attended_and_breathe_oxygen():
    from opioidsim.studies.study import Arm, _scenario

    seen = {"name": "x", "quantity": "ventilation", "measure": "lowest", "unit": "L/min", "observed": 1, "low": 0, "high": 2, "where": "", "why": ""}  # fmt: skip
    arm = Arm.model_validate(
        {
            "name": "an arm",
            "clock": "episode",
            "doses": ["fentanyl 0.2 mg iv"],
            "attended": True,
            "oxygen": "50 %",
            "observations": [seen],
        }
    )
    found = _scenario(arm, 0, 1, "ventilation")
    assert (found.attended, found.oxygen) == (True, 0.5)
