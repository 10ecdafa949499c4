"""What leaves the explorer: files of a run and of an answer, and copies that run elsewhere to the same numbers."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from asking import OTHER, SCENARIO, wait

STARTS = {
    "figure.png": b"\x89PNG", "figure.svg": b"<svg", "summary.csv": b"quantity,", "table.csv": b"person,time_h,", "table.parquet": b"PAR1",
    "report.html": b"<!doctype html>", "question.toml": b"question = ", "notebook.ipynb": b"{", "everything.zip": b"PK",
}  # fmt: skip


@pytest.mark.parametrize("name", STARTS)
def test_files_of_a_run(ask, name):
    answer = ask.post(f"/api/run/{name}", json={"scenario": SCENARIO})
    assert answer.status_code == 200 and answer.content.startswith(STARTS[name])
    assert name in answer.headers["content-disposition"]


def test_files_of_a_comparison_hold_all(ask):
    asked = {"scenario": SCENARIO, "against": [SCENARIO | {"doses": ["nalmefene 18 mg oral"]}]}
    page = ask.post("/api/run/report.html", json=asked).text
    for word in (
        "concentration.nalmefene",
        "concentration.naltrexone",
        "Scenario B",
        "nalmefene.disposition",
        "<td>B</td>",
    ):
        assert word in page
    rows = ask.post("/api/run/table.csv", json=asked).text.splitlines()
    assert rows[0].startswith("scenario,") and {row.split(",")[0] for row in rows[1:]} == {'"A"', '"B"'}


def test_what_is_taken_away_gives_the_numbers_of_the_page(ask, tmp_path, monkeypatch):
    """Command, Python, notebook and TOML of three scenarios, one with a changed fact, with points on the figure."""
    import json

    from opioidsim.cli import app

    changed = OTHER | {"change": {"naltrexone.disposition.CL": "100 L/h"}, "population": {"n": 3}}
    asked = {"scenario": SCENARIO, "against": [OTHER, changed], "view": "apart"}
    found = ask.post("/api/run", json=asked).json()
    monkeypatch.chdir(tmp_path)
    *files, command = found["command"].strip().split("\n")
    subprocess.run(["sh", "-ec", "\n".join(files)], check=True)
    app([*shlex.split(command)[1:], "--json"], "opioidsim", standalone_mode=False)
    told = json.loads((tmp_path / "results" / "run.json").read_text())
    import pandas as pd

    table = pd.read_csv(tmp_path / "results" / "summary.csv").fillna({"unit": ""})
    page = pd.DataFrame(found["summary"])
    pd.testing.assert_frame_equal(table, page, check_dtype=False, rtol=1e-12)
    code = json.loads(ask.post("/api/run/notebook.ipynb", json=asked).text)["cells"][1]["source"]
    assert code == found["python"]
    held: dict = {}
    exec(compile(code, "taken", "exec"), held)
    assert held["result"].rows() == found["summary"]
    (tmp_path / "question.toml").write_bytes(ask.post("/api/run/question.toml", json=asked).content)
    from opioidsim.questions import read

    given = read(tmp_path / "question.toml")
    assert given["against"] == told["asked"]["against"] and given["scenario"] == told["asked"]["scenario"]


def test_an_answer_leaves_as_files_and_its_facts_can_be_changed(ask, tmp_path):
    import json

    changed = {"naltrexone.disposition.CL": "150 L/h"}
    ticket = wait(ask, ask.post("/api/blockade", json={"days": 2, "change": changed}).json())
    found = ask.get(f"/api/jobs/{ticket['id']}/answer").json()
    assert any(line.startswith("Changed: naltrexone.disposition.CL is 150 L/h") for line in found["answer"])
    assert "--set 'naltrexone.disposition.CL=150 L/h'" in found["command"]
    assert any(row["changed"] for row in ask.get(f"/api/jobs/{ticket['id']}/facts").json())
    starts = STARTS | {"summary.csv": b"day,", "table.csv": b"day,"}
    for name, start in starts.items():
        assert ask.get(f"/api/jobs/{ticket['id']}/{name}").content.startswith(start), name
    assert ask.get(f"/api/jobs/{ticket['id']}/passwd").status_code == 404
    (tmp_path / "question.toml").write_bytes(ask.get(f"/api/jobs/{ticket['id']}/question.toml").content)
    import opioidsim as ops

    assert json.loads(json.dumps(ops.ask(tmp_path / "question.toml").json()))["days"] == found["days"]


@pytest.mark.long
def test_files_of_ones_own_are_asked_about_and_travel_in_the_copies(ask):
    table = "ID,TIME,AMT,UNIT,DRUG,ROUTE\na,0,50,mg,naltrexone,oral\nb,0,100,mg,naltrexone,oral\n"
    body = {"dosing": {"name": "mine.csv", "text": table}, "days": 2}
    ticket = wait(ask, ask.post("/api/blockade", json=body).json())
    assert ticket["state"] == "done", ticket["error"]
    found = ask.get(f"/api/jobs/{ticket['id']}/answer").json()
    assert (
        found["asked"]["dosing"] == "mine.csv" and "cat > mine.csv" in found["command"] and "a,0,50" in found["python"]
    )
    plan = (Path(__file__).parents[2] / "opioidsim/library/trials/garbutt-2005.toml").read_text()
    own = {"name": "mine.toml", "text": plan.replace('title = "', 'title = "Mine: ', 1)}
    ticket = wait(ask, ask.post("/api/trial", json={"plan": own, "people": 20}).json())
    assert ticket["state"] == "done", ticket["error"]
    for wrong, where in ({"plan": {"name": "mine.toml", "text": "title ="}}, "plan"), ({"plan": "/etc/passwd"}, "plan"), (
        {"plan": {"name": "../mine.toml", "text": ""}}, "plan"):  # fmt: skip
        answer = ask.post("/api/trial", json=wrong)
        assert answer.status_code == 422 and answer.json()["where"].startswith(where)


LONG = [
    pytest.param(kind, marks=pytest.mark.long)
    for kind in ("run", "blockade", "rescue", "induction", "relapse", "release", "abuse", "trial")
]


@pytest.mark.parametrize("kind", ["risk", *LONG])
def test_a_copy_runs_elsewhere(ask, kind, tmp_path):
    """The command as a shell reads it, the Python text as Python does."""
    few = {"blockade": {"days": 2}, "rescue": {}, "induction": {"day": [3]}, "relapse": {"day": [1]},
           "risk": {}, "release": {"draws": 2}, "abuse": {"medicine": ["naltrexone 50 mg oral"]}, "trial": {"plan": "tanum-2017", "people": 20, "replicates": 1}}  # fmt: skip
    if kind == "run":
        found = ask.post("/api/check", json=SCENARIO).json()
    else:
        from opioidsim.questions import copies, questions

        question = questions()[kind]
        asked = question.data(question.read(few[kind]))
        found = {"command": copies.command(question, asked), "python": copies.python(question, asked)}
    command = found["command"].replace("opioidsim ", f"{sys.executable} -m opioidsim.cli ", 1) if kind != "run" else found["command"].replace("\nopioidsim ", f"\n{sys.executable} -m opioidsim.cli ")  # fmt: skip
    subprocess.run(["sh", "-ec", command], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "results" / "report.html").exists()
    if kind in ("run", "blockade", "risk"):
        exec(compile(found["python"], kind, "exec"), {})
    else:
        compile(found["python"], kind, "exec")
