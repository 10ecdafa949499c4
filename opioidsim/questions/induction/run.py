"""The answer of the question when an antagonist can be started."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases import cautions, provenance
from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import load
from opioidsim.cases.known import known, refuse_unused
from opioidsim.cases.procedure import Procedure, named
from opioidsim.cases.scenario import LEFT_BEHIND, Scenario, from_table
from opioidsim.cases.withdrawal import bands
from opioidsim.engine.starts import FOLLOWED, NOTHING, RESTS_ON, Start, last_dose, starts
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.questions.induction import words
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Row, spread
from opioidsim.show.words import listed, who

LONGEST_TAPER = 30.0 * 24  # hours within which the opioids of a way of starting end


@dataclass(frozen=True, kw_only=True)
class Induction(Answer):
    """Starts side by side; "nothing" is the withdrawal that comes of itself.

    history: the opioids. ways: the regimens by name. days: from the last opioid to the start [d].
    starts: one for each regimen and day. bands: names and lower ends of the scale's. dropout:
    hazard per day at the full score. who: who was asked about. scenario: the first regimen, started
    on the first day.
    """

    rows_name = "starts"
    columns = words.COLUMNS
    history: tuple[Dose, ...]
    ways: Mapping[str, Procedure]
    days: tuple[float, ...]
    starts: tuple[Start, ...]
    bands: dict[str, float]
    dropout: float  # per day at the full score
    who: Who

    @property
    def people(self) -> int:
        """How many people were asked about."""
        return self.who.people or 1

    def scenario_of(self, regimen: str, day: float) -> Scenario:
        """What was simulated for this regimen, started on this day."""
        return _course(self.history, self.ways.get(regimen), day, self.who)

    @property
    def cautions(self) -> list[cautions.Caution]:
        """What the labels warn of in any of the starts."""
        return cautions.joined(self.scenario_of(name, day) for day in reversed(self.days) for name in self.regimens())

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """The facts of all starts, and those of adaptation."""
        one = (self.scenario_of(name, self.days[0]) for name in self.regimens())
        return list(dict(pair for scenario in one for pair in provenance.facts(scenario, RESTS_ON)).items())

    @property
    def head(self) -> str:
        return f"When can an antagonist be started after {listed(self.history)}?"

    @property
    def under(self) -> str:
        return who(self.people)

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    def regimens(self) -> list[str]:
        """The names of the regimens, in order; the first is none at all."""
        return [NOTHING, *self.ways]

    def rows(self) -> list[Row]:
        """One row per regimen and day: median and 5th and 95th percentile of the peak, hours by band, shares."""
        return [self._row(start) for start in self.starts]

    def _row(self, s: Start) -> dict[str, Any]:
        """One start as a row. Who drops out: 1 - e^(-dropout x score / 48 x days), from the days weighted by the score."""
        row: Row = {"regimen": s.regimen, "day": s.day, **spread("peak", s.peak)}
        for band, hours in zip(self.bands, s.hours, strict=True):
            row[f"hours_{band.replace(' ', '_')}"] = float(np.median(hours))
        row["share_at_most_mild"] = float((s.peak < self.bands["moderate"]).mean())
        row["share_severe"] = float((s.peak >= self.bands["severe"]).mean())
        row["hours_until_mild"] = float(np.median(s.until))
        row["peak_without_acceleration"] = float(np.median(s.unhurried))
        row["hours_until_mild_without_acceleration"] = float(np.median(s.until_unhurried))
        row["peak_while_waiting"] = float(np.median(s.waiting))
        row["share_given"] = float(s.given.mean())
        if self.dropout:
            row["share_dropping_out"] = float((1.0 - np.exp(-self.dropout * s.felt / 48.0)).mean())
        return row

    def first_day(self, regimen: str, share: float = 0.9, unhurried: bool = False) -> float:
        """The first of the days from which on this share of people stays at most mild; inf if none. unhurried: if an
        antagonist does not speed the loss of dependence, as three studies say it does."""
        most = self.bands["moderate"]
        peaks = [(s.day, s.unhurried if unhurried else s.peak) for s in self.starts if s.regimen == regimen]
        mild = [(day, (peak < most).mean() >= share) for day, peak in peaks]
        last_bad = max((i for i, (_, good) in enumerate(mild) if not good), default=-1)
        return mild[last_bad + 1][0] if last_bad + 1 < len(mild) else float("inf")

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def headline(self) -> tuple[str, np.ndarray]:
        last = self.starts[-1]
        return f"the highest score after {last.regimen} on day {last.day:g}", last.peak

    def remarks(self) -> list[str]:
        return words.contested(self)

    def numbers(self) -> dict[str, Any]:
        return words.numbers(self)

    def charts(self) -> Charts:
        from opioidsim.questions.induction.figure import induction

        return {"induction": induction(self)}


def run(
    opioid: tuple[Dose, ...], regimen: tuple[str, ...], day: tuple[float, ...], dropout: float, who: Who, work: Work
) -> Induction:
    """The question's answer; see `induction`."""
    _opioids(opioid)
    days = tuple(sorted(set(day)))
    ways = {name: _way(name) for name in regimen}
    ends = last_dose(opioid)
    given = [dose for way in ways.values() for dose in (*way.opioids(ends), *way.given())]
    scenario = _scenario((*opioid, *given), ends + LONGEST_TAPER + 24.0 * days[-1] + FOLLOWED, who)
    refuse_unused([scenario], (RESTS_ON,))
    found = starts(
        scenario, opioid, ways, days, seed=who.seed or 0, uncertain=not who.point, threads=work.threads, progress=work.told
    )  # fmt: skip
    first = _course(opioid, next(iter(ways.values()), None), days[0], who)
    scale = bands(known(first, RESTS_ON).body[RESTS_ON])
    return Induction(
        scenario=first, history=opioid, ways=ways, days=days, starts=found, bands=scale, dropout=dropout, who=who
    )


