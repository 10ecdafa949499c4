"""Named arrays -> the arrays of the course clock: matrices, entries, bindings, the doses of a march.

Facts reach this file as arrays by name, each (people,). It knows which of them make a flow, a link
or a share, and puts the rates [1/h] into matrices at the rows that `layout` gives. All of it is
plain arithmetic, so that JAX can follow a derivative from a fact to any output.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.cases.dose import Dose, without_past
from opioidsim.cases.drug import Drug
from opioidsim.engine import clock
from opioidsim.engine.course import Body, Events, Induction
from opioidsim.engine.layout import Chain, Layout, pump_of
from opioidsim.engine.parameters import clearances
from opioidsim.model import pharmacokinetics

Values = Mapping[str, Any]  # of the parameters by name, each (people,); see `parameters.values`


class Flow(NamedTuple):
    """An amount that leaves one compartment and enters another.

    source: the compartment it leaves. target: the one it enters; None where it leaves the body.
    rate: [1/h], (people,).
    """

    source: str
    target: str | None
    rate: Any


class Link(NamedTuple):
    """What fills `target` from `source` without taking from it.

    An effect site is filled so, because it holds a concentration, not an amount: its rate is ke0
    over the central volume [1/h per L], and it is emptied by a flow of ke0; the slow level that
    speeds a drug's own clearance likewise. A pump holds the rate
    of an infusion; its link is the share of that rate which goes to the target. A pump loses
    nothing and is switched off by the infusion's second edge.
    """

    source: str
    target: str
    rate: Any


def stacked(rows: Sequence) -> Any:
    """Rows as one array. Outside compiled code NumPy is faster; numbers that JAX traces need its own."""
    return (jnp if any(isinstance(row, jax.Array) for row in rows) else np).stack(rows)


def body_of(plan: Layout, given: Values) -> Body:
    """The matrices, entries and bindings of these people. Differentiable in every value of `given`.

    given: parameters by name, each (people,). A scenario without any dose still has one entry, of
    zeros: event 0 needs a row.
    """
    people = jnp.shape(next(iter(given.values())))
    a = _matrices(plan, given)
    entries = [entry_of(plan, given, *which, people) for which in plan.inputs]
    none = np.zeros((len(plan.blocks), plan.size, *people))
    blocks, rows = np.array([plan.place[f"{name}.site"] for name in plan.ligands], int).reshape(-1, 2).T
    induction = _induction(plan, given)
    return Body(a, stacked(entries or [none]), blocks, rows, *_bindings(plan, given, people), induction=induction)


def _matrices(plan: Layout, given: Values):
    """The matrices of all blocks, (blocks, m, m, people) [1/h]."""
    matrices = [_matrix(plan, number, given) for number in range(len(plan.blocks))]
    return stacked(matrices)


def _induction(plan: Layout, given: Values) -> Induction | None:
    """What the drugs that speed their own clearance do to it; None where there is none.

    A drug's rows go by its own share. A metabolite's go by that of a parent in its block, since its parent's clearance
    forms it.
    """
    drugs = _inducing(plan)
    if not drugs:
        return None
    of = np.full((len(plan.blocks), plan.size), len(drugs))
    for block, group in enumerate(plan.blocks):
        mine = [drug for drug in group if drug in drugs]
        for name, (b, row) in plan.place.items():
            owner = next((drug for drug in mine if name.startswith(f"{drug.name}.")), mine[0] if mine else None)
            if b == block and owner:
                of[block, row] = drugs.index(owner)
    full = {f"{drug.name}.induced": 1.0 + given[f"{drug.name}.induction.rise"] for drug in drugs}
    blocks, rows = np.array([plan.place[f"{drug.name}.induction"] for drug in drugs]).T
    c50 = stacked([given[f"{drug.name}.induction.C50"] for drug in drugs])
    return Induction(_matrices(plan, {**given, **full}), blocks, rows, c50, of)


def _inducing(plan: Layout) -> list[Drug]:
    """The drugs in play that speed their own clearance."""
    return [drug for group in plan.blocks for drug in group if f"{drug.name}.induction" in plan.place]


def induced(plan: Layout, given: Values, x) -> dict[str, Any]:
    """By what each drug that speeds its own clearance has multiplied it in a body with these amounts, by parameter name,
    (people,) each. x: (blocks, m, people)."""
    found = {}
    for drug in _inducing(plan):
        prefix, level = f"{drug.name}.induction", x[plan.place[f"{drug.name}.induction"]]
        share = pharmacokinetics.saturated(level, given[f"{prefix}.C50"])
        found[f"{drug.name}.induced"] = 1.0 + given[f"{prefix}.rise"] * share
    return found


def _matrix(plan: Layout, number: int, given: Values):
    """The matrix of one block, (m, m, people) [1/h]; m is that of the largest block, so that blocks can be stacked."""
    group = plan.blocks[number]
    row = {name: r for name, (b, r) in plan.place.items() if b == number}
    flows = [(row[s], row[t] if t else None, rate) for s, t, rate in flows_of(plan, group, given)]
    links = [(row[s], row[t], rate) for s, t, rate in links_of(plan, group, given)]
    return pharmacokinetics.rate_matrix(plan.size, flows, links)


def _bindings(plan: Layout, given: Values, people: tuple[int, ...]):
    """kon, koff and n of all ligands, (ligands, people) each."""
    found = [binding(given, name, people) for name in plan.ligands]
    return [stacked([b[i] for b in found]) if found else np.zeros((0, *people)) for i in range(3)]


def flows_of(plan: Layout, group: tuple[Drug, ...], given: Values) -> list[Flow]:
    """All flows between the compartments of these drugs: distribution and elimination, then the ways in."""
    return [flow for drug in group for flow in (*_disposition(plan, drug, given), *_absorption(plan, drug, given))]


def links_of(plan: Layout, group: tuple[Drug, ...], given: Values) -> list[Link]:
    """All links between the compartments of these drugs: their effect sites, and the pumps of their infusions."""
    found = []
    for drug in group:
        site = plan.site(drug.name)
        if site:
            ke0 = _ke0(drug, given)
            found += [Link(c, site, ke0 / clearances(given, prefix)[1]) for c, prefix in plan.central[drug.name]]
        level = f"{drug.name}.induction"
        if level in plan.place:
            rate = _following(drug, given)
            found += [Link(c, level, rate / clearances(given, prefix)[1]) for c, prefix in plan.central[drug.name]]
        for name, route, infused in plan.inputs:
            if infused and name == drug.name:
                targets = shares_of(plan, name, route, given)
                found += [Link(pump_of(name, route), target, share) for target, share in targets]
    return found


def _ke0(drug: Drug, given: Values):
    """The rate [1/h] at which a drug's effect site follows its plasma."""
    name = f"{drug.name}.ke0"
    return given[name] if name in given else np.log(2.0) / given[f"{drug.name}.biophase_half_life"]


