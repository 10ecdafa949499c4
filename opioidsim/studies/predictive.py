"""Predictions as distributions: what the draws of the posterior say, with the study's own error and the study effect of its class.

The middle is that of the draws; around each of them stands Student's t with 5 degrees of freedom, as wide as the study's own
error and the effect that studies of its class have, which is a distribution too (`calibration`, from build rows alone). Trials
are lived under readings of what people do instead, and deaths under those of their model.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t

from opioidsim.cases import change
from opioidsim.cases import drug as drugs
from opioidsim.engine import chunks
from opioidsim.facts import posterior
from opioidsim.refusal import Refusal
from opioidsim.studies import study, trial_measures
from opioidsim.studies.rows import Row, rows
from opioidsim.studies.study import Score
from opioidsim.studies.under import FEW, Readings

DRAWS = 104  # readings of each row: one chunk of the engine
FREEDOM = 5.0
NODES: np.ndarray = t.ppf((np.arange(40) + 0.5) / 40, FREEDOM) * np.sqrt(
    (FREEDOM - 2.0) / FREEDOM
)  # of standard deviation 1
LEVELS = (0.5, 0.8, 0.95)
LEAST = 5  # published numbers of other studies, for a forecast that knows no model


class Judged(NamedTuple):
    """A line of the scoreboard with its predictive distribution; all in the observation's unit, nan where there is none.

    kind: the class of the quantity. low50 .. high95: predictive intervals. crps: continuous ranked probability score, log_score:
    logarithm of the predictive density at the observed; reference: that of a forecast from other studies' numbers of the
    same kind and unit. power: the chance that such a forecast lies outside the bounds. place: the share of the prediction
    that lies under the observed; not_known: the share of the predictive variance that the draws make.
    """

    score: Score
    kind: str
    low50: float
    high50: float
    low80: float
    high80: float
    low95: float
    high95: float
    crps: float
    log_score: float
    reference: float
    power: float
    place: float
    not_known: float

    def covered(self, level: float) -> bool:
        """Whether the observed lies within the predictive interval of this level."""
        low, high = (getattr(self, f"{side}{100 * level:.0f}") for side in ("low", "high"))
        return bool(low <= self.score.observed <= high)

    def flat(self) -> dict[str, Any]:
        """All fields in one table, as they are kept."""
        return self.score._asdict() | {k: v for k, v in self._asdict().items() if k != "score"}

    @classmethod
    def of(cls, flat: dict[str, Any]) -> "Judged":
        """From such a table."""
        own = {name: value for name, value in flat.items() if name in cls._fields}
        return cls(score=Score(**{name: flat[name] for name in Score._fields}), **own)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        found = {("pass" if k == "passed" else k): v for k, v in self.score._asdict().items()} | {"class": self.kind}
        found |= {k: v for k, v in self._asdict().items() if k not in ("score", "kind")}
        return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in found.items()}


def judge(chosen: Iterable[str] = (), progress: Callable[[int], None] | None = None) -> Iterator[Judged]:
    """The lines of these studies, all by default, as they come: each study is a chunk. progress: told the number of studies done."""
    for number, part in enumerate(chunks.each(_lines, list(chosen) or list(study.names()), threads=1), 1):
        yield from (Judged.of(json.loads(line)) for line in part["line"])
        if progress:
            progress(number)


def _lines(name: str) -> dict[str, np.ndarray]:
    """A study's lines as text, a column that can be kept and sent."""
    return {"line": np.array([json.dumps(line.flat()) for line in judged(name)], dtype=object)}


def validate(chosen: Iterable[str] = (), progress: Callable[[int], None] | None = None) -> list[Judged]:
    """The scoreboard of the chosen studies, all by default, each line with its predictive distribution."""
    return list(judge(chosen, progress))


@cache
def judged(name: str) -> tuple[Judged, ...]:
    """Every line of a study."""
    readings = {count: Readings(_draws(count)) for count in (DRAWS, FEW)}
    lines = zip(rows(chosen=(name,)), study.scores(name), strict=True)
    return tuple(_judged(row, score, readings[FEW if row.told.people else DRAWS]) for row, score in lines)


@cache
def _draws(count: int) -> dict[str, np.ndarray]:
    return posterior.of(change.facts_of([drugs.load(name) for name in drugs.names()]), count)


def study_effect(kind: str) -> float:
    """How far studies of a class lie apart, a share of the number; that of all classes where none was built on."""
    blocks = posterior.story()["blocks"].values()
    known = {k: effect for block in blocks for k, effect in block["effects"].items()}
    return known.get(kind, float(np.median(list(known.values()))))


def study_effects(kind: str) -> np.ndarray:
    """What is known of it: values of which each is as likely as any other, (effects,); of all classes where none was built on."""
    blocks = posterior.story()["blocks"].values()
    known = {k: drawn for block in blocks for k, drawn in block["between"].items()}
    return np.array(known[kind] if kind in known else np.quantile(list(known.values()), (np.arange(10) + 0.5) / 10))


