"""Scenario -> Result: cuts people into chunks and marches them, on as many threads as there are cores."""

from collections.abc import Callable, Iterable

import jax
import numpy as np

from opioidsim.cases.person import effects
from opioidsim.cases.scenario import LEFT_BEHIND, Scenario
from opioidsim.engine import chunks, clock, course_arrays, inputs, layout, simulate_episode
from opioidsim.engine.course import Array, Events, State, march, prepare, start
from opioidsim.engine.history import Walk, activation, left_behind, unadapted
from opioidsim.engine.result import Result
from opioidsim.model import effects as equations
from opioidsim.model.adaptation import score
from opioidsim.refusal import Refusal

CHUNK = 136  # people marched together; always so many: the same numbers in any crowd. Powers of two crowd the cache
ALONE = 8  # a single person without draws need not wait for so many
SLOTS = 64  # outputs are marched in multiples of this, so that a dose that moves needs no other compiled march
LOOK = 1.0  # hours between looks at activation, where tolerance, dependence or withdrawal are asked for
AFTER_DOSE = tuple(2.0**-k for k in (6, 5, 4, 3, 2, 1))  # hours; extra outputs, so that no peak is missed


def simulate(
    scenario: Scenario, refine: int = 0, threads: int | None = None, progress: Callable[[int], None] | None = None
) -> Result:
    """What happens to everyone in the scenario.

    refine: halve every step so many times (to see what the numerics move). threads: at most so many at once, by default
    all cores. progress: called with the number of people done. The same scenario gives the same numbers on any number
    of threads. Raises Refusal for input that cannot be used.
    """
    if scenario.clock == "episode":
        return simulate_episode.simulate(scenario, refine, threads, progress)
    times, regular = output_times(scenario)
    scenario.fits(len(times))
    table = inputs.table_of(scenario)
    total = scenario.people()
    wanted, slots = scenario.wanted(), len(times) + -len(times) % SLOTS

    def run(people: range) -> dict[str, np.ndarray]:
        walk, events, grid = ready(scenario, people, times, refine, table)
        states, _ = march(walk.body, walk.steps, start(walk.body), events, grid, slots)
        seen = {name: value[: len(times)] for name, value in observe(walk, states, wanted).items()}
        return seen | adapted(scenario, walk, states, times, people)

    parts = in_chunks(run, total, threads, progress, CHUNK if scenario.population else ALONE)
    found = {name: np.concatenate([part[name] for part in parts], -1)[:, :total].T for name in wanted}
    numbers_only(found)
    return Result(scenario, times, regular, found, refine)


def numbers_only(found: dict[str, np.ndarray]) -> None:
    """Refuses a result that is not made of numbers: a value that nobody can have stands somewhere in what was given."""
    for name, values in found.items():
        lost = ~np.isfinite(values).all(-1)
        if lost.any():
            raise Refusal(
                f"{name} of person {int(np.argmax(lost))} is no longer a number. Look at this person's weight, doses and parameters."
            )


def in_chunks(
    run: Callable, total: int, threads: int | None = None, progress: Callable | None = None, size: int = CHUNK
) -> list:
    """`run(people)` for each chunk of person numbers, in order."""
    done = []
    for part in chunks.each(run, chunks.of(total, size), threads):
        done.append(part)
        if progress:
            progress(min(len(done) * size, total))
    return done


def ready(
    scenario: Scenario, people: range, times: np.ndarray, refine: int, table=None, lowest: int | None = None
) -> tuple[Walk, Events, clock.Grid]:
    """These people with their step matrices, their doses and the time grid, for outputs at `times` [h]."""
    plan = layout.layout(scenario.drugs(), scenario.doses)
    values = inputs.values(scenario, people, table)
    at, events = course_arrays.events(plan, scenario.doses, values)
    lowest, grid = clock.levelled(clock.grid(at, times, refine), lowest)
    body = course_arrays.body_of(plan, values)
    return Walk(plan, values, body, prepare(body, lowest, clock.LONGEST), lowest), events, grid


def output_times(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """All output times [h], and which of them are the regular ones: from 0, each `every`, to the end.

    Further ones follow each dose, and where adaptation is asked for each hour, so that nothing depends on the spacing.
    """
    regular = np.arange(0, scenario.duration * (1 + 1e-12) + 1e-9, scenario.every)
    if regular[-1] < scenario.duration * (1 - 1e-9):
        regular = np.append(regular, scenario.duration)
    looks = np.arange(0, scenario.duration, LOOK) if set(LEFT_BEHIND) & set(scenario.wanted()) else []
    extra = np.array([at + d for dose in scenario.doses for at in (*dose.starts(), *(s + dose.over for s in dose.starts() if dose.over))
                      for d in AFTER_DOSE if d < scenario.every])  # fmt: skip
    both = np.concatenate([regular, extra[extra < scenario.duration], looks])
    _, first = np.unique(clock.ticks(both), return_index=True)
    return both[first], first < len(regular)


def observe(walk: Walk, states: State, wanted: Iterable[str]) -> dict[str, np.ndarray]:
    """The wanted quantities that the state alone gives, each of shape (times, people)."""
    x, bound = states
    found = {}
    for name in wanted:
        quantity, _, drug = name.partition(".")
        if quantity == "concentration":
            found[name] = plasma(walk, x, drug)
        elif quantity == "effect_site":
            found[name] = x[:, *walk.plan.place[f"{drug}.site"]]
        elif quantity == "occupancy":
            found[name] = bound[:, walk.plan.ligands.index(drug)]
        elif quantity in ("kappa_occupancy", "delta_occupancy"):
            site = x[:, *walk.plan.place[f"{drug}.site"]]
            half = walk.values[f"{drug}.receptor.{quantity.partition('_')[0]}.K"]
            found[name] = equations.site_occupancy(site, half)
        elif quantity == "activation":
            found[name] = activation(walk, bound)
        elif quantity == "liking":
            found[name] = liking(activation(walk, bound))
    return {name: np.asarray(value) for name, value in found.items()}


def adapted(scenario: Scenario, walk: Walk, states: State, times: np.ndarray, people: range) -> dict[str, np.ndarray]:
    """Tolerance, dependence and withdrawal, each (times, people), if any is wanted. A crowd carries their uncertainty:
    each of its people has time constants of their own, drawn from their bands."""
    if not set(LEFT_BEHIND) & set(scenario.wanted()):
        return {}
    crowd = scenario.population
    facts = inputs.adaptation_of(people, crowd.seed if crowd else 1, uncertain=crowd is not None)
    left = left_behind(walk, times, states.bound[: len(times)], unadapted(scenario.person, len(people)), facts)
    found = (left.tolerance, left.dependence, score(left.symptoms, facts))
    return {name: np.asarray(value) for name, value in zip(LEFT_BEHIND, found, strict=True)}


def plasma(walk: Walk, x: Array, drug: str) -> Array:
    """Plasma concentration [ng/mL], shape (times, people): the sum over the drug's central compartments."""
    parts = [
        x[:, *walk.plan.place[central]] / inputs.clearances(walk.values, prefix)[1]
        for central, prefix in walk.plan.central[drug]
    ]
    return sum(parts[1:], parts[0]) * walk.values[f"{drug}.molar_mass"] / 1000.0


def liking(activated: jax.Array) -> jax.Array:
    """Liking above placebo, 0-100."""
    facts = effects()["liking"]
    return equations.liking(activated, facts["liking_max"].value, facts["liking_power"].value)
