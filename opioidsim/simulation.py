"""Scenario -> Result: cuts people into chunks and marches them, on as many threads as there are cores."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim import chunks, clock, compartments, course_arrays, overdose, parameters
from opioidsim.course import Array, Body, Events, State, Steps, march, prepare, start
from opioidsim.drug import Drug
from opioidsim.model import effects as equations
from opioidsim.model import receptor
from opioidsim.person import effects
from opioidsim.result import Result
from opioidsim.scenario import Scenario

CHUNK = 136  # people marched together; always so many: the same numbers in any crowd. Powers of two crowd the cache
AFTER_DOSE = tuple(2.0**-k for k in (6, 5, 4, 3, 2, 1))  # hours; extra outputs, so that no peak is missed


class Chunk(NamedTuple):
    """A chunk of people, ready to march."""

    plan: compartments.Layout
    drugs: list[Drug]
    values: dict[str, np.ndarray]
    body: Body
    steps: Steps
    lowest: int


def simulate(
    scenario: Scenario, refine: int = 0, threads: int | None = None, progress: Callable[[int], None] | None = None
) -> Result:
    """What happens to everyone in the scenario.

    refine: halve every step so many times (to see what the numerics move). threads: at most so many at once, by default
    all cores. progress: called with the number of people done. The same scenario gives the same numbers on any number
    of threads. Raises Refusal for input that cannot be used.
    """
    if scenario.clock == "episode":
        return overdose.simulate(scenario, refine, threads, progress)
    times, regular = output_times(scenario)
    table = parameters.table_of(scenario)
    total = scenario.people()
    wanted = scenario.wanted()

    def run(people: range) -> dict[str, np.ndarray]:
        chunk, events, grid = ready(scenario, people, times, refine, table)
        states, _ = march(chunk.body, chunk.steps, start(chunk.body), events, grid, len(times))
        return observe(chunk, states, wanted)

    parts = in_chunks(run, total, threads, progress)
    found = {name: np.concatenate([part[name] for part in parts], -1)[:, :total].T for name in wanted}
    return Result(scenario, times, regular, found, refine)


def in_chunks(run: Callable, total: int, threads: int | None = None, progress: Callable | None = None) -> list:
    """`run(people)` for each chunk of person numbers, in order."""
    done = []
    for part in chunks.each(run, chunks.of(total, CHUNK), threads):
        done.append(part)
        if progress:
            progress(min(len(done) * CHUNK, total))
    return done


def ready(
    scenario: Scenario, people: range, times: np.ndarray, refine: int, table=None, lowest: int | None = None
) -> tuple[Chunk, Events, clock.Grid]:
    """These people with their step matrices, their doses and the time grid, for outputs at `times` [h]."""
    drugs = scenario.drugs()
    plan = compartments.layout(drugs, scenario.doses)
    values = parameters.values(scenario, people, table)
    at, events = course_arrays.events(plan, scenario.doses, values)
    lowest, grid = clock.levelled(clock.grid(at, times, refine), lowest)
    body = course_arrays.body_of(plan, values)
    return Chunk(plan, drugs, values, body, prepare(body, lowest, clock.LONGEST), lowest), events, grid


def output_times(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """All output times [h], and which of them are the regular ones: from 0, each `every`, to the end.

    Further ones follow each dose, so that peaks, areas and figures do not depend on the spacing.
    """
    regular = np.arange(0, scenario.duration * (1 + 1e-12) + 1e-9, scenario.every)
    if regular[-1] < scenario.duration * (1 - 1e-9):
        regular = np.append(regular, scenario.duration)
    extra = np.array([at + d for dose in scenario.doses for at in (*dose.starts(), *(s + dose.over for s in dose.starts() if dose.over))
                      for d in AFTER_DOSE if d < scenario.every])  # fmt: skip
    both = np.concatenate([regular, extra[extra < scenario.duration]])
    _, first = np.unique(clock.ticks(both), return_index=True)
    return both[first], first < len(regular)


def observe(chunk: Chunk, states: State, wanted: Iterable[str]) -> dict[str, np.ndarray]:
    """The wanted quantities, each of shape (times, people)."""
    x, bound = states
    by_name = {drug.name: drug for drug in chunk.drugs}
    found = {}
    for name in wanted:
        quantity, _, drug = name.partition(".")
        if quantity == "concentration":
            found[name] = plasma(chunk, x, drug) * by_name[drug].molar_mass.value / 1000.0
        elif quantity == "effect_site":
            found[name] = x[:, *chunk.plan.place[f"{drug}.site"]]
        elif quantity == "occupancy":
            found[name] = bound[:, chunk.plan.ligands.index(drug)]
        elif quantity in ("kappa_occupancy", "delta_occupancy"):
            site = x[:, *chunk.plan.place[f"{drug}.site"]]
            half = chunk.values[f"{drug}.receptor.{quantity.partition('_')[0]}.K"]
            found[name] = equations.site_occupancy(site, half)
        elif quantity == "activation":
            found[name] = activation(chunk, bound)
        elif quantity == "liking":
            found[name] = liking(activation(chunk, bound))
    return {name: np.asarray(value) for name, value in found.items()}


def plasma(chunk: Chunk, x: Array, drug: str) -> Array:
    """Plasma concentration [nM], shape (times, people): the sum over the drug's central compartments."""
    parts = [
        x[:, *chunk.plan.place[central]] / parameters.clearances(chunk.values, prefix)[1]
        for central, prefix in chunk.plan.central[drug]
    ]
    return sum(parts[1:], parts[0])


def activation(chunk: Chunk, bound: Array) -> jax.Array:
    """Mu activation, shape (times, people)."""
    efficacy = jnp.stack([jnp.asarray(chunk.values[f"{name}.receptor.mu.efficacy"]) for name in chunk.plan.ligands])
    return receptor.activation(jnp.moveaxis(bound, 1, 0), efficacy[:, None])


def liking(activated: jax.Array) -> jax.Array:
    """Liking above placebo, 0-100."""
    facts = effects()["liking"]
    return equations.liking(activated, facts["liking_max"].value, facts["liking_power"].value)