def _following(drug: Drug, given: Values):
    """The rate [1/h] at which the level that speeds a drug's clearance follows its plasma."""
    return np.log(2.0) / given[f"{drug.name}.induction.half_life"]


def _disposition(plan: Layout, drug: Drug, given: Values) -> Iterator[Flow]:
    """Elimination, metabolism and distribution of one drug, from each of its central compartments; and
    what empties its site.

    Elimination is CL / V1 of the amount, times `induced` where the drug has sped its own clearance; the
    fact `metabolites` says which share of it becomes which metabolite, mole for mole, and the rest
    leaves the body. Distribution is Q / V1 out and Q / V back.
    """
    site = plan.site(drug.name)
    if site:
        yield Flow(site, None, _ke0(drug, given))
    if f"{drug.name}.induction" in plan.place:
        yield Flow(f"{drug.name}.induction", None, _following(drug, given))
    for central, prefix in plan.central[drug.name]:
        clearance, volume, peripheral = clearances(given, prefix)
        out = clearance / volume * given.get(f"{drug.name}.induced", 1.0)
        shares = {m: given[f"{drug.name}.metabolites.{m}"] for m in drug.metabolites}
        yield from (Flow(central, plan.central[m][0].compartment, out * share) for m, share in shares.items())
        yield Flow(central, None, out * (1.0 - sum(shares.values())))
        for number, (q, v) in enumerate(peripheral, 2):
            yield Flow(central, f"{prefix}.{number}", q / volume)
            yield Flow(f"{prefix}.{number}", central, q / v)


