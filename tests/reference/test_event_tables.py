"""Event tables against closed forms: each person of two tables beside matrix exponentials of the same constants, worked out apart.

The reference knows nothing of the program's clock: it goes from event to event by scipy's expm, and it reaches a steady state by
giving the earlier doses, hundreds of them.
"""

import numpy as np
import pytest
from scipy.linalg import expm

from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs, parameters
from opioidsim.engine.simulate import simulate
from opioidsim.refusal import Refusal

END, EVERY = 96.0, 1.5
MANY = 400  # doses that lead up to a steady state, or hours of an infusion


def constants(drug, route, weight):
    """A [1/h] over gut, blood, second, third compartment, and V1 [L] of the label's milligrams, of a person of this weight."""
    given = inputs.read(
        from_table({"doses": [f"{drug} 1 mg {route}"], "duration": "1 d", "person": {"weight": f"{weight} kg"}})
    )
    values = {name: value.item() for name, value in given.values(range(1)).items()}
    clearance, volume, others = parameters.clearances(values, f"{drug}.disposition")
    ka, reaches = (values.get(f"{drug}.routes.{route}.{symbol}", 1.0) for symbol in ("ka", "F"))
    a = np.zeros((4, 4))
    a[0, 0], a[1, 0], a[1, 1] = -ka, ka * reaches, -clearance / volume
    for row, (q, v) in enumerate(others, 2):
        a[1, 1] -= q / volume
        a[row, 1], a[1, row], a[row, row] = q / volume, q / v, -q / v
    salt = values.get(f"{drug}.routes.{route}.dose_is.molar_mass", values[f"{drug}.molar_mass"])
    return a, volume * salt / values[f"{drug}.molar_mass"]


class Person:
    """What happens to one person, as the reference has it: (time, what) with what a dose into a row, a rate or a reset."""

    def __init__(self, drug, route, weights=((0.0, 70.0),)):
        self.row = 0 if route == "oral" else 1
        self.stretches = [(at, *constants(drug, route, weight)) for at, weight in weights]
        self.events: list = []  # (time, kind, amount)

    def dose(self, at, amount):
        self.events.append((at, "dose", amount))
        return self

    def infusion(self, at, amount, over):
        self.events += [(at, "rate", amount / over), (at + over, "rate", -amount / over)]
        return self

    def reset(self, at):
        self.events.append((at, "reset", 0.0))
        return self

    def at(self, times):
        """Concentration [ng/mL] just before what happens at each of these times; the first event may lie long before 0."""
        marks = sorted({t for t, *_ in self.events} | set(times) | {t for t, *_ in self.stretches})
        x, rate, now, found, moves = np.zeros(4), 0.0, marks[0], {}, {}
        for mark in marks:
            a, volume = next((a, v) for t, a, v in reversed(self.stretches) if t <= max(now, 0.0))
            step = volume, rate, round(mark - now, 9)  # most are alike: one exponential serves all of them
            if step not in moves:
                augmented = np.zeros((5, 5))
                augmented[:4, :4], augmented[self.row, 4] = a, rate
                moves[step] = expm(augmented * step[2])
            x = (moves[step] @ np.append(x, 1.0))[:4]
            found[mark], now = 1000.0 * x[1] / volume, mark
            for _, kind, amount in (e for e in self.events if e[0] == mark):
                x = x * (kind != "reset")
                rate = 0.0 if kind == "reset" else rate + amount * (kind == "rate")
                x[self.row] += amount * (kind == "dose")
        return np.array([found[t] for t in times])


def run(tmp_path, text, output, **more):
    path = tmp_path / "events.csv"
    path.write_text(text)
    scenario = {"dosing": str(path), "duration": f"{END} h", "every": f"{EVERY} h", "outputs": [output]} | more
    return simulate(from_table(scenario))


