"""Methadone speeds its own clearance: by its own level, slowly, on both clocks, and as the equations say."""

from itertools import pairwise

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from opioidsim.cases import drug
from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs
from opioidsim.engine.course_arrays import amount_of
from opioidsim.engine.parameters import clearances
from opioidsim.engine.simulate import outputs_of, simulate

DAILY = "methadone 100 mg oral every 24 h x {}"
FORMS = ("r-methadone", "s-methadone")
NONE = {f"{name}.induction.rise": "0" for name in FORMS}


def course(dose, days, change=None, **more):
    table = {"doses": [dose], "duration": f"{days} d", "every": "1 h", "change": change or {}, **more}
    return from_table(table)


def level(dose, days, change=None, name="methadone", refine=0):
    """Times [h] and the level [ng/mL], hour by hour, of the typical person."""
    found = simulate(course(dose, days, change, outputs=[f"concentration.{name}"]), refine)
    return found.times[found.regular], found.values[f"concentration.{name}"][0, found.regular]


@pytest.mark.parametrize("name", FORMS)
def test_the_march_solves_the_equations(name):
    """CL (1 + rise I / (C50 + I)), I following the level: a tight solver of the whole, dose by dose, finds the same."""
    scenario = course(DAILY.format(14), 16, outputs=[f"concentration.{name}"])
    given = inputs.read(scenario).values(range(1))
    value = {key: float(np.asarray(number)[0]) for key, number in given.items()}
    clearance, volume, peripheral = clearances(value, f"{name}.disposition")
    ka, arrives = value["methadone.routes.oral.ka"], value[f"methadone.routes.oral.presystemic.{name}"]
    rise, half, follows = (value[f"{name}.induction.{key}"] for key in ("rise", "C50", "half_life"))

    def slope(_, y):
        depot, central, *outside, lived = y
        plasma = central / volume
        away = [q * (plasma - x / v) for (q, v), x in zip(peripheral, outside, strict=True)]
        out = clearance * (1 + rise * lived / (half + lived)) * plasma
        return [-ka * depot, ka * arrives * depot - out - sum(away), *away, np.log(2) / follows * (plasma - lived)]

    dose, state, found = float(amount_of(scenario.doses[0], value)), np.zeros(3 + len(peripheral)), [0.0]
    for day in range(16):
        state[0] += dose * (day < 14)
        hours = solve_ivp(slope, (0, 24), state, "LSODA", np.arange(1.0, 25.0), rtol=1e-9, atol=1e-9).y
        found += list(hours[1] / volume * value[f"{name}.molar_mass"] / 1000.0)
        state = hours[:, -1]
    marched = level(DAILY.format(14), 16, name=name)[1]
    assert marched[1:] == pytest.approx(np.array(found)[1:], rel=0.002)


def test_halved_steps_move_little():
    coarse, fine = (level(DAILY.format(10), 10, refine=refine)[1][1:] for refine in (0, 3))
    assert coarse == pytest.approx(fine, rel=0.002)


def test_the_first_dose_is_that_of_volunteers_and_a_day_of_two_months_is_cleared_faster():
    (t, with_it), (_, without) = (level(DAILY.format(60), 60, change) for change in (None, NONE))
    assert with_it[t <= 24] == pytest.approx(without[t <= 24], rel=0.05)
    last = (t >= 58 * 24) & (t <= 59 * 24)
    fold = without[last].mean() / with_it[last].mean()
    most = max(1 + drug.load(name).induction.rise.value for name in FORMS)  # pyright: ignore[reportOptionalMemberAccess]
    assert 1 + 0.7 * (most - 1) < fold < most
    first = np.array([with_it[(t >= 24 * day) & (t <= 24 * day + 24)].mean() for day in range(58)])
    assert 3 < first.argmax() < 14 and first.max() > 1.03 * with_it[last].mean()  # a peak in the first weeks, then less


def test_more_is_never_less():
    levels = [level(f"methadone {mg} mg oral every 24 h x 20", 25)[1][1:] for mg in (10, 20, 40, 80, 160)]
    for less, more in pairwise(levels):
        assert np.all(more > less) and np.all(more < 2.001 * less)


def test_without_a_rise_two_doses_are_twice_one():
    one, two = (level(f"methadone {mg} mg oral every 24 h x 5", 6, NONE)[1] for mg in (30, 60))
    assert two == pytest.approx(2 * one, rel=1e-9)


def test_the_level_of_the_mixture_is_that_of_both_forms():
    both, *each = (level(DAILY.format(3), 4, name=name)[1] for name in ("methadone", *FORMS))
    assert both == pytest.approx(sum(each), rel=1e-12) and both[1:].min() > 0


def test_an_episode_goes_on_at_the_clearance_that_the_course_before_it_left():
    days, hours = 40, 24
    episode = from_table(
        {
            "clock": "episode", "duration": f"{hours} h", "every": "1 h", "outputs": ["concentration.methadone"],
            "doses": [f"methadone 80 mg oral at {hours} h"],  # of which nothing shows: a march that others need too
            "person": {"tolerance": 1}, "before": {"doses": [DAILY.format(days)], "duration": f"{days} d"},
        }
    )  # fmt: skip
    t, on_course = level(DAILY.format(days), days + 1)
    on_episode = simulate(episode).values["concentration.methadone"][0]
    assert on_episode == pytest.approx(on_course[t >= 24 * days], rel=0.005)


def test_areas_are_those_of_the_curve():
    found = simulate(course(DAILY.format(10), 12, outputs=["concentration.methadone", "concentration.r-methadone"]))
    t, seen = level(DAILY.format(10), 12)
    area = found.looked()["concentration.methadone"].area[0]  # pyright: ignore[reportOptionalCall]
    assert area == pytest.approx(np.trapezoid(seen, t), rel=0.01)


@pytest.mark.long
def test_a_derivative_goes_through_it():
    scenario = course(DAILY.format(5), 6, outputs=["concentration.r-methadone"])

    def end(rise):
        return outputs_of(scenario, {"r-methadone.induction.rise": rise})["concentration.r-methadone"][-1, 0]

    slope, h = float(jax.grad(end)(0.5)), 1e-4
    assert slope == pytest.approx(float(end(0.5 + h) - end(0.5 - h)) / (2 * h), rel=1e-4) and slope < 0


def test_each_of_a_crowd_has_an_own_clearance():
    crowd = course(DAILY.format(30), 30, population={"n": 5, "seed": 3}, outputs=["concentration.methadone"])
    changed = crowd.with_change({"r-methadone.induction.rise": "0", "s-methadone.induction.rise": "0"})
    faster, slower = (simulate(s).values["concentration.methadone"][:, -1] for s in (crowd, changed))
    ratio = slower / faster
    assert np.all(ratio > 1.1) and len(set(np.round(ratio, 6))) == 5
