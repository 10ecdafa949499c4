"""THE BRIDGE: a scenario is read once. Facts x people -> named arrays. Hours, litres, nanomoles.

A parameter is named by the path of its fact, "naltrexone.disposition.CL"; a table of draws uses the
same names. Behind this file nobody asks a scenario or a fact: what a number rests on is what stands
in `Inputs.known`. A changed fact is therefore changed everywhere, no report can forget one, and JAX
can follow any of them to any output.

Records of facts (`physiology`, `adaptation`, `by_group`) have one field per symbol of their file in
`library/body`, so that an equation reads `body.P_col_O2` as the paper does.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.cases import change as changes
from opioidsim.cases.before import Before
from opioidsim.cases.dose import Dose
from opioidsim.cases.dosing import Individual, individuals
from opioidsim.cases.drug import Drug
from opioidsim.cases.known import Known, known
from opioidsim.cases.person import Person, Population, drawn, normal
from opioidsim.cases.rescue_rule import RescueRule
from opioidsim.cases.scenario import Scenario
from opioidsim.engine import draws, parameters
from opioidsim.engine.bodies import adaptation, by_group, physiology, record
from opioidsim.engine.layout import Layout, layout
from opioidsim.facts import posterior
from opioidsim.facts.evidence import Fact
from opioidsim.refusal import Refusal, nearest, shown

if TYPE_CHECKING:
    from jaxtyping import Float

FIRST = 1000  # people whose curves are shown where those of all do not fit into memory
MOST_NUMBERS = 200_000_000  # of all curves together; 8 bytes each, and a copy or two for summaries


@dataclass(frozen=True)
class Inputs:
    """A scenario as the engine has it: what happens to whom, and every fact that its numbers rest on. Times in hours.

    known: the drugs and the body's facts, with the scenario's changes. plan: where each compartment
    stands.
    clock: "course" or "episode". duration, every: length, and from one regular output to the next
    [h].
    doses: of its own clock, in sentences; regimens: of its own clock, past: before it, each person's or one for everyone,
    where people have regimens of their own or a steady state (see `own_clock`); before, lived_with, rescue, second_look, attended, oxygen (a share), end_tidal_co2 [mmHg]: see
    `Scenario`. wanted: names of the outputs.
    person: the typical one. crowd: whose people are drawn; None for the typical person or a
    table's.
    table: columns of draws by parameter, (rows,) each, in hours, litres and nanomoles. people: how
    many.
    silent: which ligands of the layout hold receptors without activating them in anyone.
    draws: facts that are not well known by full name, (rows,) each in the fact's own unit; person k has row k modulo rows.
    seed, uncertain: of what is not known; in a crowd without draws each person has a reading of its bands.
    """

    known: Known
    plan: Layout
    clock: str
    duration: float
    every: float
    doses: tuple[Dose, ...]
    regimens: tuple[Individual, ...]
    past: tuple[Individual, ...]
    before: Before | None
    lived_with: float | None
    rescue: RescueRule | None
    second_look: bool
    attended: bool
    oxygen: float | None
    end_tidal_co2: float | None
    wanted: tuple[str, ...]
    person: Person
    crowd: Population | None
    table: Mapping[str, Float[np.ndarray, " rows"]]
    people: int
    silent: tuple[int, ...]
    draws: Mapping[str, Float[np.ndarray, " rows"]]
    seed: int
    uncertain: bool

    def those(self, people: range) -> Inputs:
        """The same with the regimens of these people alone, in their order; whoever is beyond the last is like the last."""
        if len(self.regimens) < 2:
            return self
        return replace(self, regimens=tuple(self.regimens[min(i, len(self.regimens) - 1)] for i in people))

    def later(self, traits: Mapping[str, np.ndarray]) -> Inputs:
        """The same after people's traits have changed: columns of a table, by name, a row for each person."""
        return replace(self, table={**self.table, **traits})

    @property
    def drugs(self) -> tuple[Drug, ...]:
        """Every drug and metabolite in play."""
        return self.known.drugs

    def values(self, people: range) -> dict[str, Any]:
        """Every parameter of the drugs in play for these person numbers, by name, each (people,); see
        `parameters.values`.
        """
        if self.draws:
            return self.under(people).values(people)
        body = self.known.body["body"]
        found = parameters.values(self.drugs, body, self.person, self.crowd, self.table, people)
        if self.breathes_by_stimulus:
            found["person.sensitivity"] = self.sensitivity(people)
        return found

    def sensitivity(self, people: range, seed: int | None = None):
        """How sensitive these people's breathing is, (people,): that of the typical person, drawn in a crowd, or the table's."""
        if self.draws:
            return self.under(people).sensitivity(people, seed)
        name, fact = "person.sensitivity", self.known.body["effects"]["breathing"]["sensitivity"]
        if name in self.table:
            return np.take(self.table[name], people, mode="clip")
        z = normal(self.seed if seed is None else seed, name, people) if self.crowd else np.zeros(len(people))
        return fact.value * drawn(fact, z)

    @property
    def alike(self) -> bool:
        """Whether everyone is the same typical person under the same reading."""
        return not (self.uncertain or self.crowd or self.draws)

    @property
    def breathes_by_stimulus(self) -> bool:
        """Whether opioids act on breathing by the stimulus of the receptor; not in the published program's reading."""
        return self.clock == "episode" and "breathing" in self.known.body.get("effects", {})

    def physiology(self, people: range):
        """Breathing and circulation of these people; see `physiology`."""
        facts = self.under(people).known.body["breathing"]
        return physiology(facts, people, self.table, self.attended, self.oxygen)

    def adaptation(self, people: range, seed: int | None = None, uncertain: bool | None = None) -> Any:
        """The facts of adaptation for these people; see `adaptation`. seed, uncertain: instead of the scenario's."""
        if self.draws:
            return self.under(people).adaptation(people, seed, False)
        seed = self.seed if seed is None else seed
        uncertain = self.uncertain if uncertain is None else uncertain
        acts, relieves = (self.known.body["effects"][name] for name in ("breathing", "relief"))
        others = {f"breathing_{symbol}": acts[symbol] for symbol in ("reserve", "potency_loss")}
        others |= {f"relief_{symbol}": fact for symbol, fact in relieves.items()}
        differ = uncertain or self.crowd is not None
        found = adaptation(self.known.body["adaptation"] | others, people, seed, uncertain, differ)
        found["sensitivity"] = self.sensitivity(people, seed)
        return record("Adaptation", tuple(found))(**found)

    def of_groups(self, name: str, groups: np.ndarray, seed: int = 1, uncertain: bool = False):
        """The facts of "behaviour" or "drinking" for people in these groups; see `by_group`."""
        return by_group(name, self.known.body[name], groups, seed, uncertain)

    def effect(self, endpoint: str) -> dict[str, Any]:
        """What turns activation into an endpoint such as "liking", by symbol; see `model.effects.effect`."""
        return {symbol: fact.value for symbol, fact in self.known.body["effects"][endpoint].items()}

    def facts(self) -> dict[str, Fact]:
        """Every fact that the numbers rest on, by name."""
        return self.known.facts()

    def regular_times(self) -> np.ndarray:
        """The output times that were asked for [h]: from 0, each `every`, and the end."""
        return np.append(np.arange(0, self.duration * (1 - 1e-9), self.every), self.duration)

    def fitting(self, times: int, elsewhere: bool = False) -> int:
        """Of how many people the curves go into memory: of all, or of the first FIRST where all would not fit and they are kept
        `elsewhere`. Refuses them otherwise. times: how many output times; people and outputs are known here.
        """
        numbers = self.people * times * len(self.wanted)
        if numbers <= MOST_NUMBERS:
            return self.people
        if elsewhere and FIRST * times * len(self.wanted) <= MOST_NUMBERS:
            return FIRST
        raise Refusal(
            f"{self.people} people, {times} times and {len(self.wanted)} outputs are {numbers:.1e} numbers; at most {MOST_NUMBERS:.0e} fit. "
            "Ask for fewer, or keep them with --out; `rescue` counts how it ends for any number of people."
        )

    def drawing(self, draws: Mapping[str, np.ndarray]) -> Inputs:
        """The same under these readings of what is not known: of the facts that are here. Without a crowd there is one typical
        person for each of their rows."""
        mine = self.facts()
        kept = {name: np.asarray(column) for name, column in draws.items() if name in mine}
        rows = len(next(iter(draws.values())))
        return replace(self, draws=kept, people=self.people if self.crowd else rows, uncertain=False)

    def under(self, people: range) -> Inputs:
        """The same with the facts of these people's own readings, (people,) each; they may differ from one to the next."""
        if not self.draws:
            return self
        mine, who = self.facts(), np.asarray(people)
        here = {name: column[who % len(column)] for name, column in self.draws.items() if name in mine}
        facts = self.known.having({name: changes.at(mine[name], values) for name, values in here.items()})
        return replace(self, known=facts, draws={})

    def among(self, members: Iterable[Drug], doses: Iterable[Dose]) -> Inputs:
        """The same with these drugs instead, laid out for these doses. For questions that put
        something beside a use which is no dose of the scenario: a held antagonist in a risk
        surface.
        """
        facts = replace(self.known, drugs=tuple(members))
        plan = layout(facts.drugs, doses)
        return replace(self, known=facts, plan=plan, silent=_silent(facts, plan, self.table))

    def having(self, values: Mapping[str, Any]) -> Inputs:
        """The same with facts at other values, by full name and each in the fact's own unit; JAX may trace them.

        Raises Refusal for a name that no fact has here.
        """
        mine = self.facts()
        for name in values:
            if name not in mine:
                raise Refusal(f'nothing here rests on a fact "{name}".{nearest(name, mine)}')
        return replace(self, known=self.known.having({n: changes.at(mine[n], v) for n, v in values.items()}))


