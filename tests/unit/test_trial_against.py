"""A simulated trial in the tables of a real one."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import trial_plan
from opioidsim.refusal import Refusal
from opioidsim.studies import beside
from opioidsim.studies.ctn0094 import FIRST, LAST, SINCE, compared


@pytest.fixture(scope="module")
def found():
    return ops.trial("xbot", replicates=2, who=ops.Who(people=200, point=True))


@pytest.fixture(scope="module")
def tables(found):
    return beside.outcomes(found)


def test_each_outcome_has_both_arms_under_their_real_names(tables):
    assert set(tables) == {
        "urine",
        "attendance",
        "retention",
        "relapse",
        "dropout",
        "injections",
        "since_injection",
        "transitions",
    }
    for name, frame in tables.items():
        arms = {"extended-release naltrexone"} | ({"buprenorphine-naloxone"} if name[:2] not in ("in", "si") else set())
        assert set(frame["arm"]) == arms and set(frame["trial"]) == {"X:BOT"}, name


def test_shares_are_shares(tables):
    for frame in tables.values():
        assert frame[["low", "high"]].isna().to_numpy().all(), "two replicates are too few for an interval"
        assert frame["value"].between(0, 1).all()


def test_a_weeks_urine_adds_up(tables):
    frame = tables["urine"]
    assert frame.groupby(["arm", "at"])["value"].sum().to_numpy() == pytest.approx(1.0)


def test_relapse_is_counted_as_in_the_data(found, tables):
    """Two ways of counting the same weeks: no one is free here whom four bad weeks in a row have met."""
    p = found.people["buprenorphine daily"]
    bad = np.stack([p[f"urine_{week}"] for week in range(24)], 1) != 0
    runs = [any(row[k : k + 4].all() for k in range(FIRST - 1, LAST)) for row in bad]
    frame = tables["relapse"]
    last = frame[(frame["arm"] == "buprenorphine-naloxone") & (frame["quantity"] == "intention to treat") & (frame["at"] == LAST)]  # fmt: skip
    assert float(last["value"].iloc[0]) == pytest.approx(1.0 - np.mean(runs))


def test_weeks_since_an_injection_are_each_counted_once(tables):
    frame = tables["since_injection"]
    missing = frame[frame["quantity"] == "missing"]
    assert len(missing) == len(SINCE)


def test_what_lies_apart_is_said_in_points(tables):
    lines = compared(tables, {name: frame.assign(value=frame["value"] + 0.07) for name, frame in tables.items()})
    assert all("7" in line for line in lines) and len(lines) == len(tables)


def test_a_trial_that_is_none_of_the_real_ones_is_refused():
    with pytest.raises(Refusal, match="begin with START or X:BOT"):
        beside.real_trial(trial_plan.read("combine"))
