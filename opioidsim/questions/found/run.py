"""The answer of how many doses are enough."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from opioidsim.cases import cautions, provenance
from opioidsim.cases import found as scenes
from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.person import drawn, normal, uniform
from opioidsim.cases.scenario import STEP, Scenario, from_table
from opioidsim.engine import chunks, inputs, simulate_episode
from opioidsim.engine.handover import begin
from opioidsim.engine.rescue_arrays import delay_of
from opioidsim.engine.result import share_of
from opioidsim.facts.evidence import Fact
from opioidsim.questions.found import words
from opioidsim.questions.question import Who, Work
from opioidsim.refusal import Refusal
from opioidsim.show.answer import Answer, Charts, Frames, Row

ENOUGH = (50, 90, 95)  # percent of those who are given any
KEPT = (
    "cardiac_arrest",
    "trigger_s",
    "collapse_s",
    "doses_given",
    "recovered_s",
    "depressed_again_s",
    "still_depressed",
)


@dataclass(frozen=True, kw_only=True)
class Found(Answer):
    """Overdoses as they are found, and what each product does. ends: product -> name -> (people,), see `simulate_episode.ends`,
    with who they are: `milligrams` of the opioid, `tolerance`, `sedative`, `comes_s`, when help has come (nan: nobody was called)."""

    rows_name = "products"
    columns = words.COLUMNS
    scene: scenes.Scene
    scenarios: tuple[Scenario, ...]
    most: int
    between: str
    ends: dict[str, dict[str, np.ndarray]]

    @property
    def people(self) -> int:
        """How many took what is on the street."""
        return len(next(iter(self.ends.values()))["milligrams"])

    @property
    def head(self) -> str:
        return f"How many doses are enough? {self.scene.title}"

    @property
    def under(self) -> str:
        return f"{self.people} people take what is there; found are those who breathe under {100.0 * self.scene.level.value:.0f} % of their baseline"

    @property
    def brackets(self) -> str:
        return "Ranges, 95 %: chance, of so many people."

    @property
    def cautions(self) -> list[cautions.Caution]:
        return cautions.joined(self.scenarios)

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Those of every product's scenario, and of what is found."""
        every = {name: fact for each in self.scenarios for name, fact in provenance.facts(each)}
        return list((every | self.scene.facts()).items())

    def rows(self) -> list[Row]:
        """One row per product: found alive, given any, doses for 50, 90 and 95 % of these, given more than one, back in 5 minutes, falls back."""
        return [self._row(product) for product in self.ends]

    def _row(self, product: str) -> dict[str, Any]:
        """One product."""
        e = self.ends[product]
        called, alive, helped = np.isfinite(e["trigger_s"]), self.alive(product), self.helped(product)
        row: Row = {
            "product": product,
            "found": int(called.sum()),
            "alive": int(alive.sum()),
            "helped": int(helped.sum()),
        }
        needed = self.needed(product)
        for percent in ENOUGH:
            row[f"doses_{percent}"] = words.doses(needed, percent, self.most)
        row |= _share("too_late", ~alive[called])
        counted = {"more_than_one": self.given(product) > 1, "back_5": self.after(product) <= 5.0, "dies": e["cardiac_arrest"][helped] == 1,
                   "again": np.isfinite(e["depressed_again_s"][helped]) & (e["cardiac_arrest"][helped] == 0)}  # fmt: skip
        for name, ones in counted.items():
            row |= _share(name, ones)
        return row

    def alive(self, product: str) -> np.ndarray:
        """Whom help reaches before the circulation fails, (people,)."""
        e = self.ends[product]
        return np.isfinite(e["trigger_s"]) & ~(e["collapse_s"] <= e["comes_s"])

    def helped(self, product: str) -> np.ndarray:
        """Who is given any, (people,): of those found alive whoever does not breathe enough again before help has come."""
        return self.alive(product) & (self.ends[product]["doses_given"] > 0)

    def after(self, product: str) -> np.ndarray:
        """Minutes from when help has come until breathing is back, of those given any; infinite where it never is."""
        e = self.ends[product]
        minutes = (e["recovered_s"] - e["comes_s"]) / 60.0
        return np.where(np.isfinite(minutes) & (e["cardiac_arrest"] == 0), minutes, np.inf)[self.helped(product)]

    def share_as_seen(self, seen: scenes.Seen) -> float | None:
        """The share here of what was seen in the field; None where that product was not asked for, or nobody was found."""
        name = str(parse(seen.product))
        if name not in self.ends or not self.helped(name).any():
            return None
        called = np.isfinite(self.ends[name]["trigger_s"])
        dead = called & (~self.alive(name) | (self.ends[name]["cardiac_arrest"] == 1))
        ones = {
            "more than one dose": self.given(name) > 1,
            "more than two doses": self.given(name) > 2,
            "back within 5 min": self.after(name) <= 5.0,
            "back within 10 min": self.after(name) <= 10.0,
            "dead": dead[called],
        }
        return float(ones[seen.measure].mean())

    def given(self, product: str) -> np.ndarray:
        """Doses given to those who are given any."""
        return self.ends[product]["doses_given"][self.helped(product)]

    def needed(self, product: str) -> np.ndarray:
        """Doses after which breathing was back, of those given any; infinite where `most` did not bring it back."""
        e, helped = self.ends[product], self.helped(product)
        back = np.isfinite(e["recovered_s"]) & (e["cardiac_arrest"] == 0) & (e["still_depressed"] == 0)
        return np.where(back, e["doses_given"], np.inf)[helped]

    def sentences(self) -> list[str]:
        return words.sentences(self)

    def numbers(self) -> dict[str, Any]:
        return {"scene": self.scene.title, "people": self.people, "most": self.most, "between": self.between}

    def told(self) -> dict[str, Any]:
        """What is found, as it was read."""
        return {"scene": self.scene.model_dump(mode="json", exclude_defaults=True)}

    def tables(self) -> Frames:
        """people.parquet: who they are and how it ends, by product and person; practice.csv: what is known of helpers besides."""
        import pandas as pd

        practice = pd.DataFrame([each.model_dump() for each in self.scene.practice])
        return ({"practice.csv": practice} if len(practice) else {}) | {"people.parquet": pd.concat([pd.DataFrame({"product": name, "person": np.arange(self.people)} | e) for name, e in self.ends.items()])}  # fmt: skip

    def charts(self) -> Charts:
        from opioidsim.questions.found.figure import charts

        return charts(self)


