"""Named arrays -> the arrays of the episode clock: wiring, rates per second, doses moved on to the next step, the rule."""

import numpy as np

from opioidsim.cases.drug import Drug
from opioidsim.cases.person import body
from opioidsim.cases.rescue_rule import RescueRule
from opioidsim.engine import course_arrays, inputs
from opioidsim.engine.course import State as CourseState
from opioidsim.engine.episode import Drugs, State, Wiring, kinetics
from opioidsim.engine.layout import Layout
from opioidsim.engine.watch import Doses, Rescue
from opioidsim.model.breathing import Gas

HOUR = 3600.0


def rows_of(plan: Layout) -> dict[str, int]:
    """Each compartment's row in the episode: the order of the layout, without its padding."""
    return {name: row for row, name in enumerate(plan.place)}


def drugs_of(plan: Layout, members: list[Drug], given: dict) -> tuple[Wiring, Drugs]:
    """How the compartments hang together, and every rate of these people."""
    people = given["person.tolerance"].shape
    row = rows_of(plan)
    rate_kept = {
        central
        for name in plan.central
        for central, prefix in plan.central[name]
        if _shrinking(members, prefix) == "rate"
    }
    flows, links = [], []
    for group in plan.blocks:
        some, more = course_arrays.flows_of(plan, group, given)
        flows += [
            (row[s], row[t] if t else -1, rate)
            for s, t, rate in some
            if not (t is None and np.all(np.asarray(rate) == 0.0))
        ]
        links += [
            (
                row[s],
                row[t],
                s.endswith(".central") and s not in rate_kept,
                rate if s.endswith(".pump") else rate / HOUR,
            )
            for s, t, rate in more
        ]
    flows = [(s, t, r) for s, t, r in flows if not np.all(np.asarray(r) == 0.0)]
    saturable = [
        (row[central], prefix)
        for name in plan.central
        for central, prefix in plan.central[name]
        if f"{prefix}.Vmax" in given
    ]
    sedatives = [d for d in members if d.sedation]
    wiring = Wiring(
        len(row),
        tuple((s, t) for s, t, _ in flows),
        tuple((s, t, shrinks) for s, t, shrinks, _ in links),
        tuple(sorted(row[c] for c in rate_kept)),
        tuple(r for r, _ in saturable),
        tuple(row[f"{name}.site"] for name in plan.ligands),
        tuple(row[f"{d.name}.site"] for d in sedatives),
    )

    def stack(arrays):
        return (
            np.stack([np.broadcast_to(np.asarray(a, float), people) for a in arrays])
            if arrays
            else np.zeros((0, *people))
        )

    bindings = [course_arrays.binding(given, name, people) for name in plan.ligands]
    return wiring, Drugs(
        stack([r / HOUR for *_, r in flows]),
        stack([r for *_, r in links]),
        stack([given[f"{p}.Vmax"] * 1e6 / given[f"{p.partition('.')[0]}.molar_mass"] / HOUR for _, p in saturable]),
        stack(
            [
                given[f"{p}.Km"] * 1e6 / given[f"{p.partition('.')[0]}.molar_mass"] * inputs.clearances(given, p)[1]
                for _, p in saturable
            ]
        ),
        stack([kon / HOUR for kon, _, _ in bindings]),
        stack([koff / HOUR for _, koff, _ in bindings]),
        stack([n for *_, n in bindings]),
        stack([given[f"{name}.receptor.mu.efficacy"] for name in plan.ligands]),
        stack([given[f"{d.name}.sedation.C50"] for d in sedatives]),
        given["person.tolerance"],
    )


def _shrinking(members: list[Drug], prefix: str) -> str:
    name, _, rest = prefix.partition(".routes.")
    route = rest.removesuffix(".disposition")
    return next((d.routes[route].shrinking for d in members if d.name == name and rest), "amount")


def state_of(plan: Layout, gas: Gas, course: CourseState) -> State:
    """A course's state, handed over: the same amounts, effect sites and bound shares, with this breathing."""
    per_second = {name: HOUR if name.endswith(".pump") else 1.0 for name in plan.place}
    amounts = np.asarray(course.x)
    x = tuple(amounts[place] / per_second[name] for name, place in plan.place.items())
    return State(gas, x, tuple(np.asarray(course.bound)))


