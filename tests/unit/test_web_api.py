"""The explorer's JSON interface: the verbs' answers, one shape for errors, limits, names and sizes that are refused."""

import time

import pytest
from asking import OTHER, SCENARIO, wait

from opioidsim.web import limits


def test_a_run_answers_as_the_verb_does(ask, run):
    found = ask.post("/api/run", json={"scenario": SCENARIO}).json()
    same = run(*SCENARIO["doses"], duration="4 d")
    assert found["summary"] == same.summary()
    assert {c["id"] for c in found["cautions"]} == {c.id for c in same.cautions}
    rows = found["spec"]["datasets"]["occupancy"]
    assert max(r["median"] for r in rows if r["what"] == "naltrexone") == pytest.approx(same.values["occupancy.naltrexone"].max(), rel=1e-4)  # fmt: skip


def test_a_figure_for_the_screen_is_the_reports_figure():
    import opioidsim as ops
    from opioidsim.web import figures

    for asked in (
        SCENARIO | {"population": {"n": 5}},
        {"doses": ["fentanyl 1.6 mg iv"], "clock": "episode", "duration": "5 min"},
    ):
        result = ops.run(asked)
        for _ in range(2):  # drawn up, then filled
            mine, theirs = figures.of_run(result), result.plot().to_dict()
            assert mine["title"]["text"] == theirs["title"]["text"]
            assert sorted(map(len, mine["datasets"].values())) == sorted(map(len, theirs["datasets"].values()))
            assert [panel["width"] for panel in mine["vconcat"]] == [panel["width"] for panel in theirs["vconcat"]]


@pytest.mark.parametrize("outputs", [["occupancy.naltrexone"], ["liking"], ["concentration.naltrexone", "withdrawal"]])
@pytest.mark.parametrize("people", [1, 8])
def test_one_panel_or_two_are_figures_as_well(ask, outputs, people):
    asked = SCENARIO | {"outputs": outputs, "population": {"n": people}}
    found = ask.post("/api/run", json={"scenario": asked}).json()
    kinds = {name.split(".")[0] for name in outputs}
    assert len(found["spec"]["vconcat"]) == len(kinds)
    assert all(found["spec"]["datasets"][kind] for kind in kinds)


def test_a_check_says_what_can_be_shown_and_read_otherwise(ask):
    found = ask.post("/api/check", json=SCENARIO | {"readings": {"naltrexone": "slower"}}).json()
    assert set(found["shown"]) <= set(found["quantities"]) and "slower" in found["readings"]["naltrexone"]
    assert not any("mann-2022" in readings for readings in found["readings"].values())
    overdose = {"clock": "episode", "doses": ["fentanyl 1 mg iv"], "readings": "mann-2022"}
    found = ask.post("/api/check", json=overdose).json()
    assert "mann-2022" in found["readings"]["all"] and 'readings = "mann-2022"' in found["toml"]


def whose(found):
    """Which scenarios are drawn."""
    return {row["which"] for rows in found["spec"]["datasets"].values() for row in rows if "which" in row}


@pytest.mark.parametrize(("view", "drawn"), [("together", "ABC"), ("apart", "ABC"), ("difference", "BC")])
def test_scenarios_stand_beside_each_other(ask, view, drawn):
    found = ask.post(
        "/api/run", json={"scenario": SCENARIO, "against": [OTHER, OTHER | {"duration": "5 d"}], "view": view}
    ).json()
    assert whose(found) == set(drawn) and {row["scenario"] for row in found["summary"]} == {"A", "B", "C"}
    assert (found["answer"][1].startswith("B: ") and f"--view {view}" in found["command"]) or view == "together"


def test_a_panel_of_a_scenario_that_has_nothing_of_it_says_so(ask):
    quiet = {"doses": ["naltrexone 50 mg oral"], "duration": "2 d"}
    found = ask.post("/api/run", json={"scenario": SCENARIO, "against": [quiet], "view": "apart"}).json()
    marks = [line["mark"] for row in found["spec"]["vconcat"] for panel in row["hconcat"] for line in panel["layer"]]
    said = {mark["text"] for mark in marks if mark["type"] == "text"}
    assert said == {"nothing of this in B"}
    same = ask.post("/api/run", json={"scenario": quiet, "against": [quiet], "view": "apart"}).text
    assert "nothing of this" not in same


def test_a_difference_is_that_of_the_same_people(ask):
    found = ask.post("/api/run", json={"scenario": SCENARIO, "against": [SCENARIO], "view": "difference"}).json()
    medians = {row["median"] for rows in found["spec"]["datasets"].values() for row in rows if "median" in row}
    assert medians == {0.0}
    axes = {str(line["encoding"]["y"]["title"]): line["encoding"]["y"]["axis"]["format"] for panel in found["spec"]["vconcat"] for line in panel["layer"] if "y" in line["encoding"]}  # fmt: skip
    assert {axis for name, axis in axes.items() if "liking" in name} == {"+~r"}
    assert {axis for name, axis in axes.items() if "share" in name} == {"+%"}
    wrong = ask.post(
        "/api/run", json={"scenario": SCENARIO, "against": [SCENARIO | {"population": {"n": 3}}], "view": "difference"}
    )
    assert wrong.status_code == 422 and "the same people" in wrong.json()["error"]


