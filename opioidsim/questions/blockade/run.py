"""How strongly, and how long, does this antagonist block that opioid? And what dose overrides it?"""

from dataclasses import dataclass
from functools import cache

import jax.numpy as jnp
import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.drug import load
from opioidsim.cases.person import Person, Population
from opioidsim.cases.scenario import Scenario
from opioidsim.engine import clock, course_arrays, history, inputs
from opioidsim.engine.course import Events, State, march, start
from opioidsim.engine.history import Walk, activation
from opioidsim.engine.simulate import CHUNK, in_chunks, liking, plasma
from opioidsim.facts import units
from opioidsim.model import effects as equations
from opioidsim.refusal import Refusal

WINDOW = 8.0  # hours after a challenge in which its peak is looked for
LARGEST = 1e4  # dose multiples beyond this are not told apart
RESTS_ON = ("effects",)  # groups of the body's facts, beside those of every course
ROUNDS = 3  # of the search for the multiple: 1e-9; it starts at the competitive shift


@dataclass(frozen=True)
class Blockade:
    """What a challenge dose still does, each day under an antagonist. Arrays are (people, days) unless said otherwise.

    A challenge at the time of an antagonist dose comes just before it. Each challenge is its own thought experiment:
    none changes the next.
    """

    antagonist: tuple[Dose, ...]
    challenge: Dose
    days: np.ndarray  # (days,) time of each challenge [d]
    blockade: np.ndarray  # share of the peak liking prevented, 0..1
    multiple: np.ndarray  # multiple of the challenge dose that restores its full effect
    liking: np.ndarray  # peak liking with the antagonist, 0..100
    unblocked: np.ndarray  # (people,) peak liking without
    occupancy: np.ndarray  # mu receptors held by antagonists at the challenge, 0..1
    concentration: np.ndarray  # antagonist in plasma at the challenge [ng/mL]
    other_readings: dict[str, "Blockade"]  # the typical person, with contested evidence read otherwise

    @property
    def people(self) -> int:
        """How many people were asked."""
        return len(self.unblocked)

    def day_under(self, share: float) -> np.ndarray:
        """For each person, the day on which blockade falls under `share` for good; inf if it is still above at the end;
        0 if it never reached it. Between two challenges the line is straight."""
        return np.array([_falls(self.days, row, share) for row in self.blockade])

    def share_blocked(self, share: float) -> np.ndarray:
        """For each day, the share of people whose blockade is at least `share`."""
        return (self.blockade >= share).mean(0)

    def rows(self) -> list[dict]:
        """One row per day: medians, with 5th and 95th percentiles where there is a crowd."""
        rows = []
        for column, day in enumerate(self.days):
            row: dict[str, float] = {"day": float(day)}
            for name in ("concentration", "occupancy", "blockade", "multiple", "liking"):
                numbers = getattr(self, name)[:, column]
                row[name] = float(np.median(numbers))
                if self.people > 1:
                    row[f"{name}_low"], row[f"{name}_high"] = (float(q) for q in np.quantile(numbers, (0.05, 0.95)))
            if self.people > 1:
                row["share_90"] = float(self.share_blocked(0.9)[column])
            rows.append(row)
        return rows


def _falls(days, blockade, share) -> float:
    above = np.flatnonzero(blockade >= share)
    if not len(above):
        return 0.0
    last = above[-1]
    if last + 1 == len(days):
        return float("inf")
    high, low = blockade[last], blockade[last + 1]
    return float(days[last] + (high - share) / (high - low) * (days[last + 1] - days[last]))


def blockade(
    antagonist,
    challenge,
    days: float = 42.0,
    every: float = 1.0,
    people: int = 1,
    seed: int = 1,
    person: Person | None = None,
    readings: dict[str, str] | None = None,
    refine: int = 0,
    threads: int | None = None,
    progress=None,
) -> Blockade:
    """Blockade of `challenge` (a dose sentence) by `antagonist` (one or several), tried each `every` days up to `days`.

    people: 1 asks the typical person; more, a crowd drawn with `seed`. progress: called with the people done.
    Raises Refusal if a dose cannot be read, the challenge activates nothing, or the antagonist blocks nothing.
    """
    given = tuple(parse(text) for text in ([antagonist] if isinstance(antagonist, str | Dose) else antagonist))
    dare = parse(challenge)
    _fitting(given, dare)
    if not 0 < every <= days <= 3660:
        raise Refusal(
            f"{days:g} days in steps of {every:g} were asked for; give more than zero and at most 3660 days, in steps no longer."
        )
    if people < 1:
        raise Refusal(f"{people} people were asked for; give one or more.")
    times = np.arange(0.0, days + 1e-9, every) * 24.0
    found = ask(given, dare, times, people, seed, person, readings, refine, threads, progress)
    others = {}
    if not readings:
        for name in dict.fromkeys(dose.drug for dose in given):
            for reading, other in load(name).readings.items():
                read = ask(given, dare, times, 1, seed, person, {name: reading}, refine, threads)
                others[other.about] = Blockade(given, dare, times / 24.0, other_readings={}, **read)
    return Blockade(given, dare, times / 24.0, other_readings=others, **found)


