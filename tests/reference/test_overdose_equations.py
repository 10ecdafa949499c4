"""The equations of breathing against the same equations written a second time, and solved by plain small steps."""

import numpy as np
import pytest
from physiology import GAS, READING, Delayed, blood, body_changes, minute_ventilation, numbers, opioid_changes

from opioidsim.cases.scenario import from_table
from opioidsim.engine import episode, handover, inputs, parameters
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.model import breathing
from opioidsim.model.breathing import Gas

P = numbers()
FIRST = dict(zip(GAS, ("start_lung_CO2", "start_lung_O2", "start_brain_CO2", "start_brain_O2", "start_tissue_CO2", "start_tissue_O2"), strict=False))  # fmt: skip
REST = {  # the published program after 3600 s: section 13.1 of its specification
    "PaC": 38.6606943952,
    "PaO": 100.674131803,
    "cbC": 0.612709830767,
    "cbO": 0.00100200561146,
    "ctC": 0.610561113114,
    "ctO": 0.00122876662432,
    "yC": -0.0934446316,
    "yO": 0.000669870367,
    "Dp": -0.199682609,
    "Dc": 0.344050264,
    "h": 0.877686039,
    "m": 1.0,
}
REST_SEEN = {
    "ventilation": 6.76436765477,
    "arterial_o2": 92.7950184989,
    "arterial_co2": 38.5868300655,
    "brain_o2": 31.6090098251,
    "blood_flow": 4.931329953,
}
EIGHT = 2e-8  # relative: eight digits, of numbers that are printed with nine
CREEPING = 4e-7  # relative, for h alone: after an hour it still moves, and holds what the first seconds' steps left


def overdose(milligrams, tolerance, **keys):
    return from_table(
        {
            "clock": "episode",
            "readings": READING,
            "doses": [f"fentanyl {milligrams} mg iv"],
            "person": {"tolerance": tolerance},
            **keys,
        }
    )


def opioid(scenario):
    """The constants of fentanyl as the published program has them."""
    given = {name: float(value[0]) for name, value in inputs.read(scenario).values(range(1)).items()}
    cl, v1, ((q2, v2), (q3, v3)) = parameters.clearances(given, "fentanyl.disposition")
    n = given["fentanyl.receptor.mu.n"]
    return {
        "V": v1,
        "k10": cl / v1 / 3600,
        "k12": q2 / v1 / 3600,
        "k21": q2 / v2 / 3600,
        "k13": q3 / v1 / 3600,
        "k31": q3 / v3 / 3600,
        "ke": given["fentanyl.ke0"] / 3600,
        "mass": given["fentanyl.molar_mass"],
        "kon": given["fentanyl.receptor.mu.kon"] / 3600 / 1000.0**n,
        "koff": given["fentanyl.receptor.mu.koff"] / 3600,
        "n": n,
    }


def test_breathing_settles_where_the_published_program_settles():
    patient = handover.begin(inputs.read(overdose(1, "naive")), range(8))
    for key, value in zip(GAS, patient.state.gas, strict=True):
        assert np.asarray(value) == pytest.approx(REST[key], rel=CREEPING if key == "h" else EIGHT), key
    _, _, seen = episode.look(patient.wiring, patient.rates, patient.state, patient.physiology)
    for name, value in REST_SEEN.items():
        assert np.asarray(getattr(seen, name)) == pytest.approx(value, rel=EIGHT), name


@pytest.mark.long
def test_the_second_writing_rests_there_too():
    start = {key: P[name] for key, name in FIRST.items()} | {"h": 1.0, "m": 1.0}
    settled = Delayed(P, start, step=0.2).run(3600)[-1, :, 0]
    for key, value in zip(GAS, settled, strict=True):
        assert value == pytest.approx(REST[key], rel=1e-7, abs=1e-8), key


def test_at_rest_the_second_writing_stands_still():
    march = Delayed(P, REST)
    for key, value in zip(GAS, march.changes(0.0, march.past[0])[:, 0], strict=True):
        assert abs(value) < 1e-6 * abs(REST[key]), key


def states(people, seed):
    """Bodies anywhere between rest and the edge of death, and what the receptor holds."""
    draw = np.random.default_rng(seed).uniform
    low = dict(PaC=30, PaO=5, cbC=0.60, cbO=2e-5, ctC=0.60, ctO=2e-5, yC=-0.5, yO=0, Dp=-3, Dc=-3, h=0.2, m=0.02)
    high = dict(PaC=80, PaO=110, cbC=0.65, cbO=1.2e-3, ctC=0.65, ctO=1.4e-3, yC=0.5, yO=2, Dp=15, Dc=10, h=1.2, m=1)
    y = {key: draw(low[key], high[key], people) for key in GAS}
    drug = {key: draw(0, 3, people) for key in ("A", "A2", "A3")} | {"E": draw(0, 1e5, people), "R": draw(0, 1, people)}
    return y, drug, draw(0, 1, people), draw(1, 20, people), draw(30, 90, people)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("collapsing", [False, True])
