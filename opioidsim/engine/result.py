"""What came out: named quantities with units, summaries, tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.scenario import Scenario, unit_of
from opioidsim.engine.exposure import Exposure, halving
from opioidsim.facts import units
from opioidsim.facts.evidence import Fact
from opioidsim.refusal import Refusal, is_listed, is_table, nearest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

GASES = ("ventilation", "arterial_o2", "arterial_co2", "saturation", "brain_o2")  # without meaning after a collapse


@dataclass(frozen=True)
class Result:
    """What happened to everyone in a scenario.

    scenario: what was asked. times: (times,) [h], all that were looked at. regular: (times,), which
    of them the scenario asked for; the others follow doses, so that no peak is missed. values: name
    -> (people, times), in the units of `unit_of`. refine: how often every step was halved.
    ends: of an episode, by name, one number per person, see `simulate_episode.ends`, where CO2 is held only
    the lowest ventilation; None of a course.
    looked: of a course, what gives exposures that know nothing of `every`; of an episode, where the curves of all do not fit, those
    of everyone at the output times; called once, when they are asked for. predicted: of an event table, what gives the predictions at its observations. crowd: how many people there
    are, where the curves of all do not fit into memory: `values` has the first `held` of them, summaries and outcomes all.

    A value at the time of a dose is the one just before it.
    """

    scenario: Scenario
    times: np.ndarray
    regular: np.ndarray
    values: dict[str, np.ndarray]
    refine: int = 0
    ends: dict[str, np.ndarray] | None = None  # of an episode, one number per person
    looked: Callable[[], dict[str, Exposure]] | None = None  # exposures that `values` alone cannot give
    predicted: Callable[[], list[dict[str, Any]]] | None = None  # of an event table: predictions at its observations
    crowd: int = 0  # people there are, where `values` may hold only the first of them

    def __getitem__(self, name: str) -> np.ndarray:
        """A quantity at the regular times, (people, times); for one person (times,). Raises Refusal for one that is not there."""
        if name not in self.values:
            raise Refusal(f'the result has no "{name}".{nearest(name, self.values)}')
        found = self.values[name][:, self.regular]
        return found[0] if len(found) == 1 else found

    @property
    def time(self) -> np.ndarray:
        """The regular output times [h]."""
        return self.times[self.regular]

    @property
    def people(self) -> int:
        """How many people there are."""
        return max(self.crowd, self.held)

    @property
    def held(self) -> int:
        """Of how many people the curves are at hand: the first of all."""
        return len(next(iter(self.values.values())))

    @property
    def ids(self) -> tuple[str, ...]:
        """The people as the event table calls them; none where there is no table."""
        return max(self.scenario.ids(), self.scenario.before.ids() if self.scenario.before else (), key=len)

    def who(self, people: int, repeats: int = 1) -> dict[str, np.ndarray]:
        """The columns that say whose a row is: `person`, from 0, and `ID` where an event table has names for them."""
        found = {"person": np.repeat(np.arange(people), repeats)}
        if self.ids:
            found["ID"] = np.repeat(np.array(self.ids)[np.minimum(np.arange(people), len(self.ids) - 1)], repeats)
        return found

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Every fact that the numbers rest on, by name: all that the engine was given."""
        return provenance.facts(self.scenario)

    @cached_property
    def cautions(self) -> list[Caution]:
        """What the labels warn of in this scenario."""
        return cautions(self.scenario)

    @cached_property
    def exposures(self) -> dict[str, Exposure]:
        """Peak, its time, trough, end and area of each quantity, for each person. A course is looked at again for them, where
        it bends; of an episode they are those of its output times, nan where a collapse leaves no meaning."""
        if self.looked is not None:
            found = self.looked()
            return (
                found
                if self.held < self.people
                else {n: e._replace(end=self.values[n][:, -1]) for n, e in found.items()}
            )
        return {name: self._exposure(self.meaningful(name)) for name in self.values}

    def _exposure(self, value: np.ndarray) -> Exposure:
        """That of output times; nan for those to whom the quantity never means something. value:
        (people, times), nan where it means nothing.
        """
        ever = np.any(np.isfinite(value), axis=1, keepdims=True)
        known = np.where(ever, value, 0.0)
        peak, trough = np.nanmax(known, 1), np.nanmin(known, 1)
        parts = (
            peak,
            self.times[np.nanargmax(known, 1)],
            trough,
            value[:, -1],
            np.trapezoid(value, self.times, axis=1),
            halving(self.times[-2:], value[:, -2:].T),
        )
        return Exposure(*(np.where(ever[:, 0], part, np.nan) for part in parts))

    @cached_property
    def dataset(self) -> "xr.Dataset":
        """Everything as an xarray Dataset: person x time, units in attrs."""
        import xarray as xr

        data = {
            name: (("person", "time"), value[:, self.regular], {"units": unit_of(name)})
            for name, value in self.values.items()
        }
        coordinates = {"person": np.arange(self.held), "time": ("time", self.time, {"units": "h"})}
        coordinates |= {"ID": ("person", self.who(self.held)["ID"])} if self.ids else {}
        return xr.Dataset(data, coordinates, {"title": self.scenario.title, "scenario": self.scenario.toml()})

    @property
    def table(self) -> "pd.DataFrame":
        """A data frame with one row per person (whose curves are `held`) and regular time: person, time_h (time_s in an episode), then the quantities by name."""
        import pandas as pd

        columns = self.who(self.held, len(self.time)) | {self.time_name: np.tile(self.shown(self.time), self.held)}
        columns |= {name: value[:, self.regular].ravel() for name, value in self.values.items()}
        return pd.DataFrame(columns)

    @property
    def time_name(self) -> str:
        """The time column of tables: hours in a course, seconds in an episode."""
        return "time_h" if self.ends is None else "time_s"

    def shown(self, hours: np.ndarray) -> np.ndarray:
        """Times as the time column has them."""
        return hours if self.ends is None else np.round(hours * 3600.0, 6)

    def outcomes(self) -> "pd.DataFrame":
        """A data frame, one row per person. Of a course: the peak of each quantity, its time [h], the
        value at the end, the area under it, and of a concentration the half-life at the end [h]. Of an episode: how it ended, see
        `simulate_episode.ends`.
        """
        import pandas as pd

        if self.ends is not None:
            return pd.DataFrame(self.who(self.people) | self.ends)

        columns = self.who(self.people)
        for name, found in self.exposures.items():
            columns[f"{name} peak"] = found.peak
            columns[f"{name} time of peak h"] = found.time_of_peak
            columns[f"{name} end"] = found.end
            columns[f"{name} area"] = found.area
            if name.startswith("concentration."):
                columns[f"{name} half-life h"] = found.half_life
        return pd.DataFrame(columns)

    @cached_property
    def observations(self) -> "pd.DataFrame":
        """A data frame, one row per observation of an event table: person, ID, time_h, DV as it stands there, and what is predicted
        then; empty where there are none, and of an episode."""
        import pandas as pd

        frame = pd.DataFrame(self.predicted() if self.predicted else [])
        if len(frame):
            frame.insert(1, "ID", np.array(self.ids)[frame["person"]])
        return frame

    def summary(self) -> list[dict[str, Any]]:
        """For each quantity: unit, and over people the median (and 5th and 95th percentile) of peak, its time, trough and end.

        None: it has no meaning for anyone, after a collapse of the circulation."""
        rows: list[dict[str, Any]] = []
        for name, found in self.exposures.items():
            labels = {
                "peak": found.peak,
                "time_of_peak_h": found.time_of_peak,
                "trough": found.trough,
                "end": found.end,
            }
            row: dict[str, Any] = {"quantity": name, "unit": unit_of(name)}
            for label, numbers in labels.items():
                known = numbers[~np.isnan(numbers)]
                row[label] = float(np.median(known)) if len(known) else None
                if self.people > 1 and len(known):
                    row[f"{label}_low"], row[f"{label}_high"] = (float(x) for x in np.quantile(known, (0.05, 0.95)))
            rows.append(row)
        return rows

    def meaningful(self, name: str) -> np.ndarray:
        """A quantity of all people whose curves are `held` at all times, (people, times); nan where a collapse of the
        circulation has robbed it of meaning.

        Gas pressures in blood that no longer flows are numbers of the equations and of nothing
        else; drugs are still where they are.
        """
        value = self.values[name]
        if self.ends is None or name not in GASES or "collapse_s" not in self.ends:
            return value
        when = self.ends["collapse_s"][: self.held, None]
        collapsed = self.times * 3600.0 >= np.nan_to_num(when, nan=np.inf)
        return np.where(collapsed, np.nan, value)

    def band(self, name: str) -> np.ndarray:
        """Quantiles 5, 25, 50, 75 and 95 % at all times, over those people for whom it means something; (5, times).

        Linear between people in order, as NumPy's quantiles; one sort of all times at once, which
        is faster than theirs.
        """
        value, shares = self.meaningful(name), np.array((0.05, 0.25, 0.5, 0.75, 0.95))
        if self.held == 1:
            return np.repeat(value, 5, axis=0)
        ordered = np.sort(
            np.ascontiguousarray(value.T), axis=1
        )  # nan last; faster than partitions along the first axis
        place = shares * np.maximum((~np.isnan(ordered)).sum(1) - 1, 0)[:, None]
        low = place.astype(int)
        below, above = (np.take_along_axis(ordered, i, 1) for i in (low, np.minimum(low + 1, self.held - 1)))
        return np.where(place > low, below + (above - below) * (place - low), below).T

    def describe(self) -> str:
        """Title or doses, people and length in one line."""
        who = "one person" if self.people == 1 else f"{self.people} people"
        what = self.scenario.title or self.scenario.in_words()
        return f"{what} · {who} · {units.time_text(self.scenario.duration)}"


