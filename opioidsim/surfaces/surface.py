"""How an unattended use of an opioid ends, read from a stored surface: by dose, tolerance, receptors held and sedation.

A chance is the share of people whose own threshold lies under the dose. Between grid points the
logarithm of a threshold is linear, each axis on the scale on which it nearly is: tolerance itself;
-log(1 - held), since a competitor raises the dose by 1 / (1 - held); and log(1 + s) of the sedative,
since it raises the stimulus by 1 + s. One may go on beyond the last points of these two.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from opioidsim.cases.drug import find
from opioidsim.refusal import Refusal, nearest

SURFACES = Path(__file__).parent

AT_ONCE = 20_000  # places whose thresholds are worked out together: 20 MB
GAP = 1e-3  # octaves by which quantiles of thresholds differ at least
MOST_SEDATIVE = 20.0  # sum of concentration over C50; at more nobody who breathes was simulated
OUTCOMES = {
    "depressed": "breathing so low that a bystander would notice",
    "apnoea": "apnoea",
    "arrest": "cardiac arrest when nobody helps",
    "arrest_helped": "cardiac arrest when a bystander gives naloxone",
}


@dataclass(frozen=True)
class Surface:
    """Thresholds of people, the dose from which an end is met, as quantiles on a grid.

    opioid, route: whose. tolerance, held, sedative: the grid's points on each axis, ascending.
    probabilities: of the quantiles, (probabilities,).
    quantiles: outcome -> log2 of the dose [mg], (tolerance, held, sedative, probabilities).
    story: what stands behind it: people, seed, length, facts, and the error between grid points.
    """

    opioid: str
    route: str
    tolerance: np.ndarray
    held: np.ndarray
    sedative: np.ndarray
    probabilities: np.ndarray
    quantiles: dict[str, np.ndarray]
    story: dict[str, Any]

    def thresholds(
        self,
        outcome: str,
        tolerance: ArrayLike = 0.0,
        held: ArrayLike = 0.0,
        sedative: ArrayLike = 0.0,
        *,
        which: ArrayLike | None = None,
    ) -> np.ndarray:
        """log2 of the dose [mg] at which the share of people with this end reaches each of `probabilities`; (..., these).

        which: the numbers of some of them, (..., these), instead of all. Linear between grid points in tolerance, in
        -log(1 - held) and in log(1 + s) of the sedative, the last two on beyond the last point. Where lines cross there, no end needs less than a milder one, and no larger share of people less than a smaller.
        """
        table = np.stack([self.quantiles[name] for name in self._milder(outcome)], -1)
        given = np.broadcast_arrays(tolerance, held, sedative)
        shape, flat = given[0].shape, [each.reshape(-1) for each in given]
        kept = len(self.probabilities) if which is None else np.shape(which)[-1]
        wanted = None if which is None else np.broadcast_to(which, (*shape, kept)).reshape(-1, kept)
        found = np.empty((len(flat[0]), kept))
        for begin in range(0, len(found), AT_ONCE):
            piece = slice(begin, begin + AT_ONCE)
            edges = self._edges(table, *(each[piece] for each in flat))
            found[piece] = edges if wanted is None else np.take_along_axis(edges, wanted[piece], -1)
        return found.reshape(*shape, kept)

    def _edges(self, table: np.ndarray, tolerance: np.ndarray, held: np.ndarray, sedative: np.ndarray) -> np.ndarray:
        """All thresholds of an end at these places, (places, probabilities). table: of it and of milder ends, on the grid."""
        depth = lambda h: -np.log1p(-np.minimum(h, 0.999))  # noqa: E731
        places = [
            _place(np.maximum(tolerance, 0.0), self.tolerance),
            _place(depth(np.maximum(held, 0.0)), depth(self.held), beyond=True),
            _place(np.log1p(np.maximum(sedative, 0.0)), np.log1p(self.sedative), beyond=True),
        ]
        grid = table.shape[:3]
        rows = table.reshape(-1, *table.shape[3:])  # whole rows are fetched faster than their entries
        total = np.zeros((len(tolerance), *table.shape[3:]))
        for corner in np.ndindex(2, 2, 2):
            weight, at = np.ones(len(tolerance)), np.zeros(len(tolerance), int)
            for (index, share), side, count in zip(places, corner, grid, strict=True):
                weight = weight * (share if side else 1.0 - share)
                at = at * count + index + side
            total += weight[:, None, None] * rows.take(at, 0)
        return _rising(total.max(-1))

    def chance(
        self,
        outcome: str,
        dose: ArrayLike,
        tolerance: ArrayLike = 0.0,
        held: ArrayLike = 0.0,
        sedative: ArrayLike = 0.0,
    ) -> np.ndarray:
        """The share of people, 0..1, who meet this end after `dose` [mg]: the share whose threshold lies under it.

        outcome: one of `OUTCOMES`. tolerance 0..1; held: share of receptors that an antagonist holds, 0..1; sedative: sum of
        effect-site concentration over C50. All broadcast. Rises with dose; a straight line on the normal scale between the
        quantiles, and on beyond them, where it is never more than that of a milder end.
        """
        given = dose, tolerance, held, sedative
        return np.minimum.reduce([self._along(name, *given) for name in self._milder(outcome)])

    def _along(
        self, outcome: str, dose: ArrayLike, tolerance: ArrayLike, held: ArrayLike, sedative: ArrayLike
    ) -> np.ndarray:
        """The share of people along this end's own line."""
        from scipy.special import ndtr, ndtri

        edges = self.thresholds(outcome, tolerance, held, sedative)
        with np.errstate(divide="ignore"):
            x = np.broadcast_to(np.log2(np.asarray(dose, float)), np.broadcast_shapes(np.shape(dose), edges.shape[:-1]))
        edges = np.broadcast_to(edges, (*x.shape, edges.shape[-1]))
        z = ndtri(self.probabilities)
        left, right = _sides(np.sum(x[..., None] >= edges, -1), len(z))
        near = np.take_along_axis(edges, left[..., None], -1)[..., 0]
        far = np.take_along_axis(edges, right[..., None], -1)[..., 0]
        return ndtr(z[left] + (x - near) * (z[right] - z[left]) / (far - near))

    def dose(
        self,
        outcome: str,
        share: ArrayLike,
        tolerance: ArrayLike = 0.0,
        held: ArrayLike = 0.0,
        sedative: ArrayLike = 0.0,
    ) -> np.ndarray:
        """The dose [mg] at which this share of people, within 0..1, meets the end: `chance` the other
        way round. All broadcast.
        """
        from scipy.special import ndtri

        share, *given = np.broadcast_arrays(np.asarray(share, float), tolerance, held, sedative)
        x, z = ndtri(share), ndtri(self.probabilities)
        left, right = _sides(np.searchsorted(z, x, side="right"), len(z))
        edges = self.thresholds(outcome, *given, which=np.stack([left, right], -1))
        near, far = edges[..., 0], edges[..., 1]
        return 2.0 ** (near + (x - z[left]) * (far - near) / (z[right] - z[left]))

    def interval(self, outcome: str, dose: float, tolerance=0.0, held=0.0, sedative=0.0) -> tuple[float, float, float]:
        """The chance with its 95 % interval, (chance, low, high): of a share among so many people
        (Wilson), at doses off by the error of interpolation.

        Both errors at once, one inside the other: the interval is wide rather than sure of itself.
        """
        apart = 2.0 ** self.story["error_octaves"][outcome]
        points = (self.chance(outcome, d, tolerance, held, sedative) for d in (dose / apart, dose, dose * apart))
        low, middle, high = (float(p) for p in points)
        return middle, _wilson(low, self.story["people"])[0], _wilson(high, self.story["people"])[1]

    def unchanged(self, change: Iterable[str]) -> None:
        """Refuses a change of a fact that stands behind the surface: it was worked out with the library's."""
        for name in change:
            if any(fact == name or fact.endswith(f".{name}") for fact in self.story["facts"]):
                raise Refusal(
                    f'the risk of {self.opioid} {self.route} was worked out beforehand with the library\'s "{name}" and would not follow a change of it; '
                    "simulate the use itself, with `rescue` or `relapse`."
                )

    def _milder(self, outcome: str) -> list[str]:
        """The ends that are no worse than this, itself the last. Raises Refusal for one that there is not."""
        if outcome not in self.quantiles:
            raise Refusal(f'there is no outcome "{outcome}" in a risk.{nearest(outcome, self.quantiles)}')
        worse = list(OUTCOMES)
        return [name for name in worse[: worse.index(outcome) + 1] if name in self.quantiles]