def _absorption(plan: Layout, drug: Drug, given: Values) -> Iterator[Flow]:
    """The flows on the way in, for each route by which this drug is given."""
    for route in dict.fromkeys(route for name, route, _ in plan.inputs if name == drug.name):
        for chain in plan.chains[drug.name, route]:
            yield from _chain(plan, drug, route, chain, given)


def _chain(plan: Layout, drug: Drug, route: str, chain: Chain, given: Values) -> Iterator[Flow]:
    """From stage to stage of one way in.

    From the last stage the share F of what leaves arrives in the central compartment. The rest is
    lost on the way: part of it may become metabolites before it reaches the blood (`presystemic`),
    as with the first pass of a tablet through the liver. F acts here and not on the dose, because
    what is lost has to come from somewhere.
    """
    prefix = f"{drug.name}.routes.{route}"
    arrives = given.get(f"{prefix}.F", 1.0)
    following = [stage.compartment for stage in chain.stages[1:]]
    for k, stage in enumerate(chain.stages):
        rate = np.log(2.0) / given[stage.parameter] if stage.is_half_life else given[stage.parameter]
        if k < len(following):
            yield Flow(stage.compartment, following[k], rate)
            continue
        yield Flow(stage.compartment, plan.into(drug.name, route), rate * arrives)
        shares = {m: given[f"{prefix}.presystemic.{m}"] for m in drug.routes[route].presystemic}
        lost = rate * (1.0 - arrives)
        for m, share in shares.items():
            yield Flow(stage.compartment, plan.central[m][0].compartment, lost * share)
        yield Flow(stage.compartment, None, lost * (1.0 - sum(shares.values())))


def shares_of(plan: Layout, drug: str, route: str, given: Values) -> list[tuple[str, Any]]:
    """Where a dose by this route goes: (compartment, share).

    Shares of release phases are made to sum to one: each is drawn by itself in a crowd, and no drug
    may be made or lost by that. Without a stage on the way in, F acts at once.
    """
    entered = plan.entered(drug, route)
    if not plan.chains[drug, route]:
        return [(entered[0][0], given.get(f"{drug}.routes.{route}.F", 1.0))]
    shares = [given[fraction] if fraction else 1.0 for _, fraction in entered]
    whole = sum(shares)
    return [(compartment, share / whole) for (compartment, _), share in zip(entered, shares, strict=True)]


def entry_of(plan: Layout, given: Values, name: str, route: str, infused: bool, people: tuple[int, ...]):
    """Where a unit of a dose enters, (blocks, m, people): an infusion's goes into its pump, whole; F
    acts behind the pump.
    """
    targets = [(pump_of(name, route), 1.0)] if infused else shares_of(plan, name, route, given)
    none = np.zeros(people)
    shares = {}
    for compartment, share in targets:
        shares[plan.place[compartment]] = shares.get(plan.place[compartment], none) + share
    rows = [shares.get((block, row), none) for block in range(len(plan.blocks)) for row in range(plan.size)]
    return stacked(rows).reshape(len(plan.blocks), plan.size, *people)