def ask(given, dare, times, people, seed, person=None, readings=None, refine=0, threads=None, progress=None) -> dict:
    """The arrays of a Blockade by name, for challenges at `times` [h], without other readings."""
    scenario = Scenario.model_validate(
        {
            "doses": (*given, dare.model_copy(update={"at": 0.0})),
            "duration": units.time_text(max(float(times[-1]), WINDOW, *(dose.at for dose in given))),
            "every": units.time_text(max(float(times[-1]), WINDOW)),
            "person": person or Person(),
            "population": Population(n=people, seed=seed) if people > 1 else None,
            "readings": readings or {},
        }
    )
    read = inputs.read(scenario, *RESTS_ON)
    parts = in_chunks(lambda who: _chunk(read, given, dare, times, who, refine), people, threads, progress)
    return {name: np.concatenate([part[name] for part in parts], -1)[..., :people].T for name in parts[0]}


def _fitting(given: tuple[Dose, ...], dare: Dose) -> None:
    for dose in given:
        if load(dose.drug).role != "antagonist":
            raise Refusal(
                f'"{dose}" is no antagonist: {dose.drug} is an {load(dose.drug).role}. Give for example "naltrexone 50 mg oral".'
            )
    if load(dare.drug).role not in ("agonist", "partial agonist"):
        raise Refusal(f'the challenge "{dare}" activates nothing. Give an opioid, for example "heroin 25 mg iv".')
    if dare.times > 1 or dare.at:
        raise Refusal(
            f'the challenge "{dare}" must be a single dose without "at" and "every"; it is tried on each day.'
        )


def _chunk(read, given, dare, times, who, refine):
    """The arrays of a Blockade for a chunk of people, people last."""
    lowest, grid = clock.levelled(clock.grid(course_arrays.moments(given), times, refine))
    walk = history.ready(read, who, lowest)
    _, doses = course_arrays.events(walk.plan, given, walk.values)
    states, _ = march(walk.body, walk.steps, start(walk.body), doses, grid, len(times))
    _, one = course_arrays.events(walk.plan, (dare,), walk.values)
    clean = _peak(walk, start(walk.body), one, refine)
    alone = read.crowd is None
    felt, multiple = [], []
    for state in _challenged(states, alone):
        felt.append(_peak(walk, state, one, refine))
        multiple.append(_override(walk, state, one, clean, felt[-1], refine))

    def by_day(found):
        return jnp.concatenate(found)[: len(times), None] if alone else jnp.stack(found)

    blockers = [i for i, name in enumerate(walk.plan.ligands) if load(name).role in ("antagonist", "metabolite")]
    held = sum((states.bound[:, i] for i in blockers), jnp.zeros((len(times), *clean.shape)))
    levels = [plasma(walk, states.x, name) for name in {d.drug: 0 for d in given}]
    level = sum(levels, jnp.zeros_like(held))
    liked, unblocked = liking(walk, by_day(felt)), liking(walk, clean)
    blocked = equations.blockade(liked, unblocked[: liked.shape[1]])
    width = slice(liked.shape[1])
    found = {
        "blockade": blocked,
        "multiple": by_day(multiple),
        "liking": liked,
        "unblocked": unblocked[width],
        "occupancy": held[:, width],
        "concentration": level[:, width],
    }
    return {name: np.asarray(value) for name, value in found.items()}


def _challenged(states: State, alone: bool) -> list[State]:
    """The states that meet a challenge, one for each day; of one person, many days side by side in the place of people."""
    if not alone:
        return [State(x, bound) for x, bound in zip(*states, strict=True)]
    days = len(states.x)
    rows = np.minimum(np.arange(days + -days % CHUNK), days - 1).reshape(-1, CHUNK)
    return [State(jnp.moveaxis(states.x[r, ..., 0], 0, -1), jnp.moveaxis(states.bound[r, ..., 0], 0, -1)) for r in rows]


def _peak(walk: Walk, state: State, doses: Events, refine: int):
    """Highest activation after a challenge given to this state; shape (people,)."""
    looks = _looks(refine)
    _, grid = clock.levelled(clock.grid([0.0], looks, refine), walk.lowest)
    states, _ = march(walk.body, walk.steps, state, doses, grid, len(looks))
    return activation(walk, states.bound).max(0)


@cache
def _looks(refine: int) -> np.ndarray:
    """The times after a challenge at which its effect is looked at [h]: so close that blockade is right to 0.001."""
    steps = clock.grid([0.0], [WINDOW], refine + 2)
    return np.cumsum(clock.TICK * 2.0**steps.level)


def _override(walk, state, one, clean, peak, refine):
    """The dose multiple at which the challenge's peak activation is what it is without the antagonist; (people,).

    Activation odds are nearly a power of the dose, so secants in logarithms from the observed shift converge quickly.
    """
    odds = lambda a: jnp.log(a / jnp.maximum(1.0 - a, 1e-12))  # noqa: E731
    target = odds(clean)
    x0, y0 = jnp.zeros_like(target), odds(peak) - target
    x1 = jnp.clip(-y0, 1e-9, np.log(LARGEST))
    for _ in range(ROUNDS):
        y1 = odds(_peak(walk, state, one._replace(amount=one.amount * jnp.exp(x1)), refine)) - target
        slope = (y1 - y0) / jnp.where(x1 == x0, 1.0, x1 - x0)
        step = jnp.where(jnp.abs(slope) > 1e-3, -y1 / jnp.where(slope == 0, 1.0, slope), 0.0)
        x0, y0, x1 = x1, y1, jnp.clip(x1 + step, 0.0, np.log(LARGEST))
    return jnp.exp(x1)
