"""Laws of one use, for every opioid by every route: whatever makes it more dangerous never lowers a risk.

One march serves all: everybody has an own opioid, dose, tolerance, sensitivity, and own levels of antagonist and sedative; what
each does not take is there as nothing. Opioids that go the same way through the body share its compartments, each person's with
the numbers of the opioid taken. A law compares two who differ in one of these.
"""

from itertools import pairwise
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from opioidsim.cases import drug as drugs
from opioidsim.cases import patch
from opioidsim.cases.scenario import STEP, from_table
from opioidsim.engine import clock, course, course_arrays, handover, history, simulate_episode
from opioidsim.engine.inputs import read
from opioidsim.model import effects
from opioidsim.surfaces import thresholds

EVERY = [(name, route) for name in drugs.names() if "agonist" in drugs.load(name).role.split()
         for route in drugs.load(name).routes if not patch.worn(name, route)]  # of a patch little has come within an hour  # fmt: skip
LATER = "naloxone 1 mg iv at 3 min"
MARKED = 1.5  # stimulus at its peak, in units of the half effect, after a dose of 1: about half of the resting breathing is lost
HELD, WITHIN = (0.1, 0.6, 0.9), 0.15  # Gaddum's shift at these shares, and how near it must come
EQUAL = 1e-6  # L/min and %: rounding
TRACE = 0.03  # L/min: so much higher the lowest moment may be, since CO2 stands higher when the opioid comes


class Taken(NamedTuple):
    """Someone's use: opioid and route by number; dose as a multiple of a marked one; tolerance; share of receptors that an
    antagonist holds; sum of C / C50 of sedatives; naloxone [mg] into a vein three minutes later; sensitivity."""

    which: int
    dose: float = 1.0
    tolerance: float = 0.0
    held: float = 0.0
    sedative: float = 0.0
    naloxone: float = 0.0
    sensitivity: float = 1.0


def compared(which: int) -> dict[str, list[tuple[Taken, Taken]]]:
    """By law, pairs of the safer and the more endangered."""

    def along(safest_first, **rest):
        """Neighbours on one axis, {"dose": (1, 2)}."""
        ((axis, levels),) = safest_first.items()
        steps = [Taken(which, **(rest | {axis: level})) for level in levels]
        return list(pairwise(steps))

    gaddum = [
        pair
        for held in HELD
        for pair in (
            (Taken(which, (1.0 - WITHIN) / (1.0 - held), held=held), Taken(which)),
            (Taken(which), Taken(which, (1.0 + WITHIN) / (1.0 - held), held=held)),
        )
    ]
    return {
        "more opioid": along({"dose": (0.3, 1.0, 2.0, 4.0, 8.0)}),
        "less tolerance": along({"tolerance": (1.6, 1.0, 0.5, 0.0)}, dose=2.0),
        "more sensitive": along({"sensitivity": (0.5, 1.0, 2.0)}),
        "more sedative": [pair for dose in (0.6, 1.0) for pair in along({"sedative": (0.0, 0.3, 1.0, 3.0)}, dose=dose)],
        "a trace of a sedative": along({"sedative": (0.0, 0.1)}, dose=0.6),
        "less antagonist": along({"held": (*HELD[::-1], 0.0)}, dose=4.0),
        "no naloxone": along({"naloxone": (2.0, 0.4, 0.0)}, dose=4.0),
        "Gaddum's shift": gaddum,
        "a sedative alone": along({"sedative": (0.0, 0.3, 1.0, 3.0)}, dose=0.0) if not which else [],
    }


LAWS = tuple(compared(0))


class Crowd(NamedTuple):
    """given: opioids with their routes, by number; stands: the first of them that goes each one's way, by number. laws: by law,
    pairs of the safer and the more endangered. on_both: who is looked at on both clocks; the first of people."""

    given: list[tuple[str, str]]
    stands: list[int]
    laws: dict[str, list[tuple[Taken, Taken]]]
    on_both: list[Taken]
    people: list[Taken]


def crowd_of(given: list[tuple[str, str]]) -> Crowd:
    """Everybody who is needed to compare these opioids."""
    laws = {law: [pair for which in range(len(given)) for pair in compared(which)[law]] for law in LAWS}
    on_both = [Taken(which, 0.3, held=held, naloxone=mg) for held, mg in ((0.0, 0.0), (0.3, 0.4)) for which in range(len(given))]  # fmt: skip
    people = [*on_both, *(taken for pairs in laws.values() for pair in pairs for taken in pair)]
    ways = [way(*each) for each in given]
    return Crowd(given, [ways.index(each) for each in ways], laws, on_both, list(dict.fromkeys(people)))


def numbers(name: str, route: str, people: range = range(1)) -> dict[str, np.ndarray]:
    """The parameters of this opioid by this route, (people,) each, by what comes behind its name."""
    values = read(from_table({"clock": "episode", "doses": [f"{name} 1 mg {route}"]})).values(people)
    mine = {key.removeprefix(name): value for key, value in values.items() if key.startswith(f"{name}.")}
    return {
        key: value
        for key, value in mine.items()
        if not key.startswith(".routes.") or key.startswith(f".routes.{route}.")
    }


