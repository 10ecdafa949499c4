"""A trial under joint draws of what is not known."""

import json

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.facts import posterior
from opioidsim.questions import questions
from opioidsim.questions.trial.under import unknown_of


@pytest.fixture(scope="module")
def answer():
    return ops.trial("tanum-2017", who=ops.Who(people=40, draws=3))


def test_what_chance_adds_is_taken_off():
    """Numbers that differ between draws by 2, with chance of 2 in each half: the middle 90 % of a normal law of 2 comes back; and
    of nothing but chance hardly anything."""
    rng = np.random.default_rng(1)
    draws, known = 4000, 2.0 * rng.standard_normal(4000)
    halves = 2.0 * rng.standard_normal((draws, 2))
    for spread, expected in ((1.0, 3.29), (0.0, 0.0)):
        each = spread * known[:, None] + halves + 3.0  # what is common to all draws tells nothing
        middle, low, high = unknown_of(np.column_stack([each.mean(1), each]))
        assert middle == pytest.approx(3.0, abs=0.15) and (high - low) / 2.0 == pytest.approx(expected, abs=0.7)
    assert np.isnan(unknown_of(np.full((3, 3), np.nan))).all()


def test_the_same_people_meet_the_same_chances_under_other_facts(answer):
    first, second, _ = answer.unknown.trials
    for arm, columns in first.people.items():
        assert (columns["person"] == second.people[arm]["person"]).all() and len(columns["person"]) == 136
        assert (columns["days_used"] != second.people[arm]["days_used"]).any()
    name, fact = next((n, f) for n, f in answer.facts if n == "behaviour.leave_base")
    assert second.plan.change[name].split()[0] == repr(float(posterior.columns()[name][1])) and fact.value != 0


def test_three_spreads_stand_apart_in_table_sentence_and_figure(answer):
    row = next(row for row in answer.lines() if row["endpoint"] == "days of use")
    assert row["low"] < row["mean"] < row["high"] and row["mean_unknown_low"] < row["mean_unknown_high"]
    _, cells = answer.cells()
    assert any("(" in cell and "[" in cell for line in cells for cell in line)
    assert "the same 136 people" in answer.spreads and any(
        said.startswith("What is not known") for said in answer.said()
    )
    assert "share_unknown_low" in str(answer.plot("survival").to_dict()) and "mean_unknown_low" in str(
        answer.plot("contrasts").to_dict()
    )
    assert json.dumps(answer.json())


def test_assurance_is_over_the_draws_once_there_are_enough(answer, monkeypatch):
    assert "assurance" not in answer.power()[0]
    monkeypatch.setattr("opioidsim.questions.trial.powers.FEW", 3)
    row = answer.power()[3]
    assert 0.0 <= row["assurance"] <= 1.0


def test_what_it_takes_is_told_beforehand():
    trial = questions()["trial"]
    usual, asked = (trial.seconds(trial.read({"plan": "xbot", "draws": n})) for n in (0, 20))
    assert usual < asked < 6 * usual
