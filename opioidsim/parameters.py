"""THE BRIDGE: facts x people -> named arrays -> the arrays the equations take. Hours, litres, nanomoles.

A parameter is named by the path of its fact, "naltrexone.disposition.CL"; a table of draws uses the same names.
"""

import jax.numpy as jnp
import numpy as np

from opioidsim import clock, units
from opioidsim.compartments import Layout, phases
from opioidsim.course import Body, Events
from opioidsim.dose import Dose
from opioidsim.drug import Covariate, Drug
from opioidsim.evidence import Fact, symbol_of, walk
from opioidsim.model import pharmacokinetics
from opioidsim.person import body, spread, traits
from opioidsim.refusal import Refusal, nearest

_UNIT = {"CL": "L/h", "Q2": "L/h", "Q3": "L/h", "V1": "L", "V2": "L", "V3": "L", "CL_per_kg": "L/h/kg", "V1_per_kg": "L/kg",
         "half_life": "h", "biophase_half_life": "h", "molar_mass": "g/mol", "slope": "", "K": "nM"}  # fmt: skip
_RATE = {"k10", "k12", "k21", "k13", "k31", "ka", "ktr", "rate", "ke0", "koff"}
_CLEARANCE, _VOLUME = {"CL", "Q2", "Q3"}, {"V1", "V2", "V3"}
_MICRO = {"k10", "k12", "k21", "k13", "k31"}


# ---- facts x people -> named arrays -------------------------------------------------------------------------------


