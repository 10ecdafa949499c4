"""The answer of a rescue question."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from opioidsim.cases import cautions, provenance
from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import load
from opioidsim.cases.known import refuse_unused
from opioidsim.cases.protocol import named
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.engine import chunks, inputs, simulate_episode
from opioidsim.engine.result import Result, share_of, share_under
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.questions.question import Who, Work
from opioidsim.questions.rescue import PRODUCTS, USUAL, words
from opioidsim.refusal import Refusal, shown
from opioidsim.show.answer import Answer, Charts, Frames, Row
from opioidsim.show.words import bare, listed
from opioidsim.show.words import who as people_text

NOBODY = "nobody helps"
MOST_ARMS = 60
SHARES = ("arrest", "further_dose", "depressed_again")

Given = tuple[tuple[Dose, ...], tuple[int, ...], tuple[str, ...]]  # products, numbers of doses, protocols
Past = tuple[
    tuple[Dose, ...], str, float, float | None
]  # doses or an event table before, for how many days, the tolerance


@dataclass(frozen=True)
class Arm:
    """The same people, helped in one way.

    product, doses, delay: what is given, or by which protocol, how often at most, and how long after help was called [s];
    comes: instead of that, between which times [s].
    ends: name -> (people,), see `simulate_episode.ends`.
    """

    product: str
    doses: int
    delay: float  # s
    scenario: Scenario
    ends: dict[str, np.ndarray]

    @property
    def label(self) -> str:
        """The arm in words."""
        if not self.doses:
            return NOBODY
        return (
            f"{self.how} x {self.product}, after {self.late}"
            if self.how.isdigit()
            else f"{self.product}, after {self.late}"
        )

    @property
    def how(self) -> str:
        """How many doses, or that it goes step by step."""
        rule = self.scenario.rescue
        return "step by step" if rule and rule.steps else str(self.doses)

    @property
    def late(self) -> str:
        """When help comes after the call, in words."""
        rule = self.scenario.rescue
        between = rule.comes if rule and rule.comes else (self.delay,)
        return " to ".join(units.time_text(each / 3600.0) for each in between)

    def row(self) -> dict[str, Any]:
        """The arm as a row: shares with 95 % intervals (Wilson; under draws, of what is not known), and medians over those who survive; None for nobody."""
        alive = self.ends["cardiac_arrest"] == 0
        row: Row = {"arm": self.label, "product": self.product, "doses": self.doses, "delay_s": self.delay}
        again = np.isfinite(self.ends["depressed_again_s"]) & alive
        counted = (self.ends["cardiac_arrest"], self.ends["still_depressed"], again)
        for name, ones in zip(SHARES, counted, strict=True):
            crowd = self.scenario.population
            told = share_under(ones, crowd.draws) if crowd and crowd.draws else share_of(ones)
            share = told if self.doses or name == "arrest" else (None,) * 3
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), share, strict=True))
        for name in ("rescue_time_s", "lowest_arterial_o2", "recovered_s", "milligrams_given"):
            numbers = self.ends[name][alive]
            numbers = numbers[np.isfinite(numbers)]
            row[name] = float(np.median(numbers)) if len(numbers) else None
        return row


@dataclass(frozen=True, kw_only=True)
class Rescue(Answer):
    """An overdose and what each way of helping does, to the same people; the first arm is that nobody helps.

    curves: arm label -> what happens to the typical person.
    """

    rows_name = "arms"
    columns = words.COLUMNS
    opioid: Dose
    people: int
    arms: tuple[Arm, ...]
    curves: dict[str, Result]

    @property
    def head(self) -> str:
        return f"Who is rescued from {self.taken}?"

    @property
    def taken(self) -> str:
        """The overdose, with what is taken beside it."""
        also = self.scenario.doses[1:]
        return f"{self.opioid} with {listed(also)}" if also else str(self.opioid)

    @property
    def under(self) -> str:
        before, first = self.scenario.before, self.scenario.lived_with()
        told = [people_text(self.people)]
        if before is None or first is None:
            told.append(f"tolerance {self.scenario.person.tolerance:g}")
        else:
            told.append(f"tolerance {first:g} {units.time_text(before.duration)} before, and gained and lost since")
        if before and before.doses:
            told.append(f"from {units.time_text(before.duration)} before on {listed(before.doses)}")
        return "; ".join(told)

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    @property
    def cautions(self) -> list[cautions.Caution]:
        """What the labels warn of in any of the arms, most serious first."""
        return cautions.joined(arm.scenario for arm in self.arms)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Every number that any of the arms rests on."""
        products = {arm.product: arm.scenario for arm in self.arms}.values()
        return list({name: (name, fact) for each in products for name, fact in provenance.facts(each)}.values())

    def rows(self) -> list[Row]:
        """One row per arm."""
        return [arm.row() for arm in self.arms]

    def cells(self, rows: list[Row] | None = None) -> tuple[list[str], list[list[str]]]:
        """For one person nothing is left to chance: no ranges."""
        rows = self.lines() if rows is None else rows
        return super().cells([bare(row, SHARES) for row in rows] if self.people == 1 else rows)

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        return {"opioid": str(self.opioid), "people": self.people}

    def headline(self) -> tuple[str, np.ndarray]:
        return f"cardiac arrest: {self.arms[-1].label}", np.asarray(self.arms[-1].ends["cardiac_arrest"], float)

    def tables(self) -> Frames:
        """people.parquet: how it ends, by arm and person."""
        import pandas as pd

        past = self.scenario.before
        names = {"ID": past.ids()} if past and len(past.ids()) == self.people else {}
        who = {"person": np.arange(self.people)} | names
        each = [pd.DataFrame({"arm": arm.label} | who | arm.ends) for arm in self.arms]
        return {"people.parquet": pd.concat(each)}

    def charts(self) -> Charts:
        from opioidsim.questions.rescue import figure

        shares = {"arrests": figure.arrests(self)} if self.people > 1 else {}
        return shares | {"curves": figure.curves(self)}