def _judged(row: Row, score: Score, readings: Readings) -> Judged:
    """A row with its predictive distribution. Readings that give no number lie nowhere; where most do, nothing does."""
    values = np.array([score.predicted])
    if row.arm.trial:
        values = trial_measures.readings(row.arm.trial, row.arm.name, row.seen.quantity, row.seen.measure)
    elif row.arm.question:
        from opioidsim.questions.release.model import readings as release

        values = release(row.seen.measure)
    elif row.simulated:
        try:
            values = readings.predicted(*row[1:])
        except Refusal:
            values = np.full(1, np.nan)
    sound = values[np.isfinite(values)]
    nothing = float("nan")
    if not np.isfinite(score.predicted) or 2 * len(sound) < len(values):
        return Judged(score, row.kind, *(nothing,) * (len(Judged._fields) - 2))
    centre, error = row.scaled(sound), np.hypot(row.own, study_effects(row.kind) * row.size)
    sample = np.sort((centre[:, None, None] + error[:, None] * NODES).ravel())
    at = float(row.scaled(row.seen.observed))
    number = row.back(sample)
    if row.seen.low >= 0:
        number = np.maximum(number, 0.0)
    sides = [(level, end, side) for level in LEVELS for end, side in (("low", -1), ("high", 1))]
    ends = {
        f"{end}{100 * level:.0f}": float(np.quantile(number, 0.5 + side * level / 2.0)) for level, end, side in sides
    }
    width = error * np.sqrt((FREEDOM - 2.0) / FREEDOM)
    apart: np.ndarray = (at - centre[:, None]) / width
    density = float((np.asarray(t.pdf(apart, FREEDOM)) / width).mean())
    jacobian = np.log(row.seen.observed) if row.logarithmic else 0.0
    reference, power = _reference(row)
    ends |= {
        "crps": crps(number, row.seen.observed),
        "log_score": float(np.log(density) - jacobian),
        "reference": reference,
    }
    ends |= {"power": power, "place": float(np.mean(sample < at)), "not_known": float(np.var(centre) / np.var(sample))}
    return Judged(score=score, kind=row.kind, **ends)


def crps(sample: np.ndarray, seen: float) -> float:
    """E|X - y| - E|X - X'| / 2 of a sorted sample (Gneiting and Raftery 2007): in the unit of y, 0 for a sure and right one."""
    n = len(sample)
    apart = 2.0 * np.sum((2.0 * np.arange(1, n + 1) - n - 1) * sample) / n**2
    return float(np.mean(np.abs(sample - seen)) - apart / 2.0)


def _reference(row: Row) -> tuple[float, float]:
    """The log score of a forecast that knows no model, and how probably it lies outside the row's bounds."""
    others = [r for r in _all() if r.name != row.name and r.kind == row.kind and r.seen.unit == row.seen.unit
              and r.seen.quantity.partition(".")[0] == row.seen.quantity.partition(".")[0] and r.logarithmic == row.logarithmic]  # fmt: skip
    if len(others) < LEAST:
        return float("nan"), float("nan")
    seen = np.array([float(row.scaled(r.seen.observed)) for r in others])
    middle, sd = float(seen.mean()), float(np.hypot(seen.std(), row.own))
    law = (FREEDOM, middle, sd * np.sqrt((FREEDOM - 2.0) / FREEDOM))
    inside = t.cdf(row.scaled(row.seen.high), *law) - t.cdf(row.scaled(row.seen.low), *law)
    jacobian = np.log(row.seen.observed) if row.logarithmic else 0.0
    return float(t.logpdf(row.scaled(row.seen.observed), *law) - jacobian), float(1.0 - inside)


@cache
def _all() -> tuple[Row, ...]:
    return tuple(rows())


def coverage(lines: Iterable[Judged]) -> list[dict[str, Any]]:
    """Of the checks, in all, by class and by study: how many, the share within each interval, mean log score over the
    reference's, and the share of rows with a power of at least one half."""
    checks = [line for line in lines if line.score.use == "check"]
    groups = [("all", "all checks", checks)]
    groups += [("class", kind, [x for x in checks if x.kind == kind]) for kind in sorted({x.kind for x in checks})]
    groups += [
        ("study", name, [x for x in checks if x.score.study == name])
        for name in sorted({x.score.study for x in checks})
    ]
    return [_covered(by, name, mine) for by, name, mine in groups if mine]


def _covered(by: str, name: str, mine: list[Judged]) -> dict[str, Any]:
    gained = np.array([x.log_score - x.reference for x in mine])
    gained, power = gained[np.isfinite(gained)], np.array([x.power for x in mine])
    power = power[np.isfinite(power)]
    shares = {f"within{100 * level:.0f}": float(np.mean([x.covered(level) for x in mine])) for level in LEVELS}
    return {"by": by, "name": name, "rows": len(mine), "pass": float(np.mean([x.score.passed for x in mine])), **shares,
            "log_score_gained": float(gained.mean()) if len(gained) else None,
            "could_fail": float(np.mean(power >= 0.5)) if len(power) else None}  # fmt: skip
