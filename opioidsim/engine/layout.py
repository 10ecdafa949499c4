"""Which compartments a scenario's drugs need, and where each stands in the march's arrays."""

from dataclasses import dataclass

from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import Disposition, Drug, Route, family


@dataclass(frozen=True)
class Layout:
    """The compartments in play. A block is a set of drugs linked by metabolism; blocks do not touch each other.

    place: compartment -> (block, row). central: drug -> its central compartments with the parameter prefix of their
    disposition. ligands: drugs that bind at mu. inputs: (drug, route, infused).
    """

    size: int
    place: dict[str, tuple[int, int]]
    central: dict[str, tuple[tuple[str, str], ...]]
    ligands: tuple[str, ...]
    inputs: tuple[tuple[str, str, bool], ...]
    blocks: tuple[tuple[Drug, ...], ...]


def layout(members: list[Drug], doses: tuple[Dose, ...]) -> Layout:
    """The compartments that these drugs, given by these doses, need."""
    inputs = tuple(dict.fromkeys((dose.drug, dose.route, dose.over > 0) for dose in doses))
    place: dict[str, tuple[int, int]] = {}
    central: dict[str, tuple[tuple[str, str], ...]] = {}
    blocks = _linked(members)
    for block, group in enumerate(blocks):
        formed = {metabolite for drug in group for metabolite in (*drug.metabolites, *_presystemic(drug))}
        names: list[str] = []
        for drug in group:
            routes = dict.fromkeys((route, infused) for name, route, infused in inputs if name == drug.name)
            dispositions = _dispositions(drug, [route for route, _ in routes], drug.name in formed)
            central[drug.name] = tuple((f"{prefix}.central", prefix) for prefix in dispositions)
            for prefix, facts in dispositions.items():
                given = {2: facts.V2 or facts.k12, 3: facts.V3 or facts.k13, 4: facts.V4}
                peripheral = [number for number, fact in given.items() if fact]
                names += [f"{prefix}.central", *(f"{prefix}.{number}" for number in peripheral)]
            names += [f"{drug.name}.site"] if drug.ke0 or drug.biophase_half_life else []
            for route in dict.fromkeys(route for route, _ in routes):
                names += [
                    f"{drug.name}.{route}.{p}.{s}"
                    for p, phase in enumerate(phases(drug, route))
                    for s in range(len(phase))
                ]
            names += [f"{drug.name}.{route}.pump" for route, infused in routes if infused]
        place.update({name: (block, row) for row, name in enumerate(names)})
    size = max(row for _, row in place.values()) + 1
    ligands = tuple(drug.name for drug in members if "mu" in drug.receptor)
    return Layout(size, place, central, ligands, inputs, blocks)


def _linked(members: list[Drug]) -> tuple[tuple[Drug, ...], ...]:
    groups: list[list[Drug]] = []
    for drug in members:
        kin = {d.name for d in family(drug.name)}
        joined = [g for g in groups if any(d.name in kin or drug.name in {k.name for k in family(d.name)} for d in g)]
        groups = [g for g in groups if g not in joined] + [[d for g in joined for d in g] + [drug]]
    return tuple(map(tuple, groups))


def _presystemic(drug: Drug) -> list[str]:
    return [metabolite for route in drug.routes.values() for metabolite in route.presystemic]


def _dispositions(drug: Drug, routes: list[str], formed: bool) -> dict[str, Disposition]:
    """The dispositions in play, by parameter prefix: the drug's own, and those of products fitted with their own."""
    facts = {f"{drug.name}.routes.{route}.disposition": drug.routes[route].disposition for route in routes}
    special = {prefix: disposition for prefix, disposition in facts.items() if disposition is not None}
    own = {f"{drug.name}.disposition": drug.disposition}
    return special if special and len(special) == len(set(routes)) and not formed else own | special


def phases(drug: Drug, route: str) -> list[list[str]]:
    """For each phase of a route, the parameter that empties each of its stages."""
    facts: Route = drug.routes[route]
    prefix = f"{drug.name}.routes.{route}"
    if facts.phases:
        ends = [
            f"{prefix}.phases.{number}.{'rate' if phase.rate else 'half_life'}"
            for number, phase in enumerate(facts.phases, 1)
        ]
        return [[end] * phase.stages for end, phase in zip(ends, facts.phases, strict=True)]
    chain = [f"{prefix}.ktr"] * facts.transits + ([f"{prefix}.ka"] if facts.ka else [])
    return [chain] if chain else []
