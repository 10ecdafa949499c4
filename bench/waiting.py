"""What one waits for: import, the first answer of each verb, later ones, and what a person costs; beside another checkout in the same run.

    python bench/waiting.py [--against FOLDER] [--verbs run,relapse] [--json FILE]

Each row is a process of its own. Cold: nothing compiled before; warm: the same again; 500: as many people, warm. CPU seconds, since
other work on a shared machine counts less in them than in wall times; the checkouts take turns, row by row.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HABIT = ("--after", "heroin 50 mg iv every 8 h x 9")
VERBS = {  # what is asked of one person, and how a crowd is asked for
    "run": (), "blockade": (), "washout": (), "induction": (), "relapse": HABIT, "abuse": (), "rescue": (), "reversal": (),
    "risk": ("--use", "heroin 50 mg iv"), "trial": ("garbutt-2005",),
}  # fmt: skip
ALONE = {"risk"}  # has no people
PROGRAM = """
import json, sys, time
import jax
found = {"programs": 0, "compiled": 0.0}
def heard(event, seconds, **_):
    if event == "/jax/core/compile/backend_compile_duration":
        found["programs"] += 1
        found["compiled"] += seconds
jax.monitoring.register_event_duration_secs_listener(heard)
begun = time.process_time()
from opioidsim import cli
sys.argv = ["opioidsim", *sys.argv[1:]]
try:
    cli.main()
except SystemExit as end:
    found["status"] = end.code or 0
print("\\n" + json.dumps(found | {"cpu": time.process_time() - begun, "all": time.process_time()}), file=sys.stderr)
"""
PIECES = {  # a cost by the piece: how it is worked out, from two sizes, so that what is paid once falls out
    "a person of relapse [ms]": ("relapse", 136, 544, 1e3),
    "a patient-hour of rescue [ms]": ("rescue", 520, 1560, 1e3 / (1.5 * 2)),
    "a person-day of an opioid trial [us]": ("xbot", 544, 1632, 1e6 / (168 * 2 / 2)),
    "a person-day of an alcohol trial [us]": ("alcohol-tablets", 1088, 5440, 1e6 / 84),
}  # fmt: skip
ASKED = """
import sys, time
import opioidsim as ops
work = ops.Work(threads=1)
def ask(seed):
    who = ops.Who(people=int(sys.argv[2]), seed=seed)  # other people each time: what is known of the same ones is kept
    if sys.argv[1] == "relapse":
        return ops.relapse(after="heroin 50 mg iv every 8 h x 9", day=[2.0], who=who, work=work)
    if sys.argv[1] == "rescue":
        return ops.rescue("fentanyl 2.965 mg iv", product=["naloxone 2 mg im-autoinjector"], doses=[1], hours=1.5, who=who, work=work)
    return ops.trial(sys.argv[1], who=who, work=work)
ask(1)
begun = time.process_time()
ask(2)
print(time.process_time() - begun)
"""


def called(checkout: Path, code: str, *words: str, cache: str = "") -> str:
    """What a program says on standard error, or else on standard output, with the package of this checkout."""
    kept = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }  # as what is installed is
    env = kept | {"PYTHONPATH": str(checkout)} | ({"JAX_COMPILATION_CACHE_DIR": cache} if cache else {})
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=checkout, env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{checkout}: {' '.join(words)} failed: {done.stderr[-500:]}")
    return done.stderr if code is PROGRAM else done.stdout


def words_of(verb: str, people: int, folder: Path) -> list[str]:
    """The words of a verb for so many people."""
    if verb == "run":
        scenario = folder / f"{people}.toml"
        crowd = f"population = {{ n = {people} }}\n" if people > 1 else ""
        scenario.write_text(
            f'title = "t"\ndoses = ["naltrexone 50 mg oral every 24 h x 7"]\nduration = "7 d"\nevery = "1 h"\n{crowd}'
        )
        return ["run", str(scenario)]
    return [
        verb,
        *VERBS[verb],
        *(() if verb in ALONE else ("--people", str(max(people, 30 if verb == "trial" else 1)))),
    ]


def waits(checkout: Path, verb: str) -> dict[str, dict]:
    """What a verb takes cold, warm, and warm with 500 people."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as place:
        found, one, many = {}, words_of(verb, 1, Path(place)), words_of(verb, 500, Path(place))
        for name, words in {"cold": one, "warm": one, "500 before": many, "500": many}.items():
            if verb in ALONE and name.startswith("500"):
                continue
            entries = len(os.listdir(cache))
            found[name] = json.loads(called(checkout, PROGRAM, *words, cache=cache).splitlines()[-1])
            new = len(os.listdir(cache)) - entries
            assert found[name]["status"] == 0, (verb, name)
            assert bool(new) == bool(found[name]["programs"]) if name == "cold" else name != "warm" or not new, "cold is cold, warm is warm"  # fmt: skip
    return found


def piece(checkout: Path, what: str, few: int, many: int, unit: float) -> float:
    """What one more costs: the difference of two sizes."""
    small, large = (float(called(checkout, ASKED, what, str(n)).split()[-1]) for n in (few, many))
    assert large > small, "more people cost more"
    return unit * (large - small) / (many - few)


def imported(checkout: Path, what: str) -> float:
    """CPU seconds of an import, above those of Python itself; the least of three."""
    code = "import time; b = time.process_time(); {}; print(time.process_time() - b)"
    return min(float(called(checkout, code.format(what))) for _ in range(3))


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    read.add_argument("--against", type=Path, help="another checkout, measured in turn")
    read.add_argument("--verbs", default=",".join(VERBS), help="which, separated by commas")
    read.add_argument("--json", type=Path, help="write the figures to this file")
    given = read.parse_args()
    checkouts = [*([given.against.resolve()] if given.against else []), ROOT]
    rows: dict[str, list[float]] = {}
    print("| | " + " | ".join(["before", "after", "ratio"] if given.against else ["now"]) + " |")
    print("| --- " * (2 + 2 * bool(given.against)) + "|")

    def row(name: str, numbers: list[float]) -> None:
        """A line of the table, as it comes."""
        rows[name] = numbers
        ratio = [f"{numbers[0] / numbers[1]:.2f}" if numbers[1] else "–"] if given.against else []
        print(f"| {name} | {' | '.join([f'{n:.3g}' for n in numbers] + ratio)} |", flush=True)

    for what in (
        "import opioidsim; opioidsim.simulate",
        "from opioidsim.engine.simulate import simulate",
        "import jax",
    ):
        row(f"{what} [s]", [imported(each, what) for each in checkouts])
    for name, how in PIECES.items():
        row(name, [piece(each, *how) for each in checkouts])
    for verb in filter(None, given.verbs.split(",")):
        both = [waits(each, verb) for each in checkouts]
        for name in (n for n in both[0] if n != "500 before"):
            row(f"{verb}, {name} [s]", [each[name]["all"] for each in both])
        row(f"{verb}, programs compiled", [max(w["programs"] for w in each.values()) for each in both])
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
