"""What the labels warn of, checked against a scenario. The texts, numbers and labels stand in library/cautions.toml."""

from functools import cache
from itertools import pairwise

from opioidsim import drug as drugs
from opioidsim import units
from opioidsim.dose import Dose
from opioidsim.evidence import LIBRARY, Fact, Table, build, read_toml
from opioidsim.refusal import Refusal
from opioidsim.scenario import Scenario

DAY = 24.0


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
    given = sorted(((at, dose) for dose in scenario.doses for at in dose.starts()), key=lambda pair: pair[0])
    details = {
        "opioid-free-interval": _too_soon(given, "short", "opioid-free-interval"),
        "opioid-free-interval-long": _too_soon(given, "long", "opioid-free-interval-long"),
        "sedative-with-opioid": _together(given),
        "opioid-under-blockade": _overriding(given),
        "after-blockade": _faded(given),
        "missed-injection": _gap(given),
        "injected-by-professional": _routes(given, "im-depot"),
        "dose-above-label": _above(given),
        "implant-unapproved": _routes(given, "implant"),
        "liver": [""] if scenario.person.liver == "cirrhosis" and any(d.drug == "naltrexone" for _, d in given) else [],
    }
    found = []
    for key, rule in rules().items():
        for detail in details.get(key, [])[:1]:
            found.append(
                Caution(
                    id=key, text=f"{rule.text}{' ' + detail if detail else ''}", source=rule.source, where=rule.where
                )
            )
    return found


def _turning(rule: str, what: str) -> Fact:
    """The number that a rule turns on; a rule without it is a fault of the library."""
    fact = getattr(rules()[rule], what)
    if fact is None:
        raise Refusal(f"cautions.toml, {rule}: it needs [{rule}.{what}].")
    return fact


def _role(dose: Dose) -> str:
    return drugs.load(dose.drug).role


def _of(given, *roles) -> list[tuple[float, Dose]]:
    return [(at, dose) for at, dose in given if _role(dose) in roles]


def _too_soon(given, duration: str, rule: str) -> list[str]:
    """Long-acting antagonists given within the opioid-free interval after an opioid."""
    interval = _turning(rule, "interval")
    limit = (interval.high or interval.value) * DAY
    opioids = [(at, d) for at, d in _of(given, "agonist", "partial agonist") if drugs.load(d.drug).duration == duration]
    return [
        f"Here {d.drug} at {units.time_text(at)} follows {opioid.drug} after {units.time_text(round(at - before, 3))}."
        for at, d in _of(given, "antagonist")
        if d.drug == "naltrexone"
        for before, opioid in opioids
        if 0 <= at - before < limit
    ]


def _overriding(given) -> list[str]:
    return [
        f"Here {opioid.drug} is taken {units.time_text(round(at - before, 3))} after {d.drug}."
        for at, opioid in _of(given, "agonist", "partial agonist")
        for before, d in _of(given, "antagonist")
        if 0 <= at - before < 28 * DAY and d.drug == "naltrexone"
    ]


def _together(given) -> list[str]:
    return [
        f"Here {opioid.drug} and {sedative.drug} are taken within a day."
        for at, opioid in _of(given, "agonist", "partial agonist")
        for other, sedative in _of(given, "sedative")
        if abs(at - other) < DAY
    ]


def _faded(given) -> list[str]:
    interval = _turning("after-blockade", "interval")
    found = []
    for at, opioid in _of(given, "agonist", "partial agonist"):
        before = [(t, d) for t, d in given if d.drug == "naltrexone" and t <= at]
        if before:
            last, dose = before[-1]
            if at - last >= ((interval.low or interval.value) if dose.route == "oral" else interval.value) * DAY:
                found.append(
                    f"Here {opioid.drug} is taken {units.time_text(round(at - last, 3))} after the last naltrexone."
                )
    return found


def _gap(given) -> list[str]:
    interval = _turning("missed-injection", "interval").value * DAY
    times = [at for at, d in given if d.route == "im-depot"]
    return [
        f"Here {units.time_text(round(after - before, 3))} pass between two injections."
        for before, after in pairwise(times)
        if after - before > interval
    ]


def _routes(given, route: str) -> list[str]:
    return ["" for _, dose in given if dose.route == route]


def _above(given) -> list[str]:
    most = _turning("dose-above-label", "dose")
    limits = {"im-depot": most.high or most.value, "oral": most.value}
    return [
        f'Here: "{d}".'
        for _, d in given
        if d.drug == "naltrexone" and d.route in limits and d.milligrams() > limits[d.route] * (1 + 1e-9)
    ]
