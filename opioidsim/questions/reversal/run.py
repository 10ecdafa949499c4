"""The course of breathing after an antagonist, while an opioid is held."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from opioidsim.cases import drug as drugs
from opioidsim.cases import provenance
from opioidsim.cases.dose import Dose
from opioidsim.cases.known import refuse_unused
from opioidsim.cases.scenario import STEP, Scenario, from_table
from opioidsim.engine import chunks, inputs, simulate_episode, steady
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.questions.question import Who, Work
from opioidsim.questions.reversal import SHARE, words
from opioidsim.refusal import Refusal, shown
from opioidsim.show.answer import Answer, Charts, Frames, Row, spread
from opioidsim.show.words import listed, percent
from opioidsim.show.words import who as people_text

EVERY = 10.0  # seconds between looks
LEAST = 0.35  # share of rest under which breathing does not stay where it is: less oxygen, less breath
MOST_LEVEL = 100_000.0  # ng/mL
AT = (2, 5, 10, 30, 60)  # minutes of the table
SEEN = ("ventilation", "arterial_co2", "saturation")


@dataclass(frozen=True)
class Arm:
    """The same people, given one antagonist. minutes: (times,) after it began to be given. course: ventilation [share of
    rest], arterial_co2 [mmHg] and saturation [%], (people, times) each."""

    antagonist: str
    scenario: Scenario
    minutes: np.ndarray
    course: dict[str, np.ndarray]

    def at(self, name: str, minute: float) -> np.ndarray:
        """A quantity at a minute, (people,)."""
        return self.course[name][:, np.argmin(np.abs(self.minutes - minute))]

    def back(self, share: float) -> np.ndarray:
        """Minutes until each person's first breath of this share of rest; infinity: not while it was looked at."""
        met = self.course["ventilation"] >= share
        return np.where(met.any(1), self.minutes[met.argmax(1)], np.inf)

    def again(self, share: float) -> np.ndarray:
        """The minute from which breathing that was back stays under the share; infinity where it is over it at the end, nan
        where it never was."""
        met = self.course["ventilation"] >= share
        last = met.shape[1] - 1 - met[:, ::-1].argmax(1)
        end = met.shape[1] - 1
        fell = np.where(last < end, self.minutes[np.minimum(last + 1, end)], np.inf)
        return np.where(met.any(1), fell, np.nan)

    def row(self, share: float) -> dict[str, Any]:
        """The arm as a row: medians, with the 5th and 95th percentile of a crowd; None for what does not happen."""
        breath = self.course["ventilation"]
        row: Row = {"antagonist": self.antagonist, **spread("before", breath[:, 0])}
        for minute in AT:
            name = f"after_{minute}"
            row |= spread(name, self.at("ventilation", minute)) if minute <= self.minutes[-1] else {name: None}
        row |= spread("highest", breath.max(1)) | spread("highest_min", self.minutes[breath.argmax(1)])
        row |= _times("back_min", self.back(share)) | {"share_back": float(np.isfinite(self.back(share)).mean())}
        row |= _times("again_min", self.again(share))
        for name in SEEN[1:]:
            row |= spread(f"{name}_before", self.course[name][:, 0])
            row |= spread(f"{name}_10", self.at(name, 10.0))
        return row


def _times(name: str, minutes: np.ndarray) -> dict[str, Any]:
    """A column of times that may never come, of those whom it may meet: middle and ends among people in order; None where the
    one there never meets it."""
    ends, many = {"": 0.5} | ({"_low": 0.05, "_high": 0.95} if len(minutes) > 1 else {}), minutes
    minutes = many[~np.isnan(many)] if not np.isnan(many).all() else np.full(1, np.inf)
    found = {name + end: float(np.quantile(minutes, q, method="nearest")) for end, q in ends.items()}
    return {key: value if np.isfinite(value) else None for key, value in found.items()}


