"""The posterior: a table of joint draws of named facts, and the story of how it was made.

A draw is a whole reading of what is not known: all of its numbers belong together. Blocks were calibrated apart, each with the
others as the library has them, so that what is wrong in one does not bend another.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from opioidsim.facts.evidence import LIBRARY, Fact
from opioidsim.refusal import Refusal

HERE = LIBRARY / "posterior"
DRAWS, STORY, CHECKS = "draws.csv", "story.json", "checks.json"
SAME = 1e-6  # of a fact's value: nearer than this it is the one that was calibrated


@cache
def columns() -> dict[str, np.ndarray]:
    """The draws of the package; see `read`."""
    return read(HERE)


def read(folder: Path) -> dict[str, np.ndarray]:
    """Every drawn fact by full name, (draws,) each, in the fact's own unit."""
    with (folder / DRAWS).open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
        table = np.loadtxt(file, delimiter=",", ndmin=2)
    return dict(zip(names, table.T, strict=True))


@cache
def story() -> dict[str, Any]:
    """How it was made: seed, blocks with their rows and numbers, study effects, and a mark of facts, equations and rows."""
    return json.loads((HERE / STORY).read_text(encoding="utf-8"))


def checks() -> dict[str, Any]:
    """By block, how often numbers that are known are found again: simulation-based calibration."""
    return json.loads((HERE / CHECKS).read_text(encoding="utf-8"))


def of(facts: Mapping[str, Fact], count: int) -> dict[str, np.ndarray]:
    """The first `count` draws of these facts. A fact that stands at another value than the one calibrated, since it was changed
    or is read otherwise, stays where it stands. Raises Refusal for more draws than there are."""
    known, points = columns(), story()["points"]
    rows = len(next(iter(known.values())))
    if not 1 <= count <= rows:
        raise Refusal(f"{count} draws of what is not known are asked for; there are {rows}.")
    return {
        name: column[:count] for name, column in known.items() if name in facts and _stands(facts[name], points[name])
    }


def _stands(fact: Fact, point: float) -> bool:
    return abs(fact.value - point) <= SAME * abs(point)
