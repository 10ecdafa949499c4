"""Scenario -> Result: cuts people into chunks and marches them, on as many threads as there are cores.

People who all have the same doses share one grid of steps; where each has their own, each has a clock of their own
(`own_course`). What is shown is read off the states afterwards (`observing`).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from opioidsim.cases.known import refuse_unused
from opioidsim.cases.scenario import Scenario
from opioidsim.engine import (
    chunks,
    clock,
    course_arrays,
    device,
    exposure,
    history,
    inputs,
    own_course,
    own_exposure,
)
from opioidsim.engine.course import Array, Events, State, march, prepare, start
from opioidsim.engine.history import Walk
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.observing import FOLLOWED, adapted, observe
from opioidsim.engine.result import Result
from opioidsim.engine.store import Columns
from opioidsim.refusal import Refusal

CHUNK = 136  # people marched together; always so many: the same numbers in any crowd. Powers of two crowd the cache
ALONE = 8  # a single person without draws need not wait for so many
LOOK = 1.0  # hours between looks at activation, where tolerance, dependence or withdrawal are asked for
MOST_FOLLOWED = 200  # doses of an event table that are each looked at so; of more people nobody could see it
AFTER_DOSE = tuple(2.0**-k for k in (6, 5, 4, 3, 2, 1))  # hours; extra outputs, so that no peak is missed


def simulate(
    scenario: Scenario,
    refine: int = 0,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    change: Mapping[str, str] | None = None,
    draws: Mapping[str, np.ndarray] | None = None,
) -> Result:
    """What happens to everyone in the scenario.

    change: facts that have another value, {"adaptation.tau_loss": "20 d"}, beside the scenario's
    own changes. refine: halve every step so many times (to see what the numerics move). threads: at
    most so many at once, by default all cores. progress: called with the number of people done. The
    same scenario gives the same numbers on any number of threads. draws: other readings of facts, see `Inputs.drawing`. Raises
    Refusal for input that cannot be used.
    """
    scenario = scenario.with_change(change)
    refuse_unused([scenario])
    if scenario.clock == "episode":
        from opioidsim.engine import simulate_episode  # a course need not wait for it

        return simulate_episode.simulate(scenario, refine, threads, progress, draws)
    given = inputs.read(scenario)
    given = given.drawing(draws) if draws else given
    times, regular = output_times(given)
    held = given.fitting(len(times), elsewhere=chunks.are_kept())

    own = own_course.regimens(given, given.regimens, given.duration) if given.regimens else None

    def run(people: range) -> dict[str, np.ndarray]:
        """The wanted quantities of these people, as NumPy has them."""
        if own:
            return own_quantities(own, people, times, refine)
        return _plain(quantities(given, people, times, refine))

    size = own_size(given) if own else size_of(given)
    parts, done, after = [], 0, [n for n in given.wanted if n in FOLLOWED] if own else []
    adaptation: list[Columns] = []
    for part in chunks.each(run, chunks.of(given.people, size), threads):
        numbers_only({name: values[:, : given.people - done] for name, values in part.items()}, done)
        parts += [part] if done < held else []
        adaptation.append(exposure.columns({n: exposure.of(times, part[n]) for n in after}))
        done = min(done + size, given.people)
        if progress:
            progress(done)
    found = {name: np.concatenate([part[name] for part in parts], -1)[:, :held].T for name in given.wanted}
    left_behind = exposure.joined(adaptation, after, given.people)
    seen = partial(own_looked, own, left_behind) if own else partial(looked, given)
    rows = partial(own_rows, own, refine, threads) if own else None
    look = partial(seen, refine, threads)
    return Result(scenario, times, regular, found, refine, looked=look, predicted=rows, crowd=given.people)


def looked(given: Inputs, refine: int = 0, threads: int | None = None, progress=None) -> dict[str, exposure.Exposure]:
    """The exposure to each wanted quantity of a course, from a march of its own that knows nothing of `every`.

    Areas of concentrations are exact, by the linear equations; peaks are looked for right after
    each dose and between.
    """
    total, wanted = given.people, given.wanted
    closest = LOOK if set(FOLLOWED) & set(wanted) else np.inf
    edges = [at for dose in given.doses for start in dose.starts() for at in (start, start + dose.over)]
    times, is_event = exposure.looks(edges, given.duration, closest)
    shown, _ = output_times(given)
    bent = {drug.name for drug in given.drugs if drug.induction}  # of which no linear equation holds
    bent |= {drug.name for drug in given.drugs if bent & set(drug.mixture)}
    linear = [n for n in wanted if n.startswith(("concentration.", "effect_site.")) and n.partition(".")[2] not in bent]

    def run(people: range) -> dict[str, np.ndarray]:
        """The exposures of these people: states at the looks, doubled at events, then each quantity's own."""
        walk, events, _ = ready(given, people, shown, refine)
        put, at = _put(walk)
        grid = clock.grid(at, times, refine)
        if grid.level.min(initial=clock.LONGEST) < walk.lowest:
            walk = walk._replace(steps=prepare(walk.body, 0, clock.LONGEST), lowest=0)
        _, grid = clock.levelled(grid, walk.lowest)
        x, bound = map(np.asarray, march(walk.body, walk.steps, start(walk.body), events, grid, len(times))[0])
        dosed = [put(clock.ticks(at) == clock.ticks(time)) for time in times[is_event]]
        after = x[is_event] + np.reshape(dosed, (-1, *x.shape[1:])), bound[is_event]
        both = State(exposure.doubled(x, is_event, after[0]), exposure.doubled(bound, is_event, after[1]))
        seen = _plain(observe(walk, both, wanted))
        for name, value in _plain(adapted(walk, State(x, bound), times, people)).items():
            seen[name] = exposure.doubled(value, is_event, value[is_event])
        left = np.where(at < given.duration, given.duration - at, 0.0)
        whole = exposure.integral(np.asarray(walk.body.a), x[-1] - x[0] - put(at < given.duration), put(left))
        areas = _plain(observe(walk, State(whole[None], bound[:1]), linear))
        when = exposure.doubled(times, is_event, times[is_event])
        found = {n: exposure.of(when, seen[n], areas[n][0] if n in areas else None) for n in wanted}
        return exposure.columns(found)

    parts = in_chunks(run, total, threads, progress, size_of(given))
    return exposure.joined(parts, wanted, total)


