"""Marches of many people as one chunk on a graphics card, beside the processors of the same machine as they are used.

    python bench/device.py [--people 1000,10000,100000] [--until 240] [--out FOLDER]

Two jobs: naltrexone 50 mg a day, 28 days looked at daily; fentanyl 2.965 mg into a vein, one auto-injector, 90 minutes, how it ends.
Wall seconds from what was asked to numbers in the host's memory, drawing people included; the best of two after a first, which
compiles. Rows are written to FOLDER/device.json as they come; none is begun after `--until` seconds. Without a card: the processors alone.
"""

import argparse
import json
import os
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import jax  # noqa: E402
import numpy as np  # noqa: E402

from opioidsim.cases import scenario  # noqa: E402
from opioidsim.engine import chunks, device, inputs, simulate, simulate_episode  # noqa: E402

JOBS = {
    "run, 28 d": {
        "doses": ["naltrexone 50 mg oral every 24 h x 28"], "duration": "28 d", "every": "1 d",
        "outputs": ["concentration.naltrexone", "occupancy.naltrexone"],
    },
    "rescue, 90 min": {
        "clock": "episode", "duration": "90 min", "every": "10 s", "doses": ["fentanyl 2.965 mg iv"],
        "person": {"tolerance": "chronic"}, "rescue": {"drug": "naloxone 2 mg im-autoinjector"},
    },
}  # fmt: skip
COMPARED = 1000  # people whose numbers are held against those of the processors


def answered(job: str, people: int, chosen: str, threads: int | None = None) -> dict[str, np.ndarray]:
    """Every number of everyone, people last."""
    read = inputs.read(scenario.from_table(JOBS[job] | {"population": {"n": people, "seed": 1}}))
    with chunks.study(None, {}, device=chosen):
        if read.clock == "course":
            times, size = simulate.output_times(read)[0], simulate.size_of(read)
            of_chunk = lambda who: jax.tree.map(np.asarray, simulate.quantities(read, who, times))  # noqa: E731
        else:
            size, of_chunk = simulate_episode.size(people), partial(simulate_episode.ends_of_chunk, read)
        parts = list(chunks.each(of_chunk, chunks.of(people, size), threads))
    return {name: np.concatenate([part[name] for part in parts], -1)[..., :people] for name in parts[0]}


def apart(found: dict, wanted: dict) -> tuple[float, int]:
    """The largest difference as a share of a quantity's largest value, of who ends alike; and how many end otherwise."""
    whole = [name for name in wanted if wanted[name].dtype.kind in "ib"]
    found, wanted = (
        {name: np.asarray(v, float)[..., :COMPARED] for name, v in each.items()} for each in (found, wanted)
    )
    other = np.zeros(next(iter(wanted.values())).shape[-1], bool)
    for name in whole:
        other |= found[name] != wanted[name]
    far = 0.0
    for name in wanted.keys() - set(whole):
        a, b = (each[name][..., ~other] for each in (found, wanted))
        far = max(far, float(np.nanmax(np.abs(a - b), initial=0.0) / max(np.nanmax(np.abs(b), initial=0.0), 1e-300)))
    return far, int(other.sum())


def timed(work, repeats: int) -> tuple[float, float, dict]:
    """Wall seconds of the first call, the least of those that follow, and what came."""
    waits = []
    for _ in range(1 + repeats):
        begun = time.perf_counter()
        found = work()
        waits.append(time.perf_counter() - begun)
    return waits[0], min(waits[1:], default=waits[0]), found


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    read.add_argument("--people", default="1000,100000,10000", help="how many, separated by commas")
    read.add_argument("--until", type=float, default=1e9, help="seconds after which no further row is begun")
    read.add_argument("--out", type=Path, help="folder for device.json")
    given = read.parse_args()
    try:
        cards = jax.devices("gpu")
    except RuntimeError:
        cards = []
    names = {
        "processors": f"{os.cpu_count()} cores",
        "card": cards[0].device_kind if cards else "none",
        "jax": jax.__version__,
    }
    print(", ".join(f"{key}: {value}" for key, value in names.items()))
    print(
        "| job | people | on | first [s] | after [s] | ms a person | times the processors | differs by | end otherwise |"
    )
    print("| --- " * 9 + "|", flush=True)
    rows, begun, wanted, per_person = [], time.perf_counter(), {}, {}

    def row(job: str, people: int, chosen: str, repeats: int) -> None:
        """A line of the table, and the file with it."""
        if time.perf_counter() - begun > given.until:
            return
        first, after, found = timed(lambda: answered(job, people, chosen), repeats)
        if chosen == device.CPU:
            per_person[job, people] = after / people
            wanted.setdefault(job, found)
        far, other = apart(found, wanted[job]) if job in wanted else (np.nan, 0)
        ratio = per_person.get((job, people), np.nan) / (after / people)
        used = (cards[0].memory_stats() or {}).get("peak_bytes_in_use") if chosen == device.GPU else None
        rows.append({"job": job, "people": people, "on": chosen, "first_s": first, "after_s": after, "ratio": ratio,
                     "apart": far, "otherwise": other, "peak_bytes": used})  # fmt: skip
        print(
            f"| {job} | {people} | {chosen} | {first:.2f} | {after:.3f} | {1e3 * after / people:.4f} | {ratio:.1f} | {far:.1e} | {other} |",
            flush=True,
        )
        if given.out:
            given.out.mkdir(parents=True, exist_ok=True)
            (given.out / "device.json").write_text(
                json.dumps(names | {"rows": rows}, indent=1) + "\n", encoding="utf-8"
            )

    for people in map(int, given.people.split(",")):
        for job in JOBS:
            row(job, people, device.CPU, 1 if people <= 10_000 else 0)
            if cards:
                row(job, people, device.GPU, 2)
    several = [r for r in rows if r["on"] == device.CPU and r["job"] == next(iter(JOBS))]
    assert len(several) < 2 or len({round(r["after_s"], 3) for r in several}) > 1, "more people take longer"


if __name__ == "__main__":
    main()
