"""What was thought of a block's numbers before its studies were read: `library/priors/`, a file a block."""

from functools import cache

import numpy as np

from opioidsim.facts.evidence import LIBRARY, Table, build, read_toml
from opioidsim.refusal import Refusal, nearest


class Prior(Table):
    """A value [unit], and the standard deviation of its logarithm."""

    value: float
    unit: str = ""
    sd: float


class Priors(Table):
    """The priors of a block by the full name of their facts. quantities: those whose build rows are fitted.
    in_units_of_relief: what is known of numbers only together with the reserve of relief."""

    about: str
    quantities: tuple[str, ...] = ()
    priors: dict[str, Prior]
    in_units_of_relief: dict[str, Prior] = {}


def blocks() -> tuple[str, ...]:
    """The blocks that have priors."""
    return tuple(sorted(path.stem for path in (LIBRARY / "priors").glob("*.toml") if path.stem != "open"))


@cache
def load(block: str) -> Priors:
    """The priors of a block. Raises Refusal for a block that there is not."""
    if block not in blocks():
        raise Refusal(f'there is no block "{block}" to calibrate.{nearest(block, blocks())}')
    return build(Priors, read_toml(LIBRARY / "priors" / f"{block}.toml"), f"priors/{block}.toml")


def at(given: dict[str, Prior], z: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers at deviations z of their priors, (sets, numbers), by name, each (sets,): value x e^(sd z)."""
    return {name: prior.value * np.exp(prior.sd * z[:, i]) for i, (name, prior) in enumerate(given.items())}