def test_points_are_laid_on_the_figure_with_their_sources(ask):
    asked = {"doses": ["naltrexone 100 mg oral"], "duration": "48 h"}
    offered = ask.post("/api/points", json=asked).json()
    assert offered[0]["same"] and "meyer-1984: 100 mg by mouth" in [each["name"] for each in offered]
    own = "TIME [min],DV [mcg/L],note\n90,12.5,x\n"
    body = {"scenario": asked, "beside": ["meyer-1984: 100 mg by mouth"], "own": {"name": "mine.csv", "text": own}}
    found = ask.post("/api/run", json=body).json()
    rows = [row for rows in found["spec"]["datasets"].values() for row in rows if "seen" in row]
    rows += [row for layer in found["spec"]["vconcat"][0]["layer"] for row in layer.get("data", {}).get("values", ())]
    assert ("mine.csv", 12.5, 1.5) in {(row["who"], round(row["seen"], 9), row["time"]) for row in rows}
    assert any(row["who"] == "Meyer 1984" and row["seen"] == 19.6 and "mean (SD 17.9)" in row["told"] for row in rows)
    assert (
        "cat > mine.csv" in found["command"]
        and "--beside 'meyer-1984: 100 mg by mouth' --beside mine.csv" in found["command"]
    )
    for beside, said in (
        ["nothing-1999", "no study"],
        ["/etc/passwd.csv", "can name none"],
        ["kunoe-2009", "scoreboard"],
    ):
        wrong = ask.post("/api/run", json={"scenario": asked, "beside": [beside]})
        assert wrong.status_code == 422 and wrong.json()["where"] == "beside" and said in wrong.json()["error"]


def test_a_changed_fact_is_said_and_travels(ask):
    changed = SCENARIO | {"change": {"naltrexone.disposition.CL": "100 L/h"}}
    rows = {row["name"]: row for row in ask.post("/api/facts", json=SCENARIO).json()}
    clearance = rows["naltrexone.disposition.CL"]
    assert clearance["low"] < clearance["number"] < clearance["high"] and clearance["unit"] == "L/h"
    found = ask.post("/api/run", json={"scenario": changed}).json()
    assert any("Changed: naltrexone.disposition.CL is 100 L/h; the library has" in line for line in found["answer"])
    assert '"naltrexone.disposition.CL" = "100 L/h"' in found["command"] and "100 L/h" in found["python"]


