"""What any expert expects, row by row: those that come out, and exactly those that do not."""

import csv
import re
from pathlib import Path

import pytest

from opioidsim import Refusal
from opioidsim.studies import kept
from opioidsim.studies.expectations import expect, expectations

ROOT = Path(__file__).parents[2]
ROWS = expectations()
IDS = [pytest.param(id, marks=[pytest.mark.long] * row.slow) for id, row in ROWS.items()]


@pytest.mark.parametrize("id", IDS)
def test_each_red_row_is_explained_and_each_green_one_is_not(id):
    """A row that begins to come out loses its excuse; one that no longer does needs one."""
    (found,) = expect([id])
    row = found.row
    assert found.passed == (not row.fails), (
        f"{id}: {row.situation}, {row.asks}: {found.predicted:.4g}, expected {row.low:g} to {row.high:g}"
    )


def test_each_row_stands_as_it_was_written_down(shared):
    """The bounds are those of the table that the rows were taken from."""
    table = Path(shared) / "evidence" / "expectations.csv"
    if not table.exists():
        pytest.skip("the table of expectations is not beside this checkout")
    written = {row["id"]: row for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())}
    assert list(written) == list(ROWS)
    for id, row in ROWS.items():
        seen = written[id]
        assert (row.low, row.high) == (float(seen["low"]), float(seen["high"])), id
        assert (row.group, row.situation, row.asks, row.expected) == (
            seen["group"], seen["situation"], seen["quantity"], seen["expected"],
        ), id  # fmt: skip
        assert (row.basis, row.seen) == (seen["source"], seen["seen"]), id


def test_bounds_leave_something_out():
    for id, row in ROWS.items():
        assert row.low < row.high, id
        assert row.basis, id


def test_a_row_that_is_not_there_is_refused():
    with pytest.raises(Refusal, match="E60"):
        expect(["E60"])


def test_the_readme_names_exactly_the_rows_that_do_not_come_out():
    """What is told to a newcomer is what the boards say today."""
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    red = {id for id, row in ROWS.items() if row.fails}
    assert set(re.findall(r"\bE\d\d\b", told)) == red
    assert f"Of {len(ROWS)} things that any expert expects, {len(ROWS) - len(red)} come out" in told
    checks = [line.score.passed for line in kept.lines() if line.score.use == "check"]
    assert f"{sum(checks)} of {len(checks)} published results" in told


@pytest.mark.long
def test_the_page_says_how_many_come_out():
    """Run `make docs` when this fails."""
    board = expect()
    page = ROOT / "docs" / "expectations.md"
    assert f"{sum(found.passed for found in board)} of {len(board)} come out." in page.read_text()