TOLD = (
    "title",
    "doses",
    "dosing",
    "population",
    "duration",
    "every",
    "outputs",
)  # of a scenario: what `describe` has, or what moves nothing


def described(results: Sequence[Result]) -> list[str]:
    """Each in one line, `describe`, with what of its person, facts or circumstances is not the same in all."""
    tables = [_flat(result.scenario.table()) for result in results]
    names = dict.fromkeys(name for table in tables for name in table if name[0] not in TOLD)
    apart = [name for name in names if any(table.get(name) != tables[0].get(name) for table in tables)]
    more = [[f"{name[-1]} {_spoken(table[name])}" for name in apart if name in table] for table in tables]
    return [" · ".join([result.describe(), *each]) for result, each in zip(results, more, strict=True)]


def _spoken(value: Any) -> str:
    return ", ".join(map(str, value)) if is_listed(value) else str(value).replace(".0 ", " ")


def _flat(table: Mapping[str, Any], within: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """A table of tables by the keys that lead to each value."""
    found: dict[tuple[str, ...], Any] = {}
    for key, value in table.items():
        found |= _flat(value, (*within, key)) if is_table(value) else {(*within, key): value}
    return found


def share_of(ones: np.ndarray) -> tuple[float, float, float]:
    """The share of people for whom a 0/1 end is 1, with its 95 % interval: (share, low, high),
    Wilson's, which keeps width at 0 and 1. ones: (people,).
    """
    from scipy.stats import binomtest

    between = binomtest(int(ones.sum()), len(ones)).proportion_ci(0.95, "wilson")
    return float(ones.mean()), float(between.low), float(between.high)


def share_under(ones: np.ndarray, draws: int) -> tuple[float, float, float]:
    """The share of people for whom a 0/1 end is 1, and the middle 90 % of what is not known of it: (share, low, high).

    Person k lives under draw k modulo draws. Shares differ from draw to draw more than so few people under each would by
    chance; what is left is taken as a beta law around the share (moments of a beta-binomial). ones: (people,); where each draw
    has one person, nothing but chance can be told, and the share stands for both ends.
    """
    from scipy.stats import beta

    share, which = float(ones.mean()), np.arange(len(ones)) % draws
    each = np.bincount(which, minlength=draws)
    if each.min() < 2 or share in (0.0, 1.0):
        return share, share, share
    under = np.bincount(which, ones, draws) / each
    between = float(under.var(ddof=1) - np.mean(under * (1.0 - under) / (each - 1)))
    between = min(between, 0.99 * share * (1.0 - share))
    if between <= 0.0:
        return share, share, share
    size = share * (1.0 - share) / between - 1.0
    low, high = (float(beta.ppf(q, share * size, (1.0 - share) * size)) for q in (0.05, 0.95))
    return share, low, high


def ratio_of(ones: np.ndarray, among: np.ndarray) -> tuple[float, float, float]:
    """How many times the share of `among` the share of `ones` is, with its 95 % interval (of the logarithm, Katz 1978).

    Half a person is added to counts of none, for the interval only; the ratio to none is nan.
    """
    n, a, b = len(ones), float(ones.sum()), float(among.sum())
    ratio = a / b if b else np.nan
    a, b = (a, b) if a and b else (a + 0.5, b + 0.5)
    half = 1.959964 * np.sqrt(max(1.0 / a + 1.0 / b - 2.0 / n, 0.0))
    return ratio, float(a / b * np.exp(-half)), float(a / b * np.exp(half))
