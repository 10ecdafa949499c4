"""A scenario on the episode clock: what everyone's breathing does, and how it ends.

Chunks are larger than on the course clock: a step holds a few dozen numbers per person instead of
matrices.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from opioidsim.cases.scenario import STEP, Scenario
from opioidsim.engine import chunks, clock, device, episode, episode_arrays, exposure, inputs, leaving, rescue_arrays
from opioidsim.engine.handover import Patients, begin
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.parameters import clearances
from opioidsim.engine.result import Result
from opioidsim.engine.watch import Seen, Tally
from opioidsim.model import breathing, clamp
from opioidsim.model.effects import share_of_full
from opioidsim.refusal import Refusal

# People marched together; a few alone, or two hundred on a page, need not wait for so many.
CHUNK, SOME, FEW = 520, 104, 8
END = "end: "  # before the name of an end, among the columns of a chunk


def simulate(
    scenario: Scenario,
    refine: int = 0,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    draws: Mapping[str, np.ndarray] | None = None,
) -> Result:
    """What happens to everyone, second by second; as `simulate.simulate`, which calls it for this clock.

    refine: halve every step so often. threads: at most so many at once. progress: told how many
    people are done. Curves that do not fit into memory are of the first people, where all are kept; else they are refused, as
    is a value that stops being a number.
    """
    given = inputs.read(scenario)
    given = given.drawing(draws) if draws else given
    times = given.regular_times()
    total, held = given.people, given.fitting(len(times), elsewhere=chunks.are_kept())
    curves, ended, looks, groups = [], [], [], chunks.of(total, size(total))
    for number, part in enumerate(chunks.each(partial(_columns, given, refine), groups, threads)):
        ended.append({n.removeprefix(END): value for n, value in part.items() if n.startswith(END)})
        found = {n: part[n].T for n in given.wanted}
        if held < total:
            mine = Result(scenario, times, np.full(len(times), True), found, refine, ended[-1])
            looks.append(exposure.columns(mine.exposures))
        curves += [found] if groups[number].start < held else []
        if progress:
            progress(min(groups[number].stop, total))
    values = {n: np.concatenate([each[n] for each in curves])[:held] for n in given.wanted}
    ends = {n: np.concatenate([each[n] for each in ended])[:total] for n in ended[0]}
    looked = partial(exposure.joined, looks, given.wanted, total) if looks else None
    return Result(scenario, times, np.full(len(times), True), values, refine, ends, looked, crowd=total)


def _columns(given: Inputs, refine: int, people: range) -> dict[str, np.ndarray]:
    """What `of_chunk` gives as columns, people last."""
    seen, ended = of_chunk(given, people, refine)
    return seen | {f"{END}{name}": value for name, value in ended.items()}


def size(total: int) -> int:
    """How many people are marched together: few where there are few, so that one person does not wait for 520."""
    return FEW if total <= FEW else SOME if total <= 2 * SOME else device.size(total, CHUNK)


def of_chunk(given: Inputs, people: range, refine: int = 0):
    """The wanted quantities, each (times, people), and the ends, each (people,), of these people.

    Output spacings are multiples of STEP, so that every output is a step and nothing is
    interpolated.
    """
    per_slot = round(given.every * 3600.0 / STEP)
    patients, (seen, x, bound, tally) = played(given, people, steps_of(given), per_slot, refine)
    if given.end_tidal_co2 is None:
        return observe(patients, seen, x, bound, tally), ends(patients, tally, people)
    breath = held(patients, x, bound)
    seen = seen._replace(ventilation=breath, arterial_co2=np.full(breath.shape, given.end_tidal_co2))
    return observe(patients, seen, x, bound, tally), {"lowest_ventilation": breath.min(0)}


def held(patients: Patients, x, bound) -> np.ndarray:
    """Ventilation [L/min] with the end-tidal CO2 held, (times, people): what the drugs leave at each time, settled."""
    left = episode.taken(patients.wiring, patients.rates, x, bound, patients.physiology)
    pressure = patients.given.end_tidal_co2
    return np.asarray(clamp.ventilation(pressure, left, patients.state.gas, patients.physiology))


def ends_of_chunk(given: Inputs, people: range, refine: int = 0) -> dict[str, np.ndarray]:
    """How it ends for these people, without the curves; each (people,). Memory does not grow with the duration."""
    steps = steps_of(given)
    if len(people) <= SOME:  # few people's ends come with their curves: one march less to compile
        patients, (*_, tally) = played(given, people, steps, steps, refine)
        return ends(patients, tally, people)
    patients = begin(given.those(people), people, refine)
    return ends(patients, tallied(patients, steps, refine), people)


def steps_of(given: Inputs) -> int:
    """How many steps of STEP the episode lasts."""
    return int(np.ceil(given.duration * 3600.0 / STEP - 1e-6))


def played(given: Inputs, people: range, steps: int, per_slot: int, refine: int):
    """The patients at the start, and what `episode.march` gives for them over `steps`, each `per_slot` steps."""
    patients = begin(given.those(people), people, refine)
    return patients, marched(patients, steps, per_slot, refine)


def marched(
    patients: Patients, steps: int, per_slot: int, refine: int = 0, times: float | np.ndarray = 1.0
) -> tuple[Seen, tuple[np.ndarray, ...], tuple[np.ndarray, ...], Tally]:
    """`episode.march` for these patients, with the scenario's doses, each `times` as large: one number, each person's, or
    (events, 1, people) in the order of `episode_arrays.doses_of`."""
    finer = 2 ** clock.halvings(refine)
    how = _ready(patients, STEP / finer, times)
    return episode.march(**how, steps=steps * finer, per_slot=per_slot * finer)


def tallied(patients: Patients, steps: int, refine: int = 0, times: float | np.ndarray = 1.0) -> Tally:
    """How it ends for these patients after so many steps of STEP, as `marched`, without the curves: what nobody looks at any
    more is not marched."""
    finer = 2 ** clock.halvings(refine)
    return leaving.tally(**_ready(patients, STEP / finer, times), steps=steps * finer)


def _ready(patients: Patients, h: float, times: float | np.ndarray) -> dict[str, Any]:
    """What a march by steps of h [s] is told of these patients."""
    given = patients.given, patients.wiring, patients.rates, patients.values
    doses = episode_arrays.doses_of(*given, h)
    return {
        "wiring": patients.wiring, "body": patients.physiology, "drugs": patients.rates, "state": patients.state,
        "doses": doses._replace(added=doses.added * times), "h": h, "second_look": patients.given.second_look,
        "rescue": rescue_arrays.rescue_of(*given, patients.baseline, patients.people),
        "clamped": patients.given.end_tidal_co2 is not None,
    }  # fmt: skip


def observe(patients: Patients, seen: Seen, x, bound, tally: Tally) -> dict[str, np.ndarray]:
    """The wanted quantities by name, each (times, people), in the units of `scenario.unit_of`.

    Plasma concentrations are those of the shrunken volume, where blood flow is high. Once a
    circulation has collapsed or stopped, it stays so: the two are 0 before and 1 from that time on.
    """
    plan, values = patients.plan, patients.values
    flow = np.asarray(seen.blood_flow) / 60.0
    times = (patients.given.regular_times() * 3600.0)[:, None]
    row = episode_arrays.rows_of(plan)
    found = {}
    for name in patients.given.wanted:
        quantity, _, drug = name.partition(".")
        if quantity in Seen._fields:
            found[name] = np.asarray(getattr(seen, quantity))
        elif quantity == "cardiac_arrest":
            found[name] = (times >= np.asarray(tally.arrest)).astype(float)
        elif quantity == "collapse":
            found[name] = (times >= np.asarray(tally.collapse)).astype(float)
        elif quantity == "concentration":
            shrunk = np.asarray(breathing.shrinking(flow, patients.physiology))
            parts = [
                np.asarray(x[row[central]]) / clearances(values, prefix)[1]
                * (1.0 if row[central] in patients.wiring.shrinking_rates else shrunk)
                for central, prefix in plan.plasma(drug)
            ]  # fmt: skip
            found[name] = sum(parts) * values[f"{drug}.molar_mass"] / 1000.0
        elif quantity == "effect_site":
            found[name] = np.asarray(x[row[f"{drug}.site"]])
        elif quantity == "occupancy":
            found[name] = np.asarray(bound[plan.ligands.index(drug)])
        elif quantity == "activation":
            found[name] = activated(patients, bound)
    return found


def activated(patients: Patients, bound) -> np.ndarray:
    """The output `activation`, (times, people); in the published program's reading the share of receptors itself."""
    found = np.sum([e * np.asarray(b) for e, b in zip(patients.rates.efficacy, bound, strict=True)], 0)
    given = patients.given
    return share_of_full(found, given.effect("breathing")["reserve"]) if given.breathes_by_stimulus else found


