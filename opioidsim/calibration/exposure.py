"""The block of return to use and of a use after days off: drawn by the published ratios of deaths.

The model of `release` is quick: draws evenly from the bands, many of them, weighted by the likelihood of the rows marked
`build`, and chosen by weight. Courses are those of the library's numbers: this block bends no other.
"""

from typing import Any, NamedTuple

import numpy as np

from opioidsim.calibration import linear
from opioidsim.calibration.linear import Told
from opioidsim.calibration.open import numbers
from opioidsim.calibration.tempered import systematic, tail_of, worth_of
from opioidsim.cases.open import Open
from opioidsim.cases.person import within
from opioidsim.engine import inputs
from opioidsim.questions.release import model as release
from opioidsim.studies.rows import rows

PROPOSED, AT_ONCE = 6000, 500
CLASS = "deaths"


class Proposed(NamedTuple):
    """columns: facts by name, (proposals,). told: the rows at the library's numbers; off: what each proposal says of them less what
    was seen, on the rows' scale, (proposals, rows). noise: the errors of the rows with what differs from study to study, (rows, rows)."""

    columns: dict[str, np.ndarray]
    told: list[Told]
    off: np.ndarray
    effects: dict[str, float]
    noise: np.ndarray

    def log_weight(self, off: np.ndarray) -> np.ndarray:
        """The logarithm of the likelihood of residuals, (..., rows), up to a constant."""
        return -0.5 * np.sum(off * np.linalg.solve(self.noise, off.T).T, -1)


def mine() -> list[Open]:
    """The numbers of the block."""
    return [each for each in numbers().values() if each.block == "exposure"]


def proposed(rng: np.random.Generator) -> Proposed:
    """Proposals from the bands, with what they say of each row."""
    count = PROPOSED
    columns = {each.name: within(each.fact, rng.standard_normal(count)) for each in mine()}
    point = _ratios({name: np.array([each.fact.value]) for name, each in zip(columns, mine(), strict=True)})
    parts = [_ratios({n: c[i : i + AT_ONCE] for n, c in columns.items()}) for i in range(0, count, AT_ONCE)]
    told = [Told(row, float(point[row.seen.measure][0]), {}) for row in rows("build") if row.kind == CLASS]
    effects = linear.study_effects("exposure", told)
    off = [each.row.scaled(np.concatenate([part[each.row.seen.measure] for part in parts])) - each.row.scaled(each.row.seen.observed) for each in told]  # fmt: skip
    tau = [effects.get(CLASS, 0.0) * each.row.size for each in told]  # of each country and each treatment its own
    noise = np.diag(np.array([each.row.own for each in told]) ** 2 + np.square(tau))
    return Proposed(columns, told, np.stack(off, 1), effects, noise)


def _ratios(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The ratios of deaths under these facts, (readings,) each."""
    readings = len(next(iter(columns.values())))
    paths = release.paths_of([inputs.read(each, *release.RESTS_ON) for each in release.courses()], 1)
    return release.under(release.known(columns, readings), paths).ratios


def drawn(count: int, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], dict[str, Any], list[Told]]:
    """`count` draws by fact, what is told of how they came about, and the rows."""
    found = proposed(rng)
    log_weight = found.log_weight(found.off)
    weight = np.exp(log_weight - log_weight.max())
    chosen = rng.permutation(systematic(weight, count, rng))
    story = {
        "pareto_k": round(tail_of(log_weight), 2),
        "worth": round(worth_of(log_weight)),
        "distinct": len(np.unique(chosen)),
    }
    return (
        {name: column[chosen] for name, column in found.columns.items()},
        story | {"effects": found.effects},
        found.told,
    )


def places(replicates: int, seed: int = 1) -> np.ndarray:
    """Simulation-based calibration: where a true number lies among its draws, shares (replicates, numbers). Each truth is one of the
    proposals, its rows simulated with their errors; the other proposals, weighted by these, are the draws."""
    rng = np.random.default_rng(seed)
    found, where = proposed(rng), []
    for truth in range(replicates):
        error = rng.multivariate_normal(np.zeros(len(found.told)), found.noise)
        log_weight = found.log_weight(found.off - found.off[truth] - error)
        log_weight[truth] = -np.inf
        weight = np.exp(log_weight - log_weight.max())
        where.append([np.average(column < column[truth], weights=weight) for column in found.columns.values()])
    return np.array(where)
