"""What the labels warn of, checked against a scenario. The texts, numbers and labels stand in library/cautions.toml.

Here are only the conditions, one function each: from single doses with their times [h], ascending,
to sentences about what in them is warned of. Only the first of them is told.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from math import exp, log1p, sqrt
from typing import TYPE_CHECKING

from opioidsim.cases import drug as drugs
from opioidsim.cases.dose import Dose
from opioidsim.cases.scenario import Scenario
from opioidsim.facts import units
from opioidsim.facts.evidence import LIBRARY, Fact, Table, build, read_toml
from opioidsim.refusal import Refusal

if TYPE_CHECKING:  # most scenarios are of no trial
    from opioidsim.cases.trial_arm import Arm
    from opioidsim.cases.trial_plan import Plan

DAY = 24.0
TIMED = (("heroin", "iv"), ("morphine", "iv"))  # after which the hours of withdrawal come out as published
DEPOTS = ("sc-depot", "sc-monthly", "sc-weekly")  # an opioid that goes on for weeks to months after the dose


class Rule(Table):
    """A statement of a label: its text, where it stands, and the number it turns on."""

    text: str
    source: str
    where: str
    interval: Fact | None = None
    dose: Fact | None = None


class Caution(Table):
    """One caution about one scenario."""

    id: str
    text: str
    source: str
    where: str


@cache
def rules() -> dict[str, Rule]:
    """All rules by id."""
    return {
        key: build(Rule, table, f"cautions.toml, {key}") for key, table in read_toml(LIBRARY / "cautions.toml").items()
    }


def cautions(scenario: Scenario) -> list[Caution]:
    """The cautions that apply to a scenario, most serious first (the order of cautions.toml)."""
    if scenario.dosing or (scenario.before and scenario.before.dosing):
        return joined(_each(scenario))
    rescuers = [dose.drug for dose in scenario.rescue.given()] if scenario.rescue and scenario.rescue.doses else []
    given = [(at, dose) for at, dose in scenario.timeline() if dose.amount]
    end = (scenario.before.duration if scenario.before else 0.0) + scenario.duration
    stopped = _stopped(given, end) if "withdrawal" in scenario.wanted() else []
    return _told(_details(given, rescuers, scenario.person.liver) | {"withdrawal-hours": stopped})


def _each(scenario: Scenario) -> list[Scenario]:
    """The scenario with each different regimen of its event tables, written out."""
    past = scenario.before.regimens() if scenario.before else ((),)
    own = scenario.regimens()
    found = {}
    for i in range(max(len(past), len(own))):
        mine, earlier = own[i % len(own)], past[i % len(past)]
        changed = {"doses": mine, "dosing": None}
        if scenario.before:
            changed["before"] = scenario.before.model_copy(update={"doses": earlier, "dosing": None})
        found[mine, earlier] = scenario.model_copy(update=changed)
    return list(found.values())


def of_plan(plan: "Plan") -> list[Caution]:
    """The cautions that apply to a trial, over its arms: each arm's doses as they follow the habit and the days without opioids
    that the plan has; and, where naltrexone is given, that people of the trial use again."""
    found: dict[str, list[str]] = {}
    for arm in plan.arms:
        details = _details(_timeline(plan, arm), [], plan.people.person.liver)
        if plan.people.habit and not arm.placebo and any(dose.drug == "naltrexone" for dose in arm.regimen):
            used = f'Here people in the arm "{arm.name}" who use again take {plan.people.habit.drug}.'
            details |= {key: [used] for key in ("opioid-under-blockade", "after-blockade")}
        found = details | {key: said for key, said in found.items() if said}
    return _told(found)


def _timeline(plan: "Plan", arm: "Arm") -> list[tuple[float, Dose]]:
    """The habit, and the arm's doses with their drug: of those who begin soonest, one in twenty where days clean differ; from the
    arm's first dose on."""
    given = [(at, plan.people.habit) for at in plan.people.habit.starts()] if plan.people.habit else []
    clean = plan.people.clean * exp(-1.645 * sqrt(log1p(plan.people.clean_spread**2)))
    first = DAY * (given[-1][0] // DAY + 1 + max(round(clean), arm.opioid_free)) if given else 0.0
    doses = [(at, dose) for dose in arm.regimen for at in dose.starts() if not arm.placebo]
    return sorted([(at - first, dose) for at, dose in given] + doses, key=lambda pair: pair[0])


def _details(given: list[tuple[float, Dose]], rescuers: list[str], liver: str) -> dict[str, list[str]]:
    """By rule, what in these doses it warns of."""
    return {
        "opioid-free-interval": _too_soon(given, "short", "opioid-free-interval"),
        "opioid-free-interval-long": _too_soon(given, "long", "opioid-free-interval-long"),
        "opioid-free-interval-depot": _too_soon(given, "long", "opioid-free-interval-depot", depot=True),
        "not-naloxone": [""] if "naltrexone" in rescuers else [],
        "naloxone-repeat": [""] if "naloxone" in rescuers else [],
        "sedative-with-opioid": _together(given),
        "opioid-under-blockade": _overriding(given),
        "after-blockade": _faded(given),
        "lowered-tolerance": _days_off(given),
        "missed-injection": _gap(given),
        "injected-by-professional": _routes(given, "im-depot"),
        "dose-above-label": _above(given),
        "implant-unapproved": _routes(given, "implant"),
        "liver": [""] if liver == "cirrhosis" and any(d.drug == "naltrexone" for _, d in given) else [],
    }


def _told(details: dict[str, list[str]]) -> list[Caution]:
    """The rules that have something to say, in the order of the file, with the first thing each has to say."""
    found = []
    for key, rule in rules().items():
        for detail in details.get(key, [])[:1]:
            found.append(
                Caution(
                    id=key, text=f"{rule.text}{' ' + detail if detail else ''}", source=rule.source, where=rule.where
                )
            )
    return found


def joined(scenarios: Iterable[Scenario]) -> list[Caution]:
    """The cautions that apply to any of these scenarios, one of each kind (that of the last), most serious first."""
    found = {caution.id: caution for scenario in scenarios for caution in cautions(scenario)}
    return [found[key] for key in rules() if key in found]


def _turning(rule: str, what: str) -> Fact:
    """The number that a rule turns on; a rule without it is a fault of the library."""
    fact = getattr(rules()[rule], what)
    if fact is None:
        raise Refusal(f"cautions.toml, {rule}: it needs [{rule}.{what}].")
    return fact


def _role(dose: Dose) -> str:
    """What a dose's drug is: agonist, partial agonist, antagonist, sedative."""
    return drugs.load(dose.drug).role


def _of(given, *roles) -> list[tuple[float, Dose]]:
    """The doses of drugs with one of these roles, with their times."""
    return [(at, dose) for at, dose in given if _role(dose) in roles]


def _too_soon(given, duration: str, rule: str, depot: bool = False) -> list[str]:
    """Long-acting antagonists given within the opioid-free interval after an opioid; a depot of one has its own."""
    interval = _turning(rule, "interval")
    limit = (interval.high or interval.value) * DAY
    opioids = [
        (at, d)
        for at, d in _of(given, "agonist", "partial agonist")
        if drugs.load(d.drug).duration == duration and (d.route in DEPOTS) == depot
    ]
    taken = [then for then, _ in opioids]
    found = []
    for at, d in _of(given, "antagonist"):
        last = bisect_right(taken, at) - 1
        if d.drug == "naltrexone" and last >= 0 and at - taken[last] < limit:
            opioid = opioids[bisect_left(taken, taken[last])][1]
            when = f" at {_ago(at)}" if at > 0 else ""  # a trial's days count from the first dose
            gap = at - taken[last]
            found.append(
                f"Here {d.drug}{when} {f'follows {opioid.drug} after {_ago(gap)}' if _apart(gap) else f'is taken together with {opioid.drug}'}."
            )
    return found


def _overriding(given) -> list[str]:
    """Opioids taken while naltrexone still blocks."""
    return [
        f"Here {opioid.drug} is taken {f'{_ago(since)} after' if _apart(since) else 'together with'} naltrexone."
        for opioid, since, blocks in _naltrexone_before(given)
        if blocks
    ]


def _together(given) -> list[str]:
    """Opioids and sedatives within a day of each other, whichever comes first."""
    sedatives = _of(given, "sedative")
    when = [at for at, _ in sedatives]
    found = []
    for at, opioid in _of(given, "agonist", "partial agonist"):
        near = bisect_right(when, at - DAY)
        if near < len(when) and when[near] - at < DAY:
            found.append(f"Here {opioid.drug} and {sedatives[near][1].drug} are taken within a day.")
    return found


def _faded(given) -> list[str]:
    """Opioids taken after a blockade has gone: tolerance has gone with it."""
    return [
        f"Here {opioid.drug} is taken {_ago(since)} after the last naltrexone."
        for opioid, since, blocks in _naltrexone_before(given)
        if not blocks
    ]


def _days_off(given) -> list[str]:
    """Opioids taken again after days without any, where they were taken repeatedly before."""
    least = _turning("lowered-tolerance", "interval").value * DAY
    taken = _of(given, "agonist", "partial agonist")
    return [
        f"Here {opioid.drug} is taken after {_ago(at - earlier)} without an opioid."
        for number, ((earlier, last), (at, opioid)) in enumerate(pairwise(taken), 1)
        if number > 1 and at - earlier >= least and last.route not in DEPOTS
    ]


def _stopped(given, end: float) -> list[str]:
    """Full agonists whose hours of withdrawal were not fitted, where nothing that binds follows for longer than a day's doses are
    apart: withdrawal that an antagonist brings at once is not meant."""
    least = _turning("withdrawal-hours", "interval").value * DAY
    binds = _of(given, "agonist", "partial agonist", "antagonist")
    until = [*(at for at, _ in binds), end][1:]
    return [
        f"Here withdrawal after {dose.drug} is shown."
        for (at, dose), then in zip(binds, until, strict=True)
        if then - at > least and _role(dose) == "agonist" and (dose.drug, dose.route) not in TIMED
    ]


def _naltrexone_before(given):
    """For each opioid taken after naltrexone: the opioid, the hours since the last naltrexone, and whether one still blocks."""
    lasts = _turning("after-blockade", "interval")
    naltrexone = [(at, dose) for at, dose in given if dose.drug == "naltrexone"]
    oral = [at for at, dose in naltrexone if dose.route == "oral"]
    other = [at for at, dose in naltrexone if dose.route != "oral"]
    for at, opioid in _of(given, "agonist", "partial agonist"):
        passed = [  # since the last of each kind, and how long it blocks [d]
            (at - taken[last - 1], most)
            for taken, most in ((oral, lasts.low or lasts.value), (other, lasts.value))
            if (last := bisect_right(taken, at))
        ]
        if passed:
            yield opioid, min(since for since, _ in passed), any(since / DAY < most for since, most in passed)


def _apart(hours: float) -> bool:
    """Whether two doses are told apart: by half a minute or more."""
    return hours * 60 >= 0.5


def _ago(hours: float) -> str:
    """To the day from two days on, to the hour from one on, to the minute else."""
    if hours >= 2 * DAY:
        return f"{hours / DAY:.0f} d"
    return units.time_text(round(hours)) if hours >= 1 else units.time_text(round(hours * 60) / 60)


def _gap(given) -> list[str]:
    """Injections further apart than their interval."""
    interval = _turning("missed-injection", "interval").value * DAY
    times = [at for at, d in given if d.route == "im-depot"]
    return [
        f"Here {_ago(after - before)} pass between two injections."
        for before, after in pairwise(times)
        if after - before > interval
    ]


def _routes(given, route: str) -> list[str]:
    """Doses by this route; the rule's own text says enough."""
    return ["" for _, dose in given if dose.route == route]


def _above(given) -> list[str]:
    """Naltrexone in a larger dose than the label's, by its route."""
    most = _turning("dose-above-label", "dose")
    limits = {"im-depot": most.high or most.value, "oral": most.value}
    return [
        f'Here: "{d}".'
        for _, d in given
        if d.drug == "naltrexone" and d.route in limits and d.milligrams() > limits[d.route] * (1 + 1e-9)
    ]
