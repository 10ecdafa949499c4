"""The package without its extras: everything that needs one of them says so in a sentence, and nothing else is lost."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import opioidsim as ops
from opioidsim import cli, refusal
from opioidsim.refusal import EXTRAS, Refusal

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def wanted(extra):
    """The libraries of an extra, with those of the extras that it names."""
    found = set()
    for line in PROJECT["optional-dependencies"][extra]:
        name, inner = re.match(r"([\w-]+)(?:\[([\w,]+)\])?", line).groups()
        found |= set().union(*map(wanted, inner.split(","))) if name == "opioidsim" else {name}
    return found


@pytest.fixture
def without(monkeypatch):
    """Takes libraries away."""

    def take(*names):
        found = refusal.find_spec
        monkeypatch.setattr(refusal, "find_spec", lambda name: None if name in names else found(name))

    return take


@pytest.fixture(scope="module")
def installed():
    """Packages by the name of what they bring: a look through every file that is installed."""
    return packages_distributions()


@pytest.mark.parametrize("library", EXTRAS)
def test_the_extra_that_is_named_brings_the_library(library, installed):
    brought = {name.lower() for name in installed[library]}
    assert brought & wanted(EXTRAS[library]) or (brought & {"distributed"} and "dask" in wanted(EXTRAS[library]))


def test_all_is_all():
    named = set(PROJECT["optional-dependencies"]) - {"all", "dev", "site"}
    assert wanted("all") == set().union(*map(wanted, named))


def test_the_core_is_slim():
    core = {re.match(r"[\w-]+", line)[0] for line in PROJECT["dependencies"]}
    assert not core & wanted("all")


def test_without_figures_the_tables_and_the_report_are_written_and_it_is_said(without, tmp_path):
    without("altair")
    answer = ops.risk("heroin 50 mg iv")
    files = answer.save(tmp_path / "risk")
    assert {path.suffix for path in files} == {".csv", ".html", ".json"}
    assert "opioidsim[plot]" in (tmp_path / "risk" / "report.html").read_text(encoding="utf-8")
    with pytest.raises(Refusal, match=re.escape('pip install "opioidsim[plot]"')):
        answer.plot()


@pytest.mark.parametrize(
    "words, library",
    [
        (["trial", "xbot"], "statsmodels"),
        (["explore"], "uvicorn"),
        (["explore"], "altair"),
        (["validate", "--out", "board"], "altair"),
        (["trial-data", "tables"], "statsmodels"),
    ],
)
def test_a_verb_that_needs_an_extra_is_refused_before_it_begins(without, words, library, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["opioidsim", *words])
    without(library)
    with pytest.raises(SystemExit):
        cli.main()
    assert f'pip install "opioidsim[{EXTRAS[library]}]"' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
