"""The equations of breathing, one at a time: what must hold whatever the numbers are."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.engine import inputs
from opioidsim.facts import library
from opioidsim.model import breathing
from opioidsim.model.breathing import Gas

BODY = inputs.physiology(library.body("breathing"), range(1))
PUBLISHED = inputs.physiology(library.body("breathing", "mann-2022"), range(1))
STEEPNESS = library.body("effects")["breathing"]["steepness"].value
SHARES = np.linspace(0.0, 1.0, 101)
STIMULI = np.concatenate([[0.0], np.logspace(-3, 3, 200)])
LESS = st.floats(0.1, 1.0)  # what sedatives leave: half at the least, one alone


def left(stimulus, boost=1.0, rest=1.0, body=BODY):
    """Wakefulness, chemoreflexes and threshold, as a stimulus in units of the half effect leaves them."""
    return breathing.Left(
        *(np.asarray(v) for v in breathing.drives(np.asarray(stimulus, float), STEEPNESS, boost, rest, body))
    )


def test_without_drug_nothing_is_taken_of_the_drives():
    assert [float(v) for v in left(0.0)] == [1.0, 1.0, 1.0, 0.0]


def test_at_a_stimulus_of_one_half_of_both_drives_is_left_whatever_the_steepness():
    for steepness in (0.8, STEEPNESS, 3.0):
        some = breathing.drives(np.ones(1), steepness, 1.0, 1.0, BODY)
        risen = pytest.approx(0.5 * float(BODY.opioid_threshold))
        assert (some.awake[0], some.central[0], some.threshold[0]) == (pytest.approx(0.5), pytest.approx(0.5), risen)


def test_of_the_response_to_lack_of_oxygen_morphine_leaves_a_third_to_two_fifths_where_it_leaves_half_of_that_to_co2():
    """Weil 1975: 0.396 and 0.580 are left. Santiago 1979: a third and a half. Dahan 1998: 0.70 and 0.82."""
    for hypoxic, hypercapnic in ((0.396, 0.580), (1 / 3, 1 / 2), (0.70, 0.82)):
        stimulus = (1 / hypercapnic - 1) ** (1 / STEEPNESS)
        some = breathing.drives(np.full(1, stimulus), STEEPNESS, 1.0, 1.0, BODY)
        assert some.central[0] == pytest.approx(hypercapnic) and some.peripheral[0] == pytest.approx(hypoxic, rel=0.08)


def test_more_stimulus_leaves_less_of_each_drive():
    awake, peripheral, central, threshold = left(STIMULI)
    assert all((np.diff(drive) < 0).all() for drive in (awake, peripheral, central))
    assert awake[-1] < 1e-4 and awake.min() >= 0
    assert (np.diff(threshold) > 0).all() and threshold[-1] == pytest.approx(float(BODY.opioid_threshold), rel=1e-4)


@given(st.floats(0.0, 1e4), st.floats(1.0, 20.0), st.floats(1.0, 20.0), LESS, LESS)
def test_more_of_a_sedative_never_leaves_more_of_a_drive(stimulus, one, other, a, b):
    (less, more), (rest, less_rest) = sorted((one, other)), sorted((a, b), reverse=True)
    some, many = left(stimulus, less, rest), left(stimulus, more, less_rest)
    assert all(more <= fewer + 1e-12 for more, fewer in zip(many[:3], some[:3], strict=True)) and many[3] >= some[3]


def test_a_sedative_takes_its_own_part_of_both_drives_and_has_nothing_to_potentiate_alone():
    alone = left(0.0, boost=3.0, rest=0.6)
    assert (float(alone[0]), float(alone[2]), float(alone[3])) == (pytest.approx(0.6), pytest.approx(0.6), 0.0)
    both, opioid = left(0.5, boost=3.0, rest=0.6), left(0.5)
    assert all(together < 0.6 * only for together, only in zip(both[:3], opioid[:3], strict=True))


def test_a_sedative_that_doubles_the_stimulus_is_a_dose_twice_as_large():
    for boosted, dosed in zip(left(STIMULI, boost=2.0), left(2.0 * STIMULI), strict=True):
        assert boosted == pytest.approx(dosed)


# ---- the published program's own drives ----------------------------------------------------------------------------


def published(activation, sedation=0.0, tolerance=0.0):
    found = breathing.published_drives(np.asarray(activation, float), sedation, tolerance, PUBLISHED)
    return [np.asarray(v) for v in found]


def test_without_drug_the_published_drives_are_whole_and_a_full_receptor_leaves_none():
    assert [float(v) for v in published(0.0)] == [1.0, 1.0, 1.0, 0.0]
    awake, peripheral, central, _ = published(1.0)
    assert peripheral == central and (awake, central) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.0, abs=1e-12))


@pytest.mark.parametrize("tolerance", [0.0, 0.5, 1.0])
def test_more_activation_leaves_less_of_each_published_drive(tolerance):
    awake, _, reflex, _ = published(SHARES, tolerance=tolerance)
    assert (np.diff(awake) < 0).all()
    assert (np.diff(reflex) < 0).all()


def test_more_tolerance_leaves_more_of_each_published_drive():
    for drive in (0, 1, 2):
        found = [published(SHARES[1:-1], tolerance=t)[drive] for t in (0.0, 0.3, 0.7, 1.0)]
        assert all((more > less).all() for less, more in itertools.pairwise(found))


def test_the_chronic_user_of_the_reading_is_the_published_one():
    naive, chronic = (np.array([float(v) for v in breathing.published_exponents(t, PUBLISHED)]) for t in (0.0, 1.0))
    assert chronic / naive == pytest.approx(PUBLISHED.tolerant)


def test_in_the_reading_a_sedative_takes_wakefulness_and_raises_the_threshold_but_leaves_the_reflex():
    alone, both = published(0.3), published(0.3, sedation=1.0)
    assert both[0] == pytest.approx(alone[0] / 2)
    assert (both[1], both[2]) == (alone[1], alone[2])
    assert both[3] == pytest.approx(PUBLISHED.sedation_threshold / 2)


# ---- gas, flow, chemoreceptors -------------------------------------------------------------------------------------


def test_blood_holds_more_gas_at_a_higher_pressure():
    pressure = np.linspace(1.0, 150.0, 200)
    co2, _ = breathing.contents(pressure, 90.0, BODY)
    _, o2 = breathing.contents(40.0, pressure, BODY)
    assert (np.diff(co2) > 0).all()
    assert (np.diff(o2) > 0).all()


def test_saturation_is_a_share():
    _, o2 = breathing.contents(40.0, np.linspace(0.1, 600.0, 200), BODY)
    full = np.asarray(breathing.saturation(o2, BODY))
    assert ((full > 0) & (full < 100)).all()


def test_the_chemoreceptor_fires_more_with_less_oxygen_and_more_carbon_dioxide():
    o2 = np.linspace(10.0, 150.0, 50)
    assert (np.diff(breathing.firing(40.0, o2, BODY)) < 0).all()
    assert (np.diff(breathing.firing(np.linspace(25.0, 80.0, 50), 60.0, BODY)) > 0).all()


def test_shrinking_goes_from_one_to_two_as_flow_rises():
    found = np.asarray(breathing.shrinking(np.linspace(0.0, 0.3, 500), BODY))
    assert (np.diff(found) >= 0).all()
    assert (found[0], found[-1]) == (pytest.approx(1.0), pytest.approx(2.0))
    assert breathing.shrinking(BODY.Q_mid * BODY.Q_ref, BODY) == pytest.approx(1.5)


def test_collapse_is_faster_with_more_carbon_dioxide():
    assert breathing.collapse_rate(BODY.P_col_CO2, BODY) == pytest.approx(BODY.k_col)
    assert breathing.collapse_rate(80.0, BODY) > breathing.collapse_rate(40.0, BODY)


def gas(**changes):
    still = dict(zip(Gas._fields, (38.66, 100.7, 0.6127, 1.0e-3, 0.6106, 1.2e-3, -0.09, 0.0, -0.2, 0.34, 0.88, 1.0), strict=True))  # fmt: skip
    return Gas(**{key: np.array([value]) for key, value in (still | changes).items()})


def test_there_is_no_breath_without_flow():
    found = [float(breathing.ventilation(gas(), BODY.Q_cut * part, 1.0, BODY)[0]) for part in (2.0, 0.75, 0.4)]
    assert found[1] == pytest.approx(0.75 * found[0])
    assert found[2] == 0.0


def test_a_negative_drive_takes_nothing_from_wakefulness():
    assert breathing.ventilation(gas(central=-5.0, peripheral=-5.0), 0.08, 1.0, BODY)[0] == pytest.approx(BODY.W)


def test_brain_hypoxia_takes_only_of_a_drive_to_breathe():
    less, more = gas(peripheral=4.0, central=0.0, hypoxia=0.5), gas(peripheral=4.0, central=0.0, hypoxia=1.0)
    found = [float(breathing.ventilation(g, 0.08, 1.0, BODY)[0]) - BODY.W for g in (less, more)]
    assert found == pytest.approx([2.0, 4.0])


def test_metabolism_has_its_floor_and_fails_without_oxygen():
    low = (BODY.floor_CO2, BODY.floor_O2)
    made, used = breathing.metabolism(np.zeros(1), 1.0, 1.0, BODY.P_X_O2 * 2, low, BODY)
    assert (made[0], used[0]) == pytest.approx(low)
    made, used = breathing.metabolism(np.ones(1), 1.0, 1.0, BODY.P_X_O2 / 3, low, BODY)
    assert (made[0], used[0]) == pytest.approx((1 / 3, 1 / 3))


@pytest.mark.parametrize("field", ["brain_co2", "brain_o2", "tissue_co2", "tissue_o2", "lung_co2"])
def test_a_store_that_is_less_than_empty_counts_as_empty(field):
    empty, less = (breathing.circulate(gas(**{field: value}), BODY) for value in (0.0, -1e-6))
    for one, other in zip(empty, less, strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)


@pytest.mark.parametrize(("region", "number"), [("brain_o2", 0), ("tissue_o2", 1)])
def test_the_rate_of_oxygen_holds_all_of_its_own_change_that_is_fast(region, number):
    """The flow's share and, where oxygen runs out, metabolism's; what is left of the slope, a plain step can take."""
    for content in (1e-3, 3e-4, 1.5e-4, 5e-5, 1e-5):
        changes = []
        for o2 in (content * (1 - 1e-6), content * (1 + 1e-6)):
            g = gas(**{region: o2})
            seen = breathing.circulate(g, BODY)
            d = breathing.change(g, seen, 6.0, left(0.0), (seen.firing, seen.brain[0]), False, BODY)
            changes.append(float(getattr(d, region)[0]))
        slope = -(changes[1] - changes[0]) / (2e-6 * content)
        rate = float(breathing.o2_rates(breathing.circulate(gas(**{region: content}), BODY), 1.0, BODY)[number][0])
        assert abs(slope - rate) < 0.1, (content, slope, rate)