def _plain(found: Mapping[str, Array]) -> dict[str, np.ndarray]:
    """The same as NumPy arrays: what is computed is waited for here, on the thread that asked."""
    return {name: np.asarray(value) for name, value in found.items()}


def _put(walk: Walk):
    """What weighted doses and infusion edges add to the compartments, (blocks, m, people), as a
    function of their weights; and their times [h].

    With weights 1 and 0 it is what certain doses add at once; with the time left after each, what a
    pump's integral is.
    """
    at, events = course_arrays.events(walk.plan, walk.given.doses, walk.values)
    entry, amount, into = np.asarray(walk.body.entry), events.amount[1 : len(at) + 1], events.input[1 : len(at) + 1]

    def put(weights: np.ndarray) -> np.ndarray:
        """The sum over events of weight times what each adds; weights: (events,), in the order of the times."""
        by_input = [entry[i] * (weights[into == i].astype(float) @ amount[into == i]) for i in np.unique(into)]
        return sum(by_input, np.zeros(entry.shape[1:]))

    return put, np.array(at)


def outputs_of(scenario: Scenario, values: Mapping[str, Any], people: range = range(1)) -> dict[str, Array]:
    """The wanted quantities of a course, each (times, people), with facts at these values: for gradients and for fits.

    values: number by the fact's full name, in the fact's own unit; JAX may trace them. The times are those of `output_times`.
    Raises Refusal for an episode, and for a name that no fact has in this scenario.
    """
    given = inputs.read(scenario).having(values)
    if given.clock != "course":
        raise Refusal('outputs as functions of facts are those of a course; write clock = "course".')
    return quantities(given, people, output_times(given)[0])


def quantities(given: Inputs, people: range, times: np.ndarray, refine: int = 0) -> dict[str, Array]:
    """Every wanted quantity at `times` [h] for these person numbers, each (times, people). Differentiable in every fact."""
    walk, events, grid = ready(given, people, times, refine)
    states, _ = march(walk.body, walk.steps, start(walk.body), events, grid, len(times))
    return observe(walk, states, given.wanted) | adapted(walk, states, times, people)


def own_quantities(
    own: own_course.Regimens, people: range, times: np.ndarray, refine: int = 0
) -> dict[str, np.ndarray]:
    """`quantities`, where each person has a regimen of their own."""
    wanted = own.given.wanted
    found = own_course.followed(own, people, times, refine, only=wanted)
    seen = found.seen(lambda walk, states: observe(walk, states, wanted))
    return seen | _plain(adapted(found.walks[0], found.states, times, people))


