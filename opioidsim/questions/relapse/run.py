"""The answer of a relapse question."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases import cautions
from opioidsim.cases.dose import Dose
from opioidsim.cases.drug import load
from opioidsim.cases.known import refuse_unused
from opioidsim.cases.person import log_sigma, normal
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.engine import chunks, device, inputs, simulate_episode
from opioidsim.engine.course import State, start
from opioidsim.engine.history import Along, Walk, blocked, followed, ready
from opioidsim.engine.result import ratio_of, share_of, share_under
from opioidsim.engine.use import CHUNK, EVERY, RESTS_ON, begins, used
from opioidsim.facts import units
from opioidsim.questions.question import Who, Work
from opioidsim.questions.relapse import words
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Row
from opioidsim.show.words import bare, listed
from opioidsim.show.words import who as people_text
from opioidsim.surfaces import thresholds

WATCHED = "45 min"  # after the use
LEAST, MOST, CLOSE = -8.0, 8.0, 2.0**-6  # log2 of the multiples tried for the danger curve, and how near they must come


@dataclass(frozen=True, kw_only=True)
class Relapse(Answer):
    """The same use of an opioid on different days. Arrays are (days, people); day "before" is the
    tolerant state, clean.

    use: the dose; after: the course before it. days: from its last dose to the use. spread:
    coefficient of variation of the dose taken.
    arrest, apnoea: who meets that end, 0/1. tolerance, blocked: at the moment of use, 0..1.
    tolerant_arrest, tolerant_apnoea: (people,), the same use in the tolerant state.
    no_effect, stops: for the typical person, the largest multiple of the dose that leaves breathing
    alone, and the smallest that stops the circulation (nan: beyond what was tried), (days, 3): 5th,
    50th and 95th percentile of the readings of what is not known.

    One person is as many readings of what is not known.
    """

    rows_name = "days"
    columns = words.COLUMNS
    rests_on = RESTS_ON
    use: Dose
    after: tuple[Dose, ...]
    people: int
    days: tuple[float, ...]
    arrest: np.ndarray
    apnoea: np.ndarray
    tolerance: np.ndarray
    blocked: np.ndarray
    tolerant_arrest: np.ndarray  # (people,)
    tolerant_apnoea: np.ndarray
    no_effect: np.ndarray  # (days, 3)
    stops: np.ndarray
    spread: float = 0.0

    @property
    def head(self) -> str:
        return f"How dangerous is {self.use} after {listed(self.after)}?"

    @property
    def under(self) -> str:
        taken = [str(dose) for dose in self.scenario.doses[1:]]
        return "; ".join([people_text(self.people), *([f"with {listed(taken)}"] if taken else [])])

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    @property
    def tolerant(self) -> tuple[float, float, float]:
        """The share with cardiac arrest in the tolerant state, with its 95 % interval."""
        return share_of(self.tolerant_arrest)

    @property
    def cautions(self) -> list[cautions.Caution]:
        """What the labels warn of on any of the days."""
        return cautions.joined([_on(self.scenario, self.after, day) for day in self.days])

    def rows(self) -> list[Row]:
        """One row per day: shares with 95 % intervals, and how much more often than in the tolerant state."""
        rows: list[Row] = []
        for i, day in enumerate(self.days):
            row: Row = {"day": day}
            for name in words.SHARES:
                crowd, ones = self.scenario.population, getattr(self, name)[i]
                told = share_under(ones, crowd.draws) if crowd and crowd.draws else share_of(ones)
                row |= _banded(name, told)
            row |= _banded("times_tolerant", ratio_of(self.arrest[i], self.tolerant_arrest))
            for name in ("tolerance", "blocked"):
                middle, low, high = np.quantile(getattr(self, name)[i], (0.5, 0.05, 0.95))
                row |= _banded(name, (middle, low, high))
            for name in ("no_effect", "stops"):
                low, middle, high = getattr(self, name)[i]
                row |= _banded(name, (middle, low, high))
            rows.append(row)
        return rows

    def cells(self, rows: list[Row] | None = None) -> tuple[list[str], list[list[str]]]:
        """With the two multiples as doses. Where there is one reading of one person, nothing is left to chance: no ranges."""
        rows = self.lines() if rows is None else rows
        alone = len(self.tolerant_arrest) == 1
        header, cells = super().cells([bare(row, words.SHARES) for row in rows] if alone else rows)
        header += [f"{text} [{self.use.unit}]" for text in words.DOSES.values()]
        doses = [[words.dose_text(self, row, key) for key in words.DOSES] for row in rows]
        return header, [[*line, *more] for line, more in zip(cells, doses, strict=True)]

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        """What was asked, and how often the heart stops in the tolerant state."""
        return words.numbers(self)

    def charts(self) -> Charts:
        from opioidsim.questions.relapse.figure import relapse

        return {"relapse": relapse(self)}


def run(
    use: Dose,
    after: tuple[Dose, ...],
    day: tuple[float, ...],
    also: tuple[Dose, ...],
    spread: float,
    who: Who,
    work: Work,
) -> Relapse:
    """The question's answer; see `relapse`.

    Two parts: how the use ends for everyone on each day, and between which doses the typical person
    is in danger.
    """
    if load(use.drug).role not in ("agonist", "partial agonist"):
        raise Refusal(
            f'"{use}" is no use of an opioid: the role of {use.drug} is {load(use.drug).role}. Give for example "heroin 50 mg iv".',
            where="use",
        )
    wanted = tuple(sorted(set(day)))
    scenario = _scenario(use, after, also, wanted[-1], who)
    refuse_unused([scenario], RESTS_ON)
    ends, uncertain = _last(after), not who.point
    people, seed = scenario.people(), who.seed or 0
    crowd = people if people > 1 else CHUNK if uncertain else 1
    first, second = work.part(0, 2), work.part(1, 2)
    parts: list[dict[str, np.ndarray]] = []

    read = inputs.read(scenario, *RESTS_ON)

    def lived(group: range) -> dict[str, np.ndarray]:
        return _chunk(read, after, ends, wanted, group, seed, uncertain, spread if crowd > 1 else 0.0)

    groups = chunks.of(crowd, device.size(crowd, CHUNK))
    for part in chunks.each(lived, groups, work.threads):
        parts.append(part)
        first.told(len(parts) / len(groups))
    found: dict[str, Any] = {name: np.concatenate([part[name] for part in parts], -1)[..., :crowd] for name in parts[0]}
    typical = inputs.read(scenario.model_copy(update={"population": None}), *RESTS_ON)
    no_effect, stops = _danger(typical, after, ends, wanted, range(crowd), seed, uncertain, second.told)
    return Relapse(
        scenario=scenario, use=use, after=after, people=people, days=wanted, **found, no_effect=no_effect, stops=stops, spread=spread,
    )  # fmt: skip


def _scenario(use: Dose, after: tuple[Dose, ...], also: tuple[Dose, ...], day: float, who: Who) -> Scenario:
    """The use on one day; the person's tolerance is that with which the course before it begins."""
    asked = who.scenario()
    past = {
        "doses": list(after),
        "duration": units.time_text(_last(after) + 24.0 * day),
        "tolerance": asked["person"].pop("tolerance"),
    }
    episode = {"clock": "episode", "duration": WATCHED, "every": "10 s", "doses": [use, *also]}
    return from_table(asked | episode | {"before": past}, "the question")


