"""Answers that can be written down: one compartment, plateaus, competition at equilibrium, and the receptor step itself."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs, parameters
from opioidsim.engine.simulate import simulate
from opioidsim.model import receptor


def one_compartment(sentence, duration="3 h"):
    """(times since the dose, its concentration [ng/mL], CL [L/h], V [L], the named numbers) of a one-compartment drug given at 1.237 h."""
    scenario = from_table({"doses": [sentence], "duration": duration, "every": "7 min"})
    drug = scenario.drugs()[0]
    given = {name: value.item() for name, value in inputs.read(scenario).values(range(1)).items()}
    clearance, volume, peripheral = parameters.clearances(given, f"{drug.name}.disposition")
    assert not peripheral
    result = simulate(scenario)
    time = result.times - scenario.doses[0].at
    after = time > 1e-3
    return time[after], result.values[f"concentration.{drug.name}"][0][after], clearance, volume, given


NG_PER_ML = 1000.0  # of a mg/L


def test_a_bolus_falls_exponentially():
    t, c, clearance, volume, _ = one_compartment("heroin 25 mg iv at 1.237 h")
    assert c == pytest.approx(25 / volume * NG_PER_ML * np.exp(-clearance / volume * t), rel=1e-6)


def test_absorption_follows_bateman():
    t, c, clearance, volume, given = one_compartment("heroin 25 mg im at 1.237 h")
    k, ka, reaches = clearance / volume, given["heroin.routes.im.ka"], given["heroin.routes.im.F"]
    bateman = reaches * 25 * ka / (volume * (ka - k)) * (np.exp(-k * t) - np.exp(-ka * t)) * NG_PER_ML
    assert c == pytest.approx(bateman, rel=1e-6)


def test_an_infusion_rises_to_rate_over_clearance_and_falls():
    t, c, clearance, volume, _ = one_compartment("heroin 25 mg iv over 90 min at 1.237 h", "5 h")
    k, plateau = clearance / volume, 25 / 1.5 / clearance * NG_PER_ML
    rising = plateau * (1 - np.exp(-k * np.minimum(t, 1.5)))
    assert c == pytest.approx(rising * np.exp(-k * np.maximum(t - 1.5, 0)), rel=1e-6)
    assert c[np.abs(t - 1.4).argmin()] == pytest.approx(plateau, rel=1e-4)


@pytest.mark.parametrize("reading", ["", "slower"])
def test_competition_comes_to_the_equilibrium_of_gaddum(reading):
    """Long infusions: each share is x_i / (1 + sum x), with x = C / K."""
    doses = [
        "naltrexone 1 mg iv over 30 d",
        "morphine 10 g iv over 30 d",
        "fentanyl 1 g iv over 30 d",
        "naloxone 100 mg iv over 30 d",
    ]
    names = ["naltrexone", "morphine", "fentanyl", "naloxone"]
    outputs = [f"{quantity}.{name}" for name in names for quantity in ("occupancy", "effect_site")]
    scenario = from_table(
        {"doses": doses, "duration": "30 d", "every": "1 d", "outputs": outputs}
        | ({"readings": {"naltrexone": reading}} if reading else {})
    )
    given = {name: value.item() for name, value in inputs.read(scenario).values(range(1)).items()}
    result = simulate(scenario)
    x = {name: result[f"effect_site.{name}"][-1] / given[f"{name}.receptor.mu.K"] for name in names}
    for name in names:
        share = x[name] / (1 + sum(x.values()))
        assert 0.01 < share < 0.9
        assert result[f"occupancy.{name}"][-1] == pytest.approx(share, rel=1e-4)


def march(h, koff, rate, start, end):
    """Bound shares at `end` in steps of h; rate: association [1/h] of each ligand as a function of time."""
    kept, gained = receptor.stage_matrices(np.array(koff), h)
    bound = np.array(start)
    for step in range(round(end / h)):
        nodes = np.array([[rate(step * h + node * h)[i] for node in receptor.NODES] for i in range(len(koff))])
        bound = np.asarray(receptor.step(bound, nodes, kept, gained))
    return bound


def test_the_receptor_step_is_of_order_five():
    koff, start = [1.3, 0.4], [0.2, 0.1]

    def rate(t):
        return 2.0 * np.exp(-t), 0.7 + 0.5 * np.sin(3 * t)

    def right(t, b):
        return np.array(rate(t)) * (1 - b.sum()) - np.array(koff) * b

    exact = solve_ivp(right, (0, 2), start, "DOP853", rtol=1e-13, atol=1e-15).y[:, -1]
    errors = [np.abs(march(h, koff, rate, start, 2.0) - exact).max() for h in (0.5, 0.25, 0.125)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 4.6).all()
    assert (orders < 5.6).all()


def test_one_ligand_at_constant_concentration_follows_the_exponential():
    on, off, h = 0.8, 0.3, 0.05
    for start in (0.0, 0.9):
        bound = march(h, [off], lambda t: (on,), [start], 3.0)[0]
        rest = on / (on + off)
        assert bound == pytest.approx(rest + (start - rest) * np.exp(-(on + off) * 3.0), rel=1e-9)


@pytest.mark.parametrize("koff", [1e3, 1e6, 1e9])
def test_a_huge_off_rate_is_damped_in_one_step(koff):
    """L-stable: what was bound is gone, what is left is the equilibrium of the moment."""
    on = 0.5 * koff
    bound = march(1.0, [koff, 0.1], lambda t: (on, 0.0), [0.9, 0.1], 1.0)
    free = 1 - bound[1]
    assert bound[0] == pytest.approx(free * on / (on + koff), abs=4 / koff)
    assert march(1.0, [koff], lambda t: (0.0,), [1.0], 1.0)[0] == pytest.approx(0, abs=4 / koff)


def test_equilibrium_is_where_the_step_stands_still():
    koff, rates = [2.0, 0.3, 50.0], [1.0, 3.0, 20.0]
    still = np.asarray(receptor.equilibrium(np.array(rates), np.array(koff)))
    assert march(0.7, koff, lambda t: rates, still, 2.1) == pytest.approx(still, rel=1e-12)