def _rising(quantiles: np.ndarray) -> np.ndarray:
    """The quantiles of thresholds [octaves], each at least half of GAP over the one before; those that are so already stay."""
    apart = quantiles - 0.5 * GAP * np.arange(quantiles.shape[-1])
    return quantiles + (np.maximum.accumulate(apart, -1) - apart)


def _place(x: np.ndarray, nodes: np.ndarray, beyond: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The node before x, and the share of the way to the next; over 1 beyond the last node where wanted."""
    index = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
    share = (x - nodes[index]) / (nodes[index + 1] - nodes[index])
    return index, np.clip(share, 0.0, None if beyond else 1.0)


def _sides(above: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The two quantiles whose line is used, where `above` of `count` are passed: beyond the ends, an
    end and the middle.

    The end and the middle, because the line through the last two quantiles would carry the noise of
    the tail far out.
    """
    last, middle = count - 1, count // 2
    left = np.where(above == 0, 0, np.where(above > last, middle, above - 1))
    return left, np.where(above == 0, middle, np.where(above > last, last, above))


def _wilson(p: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share among n people; p need not be a whole number of them."""
    z = 1.959964
    centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float((centre - half) / (1 + z * z / n)), float((centre + half) / (1 + z * z / n))


def names() -> tuple[tuple[str, str], ...]:
    """The (opioid, route) pairs for which a surface comes with the package."""
    return tuple(tuple(path.stem.rsplit("_", 1)) for path in sorted(SURFACES.glob("*.json")))  # type: ignore[misc]


def stored(opioid: str, route: str) -> tuple[Path, Path]:
    """The files of a surface: its story and its table."""
    return SURFACES / f"{opioid}_{route}.json", SURFACES / f"{opioid}_{route}.csv"


@cache
def surface(opioid: str, route: str) -> Surface:
    """The stored surface of this opioid by this route. Raises Refusal where there is none."""
    name = find(opioid)
    if (name, route) not in names():
        known = " and ".join(f"{o} {r}" for o, r in names())
        raise Refusal(
            f"there is no risk surface of {name} {route}; there is one of {known}. For others ask  opioidsim relapse.",
            where="use",
        )
    about, table = stored(name, route)
    story = json.loads(about.read_text(encoding="utf-8"))
    grid = {key: np.array(values, float) for key, values in story["grid"].items()}
    shape = (*(len(grid[key]) for key in ("tolerance", "held", "sedative")), len(story["probabilities"]))
    with table.open(encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(",") for line in file][1:]
    rows: dict[str, list] = {}
    for outcome, _, _, _, *doses in lines:
        rows.setdefault(outcome, []).append([float(dose) for dose in doses])
    quantiles = {outcome: np.log2(np.array(doses)).reshape(shape) for outcome, doses in rows.items()}
    return Surface(
        name, route, **grid, probabilities=np.array(story["probabilities"]), quantiles=quantiles, story=story
    )
