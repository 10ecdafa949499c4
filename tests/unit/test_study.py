"""Studies: numbers taken from curves and ends in words; slips in a study are refused with a sentence."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.facts.evidence import build
from opioidsim.model import breathing, clamp
from opioidsim.refusal import Refusal
from opioidsim.studies.measure import Measure
from opioidsim.studies.study import Arm, Observation, factor

T = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
Y = np.array([8.0, 6.0, 3.0, 2.0, 4.0])
SEEN = {
    "name": "seen", "quantity": "ventilation", "measure": "lowest", "observed": 1.0, "low": 0.0, "high": 2.0,
    "where": "abstract", "why": "a test",
}  # fmt: skip

LEVEL = SEEN | {"quantity": "concentration.fentanyl", "measure": "peak", "unit": "ng/mL"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lowest", 2.0),
        ("lowest before 1 h", 6.0),
        ("time of lowest", 3.0),
        ("lowest relative to 0 h", 0.25),
        ("lowest after 4 h relative to 1 h", 4.0 / 6.0),
        ("peak after 3 h", 4.0),
        ("time from 1 h to peak", 0.0),
        ("time from 2 h to peak", 2.0),
        ("time from 1 h to first at or above 3.5", 0.0),
        ("time from 2 h to first at or above 3.5", 2.0),
        ("time from 0 h to last at or above 5", 1.0 + 1.0 / 3.0),
        ("fall at 2 h from 0 h", 5.0),
        ("rise at 4 h from 3 h", 2.0),
        ("largest fall from 1 h", 4.0),
        ("largest rise from 3 h", 2.0),
        ("share of the largest fall from 0 h left at 4 h", 4.0 / 6.0),
        ("time to half of the largest fall from 0 h", 2.0),
        ("time with a fall of 5 from 1 h", 0.0),
        ("time with a fall of 3 from 1 h", 2.5),
    ],
)
def test_a_low_point_is_taken_from_a_curve(text, expected):
    assert Measure(text).of(T, Y, ()) == pytest.approx(expected)


def test_a_level_that_is_never_reached_has_no_time():
    assert np.isnan(Measure("time from 1 h to first at or above 9").of(T, Y, ()))


def test_where_nothing_falls_no_share_of_it_is_left():
    assert np.isnan(Measure("share of the largest fall from 3 h left at 4 h").of(T, Y, ()))


def test_a_share_at_a_time_counts_people_then():
    assert Measure("share of people at or above 2.5 at 2 h").share_at(T, np.stack([Y, Y - 1.0, Y + 1.0])) == 2.0 / 3.0


def test_where_ventilation_has_fallen_is_read_off_the_other_curve():
    site = np.array([0.0, 1.0, 2.0, 3.0, 4.0]) * 10.0
    assert Measure("where ventilation has fallen by 50 %").of(T, site, (), Y) == pytest.approx(10.0 + 10.0 * 2.0 / 3.0)
    assert np.isnan(Measure("where ventilation has fallen by 90 %").of(T, site, (), Y))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("share of people", 0.75), ("share of people under 2", 0.5), ("share of people at or above 2", 0.5)],
)
def test_a_share_counts_people(text, expected):
    assert Measure(text).share(np.array([0.0, 1.0, 2.0, 3.0])) == expected


@pytest.mark.parametrize("text", ["lowest ever", "share of people below 2", "where ventilation has fallen"])
def test_what_is_no_measure_is_refused(text):
    with pytest.raises(Refusal, match="is no measure"):
        Measure(text)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"end_tidal_co2": "55 mmHg"}, "belongs to the episode clock"),
        ({"clock": "episode", "end_tidal_co2": "90 mmHg"}, "35 to 80 mmHg can be held"),
        ({"clock": "episode", "end_tidal_co2": "55 mmHg", "slope_from": "60 mmHg"}, "write 35 mmHg or more, under"),
        ({"clock": "episode", "slope_from": "45 mmHg"}, "write 35 mmHg or more, under"),
        (
            {"observations": [SEEN | {"against": ["fentanyl 0 mg iv"], "against_naive": True}]},
            "needs doses in `against`",
        ),
        ({"observations": [SEEN | {"measure": "share of people"}]}, "counts ends"),
        (
            {
                "clock": "episode",
                "observations": [SEEN | {"quantity": "lowest_saturatio", "measure": "share of people"}],
            },
            'Did you mean "lowest_saturation"',
        ),
        ({"observations": [SEEN | {"measure": "where ventilation has fallen by 50 %"}]}, "needs breathing"),
        ({"observations": [SEEN | {"low": 1.5}]}, "must lie between low and high"),
        ({"doses": ["fentanil 0.1 mg iv"]}, 'Did you mean "fentanyl"'),
        ({"observations": [LEVEL | {"unit": ""}]}, 'has no unit; write unit = "ng/mL"'),
        ({"observations": [LEVEL | {"unit": "h"}]}, "measure different things"),
        ({"observations": [LEVEL | {"unit": "nmol/mL"}]}, "measure different things"),
        ({"observations": [LEVEL | {"measure": "area", "unit": "ng/mL"}]}, "measure different things"),
        ({"observations": [LEVEL | {"measure": "at 3 h relative to 1 h"}]}, "measure different things"),
    ],
)
def test_an_arm_that_cannot_be_simulated_is_refused(change, sentence):
    with pytest.raises(Refusal, match=sentence):
        build(Arm, {"name": "an arm", "doses": ["fentanyl 0.1 mg iv"], "observations": [SEEN]} | change, "a study")


@pytest.mark.parametrize(
    ("measure", "unit", "times"),
    [("peak", "pg/mL", 1e3), ("area", "ng min/mL", 60.0), ("time of peak", "min", 60.0), ("clearance", "mL/min", 1e3 / 60.0),
     ("mean from 1 h to 2 h", "mg/L", 1e-3), ("share of the largest fall from 0 h left at 4 h", "%", 100.0)],
)  # fmt: skip
def test_a_prediction_is_in_the_unit_of_what_was_seen(measure, unit, times):
    assert factor(build(Observation, LEVEL | {"measure": measure, "unit": unit}, "a study")) == pytest.approx(times)


@pytest.fixture(scope="module")
def rest():
    from opioidsim.cases.scenario import from_table
    from opioidsim.engine.handover import begin
    from opioidsim.engine.inputs import read

    who = begin(read(from_table({"clock": "episode", "doses": ["fentanyl 0.1 mg iv"]})), range(8))
    look = breathing.circulate(who.state.gas, who.physiology)
    return SimpleNamespace(gas=who.state.gas, body=who.physiology, co2=look.pressure[0], breath=who.baseline)


def taken(rest, stimulus, boost=1.0, left=1.0):
    """What a stimulus in units of the half effect leaves of the drives, beside a sedative."""
    stimulus, steepness, boost, left = (jnp.full(8, value) for value in (stimulus, 1.8, boost, left))
    return breathing.drives(stimulus, steepness, boost, left, rest.body)


def held(rest, co2, *drugs):
    return float(clamp.ventilation(co2, taken(rest, *(drugs or (0.0,))), rest.gas, rest.body)[0])


def test_with_the_co2_held_at_rest_breathing_is_at_rest(rest):
    assert held(rest, rest.co2) == pytest.approx(float(rest.breath[0]), rel=5e-3)


def test_with_more_co2_there_is_more_breathing_and_drugs_take_of_it(rest):
    assert held(rest, 50.0) < held(rest, 55.0)
    assert held(rest, 55.0, 0.0, 2.0, 0.5) < held(rest, 55.0)
    shifted = 55.0 - float(rest.body.opioid_threshold) / 2  # of the carotid bodies' part less is left
    assert held(rest, 55.0, 1.0) == pytest.approx(held(rest, shifted) / 2, rel=0.1)
    assert held(rest, 55.0, 1e6) == pytest.approx(0.0, abs=1e-6)


def test_the_controller_settles_where_the_clamp_says(rest):
    """The chemoreflex equations of the episode, with everything held, stand still at the drives of the clamp."""
    body, left = rest.body, taken(rest, 0.5, 1.5, 0.7)
    blood = breathing.circulate(rest.gas, body)
    fires, brain = breathing.firing(50.0, blood.pressure[1], body), 50.0 + blood.brain[0] - blood.pressure[0]
    gas = rest.gas._replace(
        peripheral=left.peripheral * body.G_p * (fires - body.f_0),
        central=left.central * body.G_c * (brain - body.P_BCO2_0 - left.threshold),
    )
    moved = breathing.change(gas, blood, 5.0, left, (fires, brain), jnp.zeros(8, bool), body)
    assert np.allclose([moved.peripheral, moved.central], 0.0)
    flow = blood.brain_flow + blood.tissue_flow
    assert held(rest, 50.0, 0.5, 1.5, 0.7) == pytest.approx(
        float(breathing.ventilation(gas, flow, left.awake, body)[0])
    )
