"""Named arrays -> the arrays of the episode clock: wiring, rates per second, doses moved on to the next step.

Flows and links are those of `course_arrays`, one by one instead of in a matrix, so that a drug has
the same kinetics on both clocks. Only here hours become seconds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.engine import course_arrays
from opioidsim.engine.course import State as CourseState
from opioidsim.engine.course_arrays import Values
from opioidsim.engine.episode import Drugs, State, Wiring, kinetics
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.layout import Layout
from opioidsim.engine.parameters import clearances
from opioidsim.engine.watch import Doses
from opioidsim.model.breathing import Gas

HOUR = 3600.0


def rows_of(plan: Layout) -> dict[str, int]:
    """Each compartment's row in the episode: the order of the layout, without its padding."""
    return {name: row for row, name in enumerate(plan.place)}


class Part(NamedTuple):
    """One way in which the compartments hang together.

    wiring: what the march is compiled for. rates: of these people, (people,) each, in the same
    order.
    """

    wiring: tuple
    rates: list


def drugs_of(given: Inputs, values: Values) -> tuple[Wiring, Drugs]:
    """How the compartments hang together, and every rate of these people. values: parameters by name,
    see `parameters.values`.
    """
    plan, row = given.plan, rows_of(given.plan)
    flows, links, saturable = _flows(plan, row, values), _links(plan, row, values), _saturable(plan, row, values)
    sedatives = [drug.name for drug in given.drugs if drug.sedation]
    wiring = Wiring(
        rows=len(row),
        flows=flows.wiring,
        links=links.wiring,
        shrinking_rates=tuple(sorted(row[c] for c in plan.rate_kept)),
        saturable=saturable.wiring,
        sites=tuple(row[f"{name}.site"] for name in plan.ligands),
        sedatives=tuple(row[f"{name}.site"] for name in sedatives),
    )
    people = values["person.tolerance"].shape
    most, half = _columns(saturable.rates, 2)
    kon, koff, n, efficacy = _columns([_receptor(values, name, people) for name in plan.ligands], 4)
    c50 = [values[f"{name}.sedation.C50"] for name in sedatives]
    more = [values[f"{name}.sedation.potentiation"] for name in sedatives]
    rows = (flows.rates, links.rates, most, half, kon, koff, n, efficacy, c50, more)
    tolerance = values["person.tolerance"]
    gain, steepness = np.ones(people), 1.0  # of no use to the published program's reading
    if given.breathes_by_stimulus:
        facts = {symbol: fact.value for symbol, fact in given.known.body["effects"]["breathing"].items()}
        gain = facts["reserve"] * values["person.sensitivity"] / facts["potency_loss"] ** tolerance
        steepness = facts["steepness"]
    return wiring, Drugs(
        *(_stack(arrays, people) for arrays in rows), tolerance=tolerance, gain=np.asarray(gain), steepness=steepness
    )


def _receptor(values: Values, name: str, people: tuple[int, ...]) -> tuple:
    """kon [1/s per nM^n], koff [1/s], n and efficacy in breathing of a ligand."""
    kon, koff, n = course_arrays.binding(values, name, people)
    return kon / HOUR, koff / HOUR, n, course_arrays.breathing_efficacy(values, name)


def _columns(rows: Sequence[Sequence], width: int) -> list[list]:
    """Rows of so many entries as columns; empty ones where there is no row."""
    return [[row[i] for row in rows] for i in range(width)]


def _stack(arrays: Sequence, people: tuple[int, ...]) -> np.ndarray:
    """(arrays, people); (0, people) where there is none."""
    rows = [np.broadcast_to(np.asarray(a, float), people) for a in arrays]
    return np.stack(rows) if rows else np.zeros((0, *people))


def _flows(plan: Layout, row: dict[str, int], values: Values) -> Part:
    """(from, to), -1 being out of the body, and rates [1/s]; what does not flow in anyone is left out,
    since each flow costs four times a step.
    """
    every = [flow for group in plan.blocks for flow in course_arrays.flows_of(plan, group, values)]
    moving = [flow for flow in every if np.any(np.asarray(flow.rate) != 0.0)]
    pairs = tuple((row[source], row[target] if target else -1) for source, target, _ in moving)
    return Part(pairs, [rate / HOUR for *_, rate in moving])


def _links(plan: Layout, row: dict[str, int], values: Values) -> Part:
    """(from, to, whether a shrinking volume raises it) and rates; those of pumps are shares. A pump
    fills by an amount, which no volume shrinks.
    """
    every = [link for group in plan.blocks for link in course_arrays.links_of(plan, group, values)]
    pumps, kept = plan.pumps, plan.rate_kept
    wiring = tuple((row[s], row[t], s not in pumps and s not in kept) for s, t, _ in every)
    return Part(wiring, [rate if s in pumps else rate / HOUR for s, _, rate in every])


def _saturable(plan: Layout, row: dict[str, int], values: Values) -> Part:
    """Compartments that empty at a limited rate: the most [nmol/s], and the amount at half of it [nmol]."""
    rows, rates = [], []
    for drug, places in plan.central.items():
        for central, prefix in places:
            if f"{prefix}.Vmax" in values:
                most = values[f"{prefix}.Vmax"] * 1e6 / values[f"{drug}.molar_mass"] / HOUR
                half = values[f"{prefix}.Km"] * 1e6 / values[f"{drug}.molar_mass"] * clearances(values, prefix)[1]
                rows.append(row[central])
                rates.append((most, half))
    return Part(tuple(rows), rates)