@dataclass(frozen=True, kw_only=True)
class Reversal(Answer):
    """What each antagonist does while an opioid is held.

    opioid: its name. level: at its effect site [ng/mL], rest: ventilation without it [L/min], (people,) each. share: of rest
    that was asked for; None where the level was. back: share of rest from which breathing counts as back.
    """

    rows_name = "arms"
    columns = words.COLUMNS
    opioid: str
    level: np.ndarray
    rest: np.ndarray
    share: float | None
    back: float
    arms: tuple[Arm, ...]

    @property
    def head(self) -> str:
        return f"What reverses {self.opioid} that is held steady?"

    @property
    def under(self) -> str:
        held = f"at {percent(self.share)} of the breathing at rest" if self.share else f"at {self.level[0]:.3g} ng/mL"
        return (
            f"{people_text(len(self.rest))}; {self.opioid} is held {held}; tolerance {self.scenario.person.tolerance:g}"
        )

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Every number that any of the arms rests on."""
        each = (pair for arm in self.arms for pair in provenance.facts(arm.scenario))
        return list({name: (name, fact) for name, fact in each}.values())

    def rows(self) -> list[Row]:
        """One row per antagonist."""
        return [arm.row(self.back) for arm in self.arms]

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        return {"level": spread("level", self.level), "rest": spread("rest", self.rest)}

    def headline(self) -> tuple[str, np.ndarray]:
        last = self.arms[0].course["ventilation"]
        return f"mean ventilation after {self.arms[0].antagonist}, a share of rest", last.mean(1)

    def tables(self) -> Frames:
        """course.csv: by antagonist and minute, with the middle 90 % of people."""
        import pandas as pd

        return {"course.csv": pd.DataFrame(self.course())}

    def course(self, every: int = 3) -> list[Row]:
        """Antagonist, minute, and each quantity as in a row; every so many looks."""
        return [
            {"antagonist": arm.antagonist, "minute": float(arm.minutes[i])}
            | {key: value for name in SEEN for key, value in spread(name, arm.course[name][:, i]).items()}
            for arm in self.arms
            for i in range(0, len(arm.minutes), every)
        ]

    def charts(self) -> Charts:
        from opioidsim.questions.reversal import figure

        return {"reversal": figure.courses(self)}


def run(
    opioid: str, antagonist: tuple[Dose, ...], levels: tuple[float, str, float], hours: float, whose: Who, work: Work
) -> Reversal:
    """The question's answer; see `reversal`. levels: share of rest, level in words, and the share from which it is back."""
    share, level, back = levels
    if level and share != SHARE:
        raise Refusal(
            f"level: {shown(level)} was given, and a share of {share:g}; breathing is held by one of them, leave the other out.",
            where="level",
        )
    if not level and share >= back:
        raise Refusal(
            f"share: {share:g} was given, and breathing counts as back from {back:g} of rest on, so that nothing is to be reversed; give a smaller share.",
            where="share",
        )
    names = _opioid(opioid)
    name = drugs.find(opioid)
    for dose in antagonist:
        _reverses(dose, name)
    scenarios = [_scenario(name, dose, hours, whose) for dose in dict.fromkeys(antagonist)]
    refuse_unused(scenarios)
    at = _level(level) if level else None
    total, found = scenarios[0].people(), list[dict[str, np.ndarray]]()
    groups = chunks.of(total, simulate_episode.size(total))
    told = chunks.Steps(work.told, len(groups) * (1 + len(scenarios)))
    for part in chunks.each(partial(_chunk, scenarios, names, (share, at), total, told), groups, work.threads):
        found.append(part)
        told(len(found) * (1 + len(scenarios)))
    mass = drugs.load(name).molar_mass
    assert mass is not None
    rest, held = (np.concatenate([part[name] for part in found])[:total] for name in ("rest", "level"))
    arms: list[Arm] = []
    for number, scenario in enumerate(scenarios):
        course = {k: np.concatenate([part[f"{number} {k}"] for part in found], 1)[:, :total].T for k in SEEN}
        course["ventilation"] = course["ventilation"] / rest[:, None]
        minutes = inputs.read(scenario).regular_times() * 60.0
        arms.append(Arm(str(scenario.doses[-1]), scenario, minutes, course))
    return Reversal(
        scenario=scenarios[-1], opioid=name, level=held * mass.value / 1000.0, rest=rest, share=None if level else share,
        back=back, arms=tuple(arms),
    )  # fmt: skip


def _chunk(
    scenarios: list[Scenario],
    names: tuple[str, ...],
    levels: tuple[float, float | None],
    total: int,
    told: chunks.Steps,
    people: range,
) -> dict[str, np.ndarray]:
    """Rest [L/min], level [nM], and by number of the scenario what is seen, (times, people), of these people."""
    share, at = levels
    real = np.arange(len(people)) < total - people[0]  # a chunk is always full
    given = [inputs.read(scenario) for scenario in scenarios]
    alone = steady.holding(given[0], names, (), people)
    rest = steady.at_rest(alone)
    if at is None:
        level = steady.level_for(alone, share, rest)
        if not np.isfinite(level[real]).all():
            raise _unreached((steady.left_at_most(alone) / rest)[real], scenarios[0], share)
        level = np.where(np.isfinite(level), level, 0.0)
    else:
        mass = given[0].facts()[f"{names[0]}.molar_mass"].value
        level = np.full(len(people), at * 1000.0 / mass)
        _stays((steady.patients(alone, level).baseline / rest)[real], at, scenarios[0])
    told()
    seen = {"rest": rest, "level": level}
    for number, (scenario, each) in enumerate(zip(scenarios, given, strict=True)):
        held = steady.holding(each, names, (scenario.doses[-1],), people)
        ready = steady.patients(held, level)
        shown_, _, _, tally = simulate_episode.marched(ready, simulate_episode.steps_of(each), round(EVERY / STEP))
        simulate_episode.ends(ready, tally, people)  # refuses what is no number
        seen |= {f"{number} {name}": np.asarray(getattr(shown_, name)) for name in SEEN}
        told()
    return seen


