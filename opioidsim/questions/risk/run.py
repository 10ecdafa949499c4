"""The risk of one use, read from the stored surface of its opioid."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.drug import Drug, load
from opioidsim.cases.scenario import from_table
from opioidsim.facts import units
from opioidsim.questions.question import Who
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Column, Frames, Row
from opioidsim.show.words import percent, tenths
from opioidsim.surfaces import unknown
from opioidsim.surfaces.surface import OUTCOMES, Surface, surface

UNKNOWN = "Not in the ranges: how fast tolerance goes, what else was taken, and how far this physiology holds."


@dataclass(frozen=True, kw_only=True)
class Risk(Answer):
    """Chances of each end of one use; the surface was worked out from its scenario.

    use: the dose; also: sedatives taken with it. tolerance, held: 0..1. sedation: of what is taken
    with it, effect-site concentration over C50, summed. surface: what is read; moved: it, as each draw of what is not known
    moves it, where draws are asked for.
    """

    rows_name = "ends"
    columns = (Column("end", "of such people", text=True), Column("chance", "share", tenths))
    use: Dose
    also: tuple[Dose, ...]
    tolerance: float
    held: float
    sedation: float
    surface: Surface
    moved: tuple[Surface, ...] = ()

    @property
    def head(self) -> str:
        return f"How does {self.use} end, taken at once and alone?"

    @property
    def under(self) -> str:
        taken = f" · with {' and '.join(map(str, self.also))}" if self.also else ""
        return f"tolerance {self.tolerance:g} · {percent(self.held)} of receptors held{taken}"

    @property
    def brackets(self) -> str:
        return f"Ranges, 95 %: chance, of the {self.surface.story['people']} people the surface was made of, and its error between grid points."

    @property
    def lives(self) -> str:
        return "all people's thresholds moved as it moves the typical person's"

    def rows(self) -> list[Row]:
        """One row per end: the share of such people who meet it, with its 95 % interval, or over the draws its median and middle
        90 %; a later end is met by no more people than an earlier one, also where the tails that are extrapolated cross."""
        state = (self.tolerance, self.held, self.sedation)
        if self.moved:
            under = np.quantile(self._chances(self.use.milligrams()), (0.5, 0.05, 0.95), axis=0).T
        else:
            under = [self.surface.interval(outcome, self.use.milligrams(), *state) for outcome in OUTCOMES]
        fewer = np.minimum.accumulate(under)
        return [
            {"end": words, "chance": float(chance), "chance_low": float(low), "chance_high": float(high)}
            for words, (chance, low, high) in zip(OUTCOMES.values(), fewer, strict=True)
        ]

    def _chances(self, dose: float | np.ndarray) -> np.ndarray:
        """The chance of each end of these doses [mg] under each draw, (draws, ends, ...)."""
        state = (self.tolerance, self.held, self.sedation)
        return np.array([[each.chance(outcome, dose, *state) for outcome in OUTCOMES] for each in self.moved])

    def headline(self) -> tuple[str, np.ndarray]:
        return f"the share with {OUTCOMES['arrest']}", self._chances(self.use.milligrams())[
            :, list(OUTCOMES).index("arrest")
        ]

    def unsure(self) -> list[str]:
        ends = (f"{r['end']} {tenths(r['chance_low'])} to {tenths(r['chance_high'])}" for r in self.rows())
        return [f"What is not known, {len(self.moved)} draws of it: {'; '.join(ends)}."]

    def numbers(self) -> dict[str, Any]:
        """By the name of each end: its chance and interval; `sedation` of what is taken with it."""
        ends = zip(OUTCOMES, self.rows(), strict=True)
        told = {name: {"chance": r["chance"], "low": r["chance_low"], "high": r["chance_high"]} for name, r in ends}
        return told | {"sedation": self.sedation}

    def sentences(self) -> list[str]:
        ends = (
            f"{r['end']}: {tenths(r['chance'])} ({tenths(r['chance_low'])} to {tenths(r['chance_high'])})"
            for r in self.rows()
        )
        return [f"How many of such people come to it: {'; '.join(ends)}.", UNKNOWN]

    def curve(self) -> list[Row]:
        """Each end's chance around this use, from an eighth of its dose to eight times it: rows of dose [mg] and chance."""
        doses, state = (
            self.use.milligrams() * 2.0 ** np.linspace(-3.0, 3.0, 61),
            (self.tolerance, self.held, self.sedation),
        )
        chances = np.minimum.accumulate([self.surface.chance(outcome, doses, *state) for outcome in OUTCOMES])
        columns = {"chance": chances}
        if isinstance(self.unknown, Risk):
            ends = np.quantile(self.unknown._chances(doses), (0.05, 0.95), axis=0)
            columns |= dict(
                zip(("chance_unknown_low", "chance_unknown_high"), np.minimum.accumulate(ends, 1), strict=True)
            )
        return [
            {"end": words, "dose_mg": float(mg)} | {name: float(of[i, j]) for name, of in columns.items()}
            for i, words in enumerate(OUTCOMES.values())
            for j, mg in enumerate(doses)
        ]

    def tables(self) -> Frames:
        """curve.csv: chances by end and dose."""
        import pandas as pd

        return {"curve.csv": pd.DataFrame(self.curve())}

    def charts(self) -> Charts:
        from opioidsim.questions.risk.figure import risk

        return {"risk": risk(self)}


