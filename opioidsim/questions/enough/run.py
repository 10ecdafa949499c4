"""The answer of which dose is enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.dosing import everyone
from opioidsim.cases.known import refuse_unused
from opioidsim.engine.challenge import challenged
from opioidsim.engine.inputs import read
from opioidsim.engine.result import share_of
from opioidsim.questions.blockade.run import fitting, scenario_of
from opioidsim.questions.enough import ROUNDS
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Column, Row, spread
from opioidsim.show.words import listed, number, percent, who


@dataclass(frozen=True, kw_only=True)
class Enough(Answer):
    """Which multiple of a dose is enough.

    antagonist: what one times is; multiple: (tried,) ascending; blockade: (tried, people, days), share of the rise of liking
    prevented; days: (days,) [d] on which it counts. share, among: what is asked of blockade, and of people.
    """

    columns = (
        Column("dose", "dose", text=True),
        Column("multiple", "multiple of the amount", number),
        Column("kept", "share of people kept", percent),
        Column("blockade", "lowest blockade", percent),
    )
    rests_on = ("effects",)
    antagonist: tuple[Dose, ...]
    challenge: Dose
    multiple: np.ndarray
    blockade: np.ndarray
    days: np.ndarray
    share: float
    among: float

    @property
    def head(self) -> str:
        return f"How much {listed(dict.fromkeys(d.drug for d in self.antagonist))} keeps {percent(self.share)} of {self.challenge} out until day {self.days[-1]:g}?"

    @property
    def under(self) -> str:
        return f"{who(self.people)}, the same under each dose; tried on each day from day {self.days[0]:g} on"

    @property
    def people(self) -> int:
        """How many people were asked about."""
        return self.blockade.shape[1]

    @property
    def brackets(self) -> str:
        if self.people == 1:
            return ""
        return "Ranges: of the share of people, chance, 95 times in 100; of blockade, the middle 90 % of people."

    @property
    def lowest(self) -> np.ndarray:
        """Each person's lowest blockade on the days that count, (tried, people)."""
        return self.blockade.min(2)

    @property
    def kept(self) -> np.ndarray:
        """The share of people who are kept under each dose, (tried,)."""
        return (self.lowest >= self.share).mean(1)

    def smallest(self) -> float:
        """The smallest multiple tried that is enough; inf if none is."""
        return float(next((m for m, kept in zip(self.multiple, self.kept, strict=True) if kept >= self.among), np.inf))

    def said_dose(self, multiple: float) -> str:
        """That multiple of the doses, in words."""
        return listed(_times(self.antagonist, multiple))

    def rows(self) -> list[Row]:
        rows: list[Row] = []
        for multiple, kept, lowest in zip(self.multiple, self.kept, self.lowest, strict=True):
            row = {"dose": self.said_dose(multiple), "multiple": float(multiple), "kept": float(kept)}
            if self.people > 1:
                _, row["kept_low"], row["kept_high"] = share_of(lowest >= self.share)
            rows.append(row | spread("blockade", lowest))
        return rows

    def sentences(self) -> list[str]:
        asked = f"keep at least {percent(self.share)} of {self.challenge} out on each day from day {self.days[0]:g} to day {self.days[-1]:g}"
        whom = f"in {percent(self.among)} of people" if self.people > 1 else "in the typical person"
        found = self.smallest()
        if not np.isfinite(found):
            return [
                f"None of the doses, up to {self.said_dose(self.multiple[-1])}, would {asked} {whom}: that one does in {percent(self.kept[-1])}."
            ]
        place = int(np.flatnonzero(self.multiple == found)[0])
        if not place:
            return [f"Already the smallest dose tried, {self.said_dose(found)}, would {asked} {whom}."]
        less = self.said_dose(self.multiple[place - 1])
        return [f"{self.said_dose(found)} would {asked} {whom}; {less} would not ({percent(self.kept[place - 1])})."]

    def headline(self) -> tuple[str, np.ndarray]:
        return "the smallest multiple that is enough", np.array([self.smallest()])

    def charts(self) -> Charts:
        from opioidsim.questions.enough.figure import enough

        return {"enough": enough(self)}


def _times(doses: tuple[Dose, ...], multiple: float) -> tuple[Dose, ...]:
    """The doses with that multiple of their amounts, to four digits: what is said is what was given."""
    return tuple(dose.model_copy(update={"amount": float(f"{dose.amount * multiple:.4g}")}) for dose in doses)


def run(
    antagonist: Sequence[str | Dose],
    challenge: str | Dose,
    share: float,
    until: float,
    since: float,
    among: float,
    multiple: Sequence[float],
    whose: Who,
    work: Work,
) -> Enough:
    """The question's answer; see `enough`. After the multiples given, the step in which enough people are kept is halved again
    and again, in its logarithm; the same people get every dose, and more never blocks less."""
    given, dare = tuple(map(parse, antagonist)), parse(challenge)
    fitting(given, dare)
    if since >= until:
        raise Refusal(f"since: day {since:g} is not before day {until:g}; give an earlier one.", where="since")
    days = np.append(np.arange(since, until, 1.0), until)
    tried: dict[float, np.ndarray] = {}
    pieces = len(multiple) + ROUNDS

    def kept(times: float) -> bool:
        tried[times] = _blockade(_times(given, times), dare, days, whose, work.part(len(tried), pieces))
        return bool(((tried[times].min(1) >= share).mean()) >= among)

    ladder = sorted(set(multiple))
    are = [kept(times) for times in ladder]
    if any(are) and not are[0]:
        high = ladder[are.index(True)]
        low = ladder[are.index(True) - 1]
        for _ in range(ROUNDS):
            middle = float(f"{(low * high) ** 0.5:.4g}")
            low, high = (low, middle) if kept(middle) else (middle, high)
    order = sorted(tried)
    scenario = scenario_of(
        _times(given, next((m for m, yes in zip(ladder, are, strict=True) if yes), ladder[-1])),
        dare,
        days * 24.0,
        whose,
    )
    return Enough(
        scenario=scenario, antagonist=given, challenge=dare, multiple=np.array(order), days=days, share=share, among=among,
        blockade=np.stack([tried[times] for times in order]),
    )  # fmt: skip


def _blockade(given: tuple[Dose, ...], dare: Dose, days: np.ndarray, whose: Who, work: Work) -> np.ndarray:
    """Share of the rise of liking prevented on each day, (people, days)."""
    scenario = scenario_of(given, dare, days * 24.0, whose)
    refuse_unused([scenario], Enough.rests_on)

    def told(done: int) -> None:
        work.told(done / scenario.people())

    known = read(scenario, *Enough.rests_on)
    return challenged(
        known,
        given,
        dare,
        days * 24.0,
        refine=work.refine,
        threads=work.threads,
        progress=told,
        individuals=everyone(given),
    )["blockade"]
