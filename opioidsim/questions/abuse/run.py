"""What does a medicine give to someone who takes it without need: liking, relief of withdrawal, or the opposite?"""

from collections.abc import Iterable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.drug import family
from opioidsim.cases.person import Person, Population
from opioidsim.cases.scenario import Scenario
from opioidsim.engine import inputs
from opioidsim.engine.history import activation, followed, ready, unadapted
from opioidsim.engine.simulate import in_chunks, liking
from opioidsim.facts import library, units
from opioidsim.facts.evidence import build
from opioidsim.model import adaptation
from opioidsim.refusal import Refusal, nearest

RESTS_ON = ("adaptation", "effects", "street")  # groups of the body's facts, beside those of every course
FOLLOWED = 72.0  # hours after a dose in which liking is looked for; the depots' levels rise for two to three days
FELT = 12.0  # hours in which relief is looked for: whoever takes a dose against withdrawal judges it by these
HISTORY_EVERY, EVERY = 0.5, 0.25  # hours between looks; every dose is followed more closely
DRAWS = 136  # for one person: so many readings of what is not known
MEDICINES = (
    "naltrexone 50 mg oral", "naltrexone 380 mg im-depot", "methadone 40 mg oral", "buprenorphine 8 mg sublingual",
    "buprenorphine 300 mg sc-depot", "heroin 25 mg iv",
)  # fmt: skip
TAKERS = {  # what was taken before, and the time from its last dose to the medicine [h]
    "naive": ((), 0.0),
    "in withdrawal": (("heroin 100 mg iv every 8 h x 90",), 24.0),
    "on naltrexone": (("naltrexone 380 mg im-depot",), 14.0 * 24),
    "on methadone": (("methadone 80 mg oral every 24 h x 60",), 24.0),
    "on buprenorphine": (("buprenorphine 16 mg sublingual every 24 h x 60",), 24.0),
}


@dataclass(frozen=True)
class Taken:
    """One medicine, taken by one kind of person. Arrays are (people,)."""

    taker: str
    medicine: Dose
    liking: np.ndarray  # highest liking in the days that follow, above that with nothing taken, 0..100
    before: np.ndarray  # withdrawal score when it is taken, 0..48
    relief: np.ndarray  # largest change of the score by the dose in its first hours; negative: withdrawal gets worse
    price: float | None = None  # on the street [US dollars], where known


@dataclass(frozen=True)
class Abuse:
    """Medicines and takers side by side."""

    people: int
    takers: tuple[str, ...]
    taken: tuple[Taken, ...]

    def rows(self) -> list[dict]:
        """One row per taker and medicine: median and 5th and 95th percentile of liking, score before, relief; the share
        whose withdrawal gets worse by a band of the scale (5) or more; the price on the street [US dollars], if known."""
        rows = []
        for t in self.taken:
            row: dict = {"taker": t.taker, "medicine": str(t.medicine)}
            for name in ("liking", "before", "relief"):
                low, middle, high = np.quantile(getattr(t, name), (0.05, 0.5, 0.95))
                row |= {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}
            row["share_worse"] = float((t.relief <= -WORSE).mean())
            row["reward"] = float(np.median(reward(t)))
            row["street_price"] = t.price
            rows.append(row)
        return rows


WORSE = 5.0  # points of the score: the width of its lowest band


def reward(taken: Taken) -> np.ndarray:
    """What the dose is worth to its taker, 0..1: the larger of liking / 100 and relief / 48. A proxy; (people,)."""
    return np.maximum(np.maximum(taken.liking / 100.0, taken.relief / 48.0), 0.0)


def street_price(dose: Dose, prices=None) -> float | None:
    """What the dose would cost at published US street prices of 2012 [US dollars]; None where none was published.

    Prices are of tablets, films and solutions; injections in syringes and depots have none. prices: facts by drug, by
    default the library's.
    """
    price = (prices or library.body("street")).get(dose.drug)
    sold = dose.route in ("oral", "sublingual")
    return dose.milligrams() * price["street_price"].value if price and sold else None