def _scenario(doses: tuple[Dose, ...], hours: float, who: Who, title: str = "") -> Scenario:
    """These doses in these people, with what is left behind as outputs, for so many hours."""
    length = units.time_text(hours)
    table = {"title": title, "doses": doses, "duration": length, "every": "1 h", "outputs": LEFT_BEHIND}
    return from_table(table | who.scenario(), "the question")


def _course(history: tuple[Dose, ...], way: Procedure | None, day: float, who: Who) -> Scenario:
    """The history, what comes before the start and the way of starting, as one course."""
    opioids = (*history, *(way.opioids(last_dose(history)) if way else ()))
    start = last_dose(opioids) + 24.0 * day
    given = [dose.delayed(start) for dose in way.given()] if way else []
    return _scenario((*opioids, *given), start + FOLLOWED, who, listed(history) + (", then naltrexone" if way else ""))


def _opioids(history: tuple[Dose, ...]) -> None:
    """Refuses a history of what leaves no dependence."""
    for dose in history:
        role = load(dose.drug).role
        if role not in ("agonist", "partial agonist"):
            raise Refusal(
                f'"{dose}" is no opioid that leaves dependence: {dose.drug} has the role {role}. Give for example "heroin 100 mg iv every 8 h x 90".',
                where="opioid",
            )


def _way(name: str) -> Procedure:
    """A way of starting by its name or its doses. Raises Refusal where it goes on after the days that are followed."""
    try:
        way = named(name)
    except Refusal as refusal:
        raise Refusal(str(refusal), where="regimen") from None
    if any(at > FOLLOWED for dose in way.given() for at in dose.starts()):
        raise Refusal(
            f'"{name}" goes on after its first {FOLLOWED / 24:g} days, which are followed here; leave out what comes later.',
            where="regimen",
        )
    return way