def _level(text: str) -> float:
    """A level at the effect site [ng/mL]."""
    try:
        at = units.quantity(text, "ng/mL", "the level")
    except Refusal as refusal:
        raise Refusal(str(refusal), where="level") from None
    if not 0 < at <= MOST_LEVEL:
        raise Refusal(
            f"level: it is {shown(text)}; more than 0 and at most {MOST_LEVEL:g} ng/mL can be held.", where="level"
        )
    return at


def _unreached(left: np.ndarray, scenario: Scenario, share: float) -> Refusal:
    """Says that no level leaves so little, as under the ceiling of a partial agonist. left: what the highest leaves, (people,)."""
    over = int((left > share).sum())
    whom = "this person" if len(left) == 1 else f"{over} of {len(left)} people"
    return Refusal(
        f"share: {scenario.doses[0].drug} leaves {whom} {percent(left.max())} of the breathing at rest or more, however much of it is there; "
        f"ask for a share over that instead of {percent(share)}, or hold another opioid.",
        where="share",
    )


def _stays(left: np.ndarray, at: float, scenario: Scenario) -> None:
    """Refuses a level at which breathing would stop."""
    if not (left >= LEAST).all():
        whom = "this person" if len(left) == 1 else f"{int((~(left >= LEAST)).sum())} of {len(left)} people"
        raise Refusal(
            f"level: {at:g} ng/mL of {scenario.doses[0].drug} leaves {whom} less than {percent(LEAST)} of the breathing at rest, where nobody stays for long; give a lower level, or a share.",
            where="level",
        )


def _opioid(name: str) -> tuple[str, ...]:
    """The ligands that an opioid holds receptors by: itself, or the forms that it is a mixture of."""
    drug = drugs.load(drugs.find(name))
    if drug.role not in ("agonist", "partial agonist"):
        raise Refusal(f"opioid: {_is(drug)} and no opioid that can be held; hold for example fentanyl.", where="opioid")
    names = (drug.name,) if "mu" in drug.receptor else tuple(m for m in drug.mixture if "mu" in drugs.load(m).receptor)
    if not names:
        raise Refusal(
            f"opioid: {drug.name} itself holds no receptors; hold what it turns into, {listed(drug.metabolites)}.",
            where="opioid",
        )
    if not drug.routes:
        whole = next(n for n in drugs.names() if drug.name in drugs.load(n).mixture)
        raise Refusal(f"opioid: {drug.name} is not given alone; hold {whole}.", where="opioid")
    return names


def _is(drug: drugs.Drug) -> str:
    """What a drug is, in words."""
    return f"{drug.name} is {'an' if drug.role.startswith('a') else 'a'} {drug.role}"


def _reverses(dose: Dose, opioid: str) -> None:
    """Refuses what reverses nothing: what is no antagonist, or is held itself."""
    drug = drugs.load(dose.drug)
    if drug.role not in ("antagonist", "partial agonist") or "mu" not in drug.receptor:
        raise Refusal(
            f'antagonist: "{dose}" reverses nothing, since {_is(drug)}; give for example naloxone 0.4 mg iv.',
            where="antagonist",
        )
    if dose.drug == opioid:
        raise Refusal(
            f'antagonist: "{dose}" is of the opioid that is held; give for example naloxone 0.4 mg iv.',
            where="antagonist",
        )


def _scenario(opioid: str, antagonist: Dose, hours: float, whose: Who) -> Scenario:
    """What a scenario can say of it: a trace of the opioid stands for its being held."""
    routes = drugs.load(opioid).routes
    trace = f"{opioid} 1 mcg {'iv' if 'iv' in routes else next(iter(routes))}"
    title = f"{opioid} held steady, for which a trace of it stands here; then {antagonist}"
    return from_table(
        {
            "title": title,
            "clock": "episode",
            "duration": f"{hours:.12g} h",
            "every": f"{EVERY:g} s",
            "doses": [trace, antagonist],
        }
        | whose.scenario(),
        "the question",
    )