def _share(name: str, ones: np.ndarray) -> dict[str, float | None]:
    """A share with its interval; None of nobody."""
    numbers = share_of(ones) if len(ones) else (None,) * 3
    return dict(zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True))


def run(
    scene: str, product: tuple[Dose, ...], most: int, interval: str | None, hours: float, who: Who, work: Work
) -> Found:
    """The question's answer; see `found`. The same people take the same in every arm."""
    known = scenes.read(scene)
    between = interval or known.waits.between
    people, scenarios = who.people or 1, list[Scenario]()
    ends: dict[str, dict[str, np.ndarray]] = {}
    kinds = [(each, helps, each.share * share) for each in known.opioids for share, helps in known.helped()]
    if people < len(kinds) * 2:
        raise Refusal(f"{people} people are too few; give {2 * len(kinds)} or more.", where="people")
    for number, given in enumerate(product):
        part, mine = work.part(number, len(product)), list[dict[str, np.ndarray]]()
        first = 0
        for place, (each, helps, share) in enumerate(kinds, 1):
            last = people if place == len(kinds) else first + max(round(share * people), 1)
            scenarios.append(_scenario(known, each, helps, given, most, between, hours, who))
            mine.append(_taken(known, each, scenarios[-1], range(first, last), work))
            first = last
            part.told(last / people)
        ends[str(given)] = {name: np.concatenate([some[name] for some in mine]) for name in mine[0]}
    return Found(scenario=scenarios[-1], scene=known, scenarios=tuple(scenarios), most=most, between=between, ends=ends)


def _scenario(
    known: scenes.Scene,
    taken: scenes.Taken,
    helps: tuple[str, ...],
    given: Dose,
    most: int,
    interval: str,
    hours: float,
    who: Who,
) -> Scenario:
    """An opioid and a product as a scenario, with the median dose and the sedative."""
    level = f"{100.0 * known.level.value:.12g} % of baseline"
    besides = [f"{each} if ventilation < {level}" if each.startswith("oxygen") and " if " not in each else each for each in helps]  # fmt: skip
    again = f" every {interval} x {most} until ventilation > {level}" if most > 1 else ""
    rule = {
        "when": f"ventilation < {level}",
        "steps": [*besides, f"{given}{again}"],
        "interval": interval,
        "comes": [known.comes.early, known.comes.late],
    }
    doses = [taken.sentence, *([known.sedative.dose] if known.sedative else [])]
    table = who.scenario() | {
        "clock": "episode",
        "duration": f"{hours:.12g} h",
        "every": "10 s",
        "doses": doses,
        "rescue": rule,
    }
    return from_table(table, "the question")


def _taken(
    known: scenes.Scene, taken: scenes.Taken, scenario: Scenario, who: range, work: Work
) -> dict[str, np.ndarray]:
    """How it ends for these people, and who they are."""
    given, steps = inputs.read(scenario), round(scenario.duration * 3600.0 / STEP)
    size = simulate_episode.size(len(who))

    def one(group: range) -> dict[str, np.ndarray]:
        """A chunk of them; person numbers run through all opioids."""
        mine = range(who.start + group.start, who.start + group.stop)
        times = drawn(taken.dose, normal(given.seed, f"found.{taken.drug}.dose", mine))
        low, high = known.tolerance.low or 0.0, known.tolerance.high or known.tolerance.value
        tolerance = low + (high - low) * uniform(given.seed, "found.tolerance", mine)
        with_it = uniform(given.seed, "found.sedative", mine) < (known.sedative.share if known.sedative else 0.0)
        ready = begin(given.later({"person.tolerance": np.append(np.zeros(mine.start), tolerance)}), mine)
        begins_and_ends = [times] * (2 if taken.over else 1)
        each = np.stack([*begins_and_ends, *([with_it * 1.0] if known.sedative else [])])[:, None]
        tally = simulate_episode.tallied(ready, steps, times=each)
        ends = simulate_episode.ends(ready, tally, mine)
        return {name: ends[name] for name in KEPT} | {
            "milligrams": taken.dose.value * times, "tolerance": tolerance, "sedative": with_it, "comes_s": ends["trigger_s"] + delay_of(given, mine),
        }  # fmt: skip

    parts = list(chunks.each(one, chunks.of(len(who), size), work.threads))
    return {name: np.concatenate([part[name] for part in parts])[: len(who)] for name in parts[0]}