def values(scenario, people: range, table: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Every parameter of the scenario's drugs for these person numbers, each of shape (len(people),).

    The typical value, times the person's draw where the scenario has a population, times what the person's traits
    change. Columns of `table` replace the parameters they name.
    """
    population = scenario.population if scenario.population and scenario.population.n else None
    who = traits(scenario.person, scenario.population, people)
    found: dict[str, np.ndarray] = {}
    for drug in scenario.drugs():
        given = {name: (fact, symbol) for name, fact, symbol in _facts(drug)}
        scaled_by_source = {f"{drug.name}.{c.on}" for c in drug.covariates if c.of == "weight"}
        for name, (fact, symbol) in given.items():
            number = np.full(len(people), _canonical(drug, fact, symbol))
            if population is not None:
                number = number * spread(fact, population.seed, name, people)
            if name not in scaled_by_source and ".disposition." in name:
                number = number * (who["weight"] / _reference_weight()) ** _allometric(symbol)
            found[name] = number
        for covariate in drug.covariates:
            name = f"{drug.name}.{covariate.on}"
            fact, symbol = given[name]
            found[name] = found[name] * _change(covariate, _canonical(drug, fact, symbol), who[covariate.of])
    for name in found:
        if name.endswith(".F"):
            found[name] = np.minimum(found[name], 1.0)
    found["person.weight"] = who["weight"]
    for name, column in (table or {}).items():
        if name not in found:
            raise Refusal(
                f'the table of draws has a column "{name}", but no such parameter is in play.{nearest(name, found)}'
            )
        found[name] = np.take(column, people, mode="clip")
    return found


def _facts(drug: Drug):
    """(name, fact, symbol) of every fact of a drug that the equations use."""
    for path, fact in walk(drug):
        if path[0] not in ("covariates", "readings"):
            symbol = symbol_of(path)
            yield ".".join((drug.name, *path)), fact, symbol


def _canonical(drug: Drug, fact: Fact, symbol: str) -> float:
    if symbol == "kon":
        if fact.unit != "pM^-n/s":
            return fact.value * units.factor(fact.unit, "1/nM/h")
        slope = drug.receptor["mu"].n
        return fact.value * 3600.0 * 1000.0 ** (slope.value if slope else 1.0)
    if symbol == "K" and units.same_dimension(fact.unit, "ng/mL"):
        return fact.value * units.factor(fact.unit, "ng/mL") * 1000.0 / drug.molar_mass.value
    return fact.value * units.factor(fact.unit, "1/h" if symbol in _RATE else _UNIT.get(symbol, ""))


def _reference_weight() -> float:
    return body()["reference_weight"].value


def _allometric(symbol: str) -> float:
    """The exponent of body weight for a disposition parameter (Anderson and Holford 2008); rate constants take the difference."""
    powers = body()["allometry"]
    clearance, volume = powers["clearance"]["exponent"].value, powers["volume"]["exponent"].value
    if symbol in _CLEARANCE:
        return clearance
    if symbol in _VOLUME:
        return volume
    if symbol in _MICRO:
        return clearance - volume
    return {"half_life": volume - clearance, "CL_per_kg": clearance - 1.0, "V1_per_kg": volume - 1.0}.get(symbol, 0.0)


def _change(covariate: Covariate, typical: float, trait: np.ndarray) -> np.ndarray:
    """What a trait multiplies a parameter of this typical value by."""
    if covariate.slope is not None:
        per = {"weight": "L/h/kg", "age": "L/h/y"}[covariate.of]
        slope = covariate.slope.value * units.factor(covariate.slope.unit, per)
        return 1.0 + slope * (trait - covariate.reference) / typical
    if covariate.exponent is not None:
        return (trait / covariate.reference) ** covariate.exponent.value
    return (covariate.factor.value if covariate.factor else 1.0) ** trait


# ---- named arrays -> the arrays of the march ----------------------------------------------------------------------


def body_of(plan: Layout, given: dict) -> Body:
    """The matrices, entries and bindings of these people. Differentiable in every value of `given`."""
    people = jnp.shape(next(iter(given.values())))
    matrices = []
    for number, group in enumerate(plan.blocks):
        flows, links = [], []
        for drug in group:
            _disposition_flows(plan, drug, given, flows, links)
            _absorption_flows(plan, drug, given, flows, links)
        row = {name: r for name, (b, r) in plan.place.items() if b == number}
        matrices.append(
            pharmacokinetics.rate_matrix(
                plan.size,
                [(row[s], row[t] if t else None, rate) for s, t, rate in flows],
                [(row[s], row[t], rate) for s, t, rate in links],
            )
        )
    a = jnp.stack([jnp.broadcast_to(m, (plan.size, plan.size, *people)) for m in matrices])
    entries = [_entry(plan, given, *which, people) for which in plan.inputs] or [
        jnp.zeros((len(plan.blocks), plan.size, *people))
    ]
    bindings = [_binding(given, name, people) for name in plan.ligands]
    none = jnp.zeros((0, *people))
    kon, koff, n = (jnp.stack([b[i] for b in bindings]) if bindings else none for i in range(3))
    sites = [plan.place[f"{name}.site"] for name in plan.ligands]
    return Body(
        a, jnp.stack(entries), np.array([b for b, _ in sites], int), np.array([r for _, r in sites], int), kon, koff, n
    )


def clearances(given: dict, prefix: str):
    """CL, V1, and (Q, V) of each peripheral compartment, from whichever form the facts have."""
    get = {key.removeprefix(prefix + "."): value for key, value in given.items() if key.startswith(prefix + ".")}
    weight = given["person.weight"]
    volume = get["V1"] if "V1" in get else get["V1_per_kg"] * weight if "V1_per_kg" in get else None
    clearance = get["CL"] if "CL" in get else get["CL_per_kg"] * weight if "CL_per_kg" in get else None
    if volume is None:
        volume = clearance * get["half_life"] / np.log(2.0)
    if clearance is None:
        clearance = get["k10"] * volume
    peripheral = []
    for q, v, out, back in (("Q2", "V2", "k12", "k21"), ("Q3", "V3", "k13", "k31")):
        if q in get:
            peripheral.append((get[q], get[v]))
        elif out in get:
            peripheral.append((get[out] * volume, get[out] * volume / get[back]))
    return clearance, volume, peripheral


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


def _entry(plan, given, name, route, infused, people):
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


def _binding(given, name, people):
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
        mass = given[f"{dose.drug}.molar_mass"]
        amount = np.broadcast_to(
            dose.milligrams(1.0) * (weight if dose.unit.endswith("/kg") else 1.0) * 1e6 / mass, weight.shape
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
