"""The answer of the question what a medicine gives to someone who takes it without need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from opioidsim.cases import cautions, provenance
from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.drug import family
from opioidsim.cases.known import refuse_unused
from opioidsim.cases.scenario import LEFT_BEHIND, Scenario, from_table
from opioidsim.engine import inputs
from opioidsim.engine.history import activation, followed, ready, unadapted, withdrawal
from opioidsim.engine.observing import felt as effect_of
from opioidsim.engine.simulate import in_chunks
from opioidsim.facts import library, units
from opioidsim.facts.evidence import Fact
from opioidsim.questions.abuse import TAKERS, words
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Row, spread
from opioidsim.show.words import who as whom

RESTS_ON = ("adaptation", "effects", "street")  # groups of the body's facts, beside those of every course
FOLLOWED = 72.0  # hours after a dose in which liking is looked for; the depots' levels rise for two to three days
FELT = 6.0  # hours in which relief is looked for: whoever takes a dose against withdrawal judges it by these
HISTORY_EVERY, EVERY = 0.5, 0.25  # hours between looks; every dose is followed more closely
DRAWS = 136  # for one person: so many readings of what is not known
WORSE = 5.0  # points of the score: the width of its lowest band


@dataclass(frozen=True)
class Taken:
    """One medicine, taken by one kind of person. Arrays are (people,).

    liking: the highest in the days that follow, above that with nothing taken, 0..100. before:
    withdrawal score when it is taken, 0..48. relief: the largest change of the score by the dose in
    its first hours; negative: withdrawal gets worse. price: on the street [US dollars], where
    known.
    """

    taker: str
    medicine: Dose
    liking: np.ndarray  # highest liking in the days that follow, above that with nothing taken, 0..100
    before: np.ndarray  # withdrawal score when it is taken, 0..48
    relief: np.ndarray  # largest change of the score by the dose in its first hours; negative: withdrawal gets worse
    price: float | None = None  # on the street [US dollars], where known


@dataclass(frozen=True, kw_only=True)
class Abuse(Answer):
    """Medicines and takers side by side. scenario: the first taker with the first medicine."""

    rows_name = "taken"
    columns = words.COLUMNS
    who: Who
    takers: tuple[str, ...]
    taken: tuple[Taken, ...]

    @property
    def people(self) -> int:
        """How many people of each kind were asked about."""
        return self.who.people or 1

    @property
    def medicines(self) -> tuple[Dose, ...]:
        """What was taken."""
        return tuple(dict.fromkeys(t.medicine for t in self.taken))

    @property
    def cautions(self) -> list[cautions.Caution]:
        """What the labels warn of when any of the takers takes any of the medicines."""
        return cautions.joined(_course(t.taker, (t.medicine,), self.who) for t in self.taken)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """The facts of every taker and medicine, of adaptation and liking, and the prices."""
        every = (_course(taker, self.medicines, self.who) for taker in self.takers)
        found = dict(pair for scenario in every for pair in provenance.facts(scenario, *RESTS_ON))
        drugs = {dose.drug for dose in self.medicines}
        return [
            (name, fact)
            for name, fact in found.items()
            if not name.startswith("street.") or name.split(".")[1] in drugs
        ]

    @property
    def head(self) -> str:
        return "What does a medicine give to someone it was not meant for?"

    @property
    def under(self) -> str:
        return (
            f"taken once by {whom(self.people)} of each kind"
            if self.people > 1
            else "taken once by the typical person of each kind"
        )

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    def rows(self) -> list[Row]:
        """One row per taker and medicine: median and 5th and 95th percentile of liking, score before, relief; the share
        whose withdrawal gets worse by a band of the scale (5) or more; the price on the street [US dollars], if known."""
        rows: list[Row] = []
        for t in self.taken:
            row: Row = {"taker": t.taker, "medicine": str(t.medicine)}
            for name in ("liking", "before", "relief"):
                row |= spread(name, getattr(t, name))
            row["share_worse"] = float((t.relief <= -WORSE).mean())
            row["reward"] = float(np.median(reward(t)))
            row["street_price"] = t.price
            rows.append(row)
        return rows

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def unsure(self) -> list[str]:
        return words.unsure(self)

    def headline(self) -> tuple[str, np.ndarray]:
        last = self.taken[-1]
        return f"liking of {last.medicine}, {last.taker}", last.liking

    def numbers(self) -> dict[str, Any]:
        return {"people": self.people}

    def charts(self) -> Charts:
        from opioidsim.questions.abuse.figure import abuse

        return {"abuse": abuse(self)}


def reward(taken: Taken) -> np.ndarray:
    """What the dose is worth to its taker, 0..1: the larger of liking / 100 and relief / 48. A proxy; (people,)."""
    return np.maximum(np.maximum(taken.liking / 100.0, taken.relief / 48.0), 0.0)


def street_price(dose: Dose, prices: Mapping[str, Mapping[str, Fact]] | None = None) -> float | None:
    """What the dose would cost at published US street prices of 2012 [US dollars]; None where none was published.

    Prices are of tablets, films and solutions; injections in syringes and depots have none. prices: facts by drug, by
    default the library's.
    """
    price = (prices or library.body("street")).get(dose.drug)
    sold = dose.route in ("oral", "sublingual")
    return dose.milligrams() * price["street_price"].value if price and sold else None


def run(medicine: tuple[Dose, ...], taker: tuple[str, ...], who: Who, work: Work) -> Abuse:
    """The question's answer; see `abuse`."""
    doses, chosen = tuple(dict.fromkeys(map(_single, medicine))), tuple(dict.fromkeys(taker))
    refuse_unused([_course(name, doses, who) for name in chosen], RESTS_ON)
    found = [
        each for number, name in enumerate(chosen) for each in _taken(name, doses, who, work.part(number, len(chosen)))
    ]
    return Abuse(scenario=_course(chosen[0], doses[:1], who), who=who, takers=chosen, taken=tuple(found))


