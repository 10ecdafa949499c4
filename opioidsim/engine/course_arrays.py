"""Named arrays -> the arrays of the course clock: matrices, entries, bindings, the doses of a march."""

import jax.numpy as jnp
import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import Drug
from opioidsim.engine import clock
from opioidsim.engine.course import Body, Events
from opioidsim.engine.inputs import clearances
from opioidsim.engine.layout import Layout, phases
from opioidsim.model import pharmacokinetics


def body_of(plan: Layout, given: dict) -> Body:
    """The matrices, entries and bindings of these people. Differentiable in every value of `given`."""
    people = jnp.shape(next(iter(given.values())))
    matrices = []
    for number, group in enumerate(plan.blocks):
        flows, links = flows_of(plan, group, given)
        row = {name: r for name, (b, r) in plan.place.items() if b == number}
        matrices.append(
            pharmacokinetics.rate_matrix(
                plan.size,
                [(row[s], row[t] if t else None, rate) for s, t, rate in flows],
                [(row[s], row[t], rate) for s, t, rate in links],
            )
        )
    a = jnp.stack([jnp.broadcast_to(m, (plan.size, plan.size, *people)) for m in matrices])
    entries = [entry_of(plan, given, *which, people) for which in plan.inputs] or [
        jnp.zeros((len(plan.blocks), plan.size, *people))
    ]
    bindings = [binding(given, name, people) for name in plan.ligands]
    none = jnp.zeros((0, *people))
    kon, koff, n = (jnp.stack([b[i] for b in bindings]) if bindings else none for i in range(3))
    sites = [plan.place[f"{name}.site"] for name in plan.ligands]
    return Body(
        a, jnp.stack(entries), np.array([b for b, _ in sites], int), np.array([r for _, r in sites], int), kon, koff, n
    )


def flows_of(plan: Layout, group: tuple[Drug, ...], given: dict) -> tuple[list, list]:
    """All flows (from, to or None, rate [1/h]) between the compartments of these drugs, and links (from, to, rate): what
    follows a compartment without taking from it."""
    flows, links = [], []
    for drug in group:
        _disposition_flows(plan, drug, given, flows, links)
        _absorption_flows(plan, drug, given, flows, links)
    return flows, links


def _disposition_flows(plan, drug, given, flows, links):
    ke0 = given.get(f"{drug.name}.ke0")
    if ke0 is None and f"{drug.name}.biophase_half_life" in given:
        ke0 = np.log(2.0) / given[f"{drug.name}.biophase_half_life"]
    site = f"{drug.name}.site"
    if site in plan.place:
        flows.append((site, None, ke0))
    for central, prefix in plan.central[drug.name]:
        clearance, volume, peripheral = clearances(given, prefix)
        out = clearance / volume
        shares = {m: given[f"{drug.name}.metabolites.{m}"] for m in drug.metabolites}
        flows += [(central, plan.central[m][0][0], out * share) for m, share in shares.items()]
        flows.append((central, None, out * (1.0 - sum(shares.values()))))
        for number, (q, v) in enumerate(peripheral, 2):
            flows += [(central, f"{prefix}.{number}", q / volume), (f"{prefix}.{number}", central, q / v)]
        if site in plan.place:
            links.append((central, site, ke0 / volume))


