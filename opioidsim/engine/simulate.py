"""Scenario -> Result: cuts people into chunks and marches them, on as many threads as there are cores."""

from collections.abc import Callable, Iterable
from functools import partial

import jax
import numpy as np

from opioidsim.cases.person import effects
from opioidsim.cases.scenario import LEFT_BEHIND, Scenario
from opioidsim.engine import chunks, clock, course_arrays, exposure, inputs, layout, simulate_episode
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
    return Result(scenario, times, regular, found, refine, looked=partial(looked, scenario, refine, threads))


def looked(scenario: Scenario, refine: int = 0, threads: int | None = None) -> dict[str, exposure.Exposure]:
    """The exposure to each wanted quantity of a course, from a march of its own that knows nothing of `every`.

    Areas of concentrations are exact, by the linear equations; peaks are looked for right after each dose and between.
    """
    table, total, wanted = inputs.table_of(scenario), scenario.people(), scenario.wanted()
    closest = LOOK if set(LEFT_BEHIND) & set(wanted) else np.inf
    edges = [at for dose in scenario.doses for start in dose.starts() for at in (start, start + dose.over)]
    times, is_event = exposure.looks(edges, scenario.duration, closest)
    shown, _ = output_times(scenario)
    slots = len(shown) + -len(shown) % SLOTS
    linear = [name for name in wanted if name.startswith(("concentration.", "effect_site."))]

    def run(people: range) -> dict[str, exposure.Exposure]:
        walk, events, outputs = ready(scenario, people, shown, refine, table)
        put, at = _put(walk, scenario)
        x, bound = _in_windows(walk, events, clock.grid(at, times, refine), slots, len(outputs.level))
        dosed = [put(clock.ticks(at) == clock.ticks(time)) for time in times[is_event]]
        after = x[is_event] + np.reshape(dosed, (-1, *x.shape[1:])), bound[is_event]
        both = State(exposure.doubled(x, is_event, after[0]), exposure.doubled(bound, is_event, after[1]))
        seen = observe(walk, both, wanted)
        for name, value in adapted(scenario, walk, State(x, bound), times, people).items():
            seen[name] = exposure.doubled(value, is_event, value[is_event])
        left = np.where(at < scenario.duration, scenario.duration - at, 0.0)
        whole = exposure.integral(np.asarray(walk.body.a), x[-1] - x[0] - put(at < scenario.duration), put(left))
        areas = observe(walk, State(whole[None], bound[:1]), linear)
        when = exposure.doubled(times, is_event, times[is_event])
        return {name: exposure.of(when, seen[name], areas[name][0] if name in areas else None) for name in wanted}

    parts = in_chunks(run, total, threads, None, CHUNK if scenario.population else ALONE)
    joined = {name: zip(*(part[name] for part in parts), strict=True) for name in wanted}
    return {
        name: exposure.Exposure(*(np.concatenate(part)[:total] for part in parts)) for name, parts in joined.items()
    }


def _in_windows(walk: Walk, events: Events, grid: clock.Grid, slots: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """x and bound at each slot of a grid, marched in windows of the shape that the outputs' march has, so that nothing is
    compiled again. A window ends with a slot; its own slot 0 is the last one of the window before."""
    if grid.level.min(initial=clock.LONGEST) < walk.lowest:
        walk = walk._replace(steps=prepare(walk.body, 0, clock.LONGEST), lowest=0)
    ends = np.append(np.flatnonzero(np.diff(grid.slot)), len(grid.slot) - 1) + 1  # of the steps that lead to each slot
    state, begin, base = start(walk.body), 0, int(grid.slot[0]) - 1
    x, bound = [np.asarray(state.x)[None]], [np.asarray(state.bound)[None]]
    while begin < len(grid.slot):
        fitting = ends[(ends > begin) & (ends - begin <= steps) & (grid.slot[ends - 1] - base < slots)]
        end = int(fitting[-1]) if len(fitting) else int(ends[ends > begin][0])
        part = clock.Grid(*(column[begin:end] for column in grid))._replace(slot=grid.slot[begin:end] - base)
        _, part = clock.levelled(part, walk.lowest)
        if len(part.level) < steps:
            part = clock.padded(part, steps)
        states, state = march(walk.body, walk.steps, state, events, part, slots)
        top = int(grid.slot[end - 1])
        x.append(np.asarray(states.x)[1 : top - base + 1])
        bound.append(np.asarray(states.bound)[1 : top - base + 1])
        begin, base = end, top
    return np.concatenate(x), np.concatenate(bound)


def _put(walk: Walk, scenario: Scenario):
    """What weighted doses and infusion edges add to the compartments, (blocks, m, people), as a function of their weights;
    and their times [h]."""
    at, events = course_arrays.events(walk.plan, scenario.doses, walk.values)
    entry, amount, into = np.asarray(walk.body.entry), events.amount[1 : len(at) + 1], events.input[1 : len(at) + 1]

    def put(weights: np.ndarray) -> np.ndarray:
        by_input = [entry[i] * (weights[into == i].astype(float) @ amount[into == i]) for i in np.unique(into)]
        return sum(by_input, np.zeros(entry.shape[1:]))

    return put, np.array(at)


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