def abuse(
    medicines: Iterable[str | Dose] = MEDICINES,
    takers: Iterable[str] = tuple(TAKERS),
    people: int = 1,
    seed: int = 1,
    person: Person | None = None,
    uncertain: bool = True,
    threads: int | None = None,
    progress=None,
) -> Abuse:
    """Liking and relief of withdrawal after each medicine (a dose sentence), taken once by each kind of taker.

    takers: of TAKERS. people: 1 asks the typical person, with the bands of what is not known unless `uncertain` is
    False. progress: called with the share done. Raises Refusal for what cannot be asked.
    """
    doses = tuple(_single(parse(text)) for text in medicines)
    chosen = tuple(takers)
    for name in chosen:
        if name not in TAKERS:
            raise Refusal(f'there is no taker "{name}".{nearest(name, TAKERS)}')
    if not doses or not chosen:
        raise Refusal("nothing is asked; give at least one medicine and one taker.")
    crowd = people if people > 1 else DRAWS if uncertain else 1
    found = []
    for number, name in enumerate(chosen):
        scenario, history, taken_at = _scenario(name, doses, people, seed, person)
        read = inputs.read(scenario, *RESTS_ON)

        def run(who: range, read=read, history=history, taken_at=taken_at):
            return _chunk(read, history, taken_at, doses, who, seed, uncertain and crowd > 1)

        told = (lambda done, number=number: progress((number + done / crowd) / len(chosen))) if progress else None
        parts = in_chunks(run, crowd, threads, told)
        joined = [np.concatenate([part[i] for part in parts], -1)[..., :crowd] for i in range(len(doses))]
        prices = [street_price(dose, read.known.body["street"]) for dose in doses]
        found += [Taken(name, dose, *numbers, price=price) for dose, numbers, price in zip(doses, joined, prices, strict=True)]  # fmt: skip
    return Abuse(people, chosen, tuple(found))


def _single(dose: Dose) -> Dose:
    if dose.times > 1 or dose.at:
        raise Refusal(f'"{dose}" must be a single dose without "at" and "every"; it is taken once.')
    if not any("mu" in drug.receptor for drug in family(dose.drug)):
        raise Refusal(f'"{dose}" does not act at the mu receptor; give for example "methadone 40 mg oral".')
    return dose


def _scenario(taker: str, doses, people: int, seed: int, person: Person | None):
    """The scenario of this taker with every medicine, the doses of the past, and when the medicine is taken [h]."""
    sentences, wait = TAKERS[taker]
    history = tuple(parse(text) for text in sentences)
    taken_at = max((at + dose.over for dose in history for at in dose.starts()), default=0.0) + wait
    scenario = build(
        Scenario,
        {
            "doses": (*history, *(dose.delayed(taken_at) for dose in doses)),
            "duration": units.time_text(taken_at + FOLLOWED), "every": "1 d", "person": person or Person(),
            "population": Population(n=people, seed=seed) if people > 1 else None,
        },
        "the question",
    )  # fmt: skip
    return scenario, history, taken_at


def _chunk(read: inputs.Inputs, history, taken_at, doses, who: range, seed, uncertain) -> list[np.ndarray]:
    """For each medicine: liking, score before, relief; (3, people)."""
    walk, facts = ready(read, who), read.adaptation(who, seed, uncertain)
    begin = unadapted(read.person, len(who))
    state, adapted = None, begin
    if history:
        along = followed(walk, history, taken_at, HISTORY_EVERY, (taken_at,), None, begin, facts)
        state, adapted = along.at(taken_at)

    def felt(taken: tuple[Dose, ...]):
        after = followed(walk, taken, FOLLOWED, EVERY, (), state, adapted, facts)
        score = adaptation.score(after.adapted.symptoms, facts)
        return (
            after.times,
            np.asarray(liking(walk, jnp.asarray(activation(walk, after.states.bound)))),
            np.asarray(score),
        )

    hours, liked, suffered = felt(())
    found = []
    for dose in doses:
        times, more, score = felt((dose,))
        rows = np.searchsorted(times, hours)  # each time with nothing taken is also one with the medicine
        eased = (suffered - score[rows])[hours <= FELT]
        relief = np.take_along_axis(eased, np.abs(eased).argmax(0)[None], 0)[0]
        found.append(np.stack([more.max(0) - liked.max(0), suffered[0], relief]))
    return found
