"""Power of a trial's primary endpoint: by people per arm, its mean over what is not known, and the sizes that are enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from opioidsim.refusal import Refusal
from opioidsim.trials import power
from opioidsim.trials.looks import looked
from opioidsim.trials.replicates import FEW, pairs

WANTED = (0.8, 0.9)
TESTS = {"time": power.of_times, "mean": power.of_means, "share": power.of_shares}


def named(kind: str, size: tuple[int, int], strata: bool = False) -> str:
    """The test of this kind of endpoint in arms of this size, by strata or not."""
    if kind == "share":
        return "Boschloo's exact" if max(size) <= power.EXACT else "chi-squared"
    rank = "stratified log-rank" if strata else "log-rank"
    return rank if kind == "time" else "Welch's t"


@dataclass(frozen=True)
class Powers:
    """arms: by name, what is tested of the people of each replicate, and the arm's share in the allocation.

    kind: whether that is a "time" (people, 2), or with strata (people, 3), a "mean" or a "share" (people,). looks: shares of the people at which it is
    looked at. uncertain: whether pairs of replicates have their own reading of what is not known. draws: by arm what is tested under
    each joint draw of it, where there are draws; they take the place of those readings.
    """

    endpoint: str
    kind: str
    arms: dict[str, tuple[list[np.ndarray], int]]
    reference: str
    looks: tuple[float, ...]
    uncertain: bool
    draws: Mapping[str, list[np.ndarray]] = field(default_factory=dict[str, list[np.ndarray]])

    def rows(self, people: Sequence[int]) -> list[dict[str, Any]]:
        """The chance of p < 0.05 for these numbers of people of the reference arm."""
        return [row for arm in self.arms if arm != self.reference for row in self._arm(arm, people)]

    def _arm(self, arm: str, people: Sequence[int]) -> list[dict[str, Any]]:
        """The rows of one arm."""
        sizes, both = self._sizes(arm, people), self._both(arm)
        rows = [{"arm": arm, "against": self.reference, "people": n} for n in people]
        further = [
            {
                "test": f"{named(self.kind, size, both[0].shape[-1] > power.STRATUM and both[0].ndim > 1)}, {self.endpoint}"
            }
            for size in sizes
        ]
        if self.looks and all(map(len, both)):
            each = [looked(self.kind, size, *both, shares=self.looks) for size in sizes]
            found = [one.power for one in each]
            further = [
                a | {"ends_early": b.early, "people_on_average": b.people} for a, b in zip(further, each, strict=True)
            ]
        else:
            found = self._power(arm, sizes)
        if self._known_apart():
            further = [a | {"assurance": b} for a, b in zip(further, self._assured(arm, sizes), strict=True)]
        return [row | {"power": p} | more for row, p, more in zip(rows, found, further, strict=True)]

    def needed(self) -> list[dict[str, Any]]:
        """For each arm and WANTED chance the fewest people of the reference arm; nan where more than the most that is looked
        at are needed."""
        ways = ("power", "assurance") if self._known_apart() else ("power",)
        return [
            {"arm": arm, "against": self.reference, "by": by, "wanted": wanted, **self.fewest(arm, by, wanted)}
            for arm in self.arms if arm != self.reference for by in ways for wanted in WANTED
        ]  # fmt: skip

    def chance(self, arm: str, by: str, people: int) -> float:
        """The chance of p < 0.05 with so many people of the reference arm, or its mean over what is not known."""
        return self._way(by)(arm, self._sizes(arm, [people]))[0]

    def _way(self, by: str):
        """By power, or by assurance, where pairs of replicates are enough for it."""
        if by == "assurance" and not self._known_apart():
            raise Refusal(f"assurance is a mean over readings of what is not known: give {FEW} replicates or draws, or more.", where="replicates")  # fmt: skip
        return self._assured if by == "assurance" else self._power

    def fewest(self, arm: str, by: str, wanted: float) -> dict[str, Any]:
        """The fewest people of the reference arm with which this chance is as wanted, and how to say it."""
        return self._fewest(arm, self._way(by), wanted)

    def _fewest(self, arm: str, way, wanted: float) -> dict[str, Any]:
        """By halving the interval between two sizes that are looked at."""
        at = way(arm, self._sizes(arm, power.SIZES))
        enough = next((i for i, p in enumerate(at) if p >= wanted), None)
        if enough is None:
            return {"people": float("nan"), "words": f"more than {power.SIZES[-1]}"}
        low, high = power.SIZES[enough - 1] if enough else 2, power.SIZES[enough]
        while high - low > 1 + low // 50:
            middle = (low + high) // 2
            low, high = (low, middle) if way(arm, self._sizes(arm, [middle]))[0] >= wanted else (middle, high)
        return {"people": float(high), "words": str(high)}

    def _known_apart(self) -> bool:
        """Whether there are replicates enough with readings of their own."""
        return (self.uncertain or bool(self.draws)) and len(self._readings(self.reference)) >= FEW

    def _readings(self, arm: str) -> list[tuple[np.ndarray, np.ndarray]]:
        """What is tested of an arm and of the reference under each reading of what is not known: a draw, or a pair of replicates."""
        if self.draws:
            return list(zip(self.draws[arm], self.draws[self.reference], strict=True))
        ours, theirs = self.arms[arm][0], self.arms[self.reference][0]
        return [(ours[r], theirs[s]) for r, s in pairs(len(ours))]

    def _both(self, arm: str) -> list[np.ndarray]:
        """All people of an arm and of the reference arm."""
        return [np.concatenate(list(self.arms[name][0])) for name in (arm, self.reference)]

    def _sizes(self, arm: str, people: Sequence[int]) -> list[tuple[int, int]]:
        """People of the arm and of the reference arm, as they are allocated."""
        ours, theirs = self.arms[arm][1], self.arms[self.reference][1]
        return [(max(round(n * ours / theirs), 2), n) for n in people]

    def _power(self, arm: str, sizes, trials: int = power.TRIALS) -> list[float]:
        """The chance of p < 0.05 among the people of all replicates; nan where nobody is analysed."""
        both = self._both(arm)
        if not all(map(len, both)):
            return [float("nan")] * len(sizes)
        if self.looks:
            return [looked(self.kind, size, *both, shares=self.looks, trials=trials).power for size in sizes]
        return TESTS[self.kind](sizes, *both, trials=trials)

    def _assured(self, arm: str, sizes) -> list[float]:
        """The mean of the chance over readings of what is not known."""
        shares = {name: self.arms[name][1] for name in (arm, self.reference)}
        some = [
            replace(self, arms={arm: ([ours], shares[arm]), self.reference: ([theirs], shares[self.reference])})
            for ours, theirs in self._readings(arm)
        ]
        each = [one._power(arm, sizes, max(power.TRIALS // len(some), 20)) for one in some]
        return [float(mean) for mean in np.nanmean(each, 0)]
