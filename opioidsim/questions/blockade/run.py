"""The answer of a blockade question."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.dosing import Dosing, event_table, everyone
from opioidsim.cases.drug import load
from opioidsim.cases.known import refuse_unused
from opioidsim.cases.reading import offered
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.engine.challenge import WINDOW, challenged
from opioidsim.engine.inputs import read
from opioidsim.facts import units
from opioidsim.questions.blockade import words
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Frames, Row, spreads
from opioidsim.show.words import listed, who

USUAL = ("naltrexone 380 mg im-depot",)
MOST = 3660  # challenges: more cannot be told apart in a figure


@dataclass(frozen=True, kw_only=True)
class Blockade(Answer):
    """What a challenge dose still does, each day under an antagonist. Arrays are (people, days) unless said otherwise.

    A challenge at the time of an antagonist dose comes just before it. Each challenge is its own
    thought experiment: none changes the next.

    days: (days,) time of each challenge [d]. blockade: share of the rise of liking prevented, 0..1.
    multiple: of the challenge dose, which restores its full effect. liking: peak with the
    antagonist, 0..100; unblocked: without, (people,).
    occupancy: mu receptors held by antagonists at the challenge, 0..1. concentration: of antagonist
    in plasma then [ng/mL].
    other_readings: the typical person, with contested evidence read otherwise, by what each reading
    says.
    """

    rows_name = "days"
    columns = words.COLUMNS
    rests_on = ("effects",)
    antagonist: tuple[Dose, ...]
    challenge: Dose
    days: np.ndarray  # (days,) time of each challenge [d]
    blockade: np.ndarray  # share of the rise of liking prevented, 0..1
    multiple: np.ndarray  # multiple of the challenge dose that restores its full effect
    liking: np.ndarray  # peak liking with the antagonist, 0..100
    rise: np.ndarray  # of liking, above what is felt just before the challenge
    unblocked: np.ndarray  # (people,) peak liking without
    occupancy: np.ndarray  # mu receptors held by antagonists at the challenge, 0..1
    concentration: np.ndarray  # antagonist in plasma at the challenge [ng/mL]
    other_readings: dict[str, "Blockade"]  # the typical person, with contested evidence read otherwise

    @property
    def head(self) -> str:
        if self.scenario.dosing:
            return f"How well do {self.scenario.in_words()} block {self.challenge}?"
        return f"How well does {listed(self.antagonist)} block {self.challenge}?"

    @property
    def ids(self) -> tuple[str, ...]:
        """The people as an event table calls them; none without one."""
        return self.scenario.ids()

    @property
    def under(self) -> str:
        return f"{who(self.people)}; a challenge on each day, just before any dose of that day"

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    @property
    def cautions(self) -> list[Caution]:
        """What the labels warn of, the last challenge included: the antagonist may have worn off by then."""
        last = self.challenge.delayed(float(self.days[-1]) * 24.0)
        if self.scenario.dosing:
            return cautions(self.scenario.model_copy(update={"dosing": self.scenario.dosing.followed_by(last)}))
        return cautions(self.scenario.model_copy(update={"doses": (*self.scenario.doses, last)}))

    @property
    def people(self) -> int:
        """How many people were asked about."""
        return len(self.unblocked)

    def day_under(self, share: float) -> np.ndarray:
        """For each person, the day on which blockade falls under `share` for good; inf if it is still above at the end;
        0 if it never reached it. Between two challenges the line is straight."""
        return np.array([_falls(self.days, row, share) for row in self.blockade])

    def breaks(self, share: float) -> np.ndarray:
        """For each person, whether blockade was at least `share`, was under it at a later challenge, and came back."""
        above = self.blockade >= share
        return ((np.diff(above.astype(int), axis=1) > 0).sum(1) + above[:, 0]) > 1

    def share_blocked(self, share: float) -> np.ndarray:
        """For each day, the share of people whose blockade is at least `share`."""
        return (self.blockade >= share).mean(0)

    def rows(self) -> list[Row]:
        """One row per day: medians, with 5th and 95th percentiles where there is a crowd."""
        names = ("concentration", "occupancy", "blockade", "multiple", "liking")
        rows: list[Row] = [{"day": float(day)} for day in self.days]
        for name in names:
            rows = [row | more for row, more in zip(rows, spreads(name, getattr(self, name)), strict=True)]
        if self.people > 1:
            rows = [row | {"share_90": float(share)} for row, share in zip(rows, self.share_blocked(0.9), strict=True)]
        return rows

    def brief(self) -> list[Row]:
        rows = self.rows()
        return rows[:: max(1, len(rows) // 14)]

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def headline(self) -> tuple[str, np.ndarray]:
        return f"the overriding multiple on day {self.days[-1]:g}", self.multiple[:, -1]

    def unsure(self) -> list[str]:
        return [f"For the typical person alone, what is not known: blockade {words.falls(self)}."]

    def numbers(self) -> dict[str, Any]:
        return words.numbers(self)

    def tables(self) -> Frames:
        """people.csv: one row per person."""
        import pandas as pd

        under = {f"day_under_{share * 100:.0f}": self.day_under(share) for share in (0.9, 0.5)}
        names = {"ID": self.ids} if len(self.ids) == self.people else {}
        each = {"person": np.arange(self.people)} | names | {"unblocked_liking": self.unblocked}
        return {"people.csv": pd.DataFrame(each | under)}

    def charts(self) -> Charts:
        from opioidsim.questions.blockade.figure import blockade

        return {"blockade": blockade(self)}


def _falls(days: np.ndarray, blockade: np.ndarray, share: float) -> float:
    """The day on which one person's blockade falls under `share` for good; inf if it is still above at
    the end, 0 if it never reached it.

    For good: with tablets it dips before each one, and the last fall is the one that nothing
    follows.
    """
    above = np.flatnonzero(blockade >= share)
    if not len(above):
        return 0.0
    last = above[-1]
    if last + 1 == len(days):
        return float("inf")
    high, low = blockade[last], blockade[last + 1]
    return float(days[last] + (high - share) / (high - low) * (days[last + 1] - days[last]))


def run(
    antagonist: tuple[Dose, ...], challenge: Dose, days: float, every: float, dosing: str, who: Who, work: Work
) -> Blockade:
    """The question's answer; see `blockade`.

    Contested evidence is read otherwise for the typical person only, and beside the answer: a
    reading is a claim about numbers, not about people.
    """
    table, dare = event_table(dosing), parse(challenge)
    if table and tuple(map(str, antagonist)) != USUAL:
        raise Refusal("give either `antagonist` or `dosing`, not both.", where="dosing")
    given = table.kinds if table else tuple(map(parse, antagonist))
    fitting(given, dare)
    if every > days or days / every > MOST:
        raise Refusal(
            f"{days:g} days in steps of {every:g} were asked for; give steps that are no longer, and at most {MOST} of them.",
            where="every",
        )
    times = np.arange(0.0, days + 1e-9, every) * 24.0
    scenario = scenario_of(given, dare, times, who, table)
    refuse_unused([scenario], Blockade.rests_on)

    def told(done: int) -> None:
        work.told(done / scenario.people())

    found = challenged(
        read(scenario, *Blockade.rests_on), given, dare, times, refine=work.refine, threads=work.threads, progress=told,
        individuals=table.individuals if table else everyone(given),
    )  # fmt: skip
    others: dict[str, Blockade] = {}
    if not who.readings and not table:
        for name, readings in offered((load(dose.drug) for dose in given), scenario.clock).items():
            for reading, about in readings.items():
                typical = scenario_of(given, dare, times, replace(who, people=1, readings={name: reading}))
                numbers = challenged(
                    read(typical, *Blockade.rests_on), given, dare, times, refine=work.refine, threads=work.threads,
                    individuals=everyone(given),
                )  # fmt: skip
                others[about] = Blockade(
                    scenario=typical, antagonist=given, challenge=dare, days=times / 24.0, other_readings={}, **numbers
                )
    return Blockade(
        scenario=scenario, antagonist=given, challenge=dare, days=times / 24.0, other_readings=others, **found
    )


def scenario_of(
    given: tuple[Dose, ...], dare: Dose, times: np.ndarray, who: Who, table: Dosing | None = None
) -> Scenario:
    """What is simulated: the antagonist, and the challenge; it stands soon after the antagonist's last dose, and is tried at
    each of `times` [h]."""
    soon = max((at for dose in given for at in (dose.at, *dose.starts())), default=0.0) + 1.0
    last = max(float(times[-1]), soon + 1.0) + WINDOW
    return from_table(
        {
            "title": f"{listed(given)} against {dare}", "duration": units.time_text(last), "every": units.time_text(last),
            **({"dosing": table.followed_by(dare.delayed(soon))} if table else {"doses": [*given, dare.delayed(soon)]}),
            **who.scenario(),
        },
        "the question",
    )  # fmt: skip


def fitting(given: tuple[Dose, ...], dare: Dose) -> None:
    """Refuses what is no antagonist, and a challenge that activates nothing or is more than one dose."""
    for dose in given:
        role = load(dose.drug).role
        if role != "antagonist":
            raise Refusal(
                f'"{dose}" is no antagonist: {dose.drug} is {"an" if role[0] == "a" else "a"} {role}. Give for example "naltrexone 50 mg oral".'
            )
    if load(dare.drug).role not in ("agonist", "partial agonist"):
        raise Refusal(f'the challenge "{dare}" activates nothing. Give an opioid, for example "heroin 25 mg iv".')
    if dare.times > 1 or dare.at:
        raise Refusal(
            f'the challenge "{dare}" must be a single dose without "at" and "every"; it is tried on each day.'
        )
