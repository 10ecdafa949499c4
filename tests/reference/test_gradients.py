"""Derivatives through the whole course against central differences: what a fit to data relies on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.cases.scenario import LEFT_BEHIND, from_table
from opioidsim.engine import clock, course, course_arrays, inputs
from opioidsim.engine.simulate import outputs_of, simulate
from opioidsim.refusal import Refusal

DOSES = ["naltrexone 50 mg oral at 0.5 h", "fentanyl 100 mcg iv over 10 min at 5.3 h", "naloxone 4 mg nasal at 5.6 h"]
TIMES = np.array([0.0, 2.0, 6.0, 9.0])

UNUSED = (".molar_mass", ".efficacy", ".weight", ".tolerance", ".kappa.K", ".delta.K")  # these act outside the march


@pytest.fixture(scope="module")
def scene():
    scenario = from_table({"doses": DOSES, "duration": "24 h"})
    read = inputs.read(scenario)
    plan, given = read.plan, read.values(range(1))
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


@pytest.mark.long
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


# ---- every output of a course, with respect to every fact ----------------------------------------------------------


@pytest.fixture(scope="module")
def course_of_facts():
    """All outputs of a day of heroin and naltrexone in someone heavy, tolerant and dependent, as a function of all facts."""
    scenario = from_table(
        {
            "doses": ["heroin 30 mg iv every 8 h x 2", "naltrexone 50 mg oral at 20 h"], "duration": "24 h", "every": "12 h",
            "person": {"weight": "80 kg", "age": "40 y", "tolerance": 0.3, "dependence": 0.4},
        }
    )  # fmt: skip
    facts = {name: jnp.asarray(fact.value) for name, fact in inputs.read(scenario).facts().items()}

    def answers(values):
        return {name: jnp.stack([v[1:, 0].mean(), v[-1, 0]]) for name, v in outputs_of(scenario, values).items()}

    still = {name: jnp.zeros(()) for name in facts}
    along = jax.jit(lambda way: jax.jvp(answers, (facts,), (way,))[1])
    return scenario, facts, answers, lambda name: along(still | {name: jnp.ones(())})


def test_outputs_as_functions_of_facts_are_those_of_a_run(course_of_facts):
    scenario, facts, answers, _ = course_of_facts
    found, run = answers(facts), simulate(scenario)
    assert {"liking", "withdrawal", "tolerance", "concentration.naltrexone"} <= found.keys()
    for name, value in run.values.items():
        assert found[name][1] == pytest.approx(value[0, -1], rel=1e-12, abs=1e-100), name


def test_every_output_follows_every_fact_as_differences_do(course_of_facts):
    """Concentrations, occupancies, activation, liking, tolerance, dependence, withdrawal; through kinetics, receptor,
    allometry, covariates, effects and adaptation."""
    _, facts, answers, along = course_of_facts
    answer = jax.jit(answers)
    here, moved = answer(facts), dict.fromkeys(answer(facts), 0)
    for name, value in facts.items():
        slope = along(name)
        step = 1e-3 * value if value else 1e-5  # of an efficacy: a reserve stands before it
        four = [answer(facts | {name: value + k * step}) for k in (-2, -1, 1, 2)]
        for output, size in here.items():
            difference = (8 * (four[2][output] - four[1][output]) - (four[3][output] - four[0][output])) / (12 * step)
            noise = 1e-7 * np.abs(size) / abs(value or 1.0) + 1e-60
            close = 1e-3 if output in LEFT_BEHIND else 1e-4  # gain and loss have a kink between them
            assert (np.abs(slope[output] - difference) <= close * np.abs(difference) + noise).all(), (name, output)
            moved[output] += bool((np.abs(difference * value) > 1e-3 * np.abs(size)).any())
    assert moved["withdrawal"] >= 20 and moved["liking"] >= 15 and moved["tolerance"] >= 10


@pytest.mark.long
def test_a_gradient_reaches_from_withdrawal_back_to_every_fact(course_of_facts):
    _, facts, answers, along = course_of_facts
    back = jax.jit(jax.grad(lambda values: answers(values)["withdrawal"][1]))(facts)
    forth = {name: float(along(name)["withdrawal"][1]) for name in facts}
    assert back == pytest.approx(forth, rel=1e-6, abs=1e-9)
    assert sum(abs(forth[name] * value) > 1e-3 for name, value in facts.items()) >= 20


def test_what_cannot_be_a_function_of_facts_is_refused(course_of_facts):
    scenario, *_ = course_of_facts
    with pytest.raises(Refusal, match='rests on a fact "adaptation.tau_los".*Did you mean "adaptation.tau_loss"'):
        outputs_of(scenario, {"adaptation.tau_los": 1.0})
    with pytest.raises(Refusal, match="those of a course"):
        outputs_of(from_table({"clock": "episode", "doses": ["fentanyl 1 mg iv"]}), {})
