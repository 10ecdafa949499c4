"""The explorer under requests made up from its own description, and under several readers at once."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.mark.parametrize("seconds", [12, pytest.param(60, marks=pytest.mark.long)])
def test_no_request_made_from_the_description_breaks_the_server(own_explorer, tmp_path, seconds):
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    command = [program, "run", f"{own_explorer}/api/openapi.json", "--max-time", str(seconds), "--max-examples", "6", "--request-timeout", "60", "--checks", CHECKS,
               "--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"]  # fmt: skip
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout[-4000:]
    assert "passed" in said.stdout


@pytest.mark.long
def test_twenty_readers_at_once_meet_no_error(explorer):
    bench = runpy.run_path(str(ROOT / "bench" / "explore.py"))
    found = bench["crowd"](explorer, users=20, seconds=15)
    assert found["errors"] == 0 and found["rounds"] >= 20
