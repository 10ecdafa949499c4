"""Who is rescued from this overdose, by which antagonist, given how soon and how often?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from opioidsim.cases import provenance
from opioidsim.cases.dose import Dose, parse
from opioidsim.cases.drug import load
from opioidsim.cases.person import Person, Population
from opioidsim.cases.scenario import Before, Scenario
from opioidsim.engine import chunks, inputs, simulate_episode
from opioidsim.engine.result import Result, share_of
from opioidsim.facts import units
from opioidsim.facts.evidence import build
from opioidsim.refusal import Refusal

NOBODY = "nobody helps"
MOST_ARMS = 60


@dataclass(frozen=True)
class Arm:
    """The same people, helped in one way. ends: name -> (people,), see `simulate_episode.ends`."""

    product: str
    doses: int
    delay: float  # s
    scenario: Scenario
    ends: dict[str, np.ndarray]

    @property
    def label(self) -> str:
        """The arm in words."""
        if not self.doses:
            return NOBODY
        return f"{self.doses} x {self.product}, after {units.time_text(self.delay / 3600.0)}"

    def share(self, what: str) -> tuple[float, float, float]:
        """The share of people for whom a 0/1 end is 1, with its 95 % interval (Wilson)."""
        return share_of(self.ends[what])

    def row(self) -> dict:
        """The arm as a row: shares with intervals, and medians over those who survive."""
        alive = self.ends["cardiac_arrest"] == 0
        row: dict = {"arm": self.label, "product": self.product, "doses": self.doses, "delay_s": self.delay}
        again = np.isfinite(self.ends["depressed_again_s"])
        for name, (share, low, high) in {
            "arrest": self.share("cardiac_arrest"),
            "further_dose": share_of(self.ends["still_depressed"]) if self.doses else (np.nan,) * 3,
            "depressed_again": share_of(again & alive) if self.doses else (np.nan,) * 3,
        }.items():
            row |= {name: share, f"{name}_low": low, f"{name}_high": high}
        for name in ("rescue_time_s", "lowest_arterial_o2", "recovered_s"):
            numbers = self.ends[name][alive]
            numbers = numbers[np.isfinite(numbers)]
            row[name] = float(np.median(numbers)) if len(numbers) else np.nan
        return row


@dataclass(frozen=True)
class Rescue:
    """An overdose and what each way of helping does, to the same people; the first arm is that nobody helps.

    curves: arm label -> what happens to the typical person.
    """

    opioid: Dose
    people: int
    arms: tuple[Arm, ...]
    curves: dict[str, Result]

    def rows(self) -> list[dict]:
        """One row per arm."""
        return [arm.row() for arm in self.arms]


def rescue(
    opioid,
    products=("naloxone 4 mg nasal",),
    doses: Iterable[int] = (1,),
    delays: Iterable[str] = ("60 s",),
    interval: str = "150 s",
    when: str = "ventilation < 40 % of baseline",
    if_needed: bool = False,
    people: int = 1,
    seed: int = 1,
    person: Person | None = None,
    also: Iterable = (),
    before: Before | None = None,
    duration: str = "90 min",
    table: tuple[str, ...] = (),
    readings: dict[str, str] | None = None,
    second_look: bool = False,
    folder: Path | None = None,
    resume: bool = False,
    threads: int | None = None,
    cluster: str = "",
    progress=None,
) -> Rescue:
    """The overdose `opioid` (a dose sentence) in `people`, helped in every combination of products, doses and delays.

    also: further doses, such as a sedative. before: the course that leads up to it. person: by default the published
    chronic user, tolerance 1. table: tables of draws instead of `seed`. folder: where finished chunks are kept; with
    `resume` those of an earlier, interrupted call are used. progress: called with the share done, 0..1.
    Raises Refusal for input that cannot be used.
    """
    dose = parse(opioid)
    ways = _ways(dose, products, doses, delays)
    common = {
        "clock": "episode", "duration": duration, "every": "10 s", "doses": (dose, *map(parse, also)), "before": before,
        "person": person or Person(tolerance=1.0), "readings": readings or {}, "second_look": second_look,
        "population": Population(n=people, seed=seed, table=table) if people > 1 or table else None,
    }  # fmt: skip
    rule = {"when": when, "interval": interval, "if_needed": if_needed}
    scenarios = [
        build(Scenario, common | {"rescue": rule | {"drug": product, "doses": n, "delay": delay}}, "the question")
        for product, n, delay in ways
    ]
    total = scenarios[0].people()
    arms = []
    for number, ((product, n, _), scenario) in enumerate(zip(ways, scenarios, strict=True)):
        ends: dict[str, list] = {}
        done = 0
        for part in _parts(scenario, total, folder and folder / f"arm-{number:02d}", resume, threads, cluster):
            for name, column in part.items():
                ends.setdefault(name, []).append(column)
            done += len(part["cardiac_arrest"])
            if progress:
                progress((number + min(done / total, 1.0)) / len(ways))
        columns = {name: np.concatenate(parts)[:total] for name, parts in ends.items()}
        arms.append(Arm(product, n, scenario.rescue.delay if scenario.rescue else 0.0, scenario, columns))
    typical = [s.model_copy(update={"population": None}) for s in scenarios]
    shown = {arm.label: simulate_episode.simulate(s, threads=threads) for arm, s in zip(arms, typical, strict=True)}
    return Rescue(dose, total, tuple(arms), shown)


def _ways(dose: Dose, products, doses, delays) -> list[tuple[str, int, str]]:
    """Nobody first; then each product, number of doses and delay."""
    if load(dose.drug).role not in ("agonist", "partial agonist"):
        raise Refusal(
            f'"{dose}" is no overdose of an opioid: {dose.drug} is a {load(dose.drug).role}. Give for example "fentanyl 2 mg iv".'
        )
    products = [products] if isinstance(products, str | Dose) else list(products)
    doses, delays = list(doses), [delays] if isinstance(delays, str) else list(delays)
    if not (products and doses and delays):
        raise Refusal(
            'give at least one product, one number of doses and one delay, for example "naloxone 4 mg nasal", 1 and "60 s".'
        )
    ways = [
        (str(parse(product)), n, delay)
        for product in products
        for n in dict.fromkeys(doses)
        for delay in dict.fromkeys(delays)
    ]
    if len(ways) > MOST_ARMS:
        raise Refusal(f"{len(ways)} ways of helping were asked for; at most {MOST_ARMS} at once.")
    if min(doses) < 1:
        raise Refusal(
            f"{min(doses)} doses were asked for; give one or more. What happens when nobody helps is always shown."
        )
    return [(ways[0][0], 0, ways[0][2]), *dict.fromkeys(ways)]


def _parts(scenario: Scenario, total: int, folder: Path | None, resume: bool, threads, cluster) -> Iterator[dict]:
    """The ends of each chunk of people, in order."""
    run = partial(simulate_episode.ends_of_chunk, inputs.read(scenario))
    groups = chunks.of(total, simulate_episode.size(total))
    if folder is None:
        return chunks.each(run, groups, threads, cluster)
    asked, model = provenance.question(scenario), provenance.model([scenario])
    return chunks.kept(run, groups, folder, asked, resume, model, threads=threads, cluster=cluster)
