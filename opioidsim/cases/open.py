"""How well a fact is known before data are read: by its band, its spread between so many people, or what it rests on."""

import re
from functools import cache
from math import e
from typing import Any, NamedTuple

import numpy as np

from opioidsim.facts.evidence import LIBRARY, Fact, Table, build, read_toml, symbol_of

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
    weeks_alike: float
    weeks_alike_sd: float
    trials_apart: float
    stays: tuple[str, ...]


class Open(NamedTuple):
    """A fact with its block; sd: of its logarithm, or of its log odds where it is a share."""

    name: str
    block: str
    fact: Fact
    sd: float
    share: bool

    def at(self, z: Any) -> Any:
        """The fact's value at z standard deviations, which JAX may trace."""
        times = e ** (self.sd * z)
        if self.share:
            odds = self.fact.value / (1.0 - self.fact.value) * times
            return odds / (1.0 + odds)
        return self.fact.value * times

    def off(self, values: np.ndarray) -> np.ndarray:
        """By how many standard deviations these values lie off the fact's: the inverse of `at`."""
        scale = lambda x: np.log(x / (1.0 - x)) if self.share else np.log(x)  # noqa: E731
        return (scale(values) - scale(self.fact.value)) / self.sd


@cache
def rules() -> Rules:
    """The rules of the library."""
    return build(Rules, read_toml(LIBRARY / "priors" / "open.toml"), "priors/open.toml")


def opened(name: str, block: str, fact: Fact, sd: float | None = None) -> Open:
    """A fact as one of a block; sd: of its logarithm, where it is said apart."""
    share = symbol_of(name.split(".")) in SHARES and 0.0 < fact.value < 1.0
    sd = _sd(fact) if sd is None else sd
    return Open(name, block, fact, min(sd / (1.0 - fact.value), WIDEST) if share else sd, share)


def settled(name: str, fact: Fact) -> bool:
    """Whether a fact of a drug has no draw: it is none, a convention, or a share that is all or nothing."""
    path = name.split(".")[1:]
    whole = symbol_of(name.split(".")) in SHARES and not 0.0 < fact.value < 1.0
    return fact.value <= 0.0 or symbol_of(name.split(".")) in rules().stays or path[0] == "dose_is" or whole


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