def _absorption_flows(plan, drug, given, flows, links):
    for name, route, infused in plan.inputs:
        if name != drug.name:
            continue
        prefix = f"{name}.routes.{route}"
        facts = drug.routes[route]
        into = f"{prefix if facts.disposition else name}.disposition.central"
        if infused:
            links += [(f"{name}.{route}.pump", target, share) for target, share in _targets(drug, route, given, into)]
        if infused and (name, route, False) in plan.inputs:
            continue
        arrives = given.get(f"{prefix}.F", 1.0)
        for p, phase in enumerate(phases(drug, route)):
            for s, parameter in enumerate(phase):
                rate = given[parameter] if not parameter.endswith("half_life") else np.log(2.0) / given[parameter]
                stage, following = f"{name}.{route}.{p}.{s}", f"{name}.{route}.{p}.{s + 1}"
                if s + 1 < len(phase):
                    flows.append((stage, following, rate))
                    continue
                flows.append((stage, into, rate * arrives))
                shares = {m: given[f"{prefix}.presystemic.{m}"] for m in facts.presystemic}
                lost = rate * (1.0 - arrives)
                flows += [(stage, plan.central[m][0][0], lost * share) for m, share in shares.items()]
                flows.append((stage, None, lost * (1.0 - sum(shares.values()))))


def _targets(drug, route, given, into):
    """Where a dose by this route goes: (compartment, share). Shares of release phases are made to sum to one."""
    chains = phases(drug, route)
    if not chains:
        return [(into, given.get(f"{drug.name}.routes.{route}.F", 1.0))]
    if not drug.routes[route].phases:
        return [(f"{drug.name}.{route}.0.0", 1.0)]
    shares = [given[f"{drug.name}.routes.{route}.phases.{p}.fraction"] for p in range(1, len(chains) + 1)]
    return [(f"{drug.name}.{route}.{p}.0", share / sum(shares)) for p, share in enumerate(shares)]


def entry_of(plan, given, name, route, infused, people):
    drug = next(d for group in plan.blocks for d in group if d.name == name)
    into = (
        f"{name}.routes.{route}.disposition.central"
        if drug.routes[route].disposition
        else f"{name}.disposition.central"
    )
    entry = jnp.zeros((len(plan.blocks), plan.size, *people))
    targets = [(f"{name}.{route}.pump", 1.0)] if infused else _targets(drug, route, given, into)
    for compartment, share in targets:
        entry = entry.at[plan.place[compartment]].add(share)
    return entry


def nanomoles(given: dict, drug: str, route: str):
    """The drug [nmol] in a milligram of this product's label, which may be of a salt. Shape (people,)."""
    return 1e6 / given.get(f"{drug}.routes.{route}.dose_is.molar_mass", given[f"{drug}.molar_mass"])


def binding(given, name, people):
    prefix = f"{name}.receptor.mu"
    koff = given[f"{prefix}.koff"]
    n = given.get(f"{prefix}.n", np.ones(people))
    kon = given[f"{prefix}.kon"] if f"{prefix}.kon" in given else koff / given[f"{prefix}.K"] ** n
    return kon, koff, n


def events(plan: Layout, doses: tuple[Dose, ...], given: dict, multiple: int = 16) -> tuple[list[float], Events]:
    """The times [h] of all single doses and infusion edges, ascending, and the events of the march.

    Padded with events that never happen, so that regimens of similar length share a compiled march.
    """
    found = []
    weight = np.asarray(given["person.weight"])
    for dose in doses:
        per_mg = nanomoles(given, dose.drug, dose.route)
        amount = np.broadcast_to(
            dose.milligrams(1.0) * (weight if dose.unit.endswith("/kg") else 1.0) * per_mg, weight.shape
        )
        number = plan.inputs.index((dose.drug, dose.route, dose.over > 0))
        for at in dose.starts():
            if dose.over:
                begin, end = clock.ticks([at, at + dose.over]) * clock.TICK
                rate = amount / max(
                    end - begin, clock.TICK
                )  # of the infusion as the grid has it, so that no drug is lost
                found += [(begin, rate, number), (end, -rate, number)]
            else:
                found.append((at, amount, number))
    found.sort(key=lambda event: event[0])
    rows = len(found) + 1
    amounts = np.zeros((rows + -rows % multiple, *weight.shape))
    inputs = np.zeros(len(amounts), np.int32)
    for row, (_, amount, number) in enumerate(found, 1):
        amounts[row], inputs[row] = amount, number
    return [at for at, _, _ in found], Events(amounts, inputs)
