"""A small fixed set of shapes: no verb compiles more programs than its budget, and a crowd needs none that a smaller one has not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEARD = """
import json, sys, jax
compiled = 0
def heard(event, *_, **__):
    global compiled
    compiled += event == "/jax/core/compile/backend_compile_duration"
jax.monitoring.register_event_duration_secs_listener(heard)
"""
TWICE = """
from opioidsim import cli
def asked(*words):
    global compiled
    compiled, sys.argv = 0, ["opioidsim", *words]
    try:
        cli.main()
    except SystemExit as end:
        assert not end.code, words
    return compiled
print("\\n" + json.dumps([asked(*words.split("|")) for words in sys.argv[1:]]))
"""
EACH = """
from opioidsim.questions import questions
from test_every_question import SMALL
found = {}
for name, asked in SMALL.items():
    jax.clear_caches()
    compiled = 0
    questions()[name].ask(asked)
    found[name] = compiled
print("\\n" + json.dumps(found))
"""
BUDGET = {  # programs of the quickest question of each verb, where nothing was asked before
    "run": 10, "blockade": 9, "rescue": 6, "induction": 7, "relapse": 14, "risk": 0, "release": 11, "abuse": 9, "reversal": 6,
    "washout": 2, "trial": 3, "found": 5, "worth": 11, "optimise": 10, "enough": 5, "fit": 30, "compare": 1,
}  # fmt: skip
CROWDS = {  # a crowd of several chunks after a smaller one of the same kind
    "blockade": ("blockade|--days|3|--people|140", "blockade|--days|3|--people|300"),
    "rescue": ("rescue|--hours|0.1|--people|530", "rescue|--hours|0.1|--people|1100"),
}


def told(program: str, *words: str):
    """What a process of its own says last of how many programs were compiled."""
    done = subprocess.run([sys.executable, "-c", HEARD + program, *words], cwd=ROOT / "tests/unit/questions", capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.long
@pytest.mark.parametrize("verb", ["blockade", "rescue"])
def test_a_larger_crowd_compiles_nothing_more(verb):
    first, further = told(TWICE, *CROWDS[verb])
    assert first > 0 and further == 0, (first, further)


@pytest.mark.long
def test_no_verb_compiles_more_than_its_budget():
    found = told(EACH)
    assert found.keys() == BUDGET.keys()
    assert {verb: many for verb, many in found.items() if many > BUDGET[verb]} == {}
