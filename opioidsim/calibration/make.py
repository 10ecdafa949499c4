"""The posterior is made: blocks one by one, cut from one another, into a table of draws and its story."""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from opioidsim.calibration import behaviour, crowd, exposure, linear, middle, middle_block
from opioidsim.calibration.linear import Told
from opioidsim.calibration.mark import mark
from opioidsim.calibration.open import BLOCKS, numbers
from opioidsim.cases.person import within
from opioidsim.engine import chunks
from opioidsim.facts import posterior
from opioidsim.facts.posterior import DRAWS, STORY
from opioidsim.files import whole
from opioidsim.refusal import Refusal, nearest
from opioidsim.studies import study
from opioidsim.studies.rows import rows

COUNT, SEED = 400, 1
RIDGE = 0.7  # a correlation from which two numbers are named a ridge: their rows tell them only together


def each(blocks: Sequence[str], seed: int = SEED) -> Iterator[tuple[str, tuple[dict, dict[str, Any]]]]:
    """Each block with what `made` gives for it; a block is a chunk, which can be kept and worked out elsewhere."""
    for name in blocks:
        _known(name)
    for name, part in zip(blocks, chunks.each(partial(_as_text, seed), list(blocks), threads=1), strict=True):
        draws, story = json.loads(part["made"][0])
        yield name, ({fact: np.array(column) for fact, column in draws.items()}, story)


def _as_text(seed: int, block: str) -> dict[str, np.ndarray]:
    """The draws and the story of a block as text: a column that can be kept and sent."""
    draws, story = made(block, seed)
    told = json.dumps([{name: np.asarray(column).tolist() for name, column in draws.items()}, story])
    return {"made": np.array([told], dtype=object)}


def _known(block: str) -> None:
    if block not in BLOCKS:
        raise Refusal(
            f'there is no block "{block}" to calibrate; there are {", ".join(BLOCKS)}.{nearest(block, BLOCKS)}'
        )


def made(block: str, seed: int = SEED, progress: Callable[[float], None] | None = None) -> tuple[dict, dict[str, Any]]:
    """The draws of a block by fact, (COUNT,) each, and its story. Raises Refusal for a block that there is not."""
    _known(block)
    rng = np.random.default_rng([seed, zlib.crc32(block.encode())])
    if block == "middle":
        return _middle(rng)
    if block == "exposure":
        return _exposure(rng)
    if block == "behaviour":
        return _behaviour(seed, progress)
    if block == "bands":
        return _bands(rng)
    found = linear.told(block, progress)
    effects = linear.study_effects(block, found)
    left = linear.left(block, found, effects)
    z = _both_ways(rng, len(left.names)) @ np.linalg.cholesky(left.covariance).T
    draws = {name: numbers()[name].at(z[:, i]) for i, name in enumerate(left.names)}
    story = _between(block, found, effects) | _told(left.names, z)
    return draws, story


