"""Derivatives through the whole course against central differences: what a fit to data relies on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim import clock, course, parameters
from opioidsim.scenario import from_table
from opioidsim.simulate import levelled

DOSES = ["naltrexone 50 mg oral at 0.5 h", "fentanyl 100 mcg iv over 10 min at 5.3 h", "naloxone 4 mg nasal at 5.6 h"]
TIMES = np.array([0.0, 2.0, 6.0, 9.0])

UNUSED = (".molar_mass", ".efficacy", ".weight", ".kappa.K", ".delta.K")  # these act outside the march


@pytest.fixture(scope="module")
def scene():
    scenario = from_table({"doses": DOSES})
    plan = parameters.layout(scenario.drugs(), scenario.doses)
    given = parameters.values(scenario, range(1))
    at, events = parameters.events(plan, scenario.doses, given)
    lowest, grid = levelled(clock.grid(at, TIMES))

    def marched(changes):
        body = parameters.body_of(plan, given | changes)
        steps = course.prepare(body, lowest, clock.LONGEST)
        return course.march(body, steps, course.start(body), events, grid, len(TIMES))[0]

    def occupancy(changes):
        return jnp.sum(marched(changes).bound[1:, :, 0] * jnp.array([[1.0, 2.0, 3.0]]))

    def concentration(changes):
        x = marched(changes).x
        return sum(x[-1, *plan.place[f"{name}.disposition.central"], 0] for name in ("naltrexone", "6-beta-naltrexol"))

    return given, {"occupancy": occupancy, "concentration": concentration}


@pytest.mark.parametrize("quantity", ["occupancy", "concentration"])
def test_gradients_agree_with_central_differences(scene, quantity):
    given, quantities = scene
    answer = jax.jit(quantities[quantity])
    here = {name: jnp.asarray(value) for name, value in given.items() if not name.endswith(UNUSED)}
    gradient = jax.jit(jax.grad(quantities[quantity]))(here)
    size = abs(answer(here).item())
    moved = 0
    for name, value in here.items():
        step = 2e-3 * value
        four = [answer(here | {name: value + k * step}).item() for k in (-2, -1, 1, 2)]
        difference = (8 * (four[2] - four[1]) - (four[3] - four[0])) / (12 * step.item())
        assert gradient[name].item() == pytest.approx(difference, rel=1e-5, abs=1e-8 * size / value.item()), name
        moved += abs(difference) * value.item() > 1e-3 * size
    assert moved >= 8
