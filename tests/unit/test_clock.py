"""The time grid: it covers the interval exactly, and every dose and output falls on a step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.engine import clock

TIMES = st.one_of(st.floats(0, 1000), st.integers(0, 1000).map(float), st.integers(0, 36_000).map(lambda s: s / 36))


@st.composite
def marks(draw):
    """Event times and output times, both ascending; outputs at least a tick apart, the last one after 0."""
    events = sorted(draw(st.lists(TIMES, max_size=8)))
    outputs = sorted({clock.ticks(t).item(): t for t in draw(st.lists(TIMES, min_size=1, max_size=12))}.values())
    return events, outputs if outputs[-1] > clock.TICK else [*outputs, 24.0]


def lengths(grid):
    """Length of each step in ticks."""
    return np.where(grid.level < 0, 0, 1 << np.maximum(grid.level, 0).astype(np.int64))


def ends(grid):
    return np.cumsum(lengths(grid))


@given(marks(), st.integers(0, 3))
def test_steps_sum_to_the_interval_to_the_tick(when, refine):
    events, outputs = when
    assert lengths(clock.grid(events, outputs, refine)).sum() == clock.ticks(outputs[-1])


@given(marks())
def test_each_event_before_the_end_starts_one_step_at_its_time(when):
    events, outputs = when
    grid = clock.grid(events, outputs)
    starts = ends(grid) - lengths(grid)
    expected = {number: t for number, t in enumerate(clock.ticks(events).tolist(), 1) if t < clock.ticks(outputs[-1])}
    assert {k: starts[i] for i, k in enumerate(grid.event.tolist()) if k} == expected
    assert np.count_nonzero(grid.event) == len(expected)


@given(marks())
def test_each_output_ends_a_step_and_slots_lead_to_it(when):
    events, outputs = when
    grid = clock.grid(events, outputs)
    out, end = clock.ticks(outputs), ends(grid)
    assert set(out[out > 0]) <= set(end)
    assert np.array_equal(grid.slot, np.searchsorted(out, np.where(grid.level < 0, end + 1, end)))


@given(marks())
def test_the_last_step_into_a_slot_ends_at_its_output(when):
    events, outputs = when
    grid = clock.grid(events, outputs)
    last = dict(zip(grid.slot.tolist(), ends(grid).tolist(), strict=True))
    assert all(last[slot] == tick for slot, tick in enumerate(clock.ticks(outputs).tolist()) if tick)


@given(marks(), st.integers(0, 3))
def test_steps_stay_short_after_an_event_and_refining_halves_them(when, refine):
    events, outputs = when
    grid = clock.grid(events, outputs, refine)
    start = ends(grid) - lengths(grid)
    happened = np.maximum.accumulate(np.where(grid.event > 0, start, 0))
    assert (lengths(grid) <= np.maximum(2**clock.FIRST, clock.GROWTH * (start - happened)) / 2**refine).all()
    assert grid.level.max() <= clock.LONGEST - refine


@pytest.mark.parametrize("outputs", [np.arange(0, 673, 1.0), [672.0]])
def test_refining_doubles_the_steps(outputs):
    events = np.arange(0, 672, 24.0)
    coarse, fine = (clock.grid(events, outputs, refine) for refine in (0, 1))
    assert 1.8 * len(coarse.level) < len(fine.level) < 2.2 * len(coarse.level)


def test_several_doses_at_one_instant_all_happen():
    grid = clock.grid([0.0, 5.0, 5.0, 5.0], [0.0, 24.0])
    assert [k for k in grid.event.tolist() if k] == [1, 2, 3, 4]
    assert grid.level[grid.event == 2] == grid.level[grid.event == 3] == -1


def test_a_dose_at_the_end_is_too_late():
    assert clock.grid([24.0], [0.0, 24.0]).event.max() == 0


def test_a_month_of_tablets_takes_few_steps_of_few_lengths():
    grid = clock.grid(np.arange(0, 672, 24.0), np.arange(0, 673, 24.0))
    assert len(grid.level) < 28 * 150
    assert len(set(grid.level.tolist())) < 30


def test_padding_adds_steps_of_no_length():
    grid = clock.grid([0.0], [0.0, 24.0])
    padded = clock.padded(grid, 64)
    count = len(grid.level)
    assert len(padded.level) % 64 == 0
    assert np.array_equal(padded.level[:count], grid.level)
    assert (padded.level[count:] == -1).all()
    assert (padded.event[count:] == 0).all()
    assert (padded.slot[count:] == grid.slot[-1]).all()


def test_a_grid_is_made_once_for_all_who_ask_and_is_nobodys_to_change():
    grid = clock.grid([0.0, 5.0], [0.0, 24.0])
    assert clock.grid([0.0, 5.0], [0.0, 24.0]) is grid
    with pytest.raises(ValueError, match="read-only"):
        grid.level[0] = 3
    with clock.finer():
        assert len(clock.grid([0.0, 5.0], [0.0, 24.0]).level) > len(grid.level)
