"""Laws that every episode keeps, whoever breathes and however the work is cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opioidsim.cases.scenario import STEP, from_table
from opioidsim.engine import episode, episode_arrays, inputs, simulate_episode
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.model import breathing

LENGTH = "20 min"
NOTHING = (
    "fentanyl 1 ng iv at 20 min"  # at the very end: three doses in each scenario, so that all share one compiled march
)
AUTOINJECTOR = "naloxone 2 mg im-autoinjector"
GASES = ("ventilation", "arterial_o2", "arterial_co2", "saturation", "brain_o2", "blood_flow")
BODY = inputs.physiology(library.body("breathing"), range(1))


def scenario(*doses, helpers=0, **keys):
    rescue = {"drug": AUTOINJECTOR, "doses": helpers} | keys.pop("rescue", {})
    doses = [*[NOTHING] * (3 - len(doses)), *doses]  # fentanyl is the first drug of all: one order, one compiled march
    return from_table({"clock": "episode", "duration": LENGTH, "doses": doses, "rescue": rescue} | keys)


def play(*doses, refine=0, threads=None, **keys):
    return simulate(scenario(*doses, **keys), refine, threads)


def end(result, name):
    return float(result.ends[name][0])


def apart(one, other, names=GASES, skip=0):
    """The largest difference of each quantity; `skip`: so many outputs later in `other`."""
    return {n: np.abs(other[n][skip:] - one[n][: len(one[n]) - skip]).max() for n in names}


@pytest.fixture(scope="module")
def rest():
    return play(NOTHING)


@pytest.fixture(scope="module")
def overdosed():
    return play("fentanyl 2 mg iv", person={"tolerance": "chronic"})


def test_without_drug_breathing_stays_at_rest(rest):
    for name in GASES:
        assert rest[name] == pytest.approx(rest[name][0], rel=1e-5)
    assert np.isnan(rest.ends["trigger_s"]).all()


def test_an_antagonist_alone_changes_no_breath(rest):
    blocked = play(AUTOINJECTOR, AUTOINJECTOR.replace("2 mg", "20 mg"))
    assert blocked["occupancy.naloxone"].max() > 0.5
    for name, difference in apart(rest, blocked).items():
        assert difference == pytest.approx(0.0, abs=1e-9), name


def test_an_opioid_takes_breath_away(rest, overdosed):
    assert end(overdosed, "lowest_ventilation") < 0.5 * rest["ventilation"].min()


def test_the_order_of_the_doses_does_not_matter():
    doses = ["fentanyl 0.5 mg iv at 3 min", "fentanyl 1 mg iv", f"{AUTOINJECTOR} at 100.3 s"]
    one, other = play(*doses), play(doses[1], doses[0], doses[2])
    assert max(apart(one, other).values()) < 1e-9


def test_two_halves_at_the_same_time_are_the_whole():
    whole = play("fentanyl 1.4 mg iv at 30.25 s")
    halves = play("fentanyl 0.7 mg iv at 30.25 s", "fentanyl 0.7 mg iv at 30.25 s")
    assert max(apart(whole, halves).values()) < 1e-9


@pytest.mark.parametrize("later", [70, 190])
def test_a_later_dose_takes_breath_away_later(later):
    """After the first quarter minute: before it, as in the published program, there is no past and nothing is delayed."""
    doses = ("fentanyl 2 mg iv at {} s", "naloxone 0.5 mg im-autoinjector at {} s")
    early, late = (play(*(d.format(at) for d, at in zip(doses, (20 + add, 125.4 + add), strict=True)), person={"tolerance": 1.0}) for add in (0, later))  # fmt: skip
    found = apart(early, late, skip=later // 10)
    assert found["ventilation"] < 2e-4  # rest itself still moves a little
    assert found["brain_o2"] < 5e-3
    for name in ("trigger_s", "low_oxygen_s", "collapse_s"):
        assert end(late, name) == pytest.approx(end(early, name) + later, abs=0.01, nan_ok=True)


@settings(max_examples=6)
@given(st.floats(0.05, 5.0), st.floats(0.0, 600.0), st.floats(0.1, 10.0), st.floats(0.0, 1.0), st.integers(0, 4))
def test_shares_of_the_receptor_are_shares(milligrams, at, antagonist, tolerance, helpers):
    result = play(
        f"fentanyl {milligrams!r} mg iv",
        f"naloxone {antagonist!r} mg im-autoinjector at {at!r} s",
        helpers=helpers,
        person={"tolerance": tolerance},
        outputs=["ventilation", "occupancy.fentanyl", "occupancy.naloxone"],
    )
    one, two = result["occupancy.fentanyl"], result["occupancy.naloxone"]
    assert min(one.min(), two.min()) >= 0.0
    assert (one + two).max() <= 1.0
    assert (result["ventilation"] >= 0.0).all()
    assert result.ends["doses_given"][0] <= helpers
    assert np.isfinite(result.ends["collapse_s"][0]) == (result.ends["cardiac_arrest"][0] == 1)


@settings(max_examples=3)
@given(st.floats(0.3, 4.0))
def test_more_tolerance_never_lowers_the_lowest_breath(milligrams):
    lowest = [
        end(play(f"fentanyl {milligrams!r} mg iv", person={"tolerance": t}), "lowest_ventilation")
        for t in (0.0, 0.5, 1.0)
    ]
    assert all(more >= less - 1e-9 for less, more in pairwise(lowest))


@settings(max_examples=3)
@given(st.floats(1.0, 4.0))
def test_later_help_is_never_better(milligrams):
    lowest = [
        end(
            play(
                f"fentanyl {milligrams!r} mg iv", helpers=1, rescue={"delay": f"{delay} s"}, person={"tolerance": 1.0}
            ),
            "lowest_arterial_o2",
        )
        for delay in (15, 60, 180, 400)
    ]
    assert all(later <= sooner + 1e-9 for sooner, later in pairwise(lowest))


def test_help_comes_a_delay_after_the_call():
    result = play("fentanyl 2 mg iv", helpers=1, rescue={"delay": "77 s"}, person={"tolerance": 1.0})
    seen = result.time * 3600
    first = seen[result["concentration.naloxone"] > 0][0]
    assert first - 10 - STEP <= end(result, "trigger_s") + 77 <= first


def test_help_by_the_rule_is_help_at_that_time():
    """A dose by rule is the same as the same dose at the time that the rule found."""
    ruled = play("fentanyl 2 mg iv", helpers=2, person={"tolerance": 1.0})
    at = end(ruled, "trigger_s") + 60.0
    given = play("fentanyl 2 mg iv", f"{AUTOINJECTOR} at {at!r} s", f"{AUTOINJECTOR} at {at + 150!r} s", person={"tolerance": 1.0})  # fmt: skip
    assert end(ruled, "doses_given") == 2
    assert max(apart(ruled, given).values()) < 1e-9


def test_halving_the_step_moves_little():
    doses, keys = ("fentanyl 1.8 mg iv",), {"helpers": 1, "person": {"tolerance": 1.0}}
    found = apart(*(play(*doses, refine=refine, **keys) for refine in (0, 1)))
    near = {"ventilation": 0.02, "arterial_o2": 0.1, "arterial_co2": 0.05, "saturation": 0.2, "brain_o2": 0.15, "blood_flow": 0.02}  # fmt: skip
    assert {name: value for name, value in found.items() if value > near[name]} == {}


def crowd(n, seed=3):
    return scenario("fentanyl 2 mg iv", helpers=1, person={"tolerance": 1.0}, population={"n": n, "seed": seed})


@pytest.fixture(scope="module")
def many():
    return simulate(crowd(simulate_episode.CHUNK + 6), threads=1)


@pytest.mark.parametrize("n", [1, 5, simulate_episode.FEW])
def test_a_person_alone_is_the_same_as_in_a_crowd(many, n):
    few = simulate(crowd(n))
    for name, value in few.values.items():
        assert value == pytest.approx(many.values[name][:n], rel=1e-12, abs=1e-12), name
    for name, value in few.ends.items():
        assert value == pytest.approx(many.ends[name][:n], rel=1e-12, nan_ok=True), name


@pytest.mark.parametrize("first", [3, simulate_episode.CHUNK - 2])
def test_a_person_is_the_same_in_any_chunk(many, first):
    found, ends = simulate_episode.of_chunk(inputs.read(crowd(1000)), range(first, first + simulate_episode.FEW))
    for name, value in found.items():
        assert (
            pytest.approx(many.values[name][first : first + simulate_episode.FEW], rel=1e-12, abs=1e-12) == value.T
        ), name
    assert ends["doses_given"].tolist() == many.ends["doses_given"][first : first + simulate_episode.FEW].tolist()


def test_the_number_of_threads_changes_no_bit(many):
    two = simulate(crowd(simulate_episode.CHUNK + 6), threads=2)
    assert all(np.array_equal(two.values[name], many.values[name]) for name in many.values)
    assert all(np.array_equal(two.ends[name], many.ends[name], equal_nan=True) for name in many.ends)


def test_another_seed_gives_other_people(many):
    other = simulate(crowd(simulate_episode.FEW, seed=4))
    assert not np.isclose(other.values["activation"][:, -1], many.values["activation"][: simulate_episode.FEW, -1]).any()  # fmt: skip


def test_the_ends_are_the_same_with_and_without_the_curves(many):
    found = simulate_episode.ends_of_chunk(inputs.read(crowd(8)), range(8))
    for name, value in found.items():
        assert value == pytest.approx(many.ends[name][:8], rel=1e-12, nan_ok=True), name


def test_a_trace_of_a_sedative_changes_nothing():
    plain = {"clock": "episode", "duration": LENGTH, "doses": ["fentanyl 1 mg iv"], "outputs": list(GASES)}
    one = simulate(from_table(plain))
    other = simulate(from_table(plain | {"doses": ["fentanyl 1 mg iv", "midazolam 1e-6 ng iv"]}))
    much = simulate(from_table(plain | {"doses": ["fentanyl 1 mg iv", "midazolam 5 mg iv"]}))
    assert max(apart(one, other).values()) < 1e-9
    assert np.isfinite(much["ventilation"]).all()
    assert (one["ventilation"] - much["ventilation"]).max() > 0.1


def test_without_a_sedative_no_term_of_it_is_left():
    _plan, wiring, rates, _ = pieces("fentanyl 1 mg iv")
    assert wiring.sedatives == ()
    left = episode.taken(wiring, rates, (np.ones(1),) * wiring.rows, (np.full(1, 0.3),), BODY)
    alone = breathing.drives(rates.gain * 0.3, rates.steepness, 1.0, 1.0, BODY)
    assert [float(one[0]) for one in left] == [float(one[0]) for one in alone]


# ---- kinetics, without marching ------------------------------------------------------------------------------------


def pieces(*doses):
    """Layout, wiring and rates of one person given these doses, and random amounts in their compartments."""
    given = inputs.read(from_table({"clock": "episode", "doses": list(doses)}))
    plan = given.plan
    wiring, rates = episode_arrays.drugs_of(given, given.values(range(1)))
    amounts = tuple(np.random.default_rng(5).uniform(0.0, 1e4, (wiring.rows, 1)))
    return plan, wiring, rates, amounts


GIVEN = [
    ("fentanyl 1 mg iv", "naloxone 2 mg im"),
    ("heroin 20 mg iv", "naloxone 4 mg nasal", "naltrexone 50 mg oral"),
    ("carfentanil 10 mcg iv", "midazolam 5 mg iv", "ethanol 30 g oral"),
    ("naltrexone 380 mg im-depot", "fentanyl 1 mg iv over 1 min"),
]


@pytest.mark.parametrize("doses", GIVEN, ids=lambda doses: doses[0])
def test_what_leaves_a_compartment_arrives_or_flows_out(doses):
    plan, wiring, rates, x = pieces(*doses)
    change = np.array(episode.kinetics(wiring, rates, x, 1.0))[:, 0]
    held = [r for name, r in episode_arrays.rows_of(plan).items() if not name.endswith((".site", ".pump"))]
    out = sum(float(rate[0] * x[s][0]) for (s, t), rate in zip(wiring.flows, rates.flows, strict=True) if t < 0 and s in held)  # fmt: skip
    out += sum(float(m[0] * x[r][0] / (k[0] + x[r][0])) for r, m, k in zip(wiring.saturable, rates.most, rates.half, strict=True))  # fmt: skip
    pumped = sum(float(rate[0] * x[s][0]) for (s, t, _), rate in zip(wiring.links, rates.links, strict=True) if t in held)  # fmt: skip
    assert change[held].sum() == pytest.approx(pumped - out, rel=1e-9)


@pytest.mark.parametrize("doses", GIVEN, ids=lambda doses: doses[0])
def test_shrinking_moves_no_amounts_but_those_whose_rate_it_is_said_to_change(doses):
    plan, wiring, rates, x = pieces(*doses)
    wide, shrunk = (np.array(episode.kinetics(wiring, rates, x, s))[:, 0] for s in (1.0, 2.0))
    rows = episode_arrays.rows_of(plan)
    kept = [r for name, r in rows.items() if r not in wiring.shrinking_rates and not name.endswith(".site")]
    assert shrunk[kept] == pytest.approx(wide[kept], rel=1e-12)
    assert shrunk[list(wiring.shrinking_rates)] == pytest.approx(2.0 * wide[list(wiring.shrinking_rates)], rel=1e-12)


@settings(max_examples=30)
@given(st.floats(0.0, 1e12))
def test_alcohol_is_never_eliminated_faster_than_its_limit(amount):
    plan, wiring, rates, x = pieces("ethanol 30 g oral")
    ((row,),) = (wiring.saturable,)
    x = tuple(np.full(1, amount) if r == row else np.zeros(1) for r in range(wiring.rows))
    lost = -float(sum(v[0] for r, v in enumerate(episode.kinetics(wiring, rates, x, 1.0)) if r != episode_arrays.rows_of(plan).get("ethanol.site")))  # fmt: skip
    assert -1e-9 <= lost <= float(rates.most[0, 0]) * (1 + 1e-9)
    half = float(rates.half[0, 0])
    assert lost == pytest.approx(float(rates.most[0, 0]) * amount / (half + amount), rel=1e-9, abs=1e-12)


def test_the_same_kind_of_episode_is_compiled_once(overdosed):
    before = episode._piece._cache_size()
    play("fentanyl 0.3 mg iv at 12 s", helpers=3, person={"tolerance": 0.3})
    assert episode._piece._cache_size() == before


def test_an_episode_of_another_length_or_spacing_is_not_compiled_again(run):
    run("fentanyl 1 mg iv", clock="episode", duration="10 min", every="10 s")
    before = episode._piece._cache_size()
    for duration, every in (("9 min", "10 s"), ("62 s", "1 s"), ("1 h", "1 min")):
        run("fentanyl 1 mg iv", clock="episode", duration=duration, every=every)
    assert episode._piece._cache_size() == before


@pytest.mark.parametrize("every", ["7 s", "45 s", "1 min", "7 min", "10 min", "1 d"])
def test_an_episode_ends_at_its_end_however_often_it_is_looked_at(every):
    """Before, one whose length is no multiple of `every` went on to the next multiple, and its times fell short of its values."""
    keys = {"duration": "25 min", "population": {"n": 3, "seed": 1}}
    often, found = (simulate(scenario("heroin 9 mg iv", every=each, **keys)) for each in ("10 s", every))
    assert found.times[-1] == often.times[-1] == found.scenario.duration
    for name, value in found.values.items():
        assert value.shape == (3, len(found.times)), name
        same = np.isin(np.round(found.times * 3600), np.round(often.times * 3600))
        shared = np.isin(np.round(often.times * 3600), np.round(found.times * 3600))
        assert np.array_equal(value[:, same], often.values[name][:, shared]), name
    for name, value in found.ends.items():
        assert np.array_equal(value, often.ends[name], equal_nan=True), name


def test_hours_after_a_collapse_every_value_is_still_a_number():
    """The flow has stopped and the gases stay as they are; before, delays grew beyond all bounds and the answer was refused."""
    found = simulate(scenario("fentanyl 3 mg iv", duration="12 h", every="30 min"))
    assert found.ends["flow_stop_s"][0] < 3600.0
    assert all(np.isfinite(value).all() for value in found.values.values())
    late = found.time > 2.0
    assert np.ptp(found["arterial_co2"][late]) == 0.0
