"""What a scenario's numbers rest on: its drugs and the body's facts, with its changes. What is not here is not used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opioidsim.cases import change as changes
from opioidsim.cases.drug import Drug
from opioidsim.cases.scenario import EFFECTS, LEFT_BEHIND, Scenario
from opioidsim.facts import library
from opioidsim.facts.evidence import Fact, walk
from opioidsim.refusal import Refusal

GO_ALONG = {"adaptation": ("effects.breathing", "effects.relief")}  # what adapts is the answer to these


@dataclass(frozen=True)
class Known:
    """Drugs in play, the routes by which they are given, and groups of the body's facts by name; of the effects only those
    that are asked for."""

    drugs: tuple[Drug, ...]
    routes: frozenset[tuple[str, str]]
    body: Mapping[str, dict[str, Any]]

    def facts(self) -> dict[str, Fact]:
        """Every fact by name: the drugs' (only the routes in use), the body's."""
        found: dict[str, Fact] = {}
        for drug in self.drugs:
            for path, fact in walk(drug):
                if path[0] != "routes" or (drug.name, path[1]) in self.routes:
                    found[".".join((drug.name, *path))] = fact
        for group, tables in self.body.items():
            found |= {".".join((group, *path)): fact for path, fact in walk(tables)}
        return found

    def having(self, facts: Mapping[str, Fact]) -> "Known":
        """The same with these facts instead of those of the same names; names that are not here are passed over."""
        mine, members, body = self.facts(), {drug.name: drug for drug in self.drugs}, dict(self.body)
        for name in facts.keys() & mine.keys():
            first, *path = name.split(".")
            home: dict[str, Any] = members if first in members else body
            home[first] = changes.put(home[first], tuple(path), facts[name])
        return Known(tuple(members.values()), self.routes, body)


def known(scenario: Scenario, *groups: str) -> Known:
    """What the numbers of this scenario rest on. groups: further groups of the body's facts that a question uses."""
    routes = frozenset((dose.drug, dose.route) for dose in scenario.given())
    body: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(
        each for group in (*groups_of(scenario), *groups) for each in (group, *GO_ALONG.get(group, ()))
    ):
        group, _, part = name.partition(".")
        facts = library.body(group, scenario.whole_reading())
        if group == "breathing":
            facts = {symbol: fact for symbol, fact in facts.items() if symbol not in scenario.unsaid()}
        body[group] = body.get(group, {}) | ({part: facts[part]} if part else facts)
    found = Known(tuple(scenario.drugs()), routes, body)
    if not scenario.change:
        return found
    return found.having(changes.resolved(scenario.change, found.drugs, scenario.whole_reading()))


def groups_of(scenario: Scenario) -> tuple[str, ...]:
    """The groups of the body's facts that a scenario uses: the body always, the others where something asks for them."""
    wanted = scenario.wanted()
    if scenario.clock == "episode":
        left = scenario.lived_with() is not None
        acts = () if scenario.whole_reading() else ("effects.breathing",)
        return ("body", "breathing", *acts, *(("adaptation",) if left else ()))
    felt = [f"effects.{name}" for name in EFFECTS if name in wanted]
    acts = ("effects.breathing",) if "activation" in wanted else ()
    left = felt or set(LEFT_BEHIND) & set(wanted)
    return ("body", *felt, *acts, *(("adaptation",) if left else ()))


def refuse_unused(scenarios: Iterable[Scenario], groups: Iterable[str] = ()) -> None:
    """Refuses a change of a fact on which nothing in these scenarios rests: it would do nothing, unnoticed. groups: see
    `known`; a question that has several scenarios asks for all of them at once."""
    changed = [scenario for scenario in scenarios if scenario.change]
    mine = {name for scenario in changed for name in known(scenario, *groups).facts()}
    for scenario in changed:
        for name in changes.resolved(scenario.change, scenario.drugs(), scenario.whole_reading()):
            if name not in mine:
                raise Refusal(
                    f'the fact "{name}" is to be changed, but nothing that is asked here rests on it; leave the change out, or ask for what does.'
                )
