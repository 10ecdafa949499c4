"""Starting an antagonist after opioids: the withdrawal that follows each way of starting, by the day of the start.

The history is marched once for all start days, and each start begins from the state that it left on
its day. Withdrawal is the score of the clinical opiate withdrawal scale, 0 to 48, from
`model/adaptation.py`. How fast an antagonist undoes dependence was never measured, so that each
start is followed twice: with that effect and without.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise

import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.procedure import Procedure, named
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.cases.withdrawal import bands
from opioidsim.engine import chunks, device, inputs
from opioidsim.engine.history import Walk, followed, left_behind, ready, unadapted, withdrawal
from opioidsim.engine.simulate import CHUNK
from opioidsim.facts import units

RESTS_ON = "adaptation"  # the group of the body's facts, beside those of every course
FOLLOWED = 7.0 * 24  # hours in which withdrawal is followed after each start
HISTORY_EVERY, START_EVERY = 0.5, 0.25  # hours between looks; every dose of a start is followed more closely
DRAWS = 136  # for one person: so many readings of what is not known
TINY = 1e-6  # hours
WATCHED = 1.0  # hours after a test dose in which withdrawal is looked for
NOTHING = "nothing"  # the regimen of those who start none: the withdrawal that comes of itself


@dataclass(frozen=True)
class Start:
    """One regimen, started on one day after the last opioid, a taper's included. Arrays are (people,).

    regimen: its name. day: days from the last opioid to the start.
    peak: the highest withdrawal score in the days that follow, 0..48. hours: (bands, people), hours
    in each band of the scale.
    felt: score times days. until: hours from the start until withdrawal is at most mild for good.
    unhurried, until_unhurried: peak and hours if an antagonist does not speed the loss of
    dependence.
    given: 1 where the antagonist was given; 0 where a test dose forbade it.
    waiting: the highest score between the person's own last opioid and the start; a taper lies in
    that time.
    """

    regimen: str
    day: float
    peak: np.ndarray  # highest withdrawal score in the days that follow, 0..48
    hours: np.ndarray  # (bands, people) hours spent in each band of the scale
    felt: np.ndarray  # score times days
    until: np.ndarray  # hours from the start until it is at most mild for good
    unhurried: np.ndarray  # the peak, if an antagonist does not speed the loss of dependence
    until_unhurried: np.ndarray  # the hours until at most mild, in that case
    given: np.ndarray  # whether the antagonist was given, 0/1: a test dose may forbid it
    waiting: np.ndarray  # the highest score between the person's own last opioid and the start


NUMBERS = tuple(each.name for each in fields(Start))[2:]  # of a Start: the arrays, (people,) or more


def last_dose(doses: tuple[Dose, ...]) -> float:
    """When the last of these doses ends [h]."""
    return max(at + dose.over for dose in doses for at in dose.starts())


def starts(
    scenario: Scenario, history: tuple[Dose, ...], ways: Mapping[str, Procedure], days: tuple[float, ...], *,
    seed: int, uncertain: bool, threads: int | None = None, progress: Callable[[float], None] | None = None,
) -> tuple[Start, ...]:  # fmt: skip
    """Each of `ways`, and nothing, started on each of `days` after the history; people and drugs are the scenario's.

    history: doses from time 0 on. uncertain: everyone has a reading of their own of what is not
    known, and one person stands for DRAWS readings. progress: told the share that is done.

    Nothing is started too, on each day: what comes of itself is what a start has to be compared
    with.
    """
    people = scenario.people()
    crowd = people if people > 1 else DRAWS if uncertain else 1
    read = inputs.read(scenario, RESTS_ON)
    groups, each = chunks.of(crowd, device.size(crowd, CHUNK)), (1 + len(ways)) * len(days)
    told, parts = chunks.Steps(progress, each * len(groups)), []
    for part in chunks.each(lambda who: _chunk(read, history, ways, days, who, seed, uncertain, told), groups, threads):
        parts.append(part)
        told(each * len(parts))
    return tuple(
        Start(name, day, *(np.concatenate([part[_key(name, day, of)] for part in parts], -1)[..., :crowd] for of in NUMBERS))
        for name in (NOTHING, *ways) for day in days
    )  # fmt: skip


def _key(name: str, day: float, of: str) -> str:
    """What a column of a chunk is called."""
    return f"{name}, day {day:g}: {of}"


def _chunk(read: inputs.Inputs, history, ways, wanted, who: range, seed, uncertain, told):
    """For each regimen and day the arrays of a Start, people last, by `_key`.

    Ways with the same opioids before the start share one march of the history.
    """
    walk, facts, ends = ready(read, who), read.adaptation(who, seed, uncertain), last_dose(history)
    waits = {}  # opioids before the start -> how people are on each start day
    found = {}
    for name, way in ((NOTHING, None), *ways.items()):
        opioids = way.opioids(ends) if way else ()
        if opioids not in waits:
            waits[opioids] = _waited(walk, history, opioids, ends, wanted, facts, len(who))
        for day, state, adapted, waiting in waits[opioids]:
            numbers = *_started(walk, way, state, adapted, facts, len(who)), waiting
            found |= {_key(name, day, of): number for of, number in zip(NUMBERS, numbers, strict=True)}
            told()
    return found


def _waited(walk, history, opioids, ends, wanted, facts, people):
    """(day, state, adaptation, highest score since the person's own last opioid) for each start day.

    opioids: of the way itself, such as a taper; the start day is counted from the last of them, or
    from `ends` [h].
    """
    last = max((at + dose.over for dose in opioids for at in dose.starts()), default=ends)
    times = [last + 24.0 * day for day in wanted]
    begin = unadapted(walk.given.person, people)
    along = followed(walk, (*history, *opioids), times[-1], HISTORY_EVERY, [ends, *times], None, begin, facts)
    score = np.asarray(withdrawal(along.adapted.symptoms, facts))
    since = [(along.times >= ends - TINY) & (along.times <= time + TINY) for time in times]
    return [(day, *along.at(time), score[k].max(0)) for day, time, k in zip(wanted, times, since, strict=True)]


def _started(walk: Walk, way: Procedure | None, state, adapted, facts, people):
    """The arrays of a Start but the last, from a state and an adaptation on the start day.

    Where a way has a test dose, who reaches mild withdrawal within an hour of it is not given the
    antagonist, and is followed with the test dose alone.
    """
    doses, scale = way.given() if way else (), bands(walk.given.known.body[RESTS_ON])
    after = followed(walk, doses, FOLLOWED, START_EVERY, (), state, adapted, facts)
    slow = left_behind(walk, after.times, after.bound, adapted, facts._replace(speed_antagonist=np.zeros(people)))
    scores = [np.asarray(withdrawal(found.symptoms, facts)) for found in (after.adapted, slow)]
    given = np.full(people, float(bool(doses)))
    if way and way.test:
        tested = followed(walk, (parse(way.test),), FOLLOWED, START_EVERY, (), state, adapted, facts)
        score = np.asarray(withdrawal(tested.adapted.symptoms, facts))
        given = (score[tested.times <= WATCHED].max(0) < scale["mild"]).astype(float)
        only = np.stack([np.interp(after.times, tested.times, person) for person in score.T], 1)
        scores = [np.where(given > 0, full, only) for full in scores]
    until = [_until(score, after.times, scale) for score in scores]
    return *_felt(scores[0], after.times, scale), until[0], scores[1].max(0), until[1], given


def _until(score: np.ndarray, hours: np.ndarray, scale: dict[str, float]) -> np.ndarray:
    """The last of these hours at which the scores (times, people) are moderate or worse; 0 if never. (people,).

    The last, not the first time it eases: withdrawal that comes back counts.
    """
    ill = score >= scale["moderate"]
    return np.where(ill.any(0), hours[len(hours) - 1 - np.argmax(ill[::-1], 0)], 0.0)


def _felt(score: np.ndarray, hours: np.ndarray, scale: dict[str, float]):
    """(peak, hours in each band, score x days) of scores (times, people) at these hours; bands by the
    mean of an interval's ends.
    """
    length = np.diff(hours)[:, None]
    middle = (score[1:] + score[:-1]) / 2.0
    lower = [*scale.values(), np.inf]
    spent = [(length * ((middle >= low) & (middle < high))).sum(0) for low, high in pairwise(lower)]
    return score.max(0), np.stack(spent), (middle * length).sum(0) / 24.0


def by_hour(opioid: str, day: float, regimen: str, days: tuple[float, ...], hours: float = 72.0, seed: int = 1):
    """Withdrawal hour by hour after a start on one of `days`, for the typical person, in DRAWS readings of what is not known.

    opioid, regimen: dose sentences, or a way of starting by its name. Returns times [h] after the start, and scores with
    the regimen and without, each (times, readings). The course of the history is kept for the next call with the same `days`.
    """
    given = named(regimen).given()
    walk, facts, left = _left(parse(opioid), given, days, seed)  # pyright: ignore[reportArgumentType]
    after = followed(walk, given, hours, START_EVERY, (), *left[day], facts)
    alone = followed(walk, (), hours, START_EVERY, after.times, *left[day], facts)
    scores = (np.asarray(withdrawal(found.adapted.symptoms, facts)) for found in (after, alone))
    return after.times, *scores


@lru_cache(maxsize=16)
def _left(history: Dose, regimen: tuple[Dose, ...], days: tuple[float, ...], seed: int):
    """The people's walk and facts, and by day what the history leaves them with: state and adaptation.

    The regimen only says which compartments there are; the cache keeps a history that many figures
    start from.
    """
    ends = last_dose((history,))
    last = ends + 24.0 * max(days)
    doses = (history, *(dose.delayed(last) for dose in regimen))
    scenario = from_table({"doses": doses, "duration": units.time_text(last + FOLLOWED), "every": "1 d"}, "the figure")
    read = inputs.read(scenario, RESTS_ON)
    walk, facts = ready(read, range(DRAWS)), read.adaptation(range(DRAWS), seed, True)
    whens = [ends + 24.0 * day for day in days]
    along = followed(walk, (history,), last, HISTORY_EVERY, whens, None, unadapted(read.person, DRAWS), facts)
    return walk, facts, {day: along.at(when) for day, when in zip(days, whens, strict=True)}
