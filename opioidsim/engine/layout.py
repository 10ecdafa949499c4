"""Which compartments a scenario's drugs need, and where each stands in the march's arrays.

Only what is given is laid out: a drug has the stages of those routes by which a dose of the
scenario comes, and no other. A compartment has a name, "naltrexone.disposition.central", and a
place, (block, row). Everything else asks for places by name, so that no file counts rows by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain as flatten
from typing import NamedTuple

from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import Disposition, Drug, family


class Central(NamedTuple):
    """A central compartment, where plasma is.

    compartment: its name. prefix: the name under which the parameters of its disposition stand. A
    drug has more than one where a product was fitted with a disposition of its own; plasma is then
    their sum.
    """

    compartment: str
    prefix: str


class Stage(NamedTuple):
    """A stage on the way in.

    compartment: its name. parameter: the name of what empties it. is_half_life: whether that is a
    half-life [h] and not a rate [1/h]; papers give either.
    """

    compartment: str
    parameter: str
    is_half_life: bool


class Chain(NamedTuple):
    """Stages one behind the other: one of the ways by which a route's dose comes in.

    stages: in order; a depot that releases over weeks after a delay has several. fraction: the
    parameter of the share of a dose that enters here; None where the chain is the only one.
    """

    stages: tuple[Stage, ...]
    fraction: str | None


@dataclass(frozen=True)
class Layout:
    """The compartments in play. A block is a set of drugs linked by metabolism; blocks do not touch each other.

    size: m, how many rows the largest block has; every block's matrix is m x m.
    place: compartment -> (block, row), in the order in which the episode clock lines them up.
    central: drug -> its central compartments. chains: (drug, route) -> its ways in, none where a
    dose enters the blood at once.
    ligands: drugs that bind at mu, in the order of every array over ligands.
    inputs: (drug, route, infused), in the order of `Body.entry`: doses alike in these enter alike.
    pumps: compartments of infusions. rate_kept: central compartments of which a shrinking volume
    keeps the rate, see `model/breathing.py`.
    blocks: the drugs of each block.
    """

    size: int
    place: dict[str, tuple[int, int]]
    central: dict[str, tuple[Central, ...]]
    chains: dict[tuple[str, str], tuple[Chain, ...]]
    ligands: tuple[str, ...]
    inputs: tuple[tuple[str, str, bool], ...]
    pumps: frozenset[str]
    rate_kept: frozenset[str]
    blocks: tuple[tuple[Drug, ...], ...]

    def into(self, drug: str, route: str) -> str:
        """The central compartment that a dose by this route reaches in the end: the product's own
        where it was fitted with one.
        """
        own = f"{drug}.routes.{route}.disposition.central"
        return own if own in self.place else f"{drug}.disposition.central"

    def entered(self, drug: str, route: str) -> list[tuple[str, str | None]]:
        """The compartments that a dose by this route enters without a pump, each with the parameter of
        its share (None: all of it).
        """
        chains = self.chains[drug, route]
        if not chains:
            return [(self.into(drug, route), None)]
        return [(chain.stages[0].compartment, chain.fraction) for chain in chains]

    def plasma(self, drug: str) -> tuple[Central, ...]:
        """The central compartments that a drug's plasma is the sum of: its own, or of a mixture those of its forms."""
        mixed = next((d.mixture for group in self.blocks for d in group if d.name == drug), ())
        return tuple(central for name in mixed or (drug,) for central in self.central[name])

    def site(self, drug: str) -> str | None:
        """The name of a drug's effect site; None where the drug has none, and so binds nowhere."""
        name = f"{drug}.site"
        return name if name in self.place else None


class _Needed(NamedTuple):
    """What one drug needs. names: its compartments in order; central: the central ones among them;
    chains: its ways in by route.
    """

    names: list[str]
    central: tuple[Central, ...]
    chains: dict[str, tuple[Chain, ...]]


def layout(members: Iterable[Drug], doses: Iterable[Dose]) -> Layout:
    """The compartments that these drugs, given by these doses, need.

    members: drugs and their metabolites. doses: also those before an episode and those by a rule;
    only drug, route and whether a dose is infused matter here, not when or how much.
    """
    members = list(members)
    inputs = tuple(dict.fromkeys((dose.drug, dose.route, dose.over > 0) for dose in doses))
    blocks = _linked(members)
    needed = [_needed(group, inputs) for group in blocks]
    of_drug = {name: need for group in needed for name, need in group.items()}
    place = _placed(needed)
    return Layout(
        size=max(row for _, row in place.values()) + 1,
        place=place,
        central={name: need.central for name, need in of_drug.items()},
        chains={(name, route): of_drug[name].chains[route] for name, route, _ in inputs},
        ligands=tuple(drug.name for drug in members if "mu" in drug.receptor),
        inputs=inputs,
        pumps=_pumps(inputs),
        rate_kept=frozenset(_rate_kept(members) & place.keys()),
        blocks=blocks,
    )


def _needed(group: tuple[Drug, ...], inputs: Iterable[tuple[str, str, bool]]) -> dict[str, _Needed]:
    """What each drug of a block needs. A drug that another turns into needs its own disposition,
    though no dose of it is given.
    """
    formed = {metabolite for drug in group for metabolite in (*drug.metabolites, *_presystemic(drug))}
    return {drug.name: _needs(drug, _given(drug, inputs), drug.name in formed) for drug in group}


def _placed(needed: list[dict[str, _Needed]]) -> dict[str, tuple[int, int]]:
    """Block and row of each compartment, in the order in which the blocks name them."""
    names = [[name for need in group.values() for name in need.names] for group in needed]
    return {name: (block, row) for block, rows in enumerate(names) for row, name in enumerate(rows)}


