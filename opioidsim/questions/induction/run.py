"""When can an antagonist be started after this opioid history, and how severe is the withdrawal it precipitates?"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from opioidsim.cases.dose import Dose, parse, something
from opioidsim.cases.drug import load
from opioidsim.cases.person import Person, Population
from opioidsim.cases.procedure import Procedure, named
from opioidsim.cases.scenario import Scenario
from opioidsim.cases.withdrawal import bands
from opioidsim.engine import inputs, layout
from opioidsim.engine.history import Walk, followed, left_behind, ready, unadapted
from opioidsim.engine.simulate import in_chunks
from opioidsim.facts import units
from opioidsim.facts.evidence import build
from opioidsim.model import adaptation
from opioidsim.refusal import Refusal

FOLLOWED = 7.0 * 24  # hours in which withdrawal is followed after each start
HISTORY_EVERY, START_EVERY = 0.5, 0.25  # hours between looks; every dose of a start is followed more closely
DAYS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 14.0)  # start days
DRAWS = 136  # for one person: so many readings of what is not known
LONGEST_WAIT = 90.0 * 24  # hours from the person's own last opioid within which a start can come
TINY = 1e-6  # hours
MOST_DROPOUT = 100.0  # per day: everyone leaves within the hour
WATCHED = 1.0  # hours after a test dose in which withdrawal is looked for


@dataclass(frozen=True)
class Start:
    """One regimen, started on one day after the last opioid, a taper's included. Arrays are (people,)."""

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


@dataclass(frozen=True)
class Induction:
    """Starts side by side; "nothing" is the withdrawal that comes of itself. bands: names and lower ends of the scale's."""

    history: tuple[Dose, ...]
    people: int
    days: tuple[float, ...]
    starts: tuple[Start, ...]
    bands: dict[str, float]
    last_dose: float  # h from the beginning of the history
    dropout: float  # per day at the full score
    readings: dict[str, str]

    def regimens(self) -> list[str]:
        """The names of the regimens, in order."""
        return list(dict.fromkeys(s.regimen for s in self.starts))

    def rows(self) -> list[dict]:
        """One row per regimen and day: median and 5th and 95th percentile of the peak, hours by band, shares."""
        rows = []
        for s in self.starts:
            low, middle, high = np.quantile(s.peak, (0.05, 0.5, 0.95))
            row = {"regimen": s.regimen, "day": s.day, "peak": middle, "peak_low": low, "peak_high": high}
            row |= {
                f"hours_{band.replace(' ', '_')}": float(np.median(h))
                for band, h in zip(self.bands, s.hours, strict=True)
            }
            row["share_at_most_mild"] = float((s.peak < self.bands["moderate"]).mean())
            row["share_severe"] = float((s.peak >= self.bands["severe"]).mean())
            row["hours_until_mild"] = float(np.median(s.until))
            row["peak_without_acceleration"] = float(np.median(s.unhurried))
            row["hours_until_mild_without_acceleration"] = float(np.median(s.until_unhurried))
            row["peak_while_waiting"] = float(np.median(s.waiting))
            row["share_given"] = float(s.given.mean())
            if self.dropout:
                row["share_dropping_out"] = float((1.0 - np.exp(-self.dropout * s.felt / 48.0)).mean())
            rows.append({k: float(v) if isinstance(v, np.floating) else v for k, v in row.items()})
        return rows

    def first_day(self, regimen: str, share: float = 0.9, unhurried: bool = False) -> float:
        """The first of the days from which on this share of people stays at most mild; inf if none. unhurried: if an
        antagonist does not speed the loss of dependence, which is a hypothesis."""
        most = self.bands["moderate"]
        peaks = [(s.day, s.unhurried if unhurried else s.peak) for s in self.starts if s.regimen == regimen]
        mild = [(day, (peak < most).mean() >= share) for day, peak in peaks]
        last_bad = max((i for i, (_, good) in enumerate(mild) if not good), default=-1)
        return mild[last_bad + 1][0] if last_bad + 1 < len(mild) else float("inf")


