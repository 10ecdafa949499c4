"""What is open: every fact that has a draw, the block that tells it, and how well it is known before its rows are read."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np

from opioidsim.calibration import priors
from opioidsim.cases import change
from opioidsim.cases import drug as drugs
from opioidsim.facts.evidence import LIBRARY, Fact, Table, build, read_toml, symbol_of

BLOCKS = ("middle", "kinetics", "breathing", "bands")
SHARES = ("F", "F_third", "F_second_pair", "most", "efficacy", "fraction", "rise")  # between 0 and 1
WIDEST = 1.2  # of a share, in log odds
BAND = 4.0  # standard deviations that a band, low to high, is wide


class Rules(Table):
    """How well a number is known where no band says so, and the prior of study effects, as a logarithm; see `priors/open.toml`."""

    about: str
    people_unsaid: int
    measured: float
    fitted: float
    scaled: float
    assumed: float
    study_effect: float
    study_effect_sd: float
    stays: tuple[str, ...]


class Open(NamedTuple):
    """A fact with its block; sd: of its logarithm, or of its log odds where it is a share."""

    name: str
    block: str
    fact: Fact
    sd: float
    share: bool

    def at(self, z: np.ndarray) -> np.ndarray:
        """The fact's value at z standard deviations."""
        if self.share:
            odds = self.fact.value / (1.0 - self.fact.value) * np.exp(self.sd * z)
            return odds / (1.0 + odds)
        return self.fact.value * np.exp(self.sd * z)


@cache
def everything() -> dict[str, Fact]:
    """Every fact of the drugs and the body by full name."""
    return change.facts_of([drugs.load(name) for name in drugs.names()])


@cache
def rules() -> Rules:
    """The rules of the library."""
    return build(Rules, read_toml(LIBRARY / "priors" / "open.toml"), "priors/open.toml")


@cache
def numbers() -> dict[str, Open]:
    """Every fact that has a draw, by name."""
    found, middle = {}, priors.load("middle").priors
    for name, fact in everything().items():
        block = "middle" if name in middle else _block(name, fact)
        if block:
            share = symbol_of(name.split(".")) in SHARES and 0.0 < fact.value < 1.0
            sd = middle[name].sd if name in middle else _sd(fact)
            found[name] = Open(name, block, fact, min(sd / (1.0 - fact.value), WIDEST) if share else sd, share)
    return found


def _block(name: str, fact: Fact) -> str:
    """The block of a fact outside the middle; "" where it has no draw."""
    first, *path = name.split(".")
    banded = fact.low is not None or fact.high is not None
    if first not in drugs.names():
        acts = name.startswith("effects.breathing.") and path[-1] != "reserve"
        return (
            "breathing" if acts or (first == "breathing" and banded and fact.value > 0) else "bands" if banded else ""
        )
    settled = symbol_of((first, *path)) in rules().stays or path[0] == "dose_is"
    whole = symbol_of((first, *path)) in SHARES and not 0.0 < fact.value < 1.0
    if fact.value <= 0.0 or settled or whole:
        return ""
    agonist = drugs.load(first).role in ("agonist", "partial agonist")
    return "breathing" if path[0] == "sedation" or (agonist and path[0] == "receptor") else "kinetics"


def _sd(fact: Fact) -> float:
    """Of the logarithm: from the band, from the spread between so many people, or by what the number rests on."""
    low, high = (fact.value if end is None else end for end in (fact.low, fact.high))
    if low != high and low > 0:
        return float(np.log(high / low)) / BAND
    least = getattr(rules(), fact.basis)
    if fact.spread and fact.basis in ("measured", "fitted"):
        people = re.search(r"\bn = (\d+)", fact.where)
        n = int(people[1]) if people else rules().people_unsaid
        return max(fact.spread / np.sqrt(n), least / 2.0)
    return least