def ends(patients: Patients, tally: Tally, people: range) -> dict[str, np.ndarray]:
    """How it ended for each person, each (people,): times in s (nan: it did not happen), lowest and
    highest values before collapse.

    A cardiac arrest needs both, a collapse and a flow that has fallen to Q_arrest in the time
    simulated. rescue_time_s (Mann 2022): how long brain O2 lay at or under the published mark,
    t_not_rescued after an arrest. Raises Refusal where a value of someone stopped being a number,
    by that person's number.
    """
    t, body = Tally(*(np.asarray(value) for value in tally)), patients.physiology
    if np.any(np.isfinite(t.lost)):
        who = int(np.argmin(t.lost))
        raise Refusal(
            f"person {people[who]}: at {t.lost[who]:g} s a value is no longer a number. Look at this person's parameters; with --refine the step is halved."
        )
    arrest = np.isfinite(t.collapse) & np.isfinite(t.arrest)
    low = np.where(np.isfinite(t.brain_first), np.maximum(t.brain_last - t.brain_first, 0.0), 0.0)
    found = {
        "cardiac_arrest": arrest.astype(np.int8),
        "apnoea": (t.longest_apnoea >= body.t_apnoea).astype(np.int8),
        "trigger_s": t.trigger,
        "low_oxygen_s": t.low,
        "collapse_s": t.collapse,
        "flow_arrest_s": t.arrest,
        "flow_stop_s": t.stop,
        "rescue_time_s": np.where(arrest, body.t_not_rescued, low),
        "lowest_arterial_o2": t.lowest_o2,
        "lowest_saturation": t.lowest_saturation,
        "highest_arterial_co2": t.highest_co2,
        "lowest_ventilation": t.lowest_ventilation,
        "longest_apnoea_s": t.longest_apnoea,
        "doses_given": t.given.astype(np.int16),
        "milligrams_given": t.effective,
        "still_depressed": t.short.astype(np.int8),
        "recovered_s": t.recovered,
        "depressed_again_s": t.again,
    }
    return {name: np.where(np.isinf(v), np.nan, v) if v.dtype.kind == "f" else v for name, v in found.items()}