def induction(
    opioid,
    days: Iterable[float] = DAYS,
    regimens: Iterable[str] = ("tablet",),
    people: int = 1,
    seed: int = 1,
    person: Person | None = None,
    readings: dict[str, str] | None = None,
    uncertain: bool = True,
    dropout: float = 0.0,
    threads: int | None = None,
    progress=None,
) -> Induction:
    """Withdrawal after starting each regimen on each of `days` after the last dose of `opioid`.

    opioid: the history, one dose sentence or several ("heroin 100 mg iv every 8 h x 90"); it ends with its last dose.
    regimens: names of procedure.procedures() ("tablet", "ascending", "methadone-taper", ...) or dose sentences, several
    separated by ";". uncertain: carry the bands of what is not known (time constants, symptoms); without, each answer is
    the point value.
    dropout: hazard of leaving per day at the full score. Raises Refusal for what cannot be asked.
    """
    history = tuple(something(text) for text in ([opioid] if isinstance(opioid, str | Dose) else opioid))
    _opioids(history)
    if not 0 <= dropout <= MOST_DROPOUT:
        raise Refusal(f"the hazard of leaving is {dropout:g} per day; give 0, for none, to {MOST_DROPOUT:g}.")
    wanted = _days(days)
    ways = {name: _way(name) for name in regimens}
    ends = max(at + dose.over for dose in history for at in dose.starts())
    given = [dose for way in ways.values() for dose in (*way.opioids(ends), *way.given())]
    crowd = people if people > 1 else DRAWS if uncertain else 1
    scenario = build(
        Scenario,
        {
            "doses": (*history, *given), "duration": units.time_text(ends + LONGEST_WAIT + FOLLOWED), "every": "1 d",
            "person": person or Person(), "readings": readings or {},
            "population": Population(n=people, seed=seed) if people > 1 else None,
        },
        "the question",
    )  # fmt: skip

    def run(who: range):
        return _chunk(scenario, history, ways, ends, wanted, who, seed, uncertain and crowd > 1)

    parts = in_chunks(run, crowd, threads, progress)
    starts = tuple(
        Start(name, day, *(np.concatenate([part[name, day][i] for part in parts], -1)[..., :crowd] for i in range(8)))
        for name in ("nothing", *ways) for day in wanted
    )  # fmt: skip
    return Induction(history, people, wanted, starts, bands(), ends, dropout, scenario.readings)


def _opioids(history: tuple[Dose, ...]) -> None:
    for dose in history:
        if load(dose.drug).role not in ("agonist", "partial agonist"):
            raise Refusal(
                f'"{dose}" is no opioid that leaves dependence: {dose.drug} has the role {load(dose.drug).role}. Give for example "heroin 100 mg iv every 8 h x 90".'
            )


def _days(days: Iterable[float]) -> tuple[float, ...]:
    wanted = tuple(sorted(set(float(day) for day in days)))
    if not 0 < len(wanted) <= 40:
        raise Refusal(
            f"{len(wanted)} start days were given; give one to 40 of them, from 0 to 60 days after the last opioid."
        )
    beyond = [day for day in wanted if not 0 <= day <= 60]
    if beyond:
        raise Refusal(f"a start on day {beyond[0]:g} was asked for; give from 0 to 60 days after the last opioid.")
    return wanted


def _way(name: str) -> Procedure:
    way = named(name)
    if any(at > FOLLOWED for dose in way.given() for at in dose.starts()):
        raise Refusal(
            f'the regimen "{name}" goes on after its first {FOLLOWED / 24:g} days, which are followed here; leave out what comes later.'
        )
    return way


def _chunk(scenario: Scenario, history, ways, ends, wanted, who: range, seed, uncertain):
    """For each regimen and day the arrays of a Start, people last."""
    plan = layout.layout(scenario.drugs(), scenario.doses)
    walk = ready(plan, inputs.values(scenario, who, inputs.table_of(scenario)))
    facts = inputs.adaptation_of(who, seed, uncertain)
    waits = {}  # opioids before the start -> how people are on each start day
    found = {}
    for name, way in (("nothing", None), *ways.items()):
        opioids = way.opioids(ends) if way else ()
        if opioids not in waits:
            waits[opioids] = _waited(scenario, walk, history, opioids, ends, wanted, facts, len(who))
        for day, state, adapted, waiting in waits[opioids]:
            found[name, day] = *_started(walk, way, state, adapted, facts, len(who)), waiting
    return found


