"""Predictive distributions: scores, intervals, coverage; kept parts; a user's own study."""

import numpy as np
import pytest
from scipy.stats import norm

from opioidsim.engine import store
from opioidsim.engine.chunks import study
from opioidsim.studies import predictive
from opioidsim.studies import study as studies
from opioidsim.studies.predictive import Judged, coverage, crps
from opioidsim.studies.rows import rows
from opioidsim.studies.scoreboard import board_files


@pytest.fixture(scope="module")
def lines():
    return predictive.judged("wall-1981") + predictive.judged("lee-1988")


def test_crps_is_that_of_a_normal_law():
    sample = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    for y in (0.0, 1.3):
        exact = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
        assert crps(sample, y) == pytest.approx(exact, abs=1e-3)
    assert crps(np.array([2.0, 2.0]), 2.0) == 0.0


def test_every_row_has_a_class_a_scale_and_an_error():
    for row in rows():
        assert row.own > 0 and row.size > 0, row.id
        assert float(row.back(row.scaled(row.seen.observed))) == pytest.approx(row.seen.observed), row.id
        drawn = predictive.study_effects(row.kind)
        assert 0 < drawn.min() <= predictive.study_effect(row.kind) <= drawn.max() < 1.5, row.id


def test_intervals_lie_in_one_another_and_hold_the_prediction(lines):
    for line in lines:
        ends = [line.low95, line.low80, line.low50, line.high50, line.high80, line.high95]
        assert ends == sorted(ends)
        assert line.low95 < line.score.predicted < line.high95
        assert 0 <= line.place <= 1 and 0 < line.not_known < 1 and line.crps > 0
        assert line.covered(0.8) == (abs(2 * line.place - 1) <= 0.8)


def test_a_line_is_the_same_as_kept_and_as_json(lines):
    assert tuple(map(Judged.of, (line.flat() for line in lines))) == lines
    plain = lines[0].plain()
    assert {"class", "low50", "high50", "low80", "high80", "crps", "log_score", "pass", "predicted"} <= set(plain)


def test_coverage_counts_checks_alone(lines):
    found = coverage(lines)
    assert [(row["by"], row["name"], row["rows"]) for row in found] == [
        ("all", "all checks", 2), ("class", "concentration", 2), ("study", "wall-1981", 2),
    ]  # fmt: skip
    assert found[0]["within80"] == np.mean([line.covered(0.8) for line in lines if line.score.use == "check"])


def test_what_is_finished_is_kept_and_read_again(lines, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHORT", 0)
    with study(tmp_path, {"question": "validate"}):
        first = list(predictive.judge(["lee-1988"]))
    monkeypatch.setattr(predictive, "judged", lambda name: pytest.fail(f"{name} was worked out again"))
    with study(tmp_path, {"question": "validate"}, resume=True):
        assert list(predictive.judge(["lee-1988"])) == first


def test_files_of_a_board(lines, tmp_path):
    names = {path.name for path in board_files(list(lines), tmp_path)}
    assert {"scoreboard.csv", "coverage.csv", "reliability.svg", "scoreboard.svg"} <= names


def test_a_study_of_ones_own(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text(
        'title = "Mine"\nsource = "my notebook"\nuse = "check"\n[[arms]]\nname = "tablet"\n'
        'doses = ["naltrexone 50 mg oral"]\nduration = "12 h"\nevery = "1 h"\n[[arms.observations]]\nname = "peak"\n'
        'quantity = "concentration.naltrexone"\nmeasure = "peak"\nobserved = 9.0\nunit = "ng/mL"\nlow = 5.0\nhigh = 16.0\n'
        'where = "page 3"\nwhy = "my own error"\n'
    )
    (line,) = predictive.judged(str(own))
    assert line.score.passed and line.low80 < 9.0 < line.high80
    assert studies.load(str(own)).source == "my notebook"