@pytest.mark.parametrize(
    ("body", "where", "said"),
    [
        ({"doses": ["naltrexon 50 mg oral"]}, "doses.0", 'Did you mean "naltrexone"?'),
        ({"doses": ["naltrexone 50 mg oral", "heroin 25 mg"]}, "doses.1", "the route is missing"),
        (SCENARIO | {"population": {"n": limits.PEOPLE + 1}}, "population.n", "at most"),
        ({"doses": ["naltrexone 50 mg oral every 1 h x 5000"], "duration": "300 d"}, "doses", "single doses"),
        ({"doses": ["naltrexone 50 mg oral"], "duration": "900 d"}, "duration", "at most 400"),
        ({"doses": ["naltrexone 50 mg oral"], "duration": "400 d", "every": "1 s"}, "", "too many"),
        ({"doses": ["naltrexone 50 mg oral"], "person": {"weight": "70 mg"}}, "person.weight", "measure different things"),
        ({"doses": ["naltrexone 50 mg oral"], "dosing": "/etc/passwd"}, "dosing", "can name none"),
        ({"doses": ["naltrexone 50 mg oral"], "population": {"n": 2, "table": "/etc/passwd"}}, "population.table", "can name none"),
        ({"doses": ["fentanyl 1 mg iv"], "clock": "episode", "rescue": {"drug": "nalloxone 4 mg nasal"}}, "rescue.drug", "naloxone"),
        ({}, "", "no dose is given"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["check", "facts"])
def test_what_is_wrong_has_one_shape(ask, path, body, where, said):
    answer = ask.post(f"/api/{path}", json=body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "where"}
    assert said in answer.json()["error"] and answer.json()["where"] == where


def test_a_wrong_scenario_beside_another_names_its_field(ask):
    answer = ask.post("/api/run", json={"scenario": SCENARIO, "against": [{"doses": ["heroin"]}]})
    assert answer.json()["where"] == "against.0.doses.0"


@pytest.mark.parametrize(
    ("verb", "body", "where"),
    [
        ("blockade", {"antagonist": ["naltrexon 50 mg oral"]}, "antagonist.0"),
        ("blockade", {"people": 10**6}, "people"),
        ("rescue", {"product": ["naloxone 4 mg nasal", "naloxon 2 mg im"]}, "product.1"),
        ("rescue", {"people": 10**6}, "people"),
        ("induction", {"opioid": ["heroin 10 mg iv every 1 h x 9999"]}, "opioid"),
        ("induction", {"day": [-1]}, "day.0"),
        ("induction", {"people": 10**6}, "people"),
        ("relapse", {"day": [-1]}, "day.0"),
        ("risk", {"use": "heroin 50 mg iv", "held": 2}, "held"),
        ("release", {"draws": 10**6}, "draws"),
        ("abuse", {"medicine": ["methadon"]}, "medicine.0"),
        ("trial", {"plan": "/etc/passwd"}, "plan"),
        ("compare", {"data": ""}, "data"),
        ("trial", {"plan": "xbot", "replicates": 10**6}, "replicates"),
    ],
)
def test_a_question_is_refused_at_once(ask, verb, body, where):
    answer = ask.post(f"/api/{verb}", json=body)
    assert answer.status_code == 422 and answer.json()["where"] == where


def test_a_question_is_answered(ask):
    ticket = ask.post("/api/blockade", json={"days": 3, "people": 2})
    assert ticket.status_code == 202
    assert wait(ask, ticket.json())["state"] == "done"
    found = ask.get(f"/api/jobs/{ticket.json()['id']}/answer").json()
    assert [row["day"] for row in found["rows"]] == [0, 1, 2, 3]
    assert found["figures"][0]["vconcat"] and found["answer"] and found["cautions"]


@pytest.mark.parametrize(
    ("verb", "body", "figures"),
    [
        ("risk", {"use": "heroin 50 mg iv", "tolerance": 0.3}, 1),
        ("release", {"draws": 2}, 1),
        ("abuse", {"medicine": ["naltrexone 50 mg oral"], "taker": ["naive"]}, 1),
        pytest.param(
            "trial", {"plan": "after-detoxification", "replicates": 1, "people": 20}, 3, marks=pytest.mark.long
        ),
        pytest.param("trial", {"plan": "targeted", "replicates": 1, "people": 20}, 3, marks=pytest.mark.long),
    ],
)
def test_the_newer_questions_are_answered(ask, verb, body, figures):
    ticket = ask.post(f"/api/{verb}", json=body).json()
    assert wait(ask, ticket)["state"] == "done"
    found = ask.get(f"/api/jobs/{ticket['id']}/answer").json()
    assert found["answer"] and found["rows"] and len(found["figures"]) == figures
    assert all(set(row) == set(found["rows"][0]) for row in found["rows"]) and "cautions" in found


def test_a_question_that_fails_says_why_and_the_next_is_answered(ask):
    job = wait(ask, ask.post("/api/blockade", json={"antagonist": ["heroin 25 mg iv"]}).json())
    assert job["state"] == "failed" and "is no antagonist" in job["error"]
    assert ask.get(f"/api/jobs/{job['id']}/answer").status_code == 409
    assert ask.get("/api/drugs/naltrexone").json()["name"] == "naltrexone"


def test_a_question_is_cancelled(ask):
    ticket = ask.post("/api/rescue", json={"people": 500, "doses": [1, 2, 3, 4, 5, 6]}).json()
    assert ask.delete(f"/api/jobs/{ticket['id']}").json()["state"] == "cancelled"
    time.sleep(0.3)
    assert ask.get(f"/api/jobs/{ticket['id']}").json()["state"] == "cancelled"
    assert ask.get("/api/jobs/nothing").status_code == 404


def test_the_library_is_told(ask):
    assert "naltrexone" in {d["name"] for d in ask.get("/api/drugs").json()}
    assert ask.get("/api/drugs/vivitrol").json()["facts"]
    assert ask.get("/api/drugs/passwd").status_code == 404
    assert ask.get("/api/studies/wall-1981").json()["use"] == "check"
    assert ask.get("/api/glossary").json()["quantities"]["ventilation"]["units"] == ["L/min"]
    assert len(ask.get("/api/scenarios").json()) >= 5
    rows = ask.post("/api/facts", json=SCENARIO).json()
    assert any(row["name"] == "naltrexone.disposition.CL" and row["source"] for row in rows)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:80"}, 421),
        ({"host": "127.0.0.1:1"}, 200),
        ({"host": "localhost"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_foreign_names_and_origins_are_refused(ask, headers, status):
    answer = ask.get("/api/drugs", headers=headers)
    assert answer.status_code == status
    assert answer.headers["x-frame-options"] == "DENY" and "unsafe-eval" not in answer.headers["content-security-policy"]  # fmt: skip


def test_large_bodies_are_refused(ask):
    answer = ask.post("/api/run", content=b" " * 600_000)
    assert answer.status_code == 413 and "too large" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/drugs/..%2f..%2fsources", "/nothing"])
def test_no_file_beside_the_pages_is_served(ask, path):
    assert ask.get(path).status_code == 404


def test_an_error_is_a_page_where_a_reader_asks(ask):
    answer = ask.get("/drugs/nothing", headers={"accept": "text/html"})
    assert answer.status_code == 404 and "There is nothing here." in answer.text
