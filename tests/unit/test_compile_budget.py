"""A small fixed set of shapes: no verb compiles more programs than its budget, and a crowd needs none that a smaller one has not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEARD = """
import sys, jax
names = []
def heard(event, seconds, **told):
    if event == "/jax/core/compile/backend_compile_duration":
        names.append(told.get("fun_name", ""))
jax.monitoring.register_event_duration_secs_listener(heard)
from opioidsim import cli
def asked(*words):
    sys.argv = ["opioidsim", *words]
    try:
        cli.main()
    except SystemExit as end:
        assert not end.code, words
    found = len(names)
    names.clear()
    return found
print("\\n", [asked(*words.split("|")) for words in sys.argv[1:]])
"""
BUDGET = {  # programs of the first answer, and of a crowd of several chunks after a smaller one of the same kind
    "blockade": (8, "blockade|--days|3|--people|140", "blockade|--days|3|--people|300"),
    "rescue": (16, "rescue|--hours|0.1|--people|530", "rescue|--hours|0.1|--people|1100"),
}


@pytest.mark.parametrize("verb", ["blockade", pytest.param("rescue", marks=pytest.mark.long)])
def test_no_verb_compiles_more_than_its_budget(verb):
    most, few, many = BUDGET[verb]
    told = subprocess.run([sys.executable, "-c", HEARD, few, many], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr[-500:]
    first, further = eval(told.stdout.strip().splitlines()[-1])
    assert 0 < first <= most and further == 0, (first, further)