def doses_of(plan: Layout, wiring: Wiring, drugs: Drugs, scenario, given: dict, h: float) -> Doses:
    """The doses at known times, each at the first step not before it."""
    people = given["person.tolerance"].shape
    events = []
    given_so_far: dict[tuple[str, str], list] = {}
    for dose, at in sorted(((d, s) for d in scenario.doses for s in d.starts()), key=lambda pair: pair[1]):
        entry = _entry(plan, given, dose, people)
        if dose.over:
            entry = entry / dose.over / HOUR
            events += [(at, 1.0, entry), (at + dose.over, 1.0, -entry)]
            continue
        earlier = given_so_far.setdefault((dose.drug, dose.route), [])
        events.append((at, *_share(plan, dose, given, earlier, at, entry)))
    steps = [int(np.ceil(at * HOUR / h - 1e-9)) for at, _, _ in events]
    moved = [
        sum(part * (step * h - at * HOUR) ** i for i, part in enumerate(series(wiring, drugs, entry)))
        for step, (at, _, entry) in zip(steps, events, strict=True)
    ]
    shape = (0, wiring.rows, *people)
    kept = [np.broadcast_to(kept, shape[1:]) for _, kept, _ in events]
    return Doses(
        np.array(steps, int), np.stack(kept) if kept else np.zeros(shape), np.stack(moved) if moved else np.zeros(shape)
    )


def rescue_of(plan: Layout, wiring: Wiring, drugs: Drugs, rule: RescueRule | None, given: dict, baseline) -> Rescue:
    """The rule of rescue for these people; baseline: their ventilation at rest [L/min]."""
    people = given["person.tolerance"].shape
    if rule is None:
        level = np.zeros(people)
        return Rescue(
            level,
            np.inf,
            0.0,
            0.0,
            0,
            False,
            np.zeros((0, wiring.rows, *people)),
            np.zeros((3, 0, wiring.rows, *people)),
        )
    share, level, at = rule.trigger()
    entry = _entry(plan, given, rule.dose, people)
    earlier: list = []
    kept, added = [], []
    padded = max(rule.doses + -rule.doses % 4, 4)  # so that few numbers of doses share a compiled march
    for number in range(padded):
        keep, amount = _share(plan, rule.dose, given, earlier, number * rule.interval / HOUR, entry)
        kept.append(np.broadcast_to(keep, (wiring.rows, *people)))
        added.append(series(wiring, drugs, amount))
    return Rescue(
        share * np.asarray(baseline) + level, at, rule.delay, rule.interval, rule.doses, rule.if_needed,
        np.stack(kept), np.stack(added, 1),
    )  # fmt: skip


def series(wiring: Wiring, drugs: Drugs, entry: np.ndarray) -> np.ndarray:
    """How a dose moves on in its first second: (3, rows, people), the factors of 1, d and d^2 for d seconds."""
    first = np.stack(kinetics(wiring, drugs, tuple(entry), 1.0))
    second = np.stack(kinetics(wiring, drugs, tuple(first), 1.0)) / 2.0
    return np.stack([entry, first, second])


def _entry(plan: Layout, given: dict, dose, people) -> np.ndarray:
    """The amounts [nmol] that a dose puts into each compartment, (rows, people)."""
    weight = given["person.weight"] if dose.unit.endswith("/kg") else 1.0
    amount = dose.milligrams(1.0) * weight * course_arrays.nanomoles(given, dose.drug, dose.route)
    shares = np.asarray(course_arrays.entry_of(plan, given, dose.drug, dose.route, dose.over > 0, people))
    return np.stack([shares[place] for place in plan.place.values()]) * amount


def _share(plan: Layout, dose, given: dict, earlier: list, at: float, entry: np.ndarray):
    """(what is kept of each compartment, what is added) by a dose of which less arrives after earlier ones.

    From the third single spray on, or from the second pair on, F falls; also for what still waits in the nose
    (Strauss 2024). earlier: (time, sprays, F) of the doses by this route so far; this one is appended.
    """
    prefix = f"{dose.drug}.routes.{dose.route}"
    kept = np.ones_like(entry)
    if f"{prefix}.F_third" not in given:
        return kept, entry
    sprays = max(round(dose.milligrams() / float(np.mean(given[f"{prefix}.unit_dose"]))), 1)
    before = sum(count for when, count, _ in earlier if at - when <= body()["nose"]["series"].value)
    now = given[f"{prefix}.F"]
    if before >= 2:
        now = given[f"{prefix}.F_second_pair" if sprays >= 2 else f"{prefix}.F_third"]
    kept[rows_of(plan)[f"{dose.drug}.{dose.route}.0.0"]] = now / (earlier[-1][2] if earlier else now)
    earlier.append((at, sprays, now))
    return kept, entry * (now / given[f"{prefix}.F"])