def own_looked(
    own: own_course.Regimens, known: dict[str, exposure.Exposure], refine: int = 0, threads: int | None = None
):
    """`looked`, where each person has a regimen of their own. known: of what follows adaptation, which nothing but the curves gives."""
    states = tuple(name for name in own.given.wanted if name not in FOLLOWED)
    run = lambda people: exposure.columns(own_exposure.of_chunk(own, states, refine, people))  # noqa: E731
    parts = in_chunks(run, own.given.people, threads, None, own_size(own.given)) if states else []
    found = exposure.joined(parts, states, own.given.people) | known
    return {name: found[name] for name in own.given.wanted}


def own_rows(own: own_course.Regimens, refine: int = 0, threads: int | None = None) -> list[dict]:
    """What is predicted at each observation of an event table up to the end, person by person: `person`, `time_h`, `DV`, and the
    wanted quantities that the state alone gives."""
    given, wanted = own.given, tuple(name for name in own.given.wanted if name not in FOLLOWED)
    seen = [[(each.at, each.dv) for each in one.observed if each.at <= given.duration] for one in given.regimens]
    most = max(map(len, seen), default=0)
    if not most or not wanted or len(seen) != given.people:
        return []

    def run(people: range) -> dict[str, np.ndarray]:
        """The quantities at the observations of these people, (observations, people); whoever has fewer repeats the last."""
        mine = [seen[i] for i in own.who(people)]
        times = np.array(
            [[(one or [(0.0, 0.0)])[min(k, max(len(one) - 1, 0))][0] for one in mine] for k in range(most)]
        )
        times = np.concatenate([times, np.full((1, len(mine)), given.duration)])
        found = own_course.followed(own, people, times, refine, only=wanted)
        return found.seen(lambda walk, states: observe(walk, states, wanted))

    parts = in_chunks(run, given.people, threads, None, own_size(given))
    values = {name: np.concatenate([part[name] for part in parts], -1) for name in wanted}
    return [
        {"person": i, "time_h": at, "DV": dv} | {name: float(values[name][k, i]) for name in wanted}
        for i, one in enumerate(seen) for k, (at, dv) in enumerate(one)
    ]  # fmt: skip


def size_of(given: Inputs) -> int:
    """How many people are marched together."""
    return ALONE if given.alike else device.size(given.people, CHUNK)


def own_size(given: Inputs) -> int:
    """The same, where each has a regimen of their own."""
    return CHUNK if given.uncertain or given.people > ALONE else ALONE


def numbers_only(found: dict[str, np.ndarray], first: int) -> None:
    """Refuses a result that is not made of numbers: a value that nobody can have stands somewhere in
    what was given. found: by name, (times, people), from person `first` on.
    """
    for name, values in found.items():
        lost = ~np.isfinite(values).all(0)
        if lost.any():
            raise Refusal(
                f"{name} of person {first + int(np.argmax(lost))} is no longer a number. Look at this person's weight, doses and parameters."
            )


def in_chunks(
    run: Callable[[range], Columns],
    total: int,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    size: int = CHUNK,
) -> list[Columns]:
    """`run(people)` for each chunk of person numbers, in order. size: people of a chunk. progress:
    told how many people are done.
    """
    done: list[Columns] = []
    for part in chunks.each(run, chunks.of(total, size), threads):
        done.append(part)
        if progress:
            progress(min(len(done) * size, total))
    return done


def ready(given: Inputs, people: range, times: np.ndarray, refine: int) -> tuple[Walk, Events, clock.Grid]:
    """These people with their step matrices, their doses and the time grid, for outputs at `times` [h]."""
    lowest, grid = clock.levelled(clock.grid(course_arrays.moments(given.doses), times, refine))
    walk = history.ready(given, people, lowest)
    return walk, course_arrays.events(given.plan, given.doses, walk.values)[1], grid


def output_times(given: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """All output times [h], and which of them are the regular ones.

    Further ones follow each dose, and where adaptation is asked for each hour, so that nothing depends on the spacing.
    """
    end = given.duration
    regular = given.regular_times()
    look = LOOK / 4 if given.regimens else LOOK  # looks cannot follow the doses of each of many
    looks = np.arange(0, end, look) if set(FOLLOWED) & set(given.wanted) else []
    doses = [dose for one in given.regimens for dose in one.doses] or given.doses
    doses = doses if sum(dose.times for dose in doses) <= MOST_FOLLOWED or not given.regimens else []
    extra = np.array([at + d for dose in doses for at in (*dose.starts(), *(s + dose.over for s in dose.starts() if dose.over))
                      for d in AFTER_DOSE if d < given.every])  # fmt: skip
    both = np.concatenate([regular, extra[extra < end], looks])
    _, first = np.unique(clock.ticks(both), return_index=True)
    return both[first], first < len(regular)
