"""The answer of the question how much deadlier the first weeks after release, or after treatment, are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from opioidsim.cases import cautions, provenance
from opioidsim.cases.known import refuse_unused
from opioidsim.facts.evidence import Fact
from opioidsim.questions.question import Who, Work
from opioidsim.questions.release import words
from opioidsim.questions.release.model import (
    OPIOID,
    RATIOS,
    RESTS_ON,
    ROUTE,
    Deaths,
    between_places,
    courses,
    deaths,
    published,
)
from opioidsim.show.answer import Answer, Charts, Row
from opioidsim.surfaces import grid
from opioidsim.surfaces.surface import surface

PLACES = ndtri((np.arange(99) + 0.5) / 99)  # standard normal, evenly by chance


@dataclass(frozen=True, kw_only=True)
class Release(Answer):
    """The stated model beside what was published.

    found: its numbers. change: facts that had another value. scenario: the habit with which
    tolerance comes back; the deaths themselves are read from the risk surface of heroin.
    """

    rows_name = "comparisons"
    columns = words.COLUMNS
    found: Deaths
    change: dict[str, str]

    @property
    def cautions(self) -> list[cautions.Caution]:
        """What the labels warn of in the habit and the treatments."""
        return cautions.joined(courses(self.change))

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """The facts of the habit, the treatments, adaptation and return to use, and those behind the risk surface."""
        found = dict(grid.known(OPIOID, ROUTE))
        found |= dict(pair for scenario in courses(self.change) for pair in provenance.facts(scenario, *RESTS_ON))
        return list(found.items())

    @property
    def head(self) -> str:
        return "Heroin after release from prison, and after treatment"

    @property
    def under(self) -> str:
        many = len(self.found.dose)
        known = f"{many} joint draws of what is not known" if many > 1 else "point values"
        people = surface(OPIOID, ROUTE).story["people"]
        return f"{known}; how one use ends is read from the stored surface of {people} people"

    @property
    def brackets(self) -> str:
        return words.brackets(self)

    def rows(self) -> list[Row]:
        """What the model says, 5th to 95th percentile, beside each published number, and whether the two meet."""
        return compared(self.found)

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        """weeks: deaths per 100 person-years by week, each reading of what is not known."""
        return {"weeks": self.found.weeks.T.tolist()}

    def charts(self) -> Charts:
        from opioidsim.questions.release.figure import release

        return {"release": release(self)}


def compared(found: Deaths) -> list[Row]:
    """The model beside the published numbers, in the order of `RATIOS`. elsewhere: where the number of one more place lies, which
    differs from others beyond what is not known."""
    rows: list[Row] = []
    for seen in published():
        ratios = found.ratios[seen["measure"]]
        low, middle, high = (float(x) for x in np.quantile(ratios, (0.05, 0.5, 0.95)))
        elsewhere = np.exp(np.log(ratios)[:, None] + between_places() * PLACES)
        row: Row = {"what": seen["measure"], "model": middle, "model_low": low, "model_high": high}
        row["place_low"], row["place_high"] = (float(x) for x in np.quantile(elsewhere, (0.05, 0.95)))
        row["elsewhere"] = f"{words.times(row['place_low'])} to {words.times(row['place_high'])}"
        row["fold"] = row["place_high"] / row["place_low"]
        row |= {"published": seen["observed"], "published_low": seen["low"], "published_high": seen["high"]}
        row["within"] = row["place_low"] <= row["published"] <= row["place_high"]
        row["median_within"] = row["published_low"] <= middle <= row["published_high"]
        row["ranges_meet"] = row["published_low"] <= row["place_high"] and row["place_low"] <= row["published_high"]
        row["verdict"] = "agrees" if row["within"] else "ranges meet" if row["ranges_meet"] else "FAILS"
        rows.append(row | {"source": seen["source"], "where": seen["where"]})
    return sorted(rows, key=lambda row: RATIOS.index(row["what"]))


def run(draws: int, who: Who, work: Work) -> Release:
    """The question's answer; see `release`."""
    refuse_unused(courses(who.change), RESTS_ON)
    found = deaths(draws, not who.point, work, who.change)
    return Release(scenario=courses(who.change)[0], found=found, change=dict(who.change))