def _waited(scenario, walk, history, opioids, ends, wanted, facts, people):
    """(day, state, adaptation, highest score since the person's own last opioid) for each start day."""
    last = max((at + dose.over for dose in opioids for at in dose.starts()), default=ends)
    times = [last + 24.0 * day for day in wanted]
    begin = unadapted(scenario.person, people)
    along = followed(walk, (*history, *opioids), times[-1], HISTORY_EVERY, [ends, *times], None, begin, facts)
    score = np.asarray(adaptation.score(along.adapted.symptoms, facts))
    since = [(along.times >= ends - TINY) & (along.times <= time + TINY) for time in times]
    return [(day, *along.at(time), score[k].max(0)) for day, time, k in zip(wanted, times, since, strict=True)]


def _started(walk: Walk, way: Procedure | None, state, adapted, facts, people):
    """The arrays of a Start but the last."""
    doses = way.given() if way else ()
    after = followed(walk, doses, FOLLOWED, START_EVERY, (), state, adapted, facts)
    slow = left_behind(
        walk, after.times, after.states.bound, adapted, facts._replace(speed_antagonist=np.zeros(people))
    )
    scores = [np.asarray(adaptation.score(found.symptoms, facts)) for found in (after.adapted, slow)]
    given = np.full(people, float(bool(doses)))
    if way and way.test:
        tested = followed(walk, (parse(way.test),), FOLLOWED, START_EVERY, (), state, adapted, facts)
        score = np.asarray(adaptation.score(tested.adapted.symptoms, facts))
        given = (score[tested.times <= WATCHED].max(0) < bands()["mild"]).astype(float)
        only = np.stack([np.interp(after.times, tested.times, person) for person in score.T], 1)
        scores = [np.where(given > 0, full, only) for full in scores]
    until = [_until(score, after.times) for score in scores]
    return *_felt(scores[0], after.times), until[0], scores[1].max(0), until[1], given


def _until(score: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """The last time at which the scores (times, people) are moderate or worse; 0 if never."""
    ill = score >= bands()["moderate"]
    return np.where(ill.any(0), hours[len(hours) - 1 - np.argmax(ill[::-1], 0)], 0.0)


def _felt(score: np.ndarray, hours: np.ndarray):
    """(peak, hours in each band, score x days) of scores (times, people)."""
    length = np.diff(hours)[:, None]
    middle = (score[1:] + score[:-1]) / 2.0
    lower = [*bands().values(), np.inf]
    spent = [(length * ((middle >= low) & (middle < high))).sum(0) for low, high in pairwise(lower)]
    return score.max(0), np.stack(spent), (middle * length).sum(0) / 24.0


def by_hour(opioid, day: float, regimen: str, days: tuple[float, ...] = DAYS, hours: float = 72.0, seed: int = 1):
    """Withdrawal hour by hour after a start on one of `days`, for the typical person, in DRAWS readings of what is not known.

    Returns times [h] after the start, and scores with the regimen and without, each (times, readings). The course of the
    history is kept for the next call with the same `days`. Raises Refusal for what cannot be asked.
    """
    walk, facts, left = _left(parse(opioid), _way(regimen).given(), _days(days), seed)  # pyright: ignore[reportArgumentType]
    after = followed(walk, _way(regimen).given(), hours, START_EVERY, (), *left[day], facts)
    alone = followed(walk, (), hours, START_EVERY, after.times, *left[day], facts)
    scores = (np.asarray(adaptation.score(found.adapted.symptoms, facts)) for found in (after, alone))
    return after.times, *scores


@lru_cache(maxsize=16)
def _left(history: Dose, regimen: tuple[Dose, ...], days: tuple[float, ...], seed: int):
    """The people's walk and facts, and by day what the history leaves them with: state and adaptation."""
    _opioids((history,))
    ends = history.starts()[-1] + history.over
    last = ends + 24.0 * days[-1]
    doses = (history, *(dose.delayed(last) for dose in regimen))
    length = units.time_text(last + FOLLOWED)
    scenario = build(Scenario, {"doses": doses, "duration": length, "every": "1 d"}, "the question")
    values = inputs.values(scenario, range(DRAWS), None)
    walk = ready(layout.layout(scenario.drugs(), scenario.doses), values)
    facts = inputs.adaptation_of(range(DRAWS), seed, True)
    whens = [ends + 24.0 * day for day in days]
    along = followed(walk, (history,), last, HISTORY_EVERY, whens, None, unadapted(scenario.person, DRAWS), facts)
    return walk, facts, {day: along.at(when) for day, when in zip(days, whens, strict=True)}
