"""The verbs as a user types them: what they print, what they refuse, what they leave behind."""

import json

import pytest

from opioidsim import cli
from opioidsim.facts.evidence import LIBRARY

SCENARIO = 'duration = "2 d"\ndoses = ["naltrexone 50 mg oral", "heroin 25 mg iv at 1 d"]\n'


@pytest.fixture
def ask(monkeypatch, capsys):
    """Types a command; returns exit status, standard output and standard error."""

    def typed(*words):
        monkeypatch.setattr("sys.argv", ["opioidsim", *map(str, words)])
        try:
            cli.main()
            status = 0
        except SystemExit as stop:
            status = stop.code or 0
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return typed


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO)
    return path


def test_run_prints_a_summary_and_the_cautions(ask, scenario):
    status, out, err = ask("run", scenario)
    assert status == 0 and not err
    assert "Naltrexone occupies up to" in out
    assert "can be overcome" in out and "vivitrol-label" in out


def test_run_json_is_one_object_and_files_are_whole(ask, scenario, tmp_path):
    status, out, _ = ask("run", scenario, "--out", tmp_path / "out", "--json")
    found = json.loads(out)
    assert status == 0
    assert set(found) == {"asked", "answer", "outcomes", "summary", "brackets", "cautions", "files"}
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "quantities.csv",
        "outcomes.csv",
        "summary.csv",
        "figure-course.png",
        "figure-course.svg",
        "figure-course.html",
        "report.html",
        "run.json",
    }
    assert (tmp_path / "out" / "figure-course.png").read_bytes().startswith(b"\x89PNG")
    header, first, *_ = (tmp_path / "out" / "quantities.csv").read_text().splitlines()
    assert header.startswith("person,time_h,concentration.naltrexone")
    assert first.startswith("0,0,")


def test_run_writes_parquet_when_asked(ask, scenario, tmp_path):
    import pandas as pd

    assert ask("run", scenario, "--out", tmp_path / "out", "--table", "parquet")[0] == 0
    frame = pd.read_parquet(tmp_path / "out" / "quantities.parquet")
    assert list(frame["time_h"])[:3] == [0.0, 1.0, 2.0]


def test_refine_says_what_moved(ask, scenario):
    found = json.loads(ask("run", scenario, "--refine", "--json")[1])["refine"]
    assert found["occupancy.naltrexone"] < 1e-5


def test_blockade_answers_with_bands(ask):
    words = (
        "--antagonist",
        "naltrexone 50 mg oral",
        "--challenge",
        "heroin 25 mg iv",
        "--days",
        "4",
        "--people",
        "20",
        "--json",
    )
    found = json.loads(ask("blockade", *words)[1])
    assert found["asked"]["people"] == 20
    assert found["days"][1]["blockade_low"] <= found["days"][1]["blockade"] <= found["days"][1]["blockade_high"]
    assert found["day_under_90"]["low"] <= 2.0 and found["day_under_90"]["high"] is None
    assert len(found["other_readings"]) == 3


def test_list_show_check_and_cite(ask, scenario):
    assert "naltrexone" in ask("list", "drugs")[1]
    assert "dunbar-2007" in ask("show", "Vivitrol")[1]
    assert ask("check")[0] == 0
    assert ask("check", scenario)[0] == 0
    assert "@article{dunbar-2007" in ask("cite", scenario)[1]


@pytest.mark.parametrize(
    "verb", [("list", "drugs"), ("show", "naltrexone"), ("check",), ("cite", "too-soon"), ("validate", "weerts-2008")]
)
def test_json_is_one_object(ask, verb):
    status, out, _ = ask(*verb, "--json")
    assert status == 0 and isinstance(json.loads(out), dict)