def run(use: Dose, also: tuple[Dose, ...], held: float, who: Who) -> Risk:
    """The question's answer; see `risk`."""
    dose, more = parse(use), tuple(map(parse, also))
    if dose.times > 1 or dose.over or dose.at or dose.unit.endswith("/kg"):
        raise Refusal(f'"{dose}" is not one use at once; write for example "heroin 50 mg iv".', where="use")
    for each in more:
        if not load(each.drug).sedation:
            raise Refusal(
                f'"{each}" is no sedative, and only those are stored beside a use; for others ask  opioidsim rescue.',
                where="also",
            )
    stored = surface(dose.drug, dose.route)
    followed = max(units.hours(stored.story["length"]), 1.0)
    late = next((each for each in more if each.at >= followed), None)
    if late:
        raise Refusal(
            f'"{late}" is not taken with a use that is followed for {units.time_text(followed)}; leave out "at".',
            where="also",
        )
    table: dict[str, Any] = {
        "clock": "episode",
        "doses": [dose, *more],
        "duration": units.time_text(followed),
        "person": {"tolerance": who.tolerance},
    }
    draws = who.draws or 0
    scenario = from_table(table | ({"population": {"draws": draws}} if draws else {}), "the question")
    return Risk(
        scenario=scenario,
        use=dose,
        also=more,
        tolerance=float(who.tolerance),
        held=held,
        sedation=_sedation(more, followed),
        surface=stored,
        moved=unknown.under(dose.drug, dose.route, draws) if draws else (),
    )


def _sedation(also: tuple[Dose, ...], hours: float) -> float:
    """What these doses reach in the hours for which the use is followed: the highest sum of effect-site concentration over C50, typical person.

    The highest, since the surface holds one level for the whole use; each counts there as midazolam does at as many C50.
    """
    if not also:
        return 0.0
    from opioidsim.engine.simulate import simulate

    drugs = [load(name) for name in dict.fromkeys(each.drug for each in also)]
    sites = tuple(f"effect_site.{drug.name}" for drug in drugs)
    duration = units.time_text(hours)
    scenario = from_table({"clock": "episode", "doses": also, "duration": duration, "outputs": sites}, "the question")
    result = simulate(scenario)
    return float(np.sum([result[site] / _half(drug) for drug, site in zip(drugs, sites, strict=True)], 0).max())


def _half(drug: Drug) -> float:
    """A sedative's C50 at its effect site [nM]."""
    assert drug.sedation is not None
    half = drug.sedation.C50
    return half.value * units.factor(half.unit, "ng/mL") * 1000.0 / drug.molar_mass.value
