"""The receptors that are still held, day by day after the last dose."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases.dose import Dose
from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate
from opioidsim.facts import units
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Column, Row, spread
from opioidsim.show.words import apart, listed, percent, plain, who


@dataclass(frozen=True, kw_only=True)
class Washout(Answer):
    """Mu receptors held by all that was given.

    below: the share under which receptors count as free. days: asked about. day: (times,) [d] after the last dose.
    held: (people, times), shares 0..1, those of all ligands together.
    """

    columns = (
        Column("day", "days after the last dose", plain),
        Column("held", "mu receptors held", percent),
        Column("share_free", "share of people with free receptors", percent),
    )
    below: float
    days: float
    day: np.ndarray
    held: np.ndarray

    @property
    def head(self) -> str:
        return f"When are receptors free after {listed(self.scenario.doses)}?"

    @property
    def under(self) -> str:
        return f"{who(len(self.held))}; free: fewer than {percent(self.below)} of mu receptors are held"

    @property
    def brackets(self) -> str:
        return "Ranges: the middle 90 % of people." if len(self.held) > 1 else ""

    def free_from(self) -> np.ndarray:
        """The day from which each person's receptors stay free [d]; inf if not within the days asked about, also where ever
        more are still held at their end."""
        still = np.cumsum((self.held >= self.below)[:, ::-1], 1)[:, ::-1] > 0  # held now, or again later
        rises = self.held.argmax(1) == len(self.day) - 1
        return np.where(rises, np.inf, np.append(self.day, np.inf)[still.sum(1)])

    def rows(self, every: float = 1.0) -> list[Row]:
        """One row every so many days: median held, with 5th and 95th percentile of a crowd; the share who are free."""
        days = np.arange(0.0, self.day[-1] + 0.5 * every, every)
        each = [self.held[:, np.argmin(np.abs(self.day - day))] for day in days]
        return [
            {"day": float(day), **spread("held", held), "share_free": float((held < self.below).mean())}
            for day, held in zip(days, each, strict=True)
        ]

    def sentences(self) -> list[str]:
        if (self.held < self.below).all():
            return [
                f"At no time are {percent(self.below)} of mu receptors held: at most {apart(self.held.max(), self.below)}."
            ]
        return [f"Fewer than {percent(self.below)} of mu receptors are held {self._from()} after the last dose on."]

    def headline(self) -> tuple[str, np.ndarray]:
        return "days until receptors are free", self.free_from()

    def unsure(self) -> list[str]:
        return [f"For the typical person alone, what is not known: {self._from()}."]

    def _from(self) -> str:
        """From when on receptors are free: of what fades within a day in hours."""
        ends = np.quantile(self.free_from(), (0.05, 0.5, 0.95), method="nearest")
        hours = ends[2] < 1.0
        text = [f"{24.0 * x if hours else x:.1f}" if np.isfinite(x) else f"{self.days:.3g} or later" for x in ends]
        between = f" ({text[0]} to {text[2]})" if text[0] != text[2] else ""
        return f"from {text[1]} h{between}" if hours else f"from day {text[1]}{between}"

    def charts(self) -> Charts:
        import altair as alt

        from opioidsim.show.theme import DASHED, HUES, WIDTH, themed

        often = alt.Data(values=self.rows(max(1 / 24, self.day[-1] / 400)))
        base = alt.Chart(often, width=WIDTH, height=260).encode(alt.X("day:Q", title="days after the last dose"))
        share: dict[str, Any] = {
            "scale": alt.Scale(domain=[0, 1]),
            "axis": alt.Axis(format="%"),
            "title": "mu receptors held",
        }
        layers = [base.mark_line(color=HUES[0]).encode(alt.Y("held:Q", **share))]
        if len(self.held) > 1:
            ends = alt.Y("held_low:Q", **share), alt.Y2("held_high:Q")
            layers.append(base.mark_area(opacity=0.2, color=HUES[0]).encode(*ends))
        if isinstance(self.unknown, Washout):
            other = alt.Data(values=self.unknown.rows(max(1 / 24, self.day[-1] / 400)))
            dashed = base.properties(data=other).mark_line(color=HUES[0], strokeDash=DASHED, strokeWidth=1.4)
            layers += [dashed.encode(alt.Y(f"held_{end}:Q", **share)) for end in ("low", "high")]
        told = " ".join(
            filter(None, [f"{self.under}.", "Band: the middle 90 % of people." if len(self.held) > 1 else ""])
        )
        unsure = "Dashed: what is not known, the middle 90 % of draws for the typical person." if self.unknown else ""
        return {"washout": themed(alt.layer(*layers), self.head, [told, unsure] if unsure else told)}


def run(drug: tuple[Dose, ...], below: float, days: float, whose: Who, work: Work) -> Washout:
    """The question's answer; see `washout`."""
    last = max((at + dose.over for dose in drug for at in dose.starts()), default=0.0)
    end = units.time_text(last + 24.0 * days)
    scenario = from_table({"doses": drug, "duration": end, "every": "1 h", **whose.scenario()}, "the question")
    sites = tuple(name for name in scenario.quantities() if name.startswith("occupancy."))
    if not sites:
        raise Refusal(f"{listed(drug)} holds no mu receptors; give for example naltrexone 50 mg oral.", where="drug")
    scenario, total = scenario.model_copy(update={"outputs": sites}), scenario.people()
    found = simulate(scenario, threads=work.threads, progress=lambda done: work.told(done / total))
    after = found.times >= last - 1e-9
    held = np.sum([found.values[name][:, after] for name in sites], 0)
    return Washout(scenario=scenario, below=below, days=days, day=(found.times[after] - last) / 24.0, held=held)