def test_validate_says_what_failed_and_why(ask):
    found = json.loads(ask("validate", "wall-1981", "--json")[1])["studies"]
    assert {"id", "use", "quantity", "unit", "observed", "low", "high", "predicted", "pass"} <= set(found[0])
    failed = [score for score in found if not score["pass"]]
    assert failed and all(score["fails"] for score in failed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('doses = ["naltrexon 50 mg oral"]', 'Did you mean "naltrexone"?'),
        ('doses = ["naltrexone 50 mgg oral"]', 'Did you mean "mg"?'),
        ('doses = ["naltrexone -50 mg oral"]', "more than zero"),
        ('doses = ["naltrexone 50 mg nasal"]', "naltrexone has the routes"),
        ('doses = ["naltrexone 50 mg oral yearly"]', "left over"),
        ('doses = ["naltrexone 50 mg oral"', "not valid TOML"),
        ('dose = ["naltrexone 50 mg oral"]', 'Did you mean "doses"?'),
        ('duration = 24\ndoses = ["naltrexone 50 mg oral"]', "without a unit"),
        ('doses = ["naltrexone 50 mg oral"]\n[person]\nweight = "70 mg"', "measure different things"),
        (
            'duration = "1 d"\ndoses = ["naltrexone 50 mg oral"]\n[population]\ntable = "nowhere.csv"',
            "could not be read",
        ),
        ('dosing = "nowhere.csv"', "could not be read"),
        ('doses = ["naltrexone 50 mg oral"]\noutputs = ["occupancy.heroine"]', "Did you mean"),
        ("", "no dose is given"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "run"])
def test_bad_input_gives_one_sentence_and_no_file(ask, tmp_path, verb, text, said):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    more = ("--out", tmp_path / "out") if verb == "run" else ()
    status, out, err = ask(verb, path, *more)
    assert status == 1 and not out
    assert said in err and err.count("\n") == 1 and "Traceback" not in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "nowhere.toml"), "no scenario file"),
        (("show", "naltraxone"), 'Did you mean "naltrexone"?'),
        (("list", "drug"), 'Did you mean "drugs"?'),
        (("validate", "lee-1989"), 'Did you mean "lee-1988"?'),
        (("run", "too-soon", "--table", "xlsx"), "csv, parquet"),
        (("blockade", "--antagonist", "heroin 25 mg iv"), "is no antagonist"),
        (("blockade", "--antagonist", "naltrexone 50 mg oral", "--challenge", "naloxone 1 mg iv"), "activates nothing"),
        (("blockade", "--antagonist", "naltrexone 50 mg oral", "--days", "-1"), "more than 0"),
        (("blockade", "--antagonist", "naltrexone 50 mg oral", "--reading", "naltrexone=slow"), "slower"),
    ],
)
def test_each_refusal_says_what_to_change(ask, words, said):
    status, _, err = ask(*words)
    assert status == 1 and said in err and err.count("\n") == 1


def test_wrong_use_exits_with_two(ask):
    assert ask("run")[0] == 2
    assert ask("runn", "x")[0] == 2


def test_a_full_disk_leaves_nothing(ask, scenario, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    status, _, err = ask("run", scenario, "--out", tmp_path / "out")
    assert status == 1 and "No space left on device" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", sorted((LIBRARY / "scenarios").glob("*.toml")), ids=lambda path: path.stem)
def test_the_scenarios_that_come_along_are_sound(ask, path):
    assert ask("check", path)[0] == 0


def test_risk_reads_a_surface_and_says_what_is_uncertain(ask):
    status, out, err = ask("risk", "--use", "heroin 70 mg iv", "--tolerance", "0.4", "--json")
    found = json.loads(out)
    assert status == 0 and not err
    assert 0.0 < found["arrest"]["low"] < found["arrest"]["chance"] < found["arrest"]["high"] < 1.0
    assert "tolerance" in " ".join(found["answer"])
    status, out, _ = ask("risk", "--use", "heroin 70 mg iv", "--held", "0.95", "--also", "alprazolam 1 mg oral")
    assert status == 0 and "95 % of receptors held" in out and "cardiac arrest when nobody helps" in out


def test_risk_refuses_what_has_no_surface(ask):
    status, _, err = ask("risk", "--use", "naltrexone 50 mg oral")
    assert status == 1 and "there is no risk surface of naltrexone oral" in err


def test_release_shows_model_and_publications(ask):
    status, out, _ = ask("release", "--draws", "2", "--point")
    assert status == 0 and "FAILS" in out and "contested" in out and "morgan-2019" in out