def way(name: str, route: str) -> tuple:
    """How an opioid goes through the body: for two that are alone there, and differ in numbers only, the same."""
    drug = drugs.load(name)
    alone = not drug.metabolites and not drug.mixture
    return (route, *sorted(numbers(name, route))) if alone else (name, route)


@pytest.fixture(scope="module", params=["one way", pytest.param("every way", marks=pytest.mark.long)])
def crowd(request) -> Crowd:
    """Every opioid by the first of its routes; by all of them."""
    first = list({name: (name, route) for name, route in reversed(EVERY)}.values())[::-1]
    return crowd_of(first if request.param == "one way" else EVERY)


MINUTES = 60  # so long that buprenorphine, which binds slowly, comes near its equilibrium


@pytest.fixture(scope="module")
def used(crowd):
    """All opioids by all routes, 1 mg of each, beside a steady antagonist and a steady sedative."""
    doses = [f"{crowd.given[which][0]} 1 mg {crowd.given[which][1]}" for which in sorted(set(crowd.stands))]
    scenario = from_table({"clock": "episode", "duration": f"{MINUTES} min", "every": "60 s", "doses": [*doses, LATER]})
    people, which = range(len(crowd.people)), column(crowd.people, "which")
    found = thresholds.use(scenario, people)
    for number, stands in enumerate(crowd.stands):
        for key, value in numbers(*crowd.given[number], people).items() if number != stands else ():
            there = crowd.given[stands][0] + key
            found.values[there] = np.where(which == number, value, found.values[there])
    return found


def column(people: list[Taken], axis: str) -> np.ndarray:
    """One number of each."""
    return np.array([getattr(taken, axis) for taken in people])


def amounts(people: list[Taken], unit: np.ndarray, stands: list[int]) -> np.ndarray:
    """Milligrams by dose and person; unit: the dose [mg] of a multiple of one, of each opioid and route."""
    which, doses = column(people, "which"), sorted(set(stands))
    found = np.zeros((len(doses) + 1, len(people)))
    found[np.searchsorted(doses, stands)[which], np.arange(len(people))] = column(people, "dose") * unit[which]
    found[-1] = column(people, "naloxone")
    return found


def on_the_course(used, people: list[Taken], unit: np.ndarray, stands: list[int]) -> np.ndarray:
    """Activation minute by minute, (minutes, people), on the course clock; as many people as `on_both` has."""
    plan, doses, who = used.given.plan, used.given.doses, len(people)
    values, held = {name: value[:who] for name, value in used.values.items()}, column(people, "held")
    body, times = course_arrays.body_of(plan, values), np.arange(MINUTES + 1) / 60.0
    lowest, grid = clock.levelled(clock.grid(course_arrays.moments(doses), times))
    steps = course.prepare(body, lowest, clock.LONGEST)
    at, events = course_arrays.events(plan, doses, values)
    each = np.array(events.amount)
    each[1 : len(at) + 1] *= amounts(people, unit, stands)
    begin = course.State(*(np.zeros_like(part) for part in course.start(body)))
    begin.x[plan.place[f"{thresholds.HOLDS}.site"]] = values[f"{thresholds.HOLDS}.receptor.mu.K"] * held / (1.0 - held)
    begin.bound[plan.ligands.index(thresholds.HOLDS)] = held
    states, _ = course.march(body, steps, begin, events._replace(amount=jnp.asarray(each)), grid, len(times))
    signal = history.breathing_activation(history.Walk(used.given, values, body, steps, lowest), states.bound)
    return np.asarray(effects.share_of_full(signal, used.given.effect("breathing")["reserve"]))


@pytest.fixture(scope="module")
def unit(used, crowd):
    """The dose [mg] of each opioid and route that would bring a marked stimulus to the naive: found from a millionth of a gram,
    in proportion."""
    little = np.full(len(crowd.given), 1e-3)
    people = [Taken(which) for which in range(len(crowd.given))]
    shown = on_the_course(used, people * 2, little, crowd.stands)[:, : len(people)]
    return little * MARKED / (shown / (1.0 - shown)).max(0)


@pytest.fixture(scope="module")
def together(used, unit, crowd):
    """Patients, bound shares each minute, and ends of everyone, in one march of the episode clock."""
    own = used._replace(values=used.values | {"person.sensitivity": column(crowd.people, "sensitivity")})
    patients = thresholds.patients(own, *(column(crowd.people, axis) for axis in ("tolerance", "held", "sedative")))  # pyright: ignore[reportArgumentType]
    times = amounts(crowd.people, unit, crowd.stands)[:, None]
    _, _, bound, tally = simulate_episode.marched(patients, MINUTES * round(60 / STEP), round(60 / STEP), times=times)
    return patients, bound, simulate_episode.ends(patients, tally, used.who)