def _last(after: tuple[Dose, ...]) -> float:
    """When the last dose of a course ends [h]."""
    return max(at + dose.over for dose in after for at in dose.starts())


def _on(scenario: Scenario, after: tuple[Dose, ...], day: float) -> Scenario:
    """The same use on another day."""
    assert scenario.before is not None
    earlier = scenario.before.model_copy(update={"duration": _last(after) + 24.0 * day})
    return scenario.model_copy(update={"before": earlier})


def _chunk(
    read: inputs.Inputs,
    history: tuple[Dose, ...],
    ends: float,
    wanted: tuple[float, ...],
    who: range,
    seed: int,
    uncertain: bool,
    spread: float,
) -> dict[str, np.ndarray]:
    """Arrest, apnoea, tolerance and share blocked by day, and arrest and apnoea in the tolerant state."""
    walk, facts = ready(read, who), read.adaptation(who, seed, uncertain)
    times = [ends + 24.0 * day for day in wanted]
    along = followed(walk, history, times[-1], EVERY, [ends, *times], None, begins(read, len(who), facts), facts)
    taken = np.exp(log_sigma(spread) * normal(seed, "use.dose", who))
    empty = start(walk.body)
    clean = used(walk, empty, along.at(ends)[1].tolerance, who, taken)
    ended = [used(walk, state, adapted.tolerance, who, taken) for state, adapted in map(along.at, times)]
    held = np.asarray(blocked(walk, along.bound))
    return {
        "arrest": np.stack([end["cardiac_arrest"] for end in ended]),
        "apnoea": np.stack([np.maximum(end["apnoea"], end["cardiac_arrest"]) for end in ended]),
        "tolerance": np.stack([along.at(t)[1].tolerance for t in times]),
        "blocked": np.stack([held[int(np.argmin(np.abs(along.times - t)))] for t in times]),
        "tolerant_arrest": clean["cardiac_arrest"],
        "tolerant_apnoea": np.maximum(clean["apnoea"], clean["cardiac_arrest"]),
    }


