"""THE BRIDGE: a scenario is read once. Facts x people -> named arrays. Hours, litres, nanomoles.

A parameter is named by the path of its fact, "naltrexone.disposition.CL"; a table of draws uses the
same names. Behind this file nobody asks a scenario or a fact: what a number rests on is what stands
in `Inputs.known`. A changed fact is therefore changed everywhere, no report can forget one, and JAX
can follow any of them to any output.

Records of facts (`physiology`, `adaptation`, `by_group`) have one field per symbol of their file in
`library/body`, so that an equation reads `body.P_col_O2` as the paper does.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from collections import namedtuple
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.cases import change as changes
from opioidsim.cases.before import Before
from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import Drug
from opioidsim.cases.known import Known, known
from opioidsim.cases.person import Person, Population, drawn, normal, within
from opioidsim.cases.rescue_rule import RescueRule
from opioidsim.cases.scenario import Scenario
from opioidsim.cases.scene import AIR
from opioidsim.engine import parameters
from opioidsim.engine.layout import Layout, layout
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.model import breathing
from opioidsim.posterior import posterior
from opioidsim.refusal import Refusal, nearest

if TYPE_CHECKING:
    from jaxtyping import Float

MOST_NUMBERS = 200_000_000  # of all curves together; 8 bytes each, and a copy or two for summaries


@dataclass(frozen=True)
class Inputs:
    """A scenario as the engine has it: what happens to whom, and every fact that its numbers rest on. Times in hours.

    known: the drugs and the body's facts, with the scenario's changes. plan: where each compartment
    stands.
    clock: "course" or "episode". duration, every: length, and from one regular output to the next
    [h].
    doses: of its own clock; before, lived_with, rescue, second_look, attended, oxygen (a share), end_tidal_co2 [mmHg]: see
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

    def adaptation(self, people: range, seed: int | None = None, uncertain: bool | None = None):
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
        return _record("Adaptation", tuple(found))(**found)

    def of_groups(self, name: str, groups: np.ndarray, seed: int = 1, uncertain: bool = False):
        """The facts of "behaviour" or "drinking" for people in these groups; see `by_group`."""
        return by_group(name, self.known.body[name], groups, seed, uncertain)

    def effect(self, endpoint: str) -> dict[str, Any]:
        """What turns activation into an endpoint such as "liking", by symbol; see `model.effects.effect`."""
        return {symbol: fact.value for symbol, fact in self.known.body["effects"][endpoint].items()}

    def facts(self) -> dict[str, Fact]:
        """Every fact that the numbers rest on, by name."""
        return self.known.facts()

    def fits(self, times: int) -> None:
        """Refuses curves that would not fit into memory. times: how many output times; people and
        outputs are known here.
        """
        numbers = self.people * times * len(self.wanted)
        if numbers > MOST_NUMBERS:
            raise Refusal(
                f"{self.people} people, {times} times and {len(self.wanted)} outputs are {numbers:.1e} numbers; at most {MOST_NUMBERS:.0e} are kept. "
                "Ask for fewer outputs, a longer `every` or fewer people; `rescue` counts how it ends for any number of people."
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
    facts, crowd = known(scenario, *groups), scenario.population
    plan, table = layout(facts.drugs, scenario.given()), parameters.table_of(scenario, facts.drugs)
    found = Inputs(
        known=facts,
        plan=plan,
        clock=scenario.clock,
        duration=scenario.duration,
        every=scenario.every,
        doses=scenario.doses,
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
        people=scenario.people(),
        silent=_silent(facts, plan, table),
        draws={},
        seed=crowd.seed if crowd else 1,
        uncertain=crowd is not None,
    )
    return found.drawing(posterior.of(found.facts(), crowd.draws)) if crowd and crowd.draws else found


def _silent(facts: Known, plan: Layout, table: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    """The ligands, by their place in the layout, whose efficacy is 0 in everyone: what they hold is blocked.

    An efficacy that a table draws counts; a partial agonist is not silent, though it blocks a full
    one in part.
    """
    sites = {drug.name: drug.receptor["mu"] for drug in facts.drugs if "mu" in drug.receptor}
    efficacy = {name: site.efficacy.value if site.efficacy else 0.0 for name, site in sites.items()}
    found = [table.get(f"{name}.receptor.mu.efficacy", efficacy[name]) for name in plan.ligands]
    return tuple(i for i, value in enumerate(found) if not np.any(value))


def physiology(
    facts: Mapping[str, Fact],
    people: range,
    table: Mapping[str, np.ndarray] | None = None,
    attended: bool = False,
    oxygen: float | None = None,
):
    """Breathing and circulation: a record of `library/body/breathing.toml` by symbol. Seconds, litres,
    mmHg; blood flows and metabolism in L/s, drives in L/min. `commanded` is in it where the people are attended; oxygen:
    the share that they inspire, None: air.

    One number for everyone, or (people,) where the table has a column "breathing.SYMBOL". Numbers
    stay plain where they can: breathing at rest is then the same for all and worked out once.
    Raises Refusal for a column that no fact has.
    """
    found = {}
    for symbol, fact in facts.items():
        per_second = symbol[:2] in ("M_", "Q_") and fact.unit == "L/min"
        column = (table or {}).get(f"breathing.{symbol}")
        value = fact.value if column is None else np.take(column, people, mode="clip")
        found[symbol] = value / 60.0 if per_second else value
    for name in table or {}:
        if name.startswith("breathing.") and name.partition(".")[2] not in found:
            raise Refusal(
                f'the table of draws has a column "{name}", but breathing has no such parameter.{nearest(name, [f"breathing.{s}" for s in found])}'
            )
    air = [found.pop(symbol, None) for symbol in AIR]
    if oxygen is not None:
        found["P_I_O2"] = breathing.inspired(found["P_I_O2"], oxygen, air)
    if not attended:
        found.pop("commanded", None)
    return _record("Physiology", tuple(found))(**found)


def adaptation(
    facts: Mapping[str, Fact], people: range, seed: int = 1, uncertain: bool = False, differ: bool | None = None
):
    """The facts of adaptation for these people by symbol, times in h, each (people,).

    Where people `differ`, what spreads between them is drawn; where `uncertain`, what is not known is drawn within
    its band, each from its own stream; the middle of the draws is the point value. No human
    measurement gives these time constants, so that their band is carried by every crowd.
    """
    found = {}
    for symbol, fact in facts.items():
        hours = units.factor(fact.unit, "h") if symbol.startswith("tau_") else 1.0
        z = normal(seed, f"adaptation.{symbol}", people)
        number = np.ones(len(people)) * fact.value
        if fact.spread and (uncertain if differ is None else differ):
            number = fact.value * drawn(fact, z)
        elif uncertain and (fact.low is not None or fact.high is not None):
            number = within(fact, z)
        found[symbol] = number * hours
    return found


def by_group(name: str, facts: Mapping[str, Fact], groups: np.ndarray, seed: int = 1, uncertain: bool = False):
    """The facts of "behaviour" [d] or "drinking" [d, h] for people in these numbered groups, each (len(groups),).

    Where `uncertain`, each group has its own reading of what is not known, drawn within the bands.
    A group is a pair of replicates of a trial: nobody's coefficient is a trait of that person, so
    that a whole trial is lived under one reading. A group's reading is drawn by the group's number,
    so that chunks that share a group agree.
    """
    found = {}
    for symbol, fact in facts.items():
        number = np.ones(len(groups)) * fact.value
        if uncertain and (fact.low is not None or fact.high is not None):
            first, last = int(groups.min()), int(groups.max())
            number = within(fact, normal(seed, f"{name}.{symbol}", range(first, last + 1)))[groups - first]
        found[symbol] = number
    return _record(name.title(), tuple(found))(**found)


@cache
def _record(name: str, symbols: tuple[str, ...]):
    """One type for all records of these symbols: compiled functions know their arguments by their types."""
    return namedtuple(name, symbols)