@pytest.fixture(scope="module")
def ended(together, crowd):
    """Ends by person."""
    ends = together[2]
    return {taken: {name: float(value[i]) for name, value in ends.items()} for i, taken in enumerate(crowd.people)}


def safer(one: dict[str, float], other: dict[str, float], more: float = EQUAL) -> bool:
    """Whether the one is in no more danger than the other: arrest; and where neither has it, breathing and saturation. more:
    by so much [L/min] the other may breathe more at the lowest moment."""
    if one["cardiac_arrest"] or other["cardiac_arrest"]:
        return one["cardiac_arrest"] <= other["cardiac_arrest"]
    breathes = one["lowest_ventilation"] >= other["lowest_ventilation"] - more
    return (
        breathes and one["lowest_saturation"] >= other["lowest_saturation"] - EQUAL and one["apnoea"] <= other["apnoea"]
    )


@pytest.mark.parametrize("law", LAWS)
def test_nothing_that_endangers_lowers_a_risk(law, ended, crowd):
    more = TRACE if law == "a trace of a sedative" else EQUAL
    broken = [(*crowd.given[a.which], a, b) for a, b in crowd.laws[law] if not safer(ended[a], ended[b], more)]
    assert broken == []


@pytest.mark.parametrize("law", [law for law in LAWS if law != "Gaddum's shift"])
def test_each_of_these_matters_to_every_full_agonist(law, ended, crowd):
    """None of the laws holds because nothing happens: the safest and the most endangered of a law differ."""
    for which in {a.which for a, _ in crowd.laws[law]}:
        pairs = [pair for pair in crowd.laws[law] if pair[0].which == which]
        first, last = ended[pairs[0][0]], ended[pairs[-1][1]]
        if drugs.load(crowd.given[which][0]).role == "agonist":
            assert not safer(last, first), (crowd.given[which], law)


def test_full_agonists_can_stop_a_naive_person_and_buprenorphine_alone_does_not(ended, crowd):
    for which, (name, route) in enumerate(crowd.given):
        full = drugs.load(name).role == "agonist"
        assert ended[Taken(which, 8.0)]["cardiac_arrest"] == full, (name, route)


def test_activation_is_the_same_on_both_clocks(used, unit, together, crowd):
    """The same people, doses and antagonists on the course clock: within a hundredth of each one's own peak."""
    patients, bound, _ = together
    here = simulate_episode.activated(patients, bound)[:, : len(crowd.on_both)]
    there = on_the_course(used, crowd.on_both, unit, crowd.stands)
    assert (here.max(0) > 0.05).all() and crowd.people[: len(crowd.on_both)] == crowd.on_both
    assert (np.abs(there - here).max(0) <= 0.01 * here.max(0)).all()


# ---- the published program's reading -------------------------------------------------------------------------------


@pytest.mark.long
def test_the_laws_hold_in_the_reading_of_the_published_program():
    """A few opioids into a vein, 30 min; sedative and naloxone as doses."""
    mg = {"fentanyl": 0.2, "morphine": 20.0, "buprenorphine": 1.0}
    doses = [*(f"{name} 1 mg iv" for name in mg), "midazolam 1 mg iv", LATER]
    given = read(from_table({"clock": "episode", "readings": "mann-2022", "duration": "30 min", "doses": doses}))
    axes = {"dose": (0.3, 1.0, 2.0, 4.0, 10.0), "tolerance": (1.0, 0.5, 0.0), "sedative": (0.0, 0.5, 2.0, 10.0), "naloxone": (2.0, 0.4, 0.0)}  # fmt: skip
    usual = [Taken(which, dose) for which in range(len(mg)) for dose in (1.0, 4.0, 8.0)]
    steps = [[one._replace(**{axis: level}) for level in levels] for one in usual for axis, levels in axes.items()]
    people = list(dict.fromkeys(taken for levels in steps for taken in levels))
    which = column(people, "which")
    each = np.zeros((len(doses), 1, len(people)))
    each[which, 0, np.arange(len(people))] = column(people, "dose") * np.array(list(mg.values()))[which]
    each[-2, 0], each[-1, 0] = column(people, "sedative"), column(people, "naloxone")
    walk = history.ready(given, range(len(people)))
    values = walk.values | {"person.tolerance": column(people, "tolerance")}
    patients = handover.hand_over(given, values, course.start(walk.body), range(len(people)))
    ends = simulate_episode.ends(
        patients, simulate_episode.marched(patients, 3600, 3600, times=each)[3], range(len(people))
    )
    ended = {taken: {name: float(value[i]) for name, value in ends.items()} for i, taken in enumerate(people)}
    broken = [(a, b) for levels in steps for a, b in pairwise(levels) if not safer(ended[a], ended[b])]
    assert broken == [] and 0 < sum(end["cardiac_arrest"] for end in ended.values()) < len(people)