TABLETS = """ID;TIME;AMT;Unit;DRUG;ROUTE;II;ADDL;SS;EVID;WT;DV
steady;0;10;mg;oxycodone;oral;12;0;1;1;70;.
steady on;0;10;mg;oxycodone;oral;8.3;4;1;1;70;.
loaded;0;20;mg;oxycodone;oral;0;0;0;1;70;.
loaded;0;10;mg;oxycodone;oral;12;5;0;1;70;.
later;3.37;10;mg;oxycodone;oral;12;0;1;1;70;.
later;1;10;mg;oxycodone;oral;0;0;0;1;70;.
on top;1;10;mg;oxycodone;oral;0;0;0;1;70;.
on top;30.1;5;mg;oxycodone;oral;6;2;2;1;70;.
reset;0;10;mg;oxycodone;oral;6;20;0;1;70;.
reset;31;0;mg;oxycodone;oral;0;0;0;3;70;.
reset and dose;0;10;mg;oxycodone;oral;0;0;0;1;70;.
reset and dose;6;15;mg;oxycodone;oral;0;0;0;4;70;.
order;5;10;mg;oxycodone;oral;0;0;0;1;70;.
order;5;0;mg;oxycodone;oral;0;0;0;3;70;.
order;5;20;mg;oxycodone;oral;0;0;0;1;70;.
order;7;.;.;.;.;.;.;.;0;70;12.5
unsorted;24;10;mg;oxycodone;oral;0;0;0;1;70;.
unsorted;0;20;mg;oxycodone;oral;0;0;0;1;70;.
heavier;0;10;mg;oxycodone;oral;12;7;0;1;60;.
heavier;30;.;.;.;.;.;.;.;2;90;.
heavier;61.3;0.2;mg/kg;oxycodone;oral;0;0;0;1;120;.
micro;0.1;9000;µg;oxycodone;oral;7.77;3;0;1;70;.
zero;0;10;mg;oxycodone;oral;0;0;0;1;55;.
zero;24;0;mg;oxycodone;oral;0;0;0;1;55;.
"""


def people_of_tablets():
    def one(weights=((0.0, 70.0),)):
        return Person("oxycodone", "oral", weights)

    def series(person, first, ii, count, amount=10.0):
        for k in range(count):
            person.dose(first + ii * k, amount)
        return person

    return {
        "steady": series(one(), -12 * MANY, 12, MANY + 1),
        "steady on": series(one(), -8.3 * MANY, 8.3, MANY + 5),
        "loaded": series(one().dose(0, 20.0), 0, 12, 6),
        "later": series(one(), 3.37 - 12 * MANY, 12, MANY + 1),
        "on top": series(one().dose(1.0, 10.0), 30.1 - 6 * MANY, 6, MANY + 3, 5.0),
        "reset": series(one(), 0, 6, 6).reset(31.0),
        "reset and dose": one().dose(0, 10.0).reset(6.0).dose(6.0, 15.0),
        "order": one().dose(5.0, 20.0),
        "unsorted": one().dose(0, 20.0).dose(24.0, 10.0),
        "heavier": series(one(((0.0, 60.0), (30.0, 90.0), (61.3, 120.0))), 0, 12, 8).dose(61.3, 0.2 * 120),
        "micro": series(one(), 0.1, 7.77, 4, 9.0),
        "zero": one(((0.0, 55.0),)).dose(0, 10.0),
    }


@pytest.fixture(scope="module")
def tablets(tmp_path_factory):
    return run(tmp_path_factory.mktemp("tablets"), TABLETS, "concentration.oxycodone")


@pytest.mark.parametrize("who", people_of_tablets())
def test_each_person_of_the_table_has_their_own_course(tablets, who):
    times = tablets.time
    wanted = people_of_tablets()[who].at(times)
    if who in ("later", "on top"):  # what was there before has no steady state in it
        began = {"later": 3.37, "on top": 30.1}[who]
        first = Person("oxycodone", "oral").dose(1.0, 10.0).at(times)
        wanted = np.where(times <= began, first, wanted)
    got = tablets["concentration.oxycodone"][tablets.ids.index(who)]
    assert got == pytest.approx(wanted, rel=1e-5, abs=1e-6)


INFUSIONS = """ID\tTime (h)\tAMT\tUNIT\tDRUG\tCMT\tRATE\tDUR\tII\tADDL\tSS\tEVID
pump\t2\t1\tmg\tfentanyl\t2\t.\t10\t.\t.\t.\t1
overlap\t0\t1\tmg\tfentanyl\t2\t.\t10\t4\t5\t.\t1
overlap\t26.5\t.\tmg\tfentanyl\t2\t.\t.\t.\t.\t.\t3
steady\t0\t1\tmg\tfentanyl\t2\t0.5\t.\t12\t0\t1\t1
steady, overlapping\t0\t1\tmg\tfentanyl\t2\t.\t30\t12\t2\t1\t1
for ever\t3\t0\tmg\tfentanyl\t2\t0.05\t.\t.\t.\t1\t1
bolus\t0\t100\tmcg\tfentanyl\t2\t.\t.\t24\t0\t1\t1
"""