def read(scenario: Scenario, *groups: str) -> Inputs:
    """The scenario, read once. groups: further groups of the body's facts, which the question about it uses.

    A crowd that comes from a table has no draws: what its rows leave open is the typical person's.
    Raises Refusal for changes or a table of draws that cannot be used.
    """
    facts, crowd, people = known(scenario, *groups), scenario.population, scenario.people()
    plan, table = layout(facts.drugs, scenario.given()), draws.table_of(scenario, facts.drugs)
    if crowd and (crowd.n or not crowd.draws):
        crowd = crowd.model_copy(update={"n": people})
    found = Inputs(
        known=facts,
        plan=plan,
        clock=scenario.clock,
        duration=scenario.duration,
        every=scenario.every,
        doses=scenario.doses,
        regimens=_own(scenario),
        past=individuals(scenario.before) if scenario.before else (),
        before=scenario.before,
        lived_with=scenario.lived_with(),
        rescue=scenario.rescue,
        second_look=scenario.second_look,
        attended=scenario.attended,
        oxygen=scenario.oxygen,
        end_tidal_co2=scenario.end_tidal_co2,
        wanted=scenario.wanted(),
        person=scenario.person,
        crowd=crowd if crowd and crowd.n and not crowd.table else None,
        table=table,
        people=people,
        silent=_silent(facts, plan, table),
        draws={},
        seed=crowd.seed if crowd else 1,
        uncertain=crowd is not None,
    )
    return found.drawing(posterior.of(found.facts(), crowd.draws)) if crowd and crowd.draws else found


