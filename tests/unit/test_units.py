"""Units at the door: dimensions, spellings, durations as text."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.facts import units
from opioidsim.refusal import Refusal


@pytest.mark.parametrize(
    ("given_", "wanted", "factor"),
    [
        ("mg", "mcg", 1e3),
        ("µg", "ng", 1e3),
        ("1/min", "1/h", 60.0),
        ("mL/min/kg", "L/h/kg", 0.06),
        ("ng/mL", "mg/L", 1e-3),
        ("nM", "nmol/L", 1.0),
        ("pM", "nM", 1e-3),
        ("weeks", "d", 7.0),
        ("%", "", 0.01),
        ("mL/s", "L/h", 3.6),
    ],
)
def test_a_factor_turns_one_unit_into_another(given_, wanted, factor):
    assert units.factor(given_, wanted) == pytest.approx(factor, rel=1e-14)


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("mg", "kg"),
        ("mg/kg", "mg"),
        ("L/h/kg", "L/h"),
        ("mL/min/kg", "L/h"),
        ("g/mol", "kg/mol"),
        ("ng/mL", "nM"),
        ("h", "mg"),
        ("mm", "mmHg"),
    ],
)
def test_another_dimension_is_refused(given_, wanted):
    with pytest.raises(Refusal, match="measure different things"):
        units.factor(given_, wanted)
    assert not units.same_dimension(given_, wanted)


def test_an_unknown_unit_is_refused_with_examples():
    with pytest.raises(Refusal, match=r'"furlong" is not a unit known here\. Write for example "mg"'):
        units.factor("furlong", "mg")
    with pytest.raises(Refusal, match='"furlong" is not a unit known here'):
        units.factor("mg", "furlong")


def test_litres_may_be_small_letters():
    assert units.factor("ng/ml", "ng/mL") == units.factor("l/h", "L/h") == 1.0


def test_equal_text_needs_no_dimension():
    assert units.same_dimension("pM^-n/s", "pM^-n/s")
    assert not units.same_dimension("pM^-n/s", "1/nM/h")


@pytest.mark.parametrize(
    ("text", "hours"),
    [("28 d", 672.0), ("90min", 1.5), (" 36 s ", 0.01), ("2 weeks", 336.0), ("1e1 h", 10.0), (".5 h", 0.5)],
)
def test_a_duration_is_read_in_hours(text, hours):
    assert units.hours(text) == pytest.approx(hours, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("70", 'without a unit; write for example "70 kg"'),
        ("heavy", 'write a number and a unit, for example "70 kg"'),
        ("", "write a number and a unit"),
        ("70 mg", "measure different things"),
        ("70 stonne", "is not a unit known here"),
        ("70 kg kg", "measure different things"),
        ("nan kg", "write a number and a unit"),
    ],
)
def test_a_bad_quantity_is_refused_by_name_with_the_remedy(text, remedy):
    with pytest.raises(Refusal, match=remedy) as refusal:
        units.quantity(text, "kg", "the weight")
    assert str(refusal.value).startswith("the weight was given as")


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0, "0 d"),
        (24, "24 h"),
        (48, "2 d"),
        (36, "36 h"),
        (0.5, "30 min"),
        (1.25, "75 min"),
        (30 / 3600, "30 s"),
        (0.5 / 3600, "0.5 s"),
        (7.3371, "7.3371 h"),
    ],
)
def test_hours_are_written_in_the_largest_unit_that_is_whole(hours, text):
    assert units.time_text(hours) == text


@given(st.floats(1e-6, 1e6))
def test_any_time_survives_its_text(hours):
    assert units.hours(units.time_text(hours)) == pytest.approx(hours, rel=2e-9)


@given(st.integers(1, 10**6), st.sampled_from(["s", "min", "h", "d", "weeks"]))
def test_whole_times_are_written_without_a_decimal_point(number, unit):
    assert "." not in units.time_text(units.hours(f"{number} {unit}"))


@pytest.mark.parametrize(("given", "wanted"), units.COMMON)
def test_what_is_common_is_as_pint_has_it(given, wanted, monkeypatch):
    known = units.COMMON[given, wanted]
    monkeypatch.setattr(units, "COMMON", {})
    assert units.factor.__wrapped__(given, wanted) == pytest.approx(
        known, rel=3e-16
    )  # older ones of pint round the last bit otherwise


@pytest.mark.parametrize(("given", "wanted"), sorted(units.APART))
def test_what_is_apart_is_so_for_pint(given, wanted, monkeypatch):
    monkeypatch.setattr(units, "APART", set())
    assert not units.same_dimension(given, wanted)


def test_a_plain_sentence_waits_neither_for_pint_nor_for_dask():
    code = """
import sys
import opioidsim as ops
ops.simulate(ops.Scenario(duration="1 week", every="12 h", doses=["naltrexone 50 mg oral every 24 h x 3", "heroin 500 mcg iv at 90 min"]))
sys.exit(repr(sorted({"pint", "dask", "distributed", "pandas", "altair", "pyarrow"} & set(sys.modules))))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.stderr.strip() == "[]"