def people_of_infusions():
    def one():
        return Person("fentanyl", "iv")

    def series(first, ii, count, over):
        person = one()
        for k in range(count):
            person.infusion(first + ii * k, 1.0, over)
        return person

    cut = one()
    for k in range(6):
        cut.infusion(4 * k, 1.0, 10.0)
    cut.events = [(t, *what) for t, *what in cut.events if t < 26.5] + [(26.5, "reset", 0.0)]
    endless = one().infusion(3.0 - MANY * 24, 0.05 * MANY * 24, MANY * 24)
    bolus = one()
    for k in range(MANY + 1):
        bolus.dose(24 * (k - MANY), 0.1)
    return {
        "pump": one().infusion(2, 1.0, 10.0),
        "overlap": cut,
        "steady": series(-12 * MANY, 12, MANY + 1, 2.0),
        "steady, overlapping": series(-12 * MANY, 12, MANY + 3, 30.0),
        "for ever": endless,
        "bolus": bolus,
    }


@pytest.fixture(scope="module")
def infusions(tmp_path_factory):
    path = tmp_path_factory.mktemp("infusions") / "events.csv"
    path.write_text(INFUSIONS)
    dosing = {"table": str(path), "cmt": {"2": "iv"}}
    outputs = ["concentration.fentanyl", "occupancy.fentanyl"]
    scenario = {"dosing": dosing, "duration": f"{END} h", "every": f"{EVERY} h", "outputs": outputs}
    return simulate(from_table(scenario))


@pytest.mark.parametrize("who", people_of_infusions())
def test_infusions_may_overlap_end_by_a_reset_and_have_run_for_ever(infusions, who):
    times = infusions.time
    wanted = people_of_infusions()[who].at(times)
    if who == "for ever":
        wanted = np.where(times < 3.0, 0.0, wanted)
    got = infusions["concentration.fentanyl"][infusions.ids.index(who)]
    assert got == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_receptors_at_a_steady_state_are_those_after_many_doses(infusions):
    """Bound shares too are solved: after two weeks of the same doses they are the same."""
    who = infusions.ids.index("bolus")
    sentence = "fentanyl 100 mcg iv every 24 h x 15"
    long = simulate(
        from_table({"doses": [sentence], "duration": "15 d", "every": "90 min", "outputs": ["occupancy.fentanyl"]})
    )
    last = long.time >= 14 * 24.0
    solved = infusions["occupancy.fentanyl"][who][: last.sum()]
    assert solved == pytest.approx(long["occupancy.fentanyl"][last], rel=2e-3, abs=1e-6)


def test_areas_and_peaks_know_nothing_of_the_output_spacing(tablets):
    """Area of a steady interval = dose F / CL; the peak lies where the slope of the closed form is none."""
    found = tablets.exposures["concentration.oxycodone"]
    who = tablets.ids.index("zero")
    person = people_of_tablets()["zero"]
    fine = np.linspace(0.0, END, 9601)
    curve = person.at(fine)
    assert found.peak[who] == pytest.approx(curve.max(), rel=1e-5)
    assert found.time_of_peak[who] == pytest.approx(fine[curve.argmax()], abs=0.02)
    assert found.area[who] == pytest.approx(np.trapezoid(curve, fine), rel=1e-4)


def test_receptors_of_doses_at_different_intervals_are_refused(tmp_path):
    text = "ID,TIME,AMT,DRUG,ROUTE,II,SS\nA,0,10,oxycodone,oral,12,1\nA,0,5,oxycodone,oral,8,2\n"
    with pytest.raises(Refusal, match="of ID A are at no steady state"):
        run(tmp_path, text, "occupancy.oxycodone")


@pytest.mark.long
def test_a_drug_that_speeds_its_own_clearance_is_at_the_steady_state_of_months(tmp_path):
    """Methadone: what its clearance has become is solved with it; after 120 days of the same doses the levels are the same."""
    found = run(
        tmp_path, "ID,TIME,AMT,DRUG,ROUTE,II,ADDL,SS\n1,0,80,methadone,oral,24,3,1\n", "concentration.methadone"
    )
    days = {"doses": ["methadone 80 mg oral every 24 h x 124"], "duration": "124 d", "every": "90 min"}
    long = simulate(from_table(days | {"outputs": ["concentration.methadone"]}))
    last = long.time >= 120 * 24.0
    assert found["concentration.methadone"] == pytest.approx(long["concentration.methadone"][last], rel=3e-3)


def test_the_half_life_at_the_end_is_the_slowest_of_the_matrix(tablets):
    found = tablets.exposures["concentration.oxycodone"].half_life[tablets.ids.index("zero")]
    a, _ = constants("oxycodone", "oral", 55.0)
    assert found == pytest.approx(np.log(2) / -np.linalg.eigvals(a[:3, :3]).real.max(), rel=1e-3)