def binding(given: Values, name: str, people: tuple[int, ...]):
    """kon [1/h per nM^n], koff [1/h] and n of a ligand at mu, each (people,).

    Where kon was not measured it follows from the half-occupancy K [nM]: kon = koff / K^n, so that
    K is the concentration at which half of the receptors are held once all stands still.
    """
    prefix = f"{name}.receptor.mu"
    koff = given[f"{prefix}.koff"]
    n = given.get(f"{prefix}.n", np.ones(people))
    kon = given[f"{prefix}.kon"] if f"{prefix}.kon" in given else koff / given[f"{prefix}.K"] ** n
    return kon, koff, n


def breathing_efficacy(given: Values, name: str):
    """The efficacy of a ligand at mu that breathing sees, (people,): its own there, where a ceiling makes it another."""
    prefix = f"{name}.receptor.mu"
    return given.get(f"{prefix}.breathing_efficacy", given[f"{prefix}.efficacy"])


def events(plan: Layout, doses: tuple[Dose, ...], given: Values, multiple: int = 16) -> tuple[list[float], Events]:
    """The times [h] of all single doses and infusion edges, ascending, and the events of the march.

    An infusion is two events, its rate and minus its rate, on the nearest ticks; the rate is the
    amount over the time between those ticks. Padded with events that never happen, so that regimens
    of similar length share a compiled march. multiple: to so many.
    """
    found = []
    weight = given["person.weight"]
    for dose in map(without_past, doses):
        amount = amount_of(dose, given)
        number = plan.inputs.index((dose.drug, dose.route, dose.over > 0))
        for at in dose.starts():
            if dose.over:
                begin, end = clock.ticks([at, at + dose.over]) * clock.TICK
                # of the infusion as the grid has it, so that no drug is lost
                rate = amount / max(end - begin, clock.TICK)
                found += [(begin, rate, number), (end, -rate, number)]
            else:
                found.append((at, amount, number))
    found.sort(key=lambda event: event[0])
    rows = len(found) + 1
    none = 0.0 * weight
    amounts = [none, *(amount + none for _, amount, _ in found)]
    inputs = np.zeros(rows + -rows % multiple, np.int32)
    inputs[1:rows] = [number for _, _, number in found]
    return [at for at, _, _ in found], Events(stacked([*amounts, *[none] * (len(inputs) - rows)]), inputs)


def moments(doses: tuple[Dose, ...]) -> list[float]:
    """The times [h] of all single doses and infusion edges, ascending: those of `events`, for whoever
    makes a grid before there are people.
    """
    found = []
    for dose in doses:
        for at in dose.starts():
            found += [float(t) for t in clock.ticks([at, at + dose.over]) * clock.TICK] if dose.over else [at]
    return sorted(found)


def amount_of(dose: Dose, given: Values):
    """A single dose in nmol, for these people: (people,), or one number. Doses per kilogram take each
    person's own weight.
    """
    weight = given["person.weight"] if dose.unit.endswith("/kg") else 1.0
    return counted(given, dose.drug, dose.route, dose.milligrams(1.0) * weight) * nanomoles(
        given, dose.drug, dose.route
    )


def counted(given: Values, drug: str, route: str, milligrams: Any):
    """The milligrams that would arrive alike if the share F were the same for every dose: all of them, or where F falls with
    the dose (`falls`) milligrams x (milligrams / reference)^power, the power's base between the smallest and the largest dose."""
    prefix = f"{drug}.routes.{route}.falls"
    if f"{prefix}.power" not in given:
        return milligrams
    reference, power, smallest, largest = (
        given[f"{prefix}.{key}"] for key in ("reference", "power", "smallest", "largest")
    )
    array = jnp if any(isinstance(value, jax.Array) for value in (milligrams, power, reference)) else np
    return milligrams * (array.clip(milligrams, smallest, largest) / reference) ** power


def nanomoles(given: Values, drug: str, route: str):
    """The drug [nmol] in a milligram of this product's label, which may be of a salt. Shape (people,)."""
    return 1e6 / given.get(f"{drug}.routes.{route}.dose_is.molar_mass", given[f"{drug}.molar_mass"])