def run(
    opioid: Dose,
    given: Given,
    delay: tuple[str, ...],
    rule: dict[str, Any],
    also: tuple[Dose, ...],
    past: Past,
    hours: float,
    table: tuple[str, ...],
    second_look: bool,
    who: Who,
    work: Work,
) -> Rescue:
    """The question's answer; see `rescue`. given: products, numbers of doses, protocols. rule: when help comes, as a scenario has it; past: doses
    before, for how many days, and the tolerance with which they begin.

    The same people overdose in every arm, so that arms differ by the help alone. Of the crowd only
    the ends are kept; curves are those of the typical person, marched once more.
    """
    comes = _between(rule.pop("comes"))
    rule |= {"comes": comes} if comes else {}
    ways = _ways(opioid, given, delay[:1] if comes else delay)
    common = _common(opioid, also, past, hours, table, second_look, who)
    scenarios = [
        from_table(common | {"rescue": rule | how | {"doses": n, "delay": late}}, "the question")
        for _, how, n, late in ways
    ]
    refuse_unused(scenarios)
    total, arms = scenarios[0].people(), list[Arm]()
    for number, ((what, _, n, _), scenario) in enumerate(zip(ways, scenarios, strict=True)):
        ends: dict[str, list[np.ndarray]] = {}
        done, part_of_work = 0, work.part(number, len(ways))
        run, groups = (
            partial(simulate_episode.ends_of_chunk, inputs.read(scenario)),
            chunks.of(total, simulate_episode.size(total)),
        )
        for part in chunks.each(run, groups, work.threads):
            for name, column in part.items():
                ends.setdefault(name, []).append(column)
            done += len(part["cardiac_arrest"])
            part_of_work.told(min(done / total, 1.0))
        columns = {name: np.concatenate(parts)[:total] for name, parts in ends.items()}
        arms.append(Arm(what, n, scenario.rescue.delay if scenario.rescue else 0.0, scenario, columns))
    typical = [s.model_copy(update={"population": None}) for s in scenarios]
    shown = {
        arm.label: simulate_episode.simulate(s, threads=work.threads) for arm, s in zip(arms, typical, strict=True)
    }
    last = arms[-1].scenario  # the others differ in their rule of rescue only
    return Rescue(scenario=last, opioid=opioid, people=total, arms=tuple(arms), curves=shown)


def _common(
    opioid: Dose, also: tuple[Dose, ...], past: Past, hours: float, table: tuple[str, ...], second_look: bool, who: Who
) -> dict[str, Any]:
    """What is the same in every arm, as a scenario has it.

    Tolerance either holds in the overdose or is gained and lost on the way to it: both at once is
    refused.
    """
    before, dosing, days, tolerance = past
    asked = who.scenario()
    course: dict[str, Any] | None = None
    if before or dosing or tolerance is not None:
        course = {"doses": list(before), "dosing": dosing or None, "duration": f"{days:.12g} d"}
    if course and tolerance is not None:
        if who.tolerance != USUAL.tolerance:
            raise Refusal(
                f"{tolerance:g} was given, and a tolerance of {who.tolerance:g} for the overdose itself; it is either gained and "
                "lost on the way, or it holds. Leave one of them out.",
                where="tolerance_before",
            )
        course["tolerance"] = tolerance
        asked["person"] = asked["person"] | {"tolerance": 0.0}
    if table:
        asked["population"] = {"n": who.people, "seed": who.seed, "table": list(table)}
    return asked | {
        "clock": "episode", "duration": f"{hours:.12g} h", "every": "10 s", "doses": [opioid, *also], "before": course,
        "second_look": second_look,
    }  # fmt: skip


def _between(comes: str) -> list[str] | None:
    """Two times from "2 min to 12 min"; None where nothing is said."""
    if not comes:
        return None
    early, _, late = comes.partition(" to ")
    if not late:
        raise Refusal(f'"{shown(comes)}" is not understood; write "2 min to 12 min", between which 90 % of helpers come.', where="comes")  # fmt: skip
    return [early.strip(), late.strip()]


def _ways(opioid: Dose, given: Given, delay: tuple[str, ...]) -> list[tuple[str, dict[str, Any], int, str]]:
    """(what, as a rule has it, number of doses, delay) of each arm: nobody first, then every combination. Raises
    Refusal for too many, and for what is no opioid.
    """
    if load(opioid.drug).role not in ("agonist", "partial agonist"):
        raise Refusal(
            f'"{opioid}" is no overdose of an opioid: the role of {opioid.drug} is {load(opioid.drug).role}. Give for example "fentanyl 2 mg iv".',
            where="opioid",
        )
    product, doses, protocol = given
    if protocol and tuple(map(str, product)) == PRODUCTS:
        product = ()
    ways = {(str(each), n, late): {"drug": str(each)} for each in product for n in doses for late in delay}
    ways |= {(each, 1, late): {"steps": list(named(each))} for each in protocol for late in delay}
    if len(ways) > MOST_ARMS:
        raise Refusal(f"{len(ways)} ways of helping were asked for; at most {MOST_ARMS} at once.", where="product")
    found = [(what, how, n, late) for (what, n, late), how in ways.items()]
    return [(*found[0][:2], 0, found[0][3]), *found]
