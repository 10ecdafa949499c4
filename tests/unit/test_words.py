"""Numbers in words: no exponent where people read, and no 0 beside a range that does not hold it."""

from types import SimpleNamespace

import numpy as np
import pytest

from opioidsim.questions.relapse.words import times_text
from opioidsim.questions.run.words import _of_withdrawal
from opioidsim.show.words import number, two


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.0, "0"), (0.12345, "0.123"), (999.4, "999"), (999.6, "1000"), (2683.0, "2683"), (12345.6, "12346")],
)
def test_a_number_has_three_digits_and_is_whole_from_a_thousand_on(x, text):
    assert number(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.0, "0"), (1.5e-5, "under 0.001"), (0.0084, "0.0084"), (7.25, "7.2"), (110.0, "110"), (1234.0, "1200")],
)
def test_two_digits_without_an_exponent(x, text):
    assert two(x) == text


@pytest.mark.parametrize(
    ("arrest", "times", "low", "high", "text"),
    [
        (0.0, 0.0, 0.00033, 0.083, "at most 0.083 times as often as when tolerant"),
        (0.9, 1.4, 1.2, 1.5, "1.4 times (1.2 to 1.5) as often as when tolerant"),
        (0.5, 110.0, 60.0, 1500.0, "110 times (60 to 1500) as often as when tolerant"),
        (0.5, None, 6.8, None, "at least 6.8 times as often as when tolerant"),
        (0.0, None, None, None, "and none when tolerant"),
    ],
)
def test_how_often_against_the_tolerant(arrest, times, low, high, text):
    row = {"arrest": arrest, "times_tolerant": times, "times_tolerant_low": low, "times_tolerant_high": high}
    assert times_text(row) == text


@pytest.mark.parametrize(
    ("high", "said"),
    [(0.6, "under the mild band."), (31.8, "in the middle of people; one in twenty reaches 32 of 48 or more.")],
)
def test_withdrawal_that_some_of_a_crowd_feel_is_told(high, said):
    crowd = SimpleNamespace(values={"withdrawal": np.full((3, 2), 0.5)}, people=3)
    assert _of_withdrawal(crowd, {"peak": 0.5, "peak_high": high}).endswith(said)