def state_of(plan: Layout, gas: Gas, course: CourseState) -> State:
    """A course's state, handed over: the same amounts, effect sites and bound shares, with this
    breathing. A running infusion goes on: its rate is per second now.
    """
    amounts = np.asarray(course.x)
    x = tuple(amounts[place] / (HOUR if name in plan.pumps else 1.0) for name, place in plan.place.items())
    return State(gas, x, tuple(np.asarray(course.bound)))


def doses_of(given: Inputs, wiring: Wiring, drugs: Drugs, values: Values, h: float) -> Doses:
    """The doses at known times, each at the first step not before it; of everyone, or of each of these people. h: the step [s]."""
    if not given.regimens:
        return _sequence(given, given.doses, wiring, drugs, values, h)
    people = len(values["person.tolerance"])
    kinds: dict[tuple[Dose, ...], list[int]] = {}
    for column in range(people):
        kinds.setdefault(given.regimens[min(column, len(given.regimens) - 1)].doses, []).append(column)
    parts = [(_sequence(given, doses, wiring, drugs, values, h), columns) for doses, columns in kinds.items()]
    most = max(len(part.step) for part, _ in parts)
    shape = (most, wiring.rows, people)
    found = Doses(np.full((most, people), -1), np.ones(shape), np.zeros(shape))
    for part, columns in parts:
        count = len(part.step)
        found.step[:count, columns] = part.step[:, None]
        found.kept[:count, :, columns] = part.kept[:, :, columns]
        found.added[:count, :, columns] = part.added[:, :, columns]
    return found


def _sequence(given: Inputs, doses: tuple[Dose, ...], wiring: Wiring, drugs: Drugs, values: Values, h: float) -> Doses:
    """These doses, as everyone has them.

    An infusion is two of them, its rate on and off. A dose that falls between two steps enters at
    the second, moved on by its own kinetics: its time is then met exactly, though the step is
    fixed. Doses of the same nose know of each other (`share`).
    """
    people = values["person.tolerance"].shape
    events = []
    given_so_far: dict[tuple[str, str], list] = {}
    for dose, at in sorted(((d, s) for d in doses for s in d.starts()), key=lambda pair: pair[1]):
        entry = entry_of(given.plan, values, dose, people)
        if dose.over:
            entry = entry / dose.over / HOUR
            events += [(at, 1.0, entry), (at + dose.over, 1.0, -entry)]
            continue
        earlier = given_so_far.setdefault((dose.drug, dose.route), [])
        events.append((at, *share(given, dose, values, earlier, at, entry)))
    steps = [int(np.ceil(at * HOUR / h - 1e-9)) for at, _, _ in events]
    moved = [
        _moved(series(wiring, drugs, entry), step * h - at * HOUR)
        for step, (at, _, entry) in zip(steps, events, strict=True)
    ]
    shape = (0, wiring.rows, *people)
    kept = [np.broadcast_to(kept, shape[1:]) for _, kept, _ in events]
    return Doses(
        np.array(steps, int), np.stack(kept) if kept else np.zeros(shape), np.stack(moved) if moved else np.zeros(shape)
    )


def _moved(parts: np.ndarray, seconds: float) -> np.ndarray:
    """A dose moved on by its own kinetics for so many seconds, (rows, people); parts: see `series`."""
    return sum((part * seconds**i for i, part in enumerate(parts)), np.zeros(parts.shape[1:]))


def series(wiring: Wiring, drugs: Drugs, entry: np.ndarray) -> np.ndarray:
    """How a dose moves on in its first second: (3, rows, people), the factors of 1, d and d^2 for d seconds.

    x + K x d + K^2 x d^2 / 2, the series of the kinetics K at S = 1; entry (rows, people) [nmol].
    """
    first = np.stack(kinetics(wiring, drugs, tuple(entry), 1.0))
    second = np.stack(kinetics(wiring, drugs, tuple(first), 1.0)) / 2.0
    return np.stack([entry, first, second])


def entry_of(plan: Layout, values: Values, dose: Dose, people: tuple[int, ...]) -> np.ndarray:
    """The amounts [nmol] that a dose puts into each compartment, (rows, people): into its pump, where it is infused."""
    shares = np.asarray(course_arrays.entry_of(plan, values, dose.drug, dose.route, dose.over > 0, people))
    return np.stack([shares[place] for place in plan.place.values()]) * course_arrays.amount_of(dose, values)


def share(given: Inputs, dose: Dose, values: Values, earlier: list, at: float, entry: np.ndarray):
    """(what is kept of each compartment, what is added) by a dose of which less arrives after earlier ones.

    From the third single spray on, or from the second pair on, F falls; also for what still waits
    in the nose (Strauss 2024). F acts behind the nose, so that what waits there is lowered by the
    ratio of F now to F before, and the dose by the ratio to the first F. earlier: (time, sprays, F)
    of the doses by this route so far; this one is appended. Earlier sprays count for as long as the
    body's fact `nose.series` says.
    """
    prefix = f"{dose.drug}.routes.{dose.route}"
    kept = np.ones_like(entry)
    if f"{prefix}.F_third" not in values:
        return kept, entry
    sprays = max(round(dose.milligrams() / float(np.mean(values[f"{prefix}.unit_dose"]))), 1)
    series = given.known.body["body"]["nose"]["series"].value
    before = sum(count for when, count, _ in earlier if at - when <= series)
    now = values[f"{prefix}.F"]
    if before >= 2:
        now = values[f"{prefix}.F_second_pair" if sprays >= 2 else f"{prefix}.F_third"]
    waits = given.plan.chains[dose.drug, dose.route][0].stages[0].compartment
    kept[rows_of(given.plan)[waits]] = now / (earlier[-1][2] if earlier else now)
    earlier.append((at, sprays, now))
    return kept, entry * (now / values[f"{prefix}.F"])
