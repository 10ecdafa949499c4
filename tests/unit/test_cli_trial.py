"""The verb `trial` as a user types it."""

import json

import pytest

from opioidsim import cli
from opioidsim.engine import store

TEXT = """
title = "Injection or none"
length = "6 weeks"
[people]
n = 40
habit = "heroin 60 mg iv every 8 h x 21"
clean = "6 d"
[[arms]]
name = "nothing"
[[arms]]
name = "injection"
regimen = ["naltrexone 380 mg im-depot every 28 d x 2"]
opioid_free = "5 d"
place = "clinic"
"""
FILES = {"endpoints.csv", "contrasts.csv", "power.csv", "flow.csv", "curves.csv", "hazards.csv", "people.parquet", "days.parquet",
         "report.html", "run.json"}  # fmt: skip


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
def plan(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(TEXT)
    return path


@pytest.mark.long
def test_a_trial_with_all_its_files_goes_on_and_is_the_same(ask, plan, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHORT", 0)
    out = tmp_path / "out"
    status, said, err = ask("trial", plan, "--replicates", 2, "--out", out, "--each-day", "--json")
    assert status == 0, err
    found = json.loads(said)
    assert {row["endpoint"] for row in found["endpoints"]} >= {"inducted", "relapsed", "craving"}
    assert found["answer"][-1].startswith("What people do in treatment is the weakest knowledge")
    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names >= FILES | {f"figure-{name}.png" for name in ("survival", "urine", "flow", "power")}
    tables = {name: (out / name).read_bytes() for name in FILES if name.endswith((".csv", ".parquet"))}
    next((out / "parts").glob("list-*/part-*.parquet")).unlink()
    assert ask("trial", plan, "--replicates", 2, "--out", out, "--each-day", "--resume")[0] == 0
    assert all((out / name).read_bytes() == old for name, old in tables.items())

    import pandas as pd

    days = pd.read_parquet(out / "days.parquet")
    people = pd.read_parquet(out / "people.parquet")
    used = days[days.milligrams > 0].groupby(["arm", "person"]).size()
    counted = people.set_index(["arm", "person"])["days_used"]
    assert used.reindex(counted.index, fill_value=0).tolist() == counted.tolist()


def test_refusals_are_one_sentence(ask, plan):
    assert ask("trial", "xbott")[2].startswith('opioidsim: there is no trial file "xbott". Did you mean')
    assert "--resume needs --out" in ask("trial", plan, "--resume")[2]
