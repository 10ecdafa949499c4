"""The explorer under requests made up from its own description, and under several readers at once."""

import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from opioidsim.questions import questions
from opioidsim.web.questions import asked_here

ROOT = Path(__file__).parents[2]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_the_verb_starts_answers_and_stops_when_told():
    command = [sys.executable, "-m", "opioidsim.cli", "explore", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            found = re.search(r"http://\S+", server.stdout.readline())
            assert httpx.get(found[0], timeout=60).status_code == 200
            server.send_signal(signal.SIGINT)
            assert "Traceback" not in server.communicate(timeout=120)[0]
        finally:
            server.kill()


def test_no_request_made_from_the_description_breaks_the_server(own_explorer, tmp_path):
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    command = [program, "run", f"{own_explorer}/api/openapi.json", "--max-time", "4", "--max-examples", "3", "--request-timeout", "120", "--checks", CHECKS,
               "--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"]  # fmt: skip
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout[-4000:]
    assert "passed" in said.stdout


@pytest.mark.long
def test_twenty_readers_at_once_meet_no_error(explorer):
    bench = runpy.run_path(str(ROOT / "bench" / "explore.py"))
    found = bench["crowd"](explorer, users=20, seconds=15)
    assert found["errors"] == 0 and found["rounds"] >= 20


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read as Linux tells it")
def test_a_server_holds_less_than_800_mb_after_long_questions_crowds_and_a_file():
    command = [sys.executable, "-m", "opioidsim.cli", "explore", "--no-browser", "--port", "0"]
    crowd = {
        "doses": ["naltrexone 380 mg im-depot", "heroin 25 mg iv at 21 d"],
        "duration": "42 d",
        "population": {"n": 200},
    }
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = re.search(r"http://\S+", server.stdout.readline())[0].rstrip("/")
            with httpx.Client(base_url=address, timeout=300) as client:
                for name in ("abuse", "release", "trial"):
                    question = questions()[name]
                    asked = question.read(
                        {each.name: each.ask.example for each in question.parameters if each.required}
                    )
                    said = question.data(asked)
                    body = {each.name: said[each.name] for each in asked_here(question) if each.name in said}
                    job = client.post(f"/api/{name}", json=body).json()
                    while job["state"] in ("waiting", "running"):
                        job = client.get(f"/api/jobs/{job['id']}?wait=1").json()
                    assert job["state"] == "done", job
                    assert client.post("/api/run", json={"scenario": crowd}).status_code == 200
                assert client.post("/api/run/figure.png", json={"scenario": crowd}).status_code == 200
            pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
            assert pages * os.sysconf("SC_PAGE_SIZE") < 800e6
        finally:
            server.kill()
