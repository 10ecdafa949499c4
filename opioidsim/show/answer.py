"""What every answer has: what was asked, the scenario that was simulated, sentences, tables, figures; and how it is shown."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.scenario import Scenario
from opioidsim.facts.evidence import Fact, Source, sources
from opioidsim.refusal import is_listed, is_table, need
from opioidsim.show import words
from opioidsim.show.words import percent

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import xarray as xr

    from opioidsim.show.tornado import Sensitivity

Row = dict[str, Any]  # of a table: numbers and words, by column
Charts: TypeAlias = "dict[str, alt.TopLevelMixin]"  # by name
Frames: TypeAlias = "Mapping[str, pd.DataFrame | Callable[[Path], list[Path]]]"  # by file name; or what writes the file
CHANCE = 0.75  # of the middle 90 %: 95 % limits of a median of n, normal law, are this over sqrt(n) of that width on each side


@dataclass(frozen=True)
class Column:
    """A column of an answer's table: its name in rows, what it means (with its unit), how a number of it is written.

    Its range, where it has one, stands in the columns name_low and name_high. text: it holds words. shown: whether people see it.
    told_in: the unit of what is written, where that is not the unit of the number.
    """

    name: str
    meaning: str
    write: Callable[[float], str] = words.number
    unit: str = ""
    text: bool = False
    shown: bool = True
    told_in: str = ""

    @property
    def head(self) -> str:
        """Meaning and unit, over a column."""
        unit = self.told_in or self.unit
        return f"{self.meaning} [{unit}]" if unit else self.meaning


@dataclass(frozen=True, kw_only=True)
class Answer(ABC):
    """The protocol of an answer. Each question's own says what its rows, sentences and charts are.

    asked: the question as plain data; `ops.ask(answer.asked)` asks it again. scenario: what was simulated, on which facts
    and cautions hang. `rows_name`: what JSON calls the rows. `rests_on`: groups of the body's facts that are used beside those
    of the scenario. unknown: the same asked of the typical person under draws of what is not known; its people are the draws.
    """

    rows_name: ClassVar[str] = "rows"
    columns: ClassVar[tuple[Column, ...]] = ()
    rests_on: ClassVar[tuple[str, ...]] = ()
    scenario: Scenario
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    unknown: "Answer | None" = None

    @property
    @abstractmethod
    def head(self) -> str:
        """The answer's title: what was asked, in words."""

    @property
    @abstractmethod
    def under(self) -> str:
        """Who was asked about."""

    @property
    def brackets(self) -> str:
        """What a range in the table is: how people differ, what is not known, or chance; "" where there is none."""
        return ""

    @property
    def file_name(self) -> str:
        """The file of the table."""
        return f"{self.asked['question']}.csv"

    @abstractmethod
    def rows(self) -> list[Row]:
        """The table, row by row; ranges in name_low and name_high."""

    @abstractmethod
    def sentences(self) -> list[str]:
        """The answer in sentences."""

    def unsure(self) -> list[str]:
        """Of an answer under draws: what is not known, in sentences."""
        return []

    @property
    def lives(self) -> str:
        """Of an answer under draws: who lives under each of them."""
        crowd = self.scenario.population
        return "people of its own, their number's chance taken off" if crowd and crowd.n else "the typical person"

    def said(self) -> list[str]:
        """The answer in sentences, and what is not known."""
        hangs = [self.sensitivity.sentence()] if self.sensitivity else []
        return [*self.sentences(), *(self.unknown.unsure() if self.unknown else []), *hangs]

    def remarks(self) -> list[str]:
        """Further sentences, for which a report has a section of its own."""
        return []

    @abstractmethod
    def charts(self) -> Charts:
        """The figures by name."""

    def headline(self) -> "tuple[str, np.ndarray] | None":
        """The number that the answer is about, in words with its unit, and for each person, (people,)."""
        return None

    @property
    def sensitivity(self) -> "Sensitivity | None":
        """Which facts the headline hangs on, over the draws of what is not known; None where that was not asked."""
        told = self.unknown.headline() if self.unknown and self.asked.get("sensitivity") else None
        if told is None or self.unknown is None:
            return None
        from opioidsim.facts import posterior
        from opioidsim.show.tornado import sensitivity

        crowd = self.unknown.scenario.population
        assert crowd is not None
        return sensitivity(*told, posterior.of(dict(self.unknown.facts), crowd.draws))

    def figures(self) -> Charts:
        """The figures by name, with that of what the answer hangs on."""
        hangs = self.sensitivity
        if hangs is None:
            return self.charts()
        from opioidsim.show.tornado import tornado

        return self.charts() | {"sensitivity": tornado(hangs, self.head)}

    def tables(self) -> Frames:
        """Further tables by file name, as data frames."""
        return {}

    def numbers(self) -> dict[str, Any]:
        """Further numbers for JSON."""
        return {}

    def told(self) -> dict[str, Any]:
        """What run.json tells besides, as plain data."""
        return {}

    def brief(self) -> list[Row]:
        """The rows that a terminal has room for."""
        return self.rows()

    def lines(self, brief: bool = False) -> list[Row]:
        """The table, or its brief, with what is not known beside it, in name_unknown_low and name_unknown_high."""
        mine = self.brief() if brief else self.rows()
        if self.unknown is None:
            return mine
        theirs = self.unknown.brief() if brief else self.unknown.rows()
        ends = ("_low", "_high")
        found: list[Row] = []
        for row, other in zip(mine, theirs, strict=True):
            ranged = {n for n in other for end in ends if f"{n}{end}" in other}
            found.append(row | {f"{n}_unknown{end}": other[f"{n}{end}"] for n in ranged for end in ends})
        return found

    @property
    def spreads(self) -> str:
        """What each range is, in one place: how people differ, what is not known, and chance."""
        if self.unknown is None:
            return self.brackets
        crowd = self.unknown.scenario.population
        assert crowd is not None
        said = f"In square brackets, what is not known: the middle 90 % of {crowd.draws} joint draws, each with {self.unknown.lives}."
        people = 1 if crowd.n else self.asked.get("people") or 1
        chance = ""
        if people > 1:
            chance = (f"Chance: other {people} people would move a median by up to {percent(CHANCE / people**0.5)} "
                      "of the width of the range of people, 95 times in 100.")  # fmt: skip
        return " ".join(filter(None, [self.brackets, said, chance]))

    @property
    def cautions(self) -> list[Caution]:
        """What the labels warn of in what was simulated."""
        return cautions(self.scenario)

    @property
    def every_scenario(self) -> tuple[Scenario, ...]:
        """What was simulated; several, where an answer sets them beside each other."""
        return (self.scenario,)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Every number that the answer rests on, by name."""
        return provenance.facts(self.scenario, *self.rests_on)

    @property
    def sources(self) -> dict[str, Source]:
        """The publications behind it, by key."""
        return {key: sources()[key] for key in sorted({fact.source for _, fact in self.facts if fact.source})}

    @property
    def table(self) -> "pd.DataFrame":
        """The rows as a data frame; units and meanings in `attrs`."""
        import pandas as pd

        frame = pd.DataFrame(self.lines())
        frame.attrs = {c.name: {"meaning": c.meaning, "unit": c.unit} for c in self.columns}
        return frame

    @property
    def dataset(self) -> "xr.Dataset":
        """The rows as an xarray Dataset, units in attrs."""
        found = self.table.to_xarray()
        for c in self.columns:
            if c.name in found:
                found[c.name].attrs = {"long_name": c.meaning, "units": c.unit}
        return found

    def cells(self, rows: list[Row] | None = None) -> tuple[list[str], list[list[str]]]:
        """The table in words: header and rows of the columns that people see."""
        seen = [c for c in self.columns if c.shown]
        rows = self.lines() if rows is None else rows
        return [c.head for c in seen], [[words.cell(row, c.name, c.write) for c in seen] for row in rows]

    def json(self, files: Sequence[Path] = ()) -> dict[str, Any]:
        """The answer as plain data; null for what there is not."""
        return plain({
            "asked": self.asked, "answer": [*self.said(), *self.remarks(), *provenance.otherwise(self.scenario)], **self.numbers(), self.rows_name: self.lines(),
            **({"sensitivity": {"about": hangs.about, "explained": hangs.explained, "facts": hangs.rows()}} if (hangs := self.sensitivity) else {}),
            "brackets": self.spreads, "cautions": [c.model_dump() for c in self.cautions], "files": list(map(str, files)),
        })  # fmt: skip

    def save(self, folder: str | Path, *, replace: bool = False) -> list[Path]:
        """Table, further tables, figures, report and run.json in `folder`, all or none; returns their paths.

        Refuses a folder that holds another question's files, unless `replace`.
        """
        from opioidsim.show.files import save

        return save(self, Path(folder), replace=replace)

    def plot(self, name: str = "") -> "alt.TopLevelMixin":
        """A figure; the first, or the one of this name."""
        need("altair", "a figure")
        charts = self.figures()
        return charts[name] if name else next(iter(charts.values()))

    def __str__(self) -> str:
        from opioidsim.show.terminal import box

        return box(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from opioidsim.show.page import fragment

        return fragment(self)


def spread(name: str, numbers: np.ndarray) -> dict[str, float]:
    """A column's entries in a row: the median, and the 5th and 95th percentile where there are several numbers."""
    return spreads(name, np.asarray(numbers)[:, None])[0]


def spreads(name: str, numbers: np.ndarray) -> list[dict[str, float]]:
    """The same for each row of a table; numbers: (people, rows)."""
    if len(numbers) == 1:
        return [{name: float(each)} for each in numbers[0]]
    low, middle, high = np.quantile(numbers, (0.05, 0.5, 0.95), axis=0).tolist()
    names = (name, f"{name}_low", f"{name}_high")
    return [dict(zip(names, each, strict=True)) for each in zip(middle, low, high, strict=True)]


def plain(found: Any) -> Any:
    """Plain data for JSON: numbers of numpy as Python's, nan and infinity as null."""
    if is_table(found):
        return {str(key): plain(value) for key, value in found.items()}
    if is_listed(found):
        return [plain(each) for each in found]
    found = found.item() if hasattr(found, "item") else found
    return None if isinstance(found, float) and not isfinite(found) else found
