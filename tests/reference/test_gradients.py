"""Derivatives through the whole course against central differences: what a fit to data relies on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.cases.scenario import from_table
from opioidsim.engine import clock, course, course_arrays, inputs, layout

DOSES = ["naltrexone 50 mg oral at 0.5 h", "fentanyl 100 mcg iv over 10 min at 5.3 h", "naloxone 4 mg nasal at 5.6 h"]
TIMES = np.array([0.0, 2.0, 6.0, 9.0])

UNUSED = (".molar_mass", ".efficacy", ".weight", ".tolerance", ".kappa.K", ".delta.K")  # these act outside the march


@pytest.fixture(scope="module")
def scene():
    scenario = from_table({"doses": DOSES, "duration": "24 h"})
    plan = layout.layout(scenario.drugs(), scenario.doses)
    given = inputs.values(scenario, range(1))
    at, events = course_arrays.events(plan, scenario.doses, given)
    lowest, grid = clock.levelled(clock.grid(at, TIMES))

    def marched(changes):
        body = course_arrays.body_of(plan, given | changes)
        steps = course.prepare(body, lowest, clock.LONGEST)
        return course.march(body, steps, course.start(body), events, grid, len(TIMES))[0]

    def answers(changes):
        """A mix of all occupancies, and an amount in plasma [nmol]."""
        states = marched(changes)
        occupancy = jnp.sum(states.bound[1:, :, 0] * jnp.array([[1.0, 2.0, 3.0]]))
        return jnp.stack(
            [
                occupancy,
                sum(
                    states.x[-1, *plan.place[f"{name}.disposition.central"], 0]
                    for name in ("naltrexone", "6-beta-naltrexol")
                ),
            ]
        )

    return given, answers


def test_gradients_agree_with_central_differences(scene):
    given, answers = scene
    here = {name: jnp.asarray(value) for name, value in given.items() if not name.endswith(UNUSED)}
    answer = jax.jit(answers)
    gradient = jax.jit(jax.jacrev(answers))(here)
    size = np.abs(answer(here))
    moved = np.zeros(2)
    for name, value in here.items():
        step = 2e-3 * value
        four = [answer(here | {name: value + k * step}) for k in (-2, -1, 1, 2)]
        difference = np.asarray((8 * (four[2] - four[1]) - (four[3] - four[0])) / (12 * step))
        noise = 1e-8 * size / value
        assert (np.abs(gradient[name][:, 0] - difference) <= 1e-5 * np.abs(difference) + noise).all(), name
        moved += np.abs(difference) * value > 1e-3 * size
    assert moved[0] >= 12
    assert moved[1] >= 6
