"""Every published study of the library against the simulator."""

import re
from pathlib import Path

import pytest

from opioidsim.studies import study
from opioidsim.studies.expectations import expectations

NAMES = [pytest.param(name, marks=[pytest.mark.long] * study.load(name).slow) for name in study.names()]


@pytest.mark.parametrize("name", NAMES)
def test_each_red_line_is_explained_and_each_green_one_is_not(name):
    """A check that fails stays on the scoreboard with a sentence; one that passes has no excuse ready."""
    for score in study.scores(name):
        assert score.passed == (not score.fails), (
            f"{score.id}: predicted {score.predicted:.4g}, allowed {score.low:.4g} to {score.high:.4g}"
        )


@pytest.mark.parametrize("name", study.names())
def test_bounds_hold_the_observation(name):
    for arm in study.load(name).arms:
        for seen in arm.observations:
            assert seen.low <= seen.observed <= seen.high, seen.name
            assert seen.why, seen.name


def test_a_reason_does_not_repeat_the_prediction():
    """It stands beside it on the board, and goes on to move when the words no longer do."""
    reasons = {
        f"{name}: {seen.name}": seen.fails
        for name in study.names()
        for arm in study.load(name).arms
        for seen in arm.observations
    }
    reasons |= {id: row.fails for id, row in expectations().items()}
    led = re.compile(
        r"(?:(?:Just|Over|At|Too|By)\b[\w ]*, )?\d[\d.]*(?: (?:%|h|min|days|mmHg|here))?(?: for \d[\d.]*)?[:.,](?!\d)"
    )
    assert not [place for place, reason in reasons.items() if led.match(reason)]


def test_no_check_study_is_the_source_of_a_fitted_number():
    from opioidsim.cases import drug
    from opioidsim.facts import library
    from opioidsim.facts.evidence import walk

    used = {fact.source for name in drug.names() for _, fact in walk(drug.load(name)) if fact.basis == "fitted"}
    used |= {fact.source for _, fact in walk(library.body("effects")) if fact.basis == "fitted"}
    built = {study.load(n).source for n in study.names() if study.load(n).use == "build"}
    only_checked = {study.load(n).source for n in study.names()} - built
    assert not used & only_checked


@pytest.mark.long
def test_the_page_says_how_many_checks_pass():
    """Run `make docs` when this fails."""
    checks = [score for name in study.names() for score in study.scores(name) if score.use == "check"]
    page = Path(__file__).parents[2] / "docs" / "scoreboard.md"
    assert f"{sum(score.passed for score in checks)} of {len(checks)} checks pass." in page.read_text()
