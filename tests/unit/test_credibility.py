"""The credibility of an answer: its own numerical error, the rows that bear on it, and nothing that they do not carry."""

import html
import json

import numpy as np
import pytest

import opioidsim as ops
from opioidsim import cli
from opioidsim.engine import clock
from opioidsim.refusal import Refusal
from opioidsim.show import reliance
from opioidsim.studies import credibility, credibility_page, kept

ASKED = {"question": "washout", "drug": "naltrexone 50 mg oral every 24 h x 3", "days": 9.0}
STATED = {"context": "Teaching: how long three tablets hold", "influence": "low", "consequence": "medium"}


@pytest.fixture(scope="module")
def found():
    return credibility.assess(ASKED, board=reliance.board(), draws=0, **STATED)


def test_the_numerical_error_is_that_of_halved_steps(found):
    moved = {name: by for name, by, _ in found.moved}
    assert 0.0 < moved["held"] < 1e-4
    usual = ops.ask(ASKED).table["held"].to_numpy()
    with clock.finer():
        halved = ops.ask(ASKED).table["held"].to_numpy()
    assert moved["held"] == np.abs(usual - halved).max()
    assert np.array_equal(ops.ask(ASKED).table["held"].to_numpy(), usual)


def test_rows_that_bear_are_of_its_drug_and_its_classes(found):
    assert {line.kind for line in found.lines} == {"concentration", "receptor"}
    assert all("naltrexone" in reliance.drugs_of(line.study) for line in found.lines)
    assert not any(line.study.startswith("xbot") for line in found.lines)


def test_it_asserts_what_the_board_shows_and_no_more(found):
    parts = {part.title: part for part in found.sections()}
    checks = [line for line in found.lines if line.use == "check"]
    said = parts["Validation: what published people say"].sentences[0]
    assert said.startswith(f"{len(checks)} published") and f"{sum(c.passed for c in checks)} lie within" in said
    failed = {row[0] for row in parts["Predictions that failed"].rows}
    assert failed == {c.id for c in checks if not c.passed}
    assumed = {row[0] for row in parts["What it rests on"].rows}
    assert assumed == {name for name, fact in found.answer.facts if fact.basis == "assumed"}


def test_no_row_is_no_validation(found):
    alone = credibility.Credibility(found.answer, "x", "low", "low", (), (), ())
    assert any("It is not validated." in part.sentences[0] for part in alone.sections())


@pytest.mark.parametrize(
    ("influence", "consequence", "risk"), [("low", "low", "low"), ("high", "low", "medium"), ("high", "medium", "high")]
)
def test_risk_is_of_influence_and_consequence(found, influence, consequence, risk):
    stated = credibility.Credibility(found.answer, "x", influence, consequence, (), (), ())
    assert dict(stated.sections()[0].rows)["model risk"].startswith(f"{risk} (")


def test_every_question_says_what_bears_on_it():
    assert set(reliance.BEARS) == set(ops.names("questions")) | {"run"}
    kinds = {line.kind for line in kept.lines()}
    assert set().union(*reliance.BEARS.values()) <= kinds


def test_the_kept_board_is_that_of_the_studies():
    told = [(line.score.id, line.kind, line.score.passed, line.covered(0.8)) for line in kept.lines()]
    assert told == [(line.id, line.kind, line.passed, line.covered(80)) for line in reliance.board()]


def test_every_report_says_how_far_it_can_be_relied_on(found):
    """The same rows as the page, and that the rest is asked for."""
    from opioidsim.show.page import report

    page = report(ops.ask(ASKED), "")
    for section in found.sections()[2:4]:
        assert section.title in page and all(html.escape(cell) in page for row in section.rows for cell in row)
    assert "opioidsim credibility run.json" in page


def test_what_cannot_be_assessed_is_refused():
    for stated in ({"influence": "huge"}, {"consequence": ""}, {"context": "  "}):
        with pytest.raises(Refusal, match=next(iter(stated))):
            credibility.assess(ASKED, board=(), **STATED | stated)


def test_page_and_document_hold_every_part(found, tmp_path):
    import docx

    for name in ("a.html", "a.docx"):
        credibility_page.write(found, tmp_path / name)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    headings = [p.text for p in docx.Document(tmp_path / "a.docx").paragraphs if p.style.name == "Heading 1"]
    assert headings == [part.title for part in found.sections()]
    assert all(f"<h2>{title}</h2>" in page for title in headings)
    with pytest.raises(Refusal, match=r"\.docx"):
        credibility_page.write(found, tmp_path / "a.pdf")


def test_the_verb_reads_a_run_json(tmp_path, monkeypatch, capsys):
    (tmp_path / "run.json").write_text(json.dumps({"asked": ASKED}))
    words = ["--context", "Teaching", "--influence", "low", "--consequence", "low", "--draws", "0", "--json"]
    monkeypatch.setattr("sys.argv", ["opioidsim", "credibility", str(tmp_path / "run.json"), *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    assert json.loads(capsys.readouterr().out)["sections"][0]["title"] == "What it is for"
