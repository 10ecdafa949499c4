"""Simulation-based calibration (Talts 2018): would the posterior find numbers that are known, as often as it says?

Numbers are drawn from the priors, rows are simulated with them and with the rows' own errors, and the block is calibrated on
these; the share of its draws under the true number is then anywhere between 0 and 1 alike.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from opioidsim.calibration import behaviour, exposure, linear, middle, middle_block, priors, tempered
from opioidsim.calibration.open import numbers
from opioidsim.facts.posterior import CHECKS
from opioidsim.files import whole
from opioidsim.refusal import Refusal
from opioidsim.show.words import percent
from opioidsim.studies.under import Readings

TOLD = 0.9  # of the prior's standard deviation left: less, and the rows tell the number


def checked(block: str, replicates: int, seed: int = 1, told: Callable[[float], None] | None = None) -> dict[str, Any]:
    """The summary of a block, of all its numbers and, in `told`, of those that its rows tell. Raises Refusal for a block without rows."""
    if block == "middle":
        found = places(middle_block.off_of(middle.rows()), len(priors.load("middle").priors), replicates, seed, told)
        return summary(found) | {"seed": seed}
    if block == "exposure":
        return summary(exposure.places(replicates, seed)) | {"seed": seed}
    if block == "behaviour":
        found, tells = behaviour.places(replicates, seed, told)
        return summary(found) | {"seed": seed, "told": summary(found[:, tells])}
    if block not in linear.KINDS:
        raise Refusal(
            f'"{block}" cannot be checked so: no row weighs its draws, which lie evenly within their bands; '
            f"middle, {', '.join(linear.KINDS)}, exposure and behaviour can."
        )
    found, tells = straight(block, replicates, seed, told)
    return summary(found) | {"seed": seed, "told": summary(found[:, tells])}


def places(
    off: tempered.Off,
    numbers_of: int,
    replicates: int,
    seed: int = 1,
    told: Callable[[float], None] | None = None,
    sets: int = tempered.SETS,
) -> np.ndarray:
    """Where the true numbers lie among the draws, shares (replicates, numbers). off: the block's residuals; they are those of
    simulated rows once the residuals at the truth are taken off and errors put in their place."""
    found = []
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])  # each replicate is the same whatever their number
        truth = rng.standard_normal(numbers_of)
        at = off(truth[None])[:, 0]
        error = rng.standard_normal(len(at))

        def simulated(z: np.ndarray, at=at, error=error) -> np.ndarray:
            return off(z) - (at + error)[:, None]

        drawn = tempered.run(simulated, numbers_of, rng, sets=sets).crowd
        found.append((drawn.z < truth).mean(0))
        if told:
            told((number + 1) / replicates)
    return np.array(found)


def straight(
    block: str, replicates: int, seed: int = 1, told: Callable[[float], None] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The same of a block whose rows are followed by straight lines: places (replicates, numbers), and which numbers the rows tell.

    Rows are simulated by the engine at the true numbers, not by the lines: that the lines hold so far off is what is asked. The
    block's draws are around the library's numbers in closed form, so that the place of a true number is exact.
    """
    from scipy.special import ndtr

    rng = np.random.default_rng(seed)
    found = linear.told(block, lambda share: told(share / 2.0) if told else None)
    effects = linear.study_effects(block, found)
    left = linear.left(block, found, effects)
    slopes, noise = linear.matrix(found, left.names), linear.noise([each.row for each in found], effects)
    truth = rng.standard_normal((replicates, len(left.names)))
    seen = np.zeros((replicates, len(found)))
    for i, each in enumerate(found):
        known = {name: numbers()[name].at(truth[:, left.names.index(name)]) for name in each.slopes}
        value = Readings(known).predicted(*each.row[1:])
        seen[:, i] = each.row.scaled(value) - each.row.scaled(each.at)
        if told:
            told(0.5 + (i + 1) / len(found) / 2.0)
    lost = ~np.isfinite(seen)  # a time that is never reached there: as the lines have it
    seen = np.where(lost, truth @ slopes.T, seen) + rng.multivariate_normal(np.zeros(len(found)), noise, replicates)
    middle = seen @ np.linalg.solve(noise, slopes) @ left.covariance
    sd = np.sqrt(np.diag(left.covariance))
    return ndtr((truth - middle) / sd), sd < TOLD


def summary(found: np.ndarray) -> dict[str, Any]:
    """What a page says of places: how many true numbers, the share within the middle 50, 80 and 95 % of their draws with its standard
    error between replicates, and the chance of places at least so uneven if they were even (Kolmogorov and Smirnov)."""
    from scipy.stats import kstest

    inside = {level: np.abs(2.0 * found - 1.0) <= level for level in (0.5, 0.8, 0.95)}
    return {"replicates": len(found), "numbers": found.shape[1]} | {
        f"within_{100 * level:g}": [round(float(each.mean()), 3), round(float(each.mean(1).std(ddof=1) / len(found) ** 0.5), 3)]
        for level, each in inside.items()
    } | {"even": round(float(kstest(found.ravel(), "uniform").pvalue), 3)}  # fmt: skip


def said(block: str, found: dict[str, Any]) -> str:
    """A summary in a sentence."""
    inside = ", ".join(
        f"{percent(found[f'within_{level}'][0])} (s.e. {percent(found[f'within_{level}'][1])}) within {level} %"
        for level in (50, 80, 95)
    )
    more = (
        f"; of the {found['told']['numbers']} that rows tell {percent(found['told']['within_80'][0])} within 80 %"
        if "told" in found
        else ""
    )
    return f"{block}: {found['replicates']} times {found['numbers']} known numbers: {inside} of their draws{more}."


def keep(folder: Path, block: str, found: dict[str, Any]) -> None:
    """The summary beside the draws in a folder, with those of other blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    known = json.loads((folder / CHECKS).read_text(encoding="utf-8")) if (folder / CHECKS).exists() else {}
    with whole(folder / CHECKS) as file:
        json.dump(known | {block: found}, file, indent=1)
        file.write("\n")


def within(found: np.ndarray, level: float) -> float:
    """The share of true numbers within the middle `level` of their draws."""
    return float((np.abs(2.0 * found - 1.0) <= level).mean())