def _own(scenario: Scenario) -> tuple[Individual, ...]:
    """The individuals of a scenario. Refuses in an episode what belongs to the course before it."""
    found = individuals(scenario)
    if scenario.clock == "episode":
        for one in found:
            whose = f"of ID {shown(one.id, 20)} " if one.id else ""
            steady = next((dose for dose in one.doses if dose.steady), None)
            if steady or one.resets or len(one.changes) > 1:
                what = "a steady state" if steady else "a reset" if one.resets else "a trait that changes"
                raise Refusal(
                    f"{what} {whose}belongs to a course, not to an episode; give it in [before], which leads up to the episode."
                )
    return found


def _silent(facts: Known, plan: Layout, table: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    """The ligands, by their place in the layout, whose efficacy is 0 in everyone: what they hold is blocked.

    An efficacy that a table draws counts; a partial agonist is not silent, though it blocks a full
    one in part.
    """
    sites = {drug.name: drug.receptor["mu"] for drug in facts.drugs if "mu" in drug.receptor}
    efficacy = {name: site.efficacy.value if site.efficacy else 0.0 for name, site in sites.items()}
    found = [table.get(f"{name}.receptor.mu.efficacy", efficacy[name]) for name in plan.ligands]
    return tuple(i for i, value in enumerate(found) if not np.any(value))
