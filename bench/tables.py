"""What it costs when each of a thousand people has a regimen and covariates of their own, beside one regimen for all.

    python bench/tables.py [--people 1000] [--days 28] [--json FILE]

The jobs take turns, each several times, and the medians of processor and clock seconds are told; the ratio of processor seconds is what
counts, for other work on the machine moves it least. Reading the table is told apart. Before that it makes sure that people of their own
differ: no two have the same doses and weight, and no two the same course.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from opioidsim.cases.scenario import Scenario, from_table  # noqa: E402
from opioidsim.engine import inputs  # noqa: E402
from opioidsim.engine.simulate import simulate  # noqa: E402

TURNS = 7


def tables(folder: Path, people: int, days: int) -> dict[str, Path]:
    """Event tables by what they are: everyone the same; own start, interval, amount and weight; tablets at three intervals."""
    random = np.random.default_rng(1)
    weight, begin = random.uniform(50, 120, people), random.uniform(0, 24, people)
    amount, gap = random.choice([25, 50, 100], people), random.uniform(23, 25, people)
    tablets = random.choice([8, 12, 24], people)
    kinds = {
        "one regimen for all": (np.zeros(people), np.full(people, 50), np.full(people, 24.0), np.full(people, 70.0)),
        "each their own dose and weight": (np.zeros(people), amount, np.full(people, 24.0), weight),
        "each their own, every 8, 12 or 24 h": (np.zeros(people), amount, tablets, weight),
        "each their own, at any time, about daily": (begin, amount, gap, weight),
    }
    found = {}
    for number, (what, (start, dose, interval, kilograms)) in enumerate(kinds.items()):
        found[what] = folder / f"{number}.csv"
        more = ((24 * days - 1 - start) // interval).astype(int)
        rows = [
            f"{i},{start[i]:.2f},{dose[i]},naltrexone,oral,{interval[i]:.2f},{more[i]},{kilograms[i]:.5f}"
            for i in range(people)
        ]
        found[what].write_text("\n".join(["ID,TIME,AMT,DRUG,ROUTE,II,ADDL,WT", *rows]))
    return found


def differ(what: str, scenario: Scenario) -> None:
    """Makes sure that no two of these people have the same regimen and weight, nor the same course."""
    individuals = inputs.read(scenario).regimens
    regimens = {(one.doses, tuple(one.changes[0][1].items())) for one in individuals}
    courses = simulate(scenario)["concentration.naltrexone"]
    alike = len(individuals) - len(regimens), len(courses) - len(np.unique(courses, axis=0))
    assert not any(alike), f"{what}: {alike[0]} have the regimen of another, {alike[1]} the course"


def main() -> None:
    """Runs the jobs and prints seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    common = {"duration": f"{asked.days} d", "every": "1 h"}
    sentence = f"naltrexone 50 mg oral every 24 h x {asked.days}"
    jobs = {"a sentence for a crowd": from_table(common | {"doses": [sentence], "population": {"n": asked.people}})}
    with tempfile.TemporaryDirectory() as folder:
        for what, path in tables(Path(folder), asked.people, asked.days).items():
            begin = time.perf_counter()
            jobs[what] = from_table(common | {"dosing": str(path), "population": {"seed": 1}})
            print(f"{what}: read in {time.perf_counter() - begin:.2f} s")
    took: dict[str, list[tuple[float, float]]] = {what: [] for what in jobs}
    for what, scenario in jobs.items():
        if "their own" in what:
            differ(what, scenario)
    for turn in range(TURNS + 1):
        for what, scenario in jobs.items():
            begin = time.process_time(), time.perf_counter()
            simulate(scenario)
            took[what] += [(time.process_time() - begin[0], time.perf_counter() - begin[1])] if turn else []
    medians = {what: [statistics.median(each) for each in zip(*seconds, strict=True)] for what, seconds in took.items()}
    first, same = medians["a sentence for a crowd"][0], medians["one regimen for all"][0]
    for what, (seconds, clock) in medians.items():
        print(
            f"{what:40s} {seconds:6.3f} s of a processor, {clock:6.3f} s by the clock   "
            f"{seconds / first:5.2f} of the sentence   {seconds / same:5.2f} of the table for all"
        )
    if asked.json:
        seconds = {what: each[0] for what, each in medians.items()}
        asked.json.write_text(json.dumps({"seconds": seconds, "people": asked.people, "days": asked.days}, indent=1))


if __name__ == "__main__":
    main()