def _danger(
    read: inputs.Inputs,
    history: tuple[Dose, ...],
    ends: float,
    wanted: tuple[float, ...],
    who: range,
    seed: int,
    uncertain: bool,
    told: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray]:
    """For the typical person, (days, 3): the largest multiple without effect, and the smallest that stops the circulation.

    The thresholds at a few tolerances; between them a straight line of the logarithm, at the tolerance of each reading.
    """
    few, many = range(simulate_episode.FEW), range(CHUNK)
    walk = ready(read, few)
    times = [ends + 24.0 * day for day in wanted]
    along = _typical(walk, history, times, few, read.adaptation(few))
    carried = along
    if uncertain:
        carried = _typical(ready(read, many), history, times, many, read.adaptation(many, seed, uncertain))
    felt = read.known.body["breathing"]["felt"].value
    guess = {"felt": np.full(len(few), -1.0), "arrest": np.zeros(len(few))}
    found = {name: np.zeros((len(times), 3)) for name in guess}
    for i, time in enumerate(times):
        state = along.at(time)[0]
        tolerance: np.ndarray = np.asarray(carried.at(time)[1].tolerance)[: len(who)]
        nodes = np.linspace(float(tolerance.min()), float(tolerance.max()) + 1e-9, len(few))

        def tried(multiples: np.ndarray, state: State = state, nodes: np.ndarray = nodes) -> dict[str, np.ndarray]:
            end = used(walk, state, nodes, few, multiples)
            arrest = end["cardiac_arrest"] == 1
            return {"felt": arrest | (end["lowest_ventilation"] < felt * end["baseline"]), "arrest": arrest}

        guess = {
            name: np.clip(at, LEAST, MOST) for name, at in thresholds.found(tried, guess, LEAST, MOST, CLOSE).items()
        }
        told((i + 1) / len(times))
        for name, at in guess.items():
            middle = np.quantile(np.interp(tolerance, nodes, at), (0.05, 0.5, 0.95))
            found[name][i] = np.where((middle > LEAST) & (middle < MOST), 2.0**middle, np.nan)
    return found["felt"], found["arrest"]


def _typical(walk: Walk, history: tuple[Dose, ...], times: list[float], who: range, facts: dict[str, Any]) -> Along:
    """The typical person's history, as often as there are readings of what is not known."""
    return followed(walk, history, times[-1], EVERY, times, None, begins(walk.given, len(who), facts), facts)


def _banded(name: str, found: tuple[float, ...]) -> dict[str, Any]:
    """A row's three entries, from (value, low, high); None for what is not a number."""
    keys = (name, f"{name}_low", f"{name}_high")
    return {key: float(x) if np.isfinite(x) else None for key, x in zip(keys, found, strict=True)}