def _both_ways(rng: np.random.Generator, count: int) -> np.ndarray:
    """Standard normal draws (COUNT, count), each followed by its opposite: few of them already lie around the library's."""
    half = rng.standard_normal((COUNT // 2, count))
    return np.stack([half, -half], 1).reshape(COUNT, count)


def _middle(rng: np.random.Generator) -> tuple[dict, dict[str, Any]]:
    told, names = middle.rows(), tuple(middle.load(middle.BLOCK).priors)
    off = middle_block.off_of(told)
    found = middle_block.drawn(COUNT, rng, off, len(names))
    at = np.stack([middle_block.library(), np.zeros(len(names))])
    library, prior = np.sum(off(at) ** 2, 0) + np.sum(at**2, 1)
    straight = middle_block.straight(told)
    story = {
        "runs": middle_block.RUNS,
        "r_hat": round(found.r_hat, 3),
        "worth": round(found.worth),
        "pareto_k": round(found.k, 2),
        "moved": round(found.moved, 2),
        "distinct": len(np.unique(found.z, axis=0)),
        "asked": found.asked,
        "steps": found.steps,
        "cost": round(found.cost, 2),
        "cost_at_library": round(float(library), 2),
        "cost_at_prior": round(float(prior), 2),
    }
    between = _between("middle", straight, linear.study_effects("middle", straight))
    return middle_block.values(found.z), between | story | _told(names, found.z)


def _exposure(rng: np.random.Generator) -> tuple[dict, dict[str, Any]]:
    draws, story, told = exposure.drawn(COUNT, rng)
    evenly = {each.name: each.off(within(each.fact, rng.standard_normal(COUNT))).std() for each in exposure.mine()}
    z = np.stack([numbers()[name].off(column) / evenly[name] for name, column in draws.items()], 1)
    return draws, story | _between("exposure", told, story["effects"]) | _told(tuple(draws), z)


def _behaviour(seed: int, progress: Callable[[float], None] | None) -> tuple[dict, dict[str, Any]]:
    found, story, told = behaviour.made(seed, progress)
    draws = behaviour.values(found.z)
    z = np.sqrt(3.0) * np.asarray(crowd.evenly(found.z))  # of standard deviation 1 where they lie evenly
    evenly = behaviour.values(np.random.default_rng(seed).standard_normal((10 * COUNT, len(draws))))
    said = _told(tuple(draws), z)
    for name, each in said["numbers"].items():
        each["prior_sd"] = float(f"{evenly[name].std():.3g}")
    return draws, story | _between("behaviour", told, {}) | said


def _bands(rng: np.random.Generator) -> tuple[dict, dict[str, Any]]:
    """What only a band says: evenly within it, as a crowd draws it; and the study effects of trials."""
    mine = [each for each in numbers().values() if each.block == "bands"]
    z = _both_ways(rng, len(mine))
    draws = {each.name: within(each.fact, z[:, i]) for i, each in enumerate(mine)}
    told = [Told(row, study.predict(*row[1:]), {}) for row in rows("build") if row.arm.trial]
    told = [each for each in told if np.isfinite(each.at)]
    return draws, _between("bands", told, linear.study_effects("bands", told)) | {"numbers": {}, "ridges": []}


def _between(block: str, told: list[Told], effects: dict[str, float]) -> dict[str, Any]:
    """Of the rows, and of how far studies lie apart: the likeliest effects, and what is known of them."""
    drawn = linear.between_studies(block, told, effects) if effects else {}
    return {"rows": [_row(each) for each in told], "effects": effects, "between": drawn}


def _row(each: Told) -> dict[str, Any]:
    return {
        "id": each.row.id,
        "class": each.row.kind,
        "predicted": float(f"{each.at:.4g}"),
        "observed": each.row.seen.observed,
    }


def _told(names: tuple[str, ...], z: np.ndarray) -> dict[str, Any]:
    """Of each number the prior's standard deviation and what is left of it; and the pairs that are told only together. A deviation
    of 1 is the prior's."""
    left, together = z.std(0), np.corrcoef(z.T)
    pairs = [(i, j) for i in range(len(names)) for j in range(i) if abs(together[i, j]) > RIDGE]
    return {
        "numbers": {
            n: {"prior_sd": round(numbers()[n].sd, 3), "left": round(float(s), 3)}
            for n, s in zip(names, left, strict=True)
        },
        "ridges": [[names[j], names[i], round(float(together[i, j]), 2)] for i, j in pairs],
    }


def write(folder: Path, blocks: dict[str, tuple[dict, dict[str, Any]]], seed: int = SEED) -> None:
    """The draws of these blocks and their story, beside those of the other blocks that the folder already has. Each block has the
    mark of what it was made from: one made again does not make the others fresh."""
    draws, story, now = {}, {"blocks": {}}, mark()
    if (folder / STORY).exists() and set(blocks) != set(BLOCKS):
        story = json.loads((folder / STORY).read_text(encoding="utf-8"))
        draws = {n: c for n, c in posterior.read(folder).items() if n in numbers() and numbers()[n].block not in blocks}
    for block, (found, told) in blocks.items():
        draws |= found
        story["blocks"][block] = told | {"mark": now}
    draws = {name: draws[name] for name in numbers() if name in draws}
    points = {name: numbers()[name].fact.value for name in draws}
    story |= {"seed": seed, "draws": COUNT, "points": points}
    folder.mkdir(parents=True, exist_ok=True)
    with whole(folder / DRAWS) as file:
        file.write(",".join(draws) + "\n")
        np.savetxt(file, np.stack(list(draws.values()), 1), fmt="%.4g", delimiter=",")
    with whole(folder / STORY) as file:
        json.dump(story, file, indent=1)
