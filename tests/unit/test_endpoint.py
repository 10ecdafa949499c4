"""Endpoints in a plan's own words: what they count, and what is refused by name."""

import numpy as np
import pytest

from opioidsim.cases import endpoint

SEEN = (7, 14, 21, 28)
USED = np.zeros((28, 3), bool)
USED[3, 0] = USED[10:12, 1] = USED[20:, 1] = True  # the third never
NEGATIVE = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 1]], bool)
SERIES = {"used": USED, "craving": USED * 0.5, "urine_negative": NEGATIVE, "urine_positive": ~NEGATIVE}


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("total(used)", "mean", [1, 10, 0]),
        ("mean(used, weeks=(3, 4))", "mean", [0, 8 / 14, 0]),
        ("most(craving) * 2 - 1", "mean", [0, 0, -1]),
        ("longest(weekly(used) == 0) >= 2", "share", [True, False, True]),
        ("longest(not used)", "mean", [24, 10, 28]),
        ("any(used) and not all(urine_negative)", "share", [True, True, False]),
        ("total(urine_positive, weeks=(2, 4)) == 0", "share", [True, False, True]),
        ("first(used)", "time", [3, 10, 28]),
        ("first(used, weeks=(2, 3))", "time", [21, 10, 21]),
        ("first(rolling(used, days=3) >= 2)", "time", [28, 11, 28]),
        ("most(rolling(used, days=28))", "mean", [1, 10, 0]),
        ("total(urine_positive, visits=(1, 2))", "mean", [1, 1, 0]),
        ("total(by_visit(used) == 0, visits=(3, 4))", "mean", [2, 0, 2]),
        ("any(used) + any(urine_positive)", "mean", [2, 2, 0]),
        ("-total(used) < 0 or total(used) > 5", "share", [True, True, False]),
    ],
)
def test_what_is_counted_of_each_person(text, kind, found):
    read = endpoint.parse(text, "opioid", 28, SEEN)
    assert read.kind == kind
    assert endpoint.value(read, SERIES, SEEN).tolist() == pytest.approx(found)
    assert read.end == (21 if "weeks=(2, 3)" in text else 28)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("used", "has a value for each day"),
        ("total(usd)", 'Did you mean "used"'),
        ("sum(used)", 'no function "sum"'),
        ("total(heavy)", "nothing called"),
        ("longest(craving)", 'compare it, as in "craving > 0"'),
        ("total(used) and any(used)", "is no yes or no"),
        ("total(used, weeks=(3, 9))", "after the trial's 4 weeks"),
        ("total(used, days=(3, 9))", "weeks=(5, 24)"),
        ("total(used, weeks=(3, 2))", "weeks=(5, 24)"),
        ("total(used, visits=(1, 2))", "or of by_visit"),
        ("total(urine_positive, visits=(4, 5))", "after the trial's 4 visits"),
        ("total(by_visit(urine_positive))", "adds up days by visit"),
        ("any(used and urine_negative)", "a value for each day or visit side by side"),
        ("first(urine_positive)", "counted in days"),
        ("total(total(used))", "is one value already"),
        ("most(rolling(used))", "rolling(used, days=28)"),
        ("most(rolling(used, days=99))", "of up to 28 days"),
        ("total(used) / 3", "is not understood here"),
        ("__import__('os').system('true')", "is not understood"),
        ("(lambda: 1)()", "is not understood here"),
        ("total(used", "is not understood; write for example"),
        ("3 > 2", "the same for everyone"),
        ("weekly(urine_positive)", "adds up days by week"),
        ("1 < total(used) < 3", "comparisons of two"),
        ("total(used) " * 40, "letters"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text, remedy):
    with pytest.raises(ValueError, match=".") as refusal:
        endpoint.parse(text, "opioid", 28, SEEN)
    assert remedy in str(refusal.value)
