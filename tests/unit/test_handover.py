"""From weeks of treatment to the minutes of an overdose: nothing of drug or receptor changes at the seam."""

import jax
import numpy as np
import pytest

from opioidsim.cases.scenario import from_table
from opioidsim.engine import clock, course, course_arrays, handover, inputs
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.refusal import Refusal

DEPOT = "naltrexone 380 mg im-depot"
TREATED = {"clock": "episode", "duration": "20 min", "doses": ["fentanyl 1 mg iv"], "before": {"doses": [DEPOT], "duration": "45 d"}}  # fmt: skip
ON_FENTANYL = {"doses": ["fentanyl 50 mcg iv every 1 h x 12"], "duration": "12 h"}


def test_the_episode_starts_with_what_the_course_ends_with():
    alone = simulate(from_table({"doses": [DEPOT], "duration": "45 d", "every": "45 d"}))
    begun = simulate(from_table(TREATED))
    for name in ("naltrexone", "6-beta-naltrexol"):
        start = begun[f"concentration.{name}"][0]
        shrunk = start / alone[f"concentration.{name}"][-1]  # a published flow-dependence: volumes of the moment
        assert 1.0 <= shrunk < 1.001
    # the course alone has outputs, and so steps, in between: its receptor differs by the error of a step
    assert begun["occupancy.naltrexone"][0] == pytest.approx(alone["occupancy.naltrexone"][-1], abs=1e-6)


def ended(scenario):
    """Where the course before an episode ends, on a grid that only knows its end."""
    read = inputs.read(scenario)
    plan, given = read.plan, read.values(range(8))
    body = course_arrays.body_of(plan, given)
    at, events = course_arrays.events(plan, scenario.before.doses, given)
    lowest, grid = clock.levelled(clock.grid(at, np.array([scenario.before.duration]), 0))
    return plan, course.march(body, course.prepare(body, lowest, clock.LONGEST), course.start(body), events, grid, 1)[1]


def test_amounts_effect_sites_and_bound_shares_are_the_courses_own():
    scenario = from_table(TREATED)
    plan, last = ended(scenario)
    patients = handover.begin(inputs.read(scenario), range(8))
    for row, (name, place) in enumerate(plan.place.items()):
        assert np.asarray(patients.state.x[row]) == pytest.approx(np.asarray(last.x[place]), rel=1e-12), name
    for bound, other in zip(patients.state.bound, last.bound, strict=True):
        assert np.asarray(bound) == pytest.approx(np.asarray(other), rel=1e-12)
    assert float(sum(b[0] for b in patients.state.bound)) > 0.5


@pytest.mark.parametrize("seed", [1, 2])
def test_any_state_of_a_course_is_handed_over_as_it_is(seed):
    scenario = from_table(TREATED)
    read = inputs.read(scenario)
    plan, given = read.plan, read.values(range(8))
    draw = np.random.default_rng(seed).uniform
    nothing = course.start(course_arrays.body_of(plan, given))
    x, bound = draw(0, 1e3, nothing.x.shape), draw(0, 0.2, nothing.bound.shape)
    patients = handover.hand_over(read, given, course.State(x, bound), range(8))
    for row, place in enumerate(plan.place.values()):
        assert np.array_equal(np.asarray(patients.state.x[row]), x[place])
    assert np.array_equal(np.stack([np.asarray(b) for b in patients.state.bound]), bound)


@pytest.fixture(scope="module")
def on_fentanyl():
    rule = {"drug": "naloxone 2 mg im-autoinjector", "when": "ventilation < 40 % of baseline"}
    return from_table(TREATED | {"doses": ["fentanyl 3 mg iv"], "before": ON_FENTANYL, "rescue": rule})


def test_breathing_is_at_rest_with_the_drugs_of_the_course(on_fentanyl):
    treated = handover.begin(inputs.read(on_fentanyl), range(8)).baseline[0]
    assert treated < handover.begin(inputs.read(from_table(TREATED | {"before": None})), range(8)).baseline[0] - 0.01
    assert simulate(on_fentanyl)["ventilation"][0] == pytest.approx(treated)


def test_a_trigger_is_measured_against_the_breath_of_the_treated(on_fentanyl):
    """The level of "40 % of baseline" is that of the person as the episode finds them."""
    result = simulate(on_fentanyl)
    after = int(np.searchsorted(result.time * 3600, float(result.ends["trigger_s"][0])))
    assert result["ventilation"][after] <= 0.4 * result["ventilation"][0] <= result["ventilation"][after - 1]


def test_breathing_is_of_the_same_kind_each_time():
    """Or else every simulation would be compiled anew."""
    kinds = [jax.tree.structure(handover.begin(inputs.read(from_table(TREATED | {"before": None})), p).physiology) for p in (range(8), range(8, 16))]  # fmt: skip
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("tolerance", [0.0, 1.0])
def test_a_course_that_left_nothing_behind_changes_nothing(tolerance):
    plain = {
        "clock": "episode",
        "duration": "20 min",
        "doses": ["fentanyl 1 mg iv"],
        "person": {"tolerance": tolerance},
    }
    one = simulate(from_table(plain))
    other = simulate(from_table(plain | {"before": {"doses": ["fentanyl 1 ng iv"], "duration": "30 d"}}))
    for name in one.values:
        assert other[name] == pytest.approx(one[name], rel=1e-6, abs=1e-6), name


def test_a_blocked_receptor_protects():
    treated, plain = (simulate(from_table(TREATED | {"before": before})) for before in (TREATED["before"], None))
    assert treated.ends["lowest_ventilation"][0] > plain.ends["lowest_ventilation"][0] + 1.0


def test_tolerance_is_lost_on_the_way_if_the_course_says_where_it_began():
    def tolerant(days, **person):
        table = {
            "clock": "episode",
            "doses": ["fentanyl 1 mg iv"],
            "before": {"tolerance": "chronic", "duration": f"{days} d"},
        }
        return float(handover.begin(inputs.read(from_table(table | person)), range(8)).values["person.tolerance"][0])

    tau = library.body("adaptation")["tau_loss"].value
    full = library.body("effects")["breathing"]["potency_loss"].value
    left = np.log(1.0 + (full - 1.0) * np.exp(-24 / tau)) / np.log(full)  # the shift fades, not its logarithm
    assert tolerant(24) == pytest.approx(left, abs=1e-6) and tolerant(0.001) == pytest.approx(1.0, abs=1e-3)
    crowd = {"population": {"n": 8}}
    with pytest.raises(Refusal, match="not in both"):
        tolerant(24, person={"tolerance": 1.0})
    table = {
        "clock": "episode",
        "doses": ["fentanyl 1 mg iv"],
        "before": {"tolerance": 1.0, "duration": "24 d"},
    } | crowd
    drawn = handover.begin(inputs.read(from_table(table)), range(8)).values["person.tolerance"]
    assert np.std(drawn) > 0.02


def test_opioids_on_the_way_build_tolerance():
    table = {
        "clock": "episode", "doses": ["fentanyl 1 mg iv"],
        "before": {"tolerance": "naive", "duration": "20 d", "doses": ["heroin 50 mg iv every 8 h x 60"]},
    }  # fmt: skip
    assert handover.begin(inputs.read(from_table(table)), range(8)).values["person.tolerance"][0] > 0.8
