"""The question on the page as a command and as Python, to be run elsewhere with the same numbers."""

import shlex
from typing import Any

from opioidsim.cases import trial_plan
from opioidsim.cases.scenario import Scenario

WHICH = ("first", "second")  # of two scenarios that are compared
TYPICAL: dict[str, Any] = {"seed": 1, "also": [], "interval": "150 s"}


def run_command(*scenarios: Scenario) -> str:
    """The scenario as a file, and the verb that runs it; of two that are compared, both, each with a folder of its own."""
    if len(scenarios) == 1:
        return _run(scenarios[0], "scenario", "results")
    return "\n".join(_run(each, which, f"results/{which}") for which, each in zip(WHICH, scenarios, strict=True))


def _run(scenario: Scenario, name: str, folder: str) -> str:
    return f"cat > {name}.toml <<'END'\n{scenario.toml()}END\nopioidsim run {name}.toml --out {folder}\n"


def run_python(*scenarios: Scenario) -> str:
    """The scenario as Python text; of two that are compared, both."""
    head = "import opioidsim as ops\nfrom opioidsim.cases.scenario import loads\n\n"
    loaded = [f'loads(r"""\n{each.toml()}""")' for each in scenarios]
    if len(scenarios) == 1:
        return f"{head}scenario = {loaded[0]}\nresult = ops.simulate(scenario)\nprint(result.outcomes())\n"
    named = "".join(f"{which} = {text}\n" for which, text in zip(WHICH, loaded, strict=True))
    return f"{head}{named}for scenario in ({', '.join(WHICH)}):\n    result = ops.simulate(scenario)\n    print(result.outcomes())\n"


READ = {  # verbs that Python knows by another name: module, function, and how its answer is shown
    "risk": ("opioidsim.surfaces.surface", "read", "print(found)"),
    "release": ("opioidsim.questions.release.run", "both", "for reading, answer in found.items():\n    for row in answer.rows():\n        print(reading, row)"),
}  # fmt: skip
FLAGS = {
    "antagonist": "--antagonist",
    "products": "--product",
    "delays": "--delay",
    "days": "--day",
    "regimens": "--regimen",
    "medicines": "--medicine",
    "takers": "--taker",
}


def command(verb: str, body: dict) -> str:
    """A question as a command."""
    words = ["opioidsim", verb, *([body["plan"]] if verb == "trial" else [])]
    for key, value in body.items():
        if value is None or key == "plan":
            continue
        flag = "--days" if (verb, key) == ("blockade", "days") else FLAGS.get(key, f"--{key}")
        for each in value if isinstance(value, list) else [value]:
            if TYPICAL.get(key) != value:
                words += [flag, f"{each:g}" if isinstance(each, float) else str(each)]
    return shlex.join([*words, "--out", "results"]) + "\n"


def python(verb: str, body: dict) -> str:
    """A question as Python text."""
    given = {key: value for key, value in body.items() if TYPICAL.get(key) != value and value is not None}
    if verb in READ:
        words, rows = ", ".join(f"{key}={value!r}" for key, value in given.items()), READ[verb]
        return f"from {rows[0]} import {rows[1]}\n\nfound = {rows[1]}({words})\n{rows[2]}\n"
    if verb == "trial":
        verb = "drinking_trial" if trial_plan.read(body["plan"]).condition == "alcohol" else "trial"
    tolerance = given.pop("tolerance", None)
    words = [f"{key}={value!r}" for key, value in given.items()]
    if tolerance is not None:
        words.append(f"person=ops.Person(tolerance={tolerance!r})")
    return f"import opioidsim as ops\n\nanswer = ops.{verb}({', '.join(words)})\nfor row in answer.rows():\n    print(row)\n"