def _taken(taker: str, doses: tuple[Dose, ...], who: Who, work: Work) -> list[Taken]:
    """Each of the doses, taken by this kind of taker."""
    people, uncertain = who.people or 1, not who.point
    scenario = _course(taker, doses, who)
    crowd = people if people > 1 else scenario.people() if who.draws else DRAWS if uncertain else 1
    read = inputs.read(scenario, *RESTS_ON)

    def run(some: range) -> dict[str, np.ndarray]:
        return _chunk(read, taker, doses, some, who.seed or 0, uncertain)

    parts = in_chunks(run, crowd, work.threads, lambda done: work.told(done / crowd))
    joined = [np.concatenate([part[str(dose)] for part in parts], -1)[..., :crowd] for dose in doses]
    prices = [street_price(dose, read.known.body["street"]) for dose in doses]
    return [
        Taken(taker, dose, *numbers, price=price) for dose, numbers, price in zip(doses, joined, prices, strict=True)
    ]


def _single(dose: Dose) -> Dose:
    """The dose, if it is one that acts at the mu receptor and is taken once. Raises Refusal otherwise."""
    if dose.times > 1 or dose.at:
        raise Refusal(f'"{dose}" must be a single dose without "at" and "every"; it is taken once.', where="medicine")
    if not any("mu" in drug.receptor for drug in family(dose.drug)):
        raise Refusal(
            f'"{dose}" does not act at the mu receptor; give for example "methadone 40 mg oral".', where="medicine"
        )
    return dose


def _before(taker: str) -> tuple[tuple[Dose, ...], float]:
    """What the taker took before, and when the medicine is taken [h]."""
    history = tuple(map(parse, TAKERS[taker].before))
    return history, max((at + dose.over for dose in history for at in dose.starts()), default=0.0) + TAKERS[taker].wait


def _course(taker: str, doses: tuple[Dose, ...], who: Who) -> Scenario:
    """This taker's past, and these medicines."""
    history, taken_at = _before(taker)
    table = {
        "title": f"{' and '.join(map(str, doses))}, {taker}", "doses": (*history, *(dose.delayed(taken_at) for dose in doses)),
        "duration": units.time_text(taken_at + FOLLOWED), "every": "1 h", "outputs": ("liking", *LEFT_BEHIND),
    }  # fmt: skip
    return from_table(table | who.scenario(), "the question")


def _chunk(
    read: inputs.Inputs, taker: str, doses: tuple[Dose, ...], who: range, seed: int, uncertain: bool
) -> dict[str, np.ndarray]:
    """For each medicine, by its sentence: liking, score before, relief; (3, people).

    All are differences from what would be without the dose: whoever still feels an earlier one, or
    whose withdrawal would have eased by itself, owes that to no medicine.
    """
    history, taken_at = _before(taker)
    walk, facts = ready(read, who), read.adaptation(who, seed, uncertain)
    begin = unadapted(read.person, len(who))
    state, adapted = None, begin
    if history:
        along = followed(walk, history, taken_at, HISTORY_EVERY, (taken_at,), None, begin, facts)
        state, adapted = along.at(taken_at)

    def felt(taken: tuple[Dose, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Times [h], liking 0..100 and withdrawal 0..48, (times, people), after these doses at time 0."""
        after = followed(walk, taken, FOLLOWED, EVERY, (), state, adapted, facts)
        active = jnp.asarray(activation(walk, after.bound))  # pyright: ignore[reportUnknownMemberType]  # of jax's own annotations
        score = withdrawal(after.adapted.symptoms, facts)
        return (
            after.times,
            np.asarray(effect_of(walk, "liking", active, after.adapted)),
            np.asarray(score, float),
        )

    hours, liked, suffered = felt(())
    found: dict[str, np.ndarray] = {}
    for dose in doses:
        times, more, score = felt((dose,))
        rows = np.searchsorted(times, hours)  # each time with nothing taken is also one with the medicine
        eased = (suffered - score[rows])[hours <= FELT]
        relief = np.take_along_axis(eased, np.abs(eased).argmax(0)[None], 0)[0]
        found[str(dose)] = np.stack([more.max(0) - liked.max(0), suffered[0], relief])
    return found