def test_both_writings_change_any_state_alike(seed, collapsing):
    people = 200
    y, drug, tolerance, firing, brain_co2 = states(people, seed)
    scenario = overdose(1, "naive")
    k = opioid(scenario)
    patients = handover.begin(inputs.read(scenario), range(people))
    body, wiring = patients.physiology, patients.wiring
    rates = patients.rates._replace(tolerance=tolerance)
    moles = 1e6 / k["mass"]  # nmol per mg
    rows = {name: row for row, name in enumerate(patients.plan.place)}  # the episode keeps the order of the layout
    x = [None] * wiring.rows
    for key, name in {"A": "disposition.central", "A2": "disposition.2", "A3": "disposition.3"}.items():
        x[rows[f"fentanyl.{name}"]] = drug[key] * moles
    x[rows["fentanyl.site"]] = drug["E"] / 1000
    state = episode.State(Gas(*(y[key] for key in GAS)), tuple(x), (drug["R"],))
    seen_blood, left, seen = episode.look(wiring, rates, state, body)
    ours, _ = episode.change(
        wiring, rates, state, seen_blood, left, lambda c, flow: (firing, brain_co2), 0.0, collapsing, body
    )
    theirs, b = body_changes(P, y, drug["R"], tolerance, firing, brain_co2, collapsing)
    for key, value in zip(GAS, ours.gas, strict=True):
        assert np.asarray(value) == pytest.approx(theirs[key], rel=1e-10, abs=1e-12), key
    assert np.asarray(seen.arterial_co2) == pytest.approx(b["PC"], rel=1e-10)
    assert np.asarray(seen.arterial_o2) == pytest.approx(b["PO"], rel=1e-10)
    assert np.asarray(seen.ventilation) == pytest.approx(
        minute_ventilation(P, y, b, drug["R"], tolerance), rel=1e-10, abs=1e-12
    )
    moved = opioid_changes(P, k, drug, b["Q"])
    for key, name in {"A": "disposition.central", "A2": "disposition.2", "A3": "disposition.3"}.items():
        assert np.asarray(ours.x[rows[f"fentanyl.{name}"]]) / moles == pytest.approx(moved[key], rel=1e-10, abs=1e-14)
    assert np.asarray(ours.x[rows["fentanyl.site"]]) * 1000 == pytest.approx(moved["E"], rel=1e-10, abs=1e-8)
    assert np.asarray(ours.bound[0]) == pytest.approx(moved["R"], rel=1e-10, abs=1e-12)


def test_blood_gives_back_the_pressures_it_was_made_of():
    body = inputs.physiology(library.body("breathing", READING), range(1))
    co2, o2 = np.meshgrid(np.linspace(20.0, 90.0, 30), np.linspace(3.0, 150.0, 40))
    again = breathing.pressures(*breathing.contents(co2, o2, body), body)
    assert np.asarray(again[0]) == pytest.approx(co2, rel=1e-11)
    assert np.asarray(again[1]) == pytest.approx(o2, rel=1e-11)


PATIENTS = {"naive": 1.2, "chronic": 2.965}  # mg fentanyl: both come to the edge of death, one goes beyond
NEAR = {"ventilation": 0.01, "arterial_o2": 0.05, "arterial_co2": 0.03, "brain_o2": 0.1, "blood_flow": 0.01, "occupancy.fentanyl": 3e-4}  # fmt: skip


@pytest.mark.parametrize("step", [pytest.param(step, marks=pytest.mark.long) for step in (0.1, 0.05)])
def test_400_seconds_agree_with_plain_small_steps(step):
    """Collapse is left out on one side, so the comparison ends where it begins."""
    k, tolerance = opioid(overdose(1, "naive")), np.array([0.0, 1.0])
    march = Delayed(P, REST | {"A": np.array(list(PATIENTS.values()))}, k, tolerance, step)
    y = dict(zip(march.keys, march.run(400)[:: round(10 / step)].swapaxes(0, 1), strict=True))
    b = blood(P, y)
    theirs = {
        "ventilation": minute_ventilation(P, y, b, y["R"], tolerance),
        "arterial_o2": b["PO"],
        "arterial_co2": b["PC"],
        "brain_o2": b["PBO"],
        "blood_flow": b["Q"] * 60,
        "occupancy.fentanyl": y["R"],
    }
    for person, (patient, milligrams) in enumerate(PATIENTS.items()):
        result = simulate(overdose(milligrams, patient, duration="20 min", outputs=list(NEAR)))
        alive = result.time[:41] * 3600 <= np.nan_to_num(result.ends["collapse_s"][0], nan=400)
        found = {name: np.abs(result[name][:41] - value[:, person])[alive].max() for name, value in theirs.items()}
        assert {name: value for name, value in found.items() if value > NEAR[name]} == {}