def _pumps(inputs: Iterable[tuple[str, str, bool]]) -> frozenset[str]:
    """The compartments of all infusions: one for each drug and route, which several infusions may
    share, since rates add up.
    """
    return frozenset(pump_of(name, route) for name, route, infused in inputs if infused)


def _given(drug: Drug, inputs: Iterable[tuple[str, str, bool]]) -> list[tuple[str, bool]]:
    """The routes by which a drug is given, each with whether it is infused."""
    return [(route, infused) for name, route, infused in inputs if name == drug.name]


def _needs(drug: Drug, given: list[tuple[str, bool]], formed: bool) -> _Needed:
    """What a drug needs that is given by these routes. given: see `_given`. formed: whether another drug turns into it."""
    routes = dict.fromkeys(route for route, _ in given)
    dispositions, chains = _dispositions(drug, list(routes), formed), {route: _chains(drug, route) for route in routes}
    central = tuple(Central(f"{prefix}.central", prefix) for prefix in dispositions)
    names = [*_fixed(drug, dispositions), *_entered(drug, chains, given)]
    return _Needed(names, central, chains)


def _fixed(drug: Drug, dispositions: dict[str, Disposition]) -> list[str]:
    """The compartments in which a drug is distributed, its effect site, and the level that speeds its clearance."""
    names = [name for prefix, facts in dispositions.items() for name in _disposed(prefix, facts)]
    site = [f"{drug.name}.site"] if drug.ke0 or drug.biophase_half_life else []
    return [*names, *site, *([f"{drug.name}.induction"] if drug.induction else [])]


def _entered(drug: Drug, chains: dict[str, tuple[Chain, ...]], given: list[tuple[str, bool]]) -> list[str]:
    """The compartments on the way in: stages, then pumps."""
    stages = [stage.compartment for way in flatten.from_iterable(chains.values()) for stage in way.stages]
    return stages + [pump_of(drug.name, route) for route, infused in given if infused]


def _rate_kept(members: list[Drug]) -> set[str]:
    """The central compartments that "shrinking" = "rate" marks in a drug's file: S multiplies their
    rate of change, not their concentration.
    """
    routes = [(drug.name, route, facts) for drug in members for route, facts in drug.routes.items()]
    return {f"{name}.routes.{route}.disposition.central" for name, route, facts in routes if facts.shrinking == "rate"}


def pump_of(drug: str, route: str) -> str:
    """The compartment whose content is the rate of an infusion."""
    return f"{drug}.{route}.pump"


def _linked(members: list[Drug]) -> tuple[tuple[Drug, ...], ...]:
    """The drugs by blocks: two are in one where one turns into the other, or both into a third.

    A block is one matrix, since what leaves a parent enters its metabolite; drugs apart cost less
    in matrices of their own.
    """
    groups: list[list[Drug]] = []
    for drug in members:
        kin = {d.name for d in family(drug.name)}
        joined = [g for g in groups if any(d.name in kin or drug.name in {k.name for k in family(d.name)} for d in g)]
        groups = [g for g in groups if g not in joined] + [[d for g in joined for d in g] + [drug]]
    return tuple(map(tuple, groups))


def _presystemic(drug: Drug) -> list[str]:
    """The metabolites that a drug becomes on its way in, before it reaches the blood."""
    return [metabolite for route in drug.routes.values() for metabolite in route.presystemic]


def _dispositions(drug: Drug, routes: list[str], formed: bool) -> dict[str, Disposition]:
    """The dispositions in play, by parameter prefix: the drug's own, and those of products fitted with their own.

    The drug's own is left out where every route given has one, unless another drug turns into it:
    nothing would ever enter it.
    """
    facts = {f"{drug.name}.routes.{route}.disposition": drug.routes[route].disposition for route in routes}
    special = {prefix: disposition for prefix, disposition in facts.items() if disposition is not None}
    own = {f"{drug.name}.disposition": drug.disposition}
    return special if special and len(special) == len(set(routes)) and not formed else own | special


def _disposed(prefix: str, facts: Disposition) -> list[str]:
    """The compartments of a disposition: the central one, and the peripheral ones that it has facts of."""
    given = {2: facts.V2 or facts.k12 or facts.B, 3: facts.V3 or facts.k13, 4: facts.V4}
    return [f"{prefix}.central", *(f"{prefix}.{number}" for number, fact in given.items() if fact)]


def _chains(drug: Drug, route: str) -> tuple[Chain, ...]:
    """The ways in by this route, stage by stage; none where a dose enters the central compartment at once."""
    facts, prefix = drug.routes[route], f"{drug.name}.routes.{route}"
    if not facts.phases:
        ends = [f"{prefix}.ktr"] * facts.transits + ([f"{prefix}.ka"] if facts.ka else [])
        stages = tuple(Stage(f"{drug.name}.{route}.0.{s}", end, False) for s, end in enumerate(ends))
        return (Chain(stages, None),) if stages else ()
    found = []
    for p, phase in enumerate(facts.phases):
        path = f"{prefix}.phases.{p + 1}"
        end = f"{path}.rate" if phase.rate else f"{path}.half_life"
        ends = [(f"{path}.ktr", False)] * phase.transits + [(end, not phase.rate)] * phase.stages
        stages = tuple(Stage(f"{drug.name}.{route}.{p}.{s}", *each) for s, each in enumerate(ends))
        found.append(Chain(stages, f"{path}.fraction"))
    return tuple(found)
