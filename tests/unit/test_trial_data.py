"""Real trials: what the public tables say agrees with what was published and computed from them."""

import csv
import re

import numpy as np
import pytest

from opioidsim.refusal import Refusal
from opioidsim.studies import ctn0094 as real

ARMS = {
    "XR-NTX (CTN-0051, X:BOT)": ("X:BOT", "extended-release naltrexone"),
    "buprenorphine-naloxone (CTN-0051, X:BOT)": ("X:BOT", "buprenorphine-naloxone"),
    "methadone (CTN-0027, START)": ("START", "methadone"),
    "buprenorphine-naloxone (CTN-0027, START)": ("START", "buprenorphine-naloxone"),
}
ERRORS = 4  # standard errors of a draw of two thirds that the numbers of all participants may lie away


@pytest.fixture(scope="module")
def folder(shared):
    found = shared / "data" / "ctn0094"
    if not found.is_dir():
        pytest.skip("the public CTN-0094 tables are not here; name their parent with OPIOIDSIM_SHARED")
    return found


@pytest.fixture(scope="module")
def arms(folder):
    return {(arm.trial, arm.arm): arm for arm in real.read(folder)}


@pytest.fixture(scope="module")
def outcomes(arms):
    return real.outcomes(tuple(arms.values()))


@pytest.fixture(scope="module")
def published(shared):
    """Numbers computed from all participants, by name of the arm and of the quantity."""
    found = {}
    for name in ("outcomes_trials_weekly", "outcomes_trials"):
        with open(shared / "evidence" / f"{name}.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["checked"] == "computed":
                    found[row["population_or_arm"], row["quantity"]] = float(row["value"]), row["unit"], row["n"]
    return found


def value(outcomes, name, arm, quantity, at):
    trial, label = ARMS[arm]
    frame = outcomes[name]
    mine = frame[(frame["trial"] == trial) & (frame["arm"] == label) & (frame["quantity"] == quantity) & (frame["at"] == at)]  # fmt: skip
    return float(mine["value"].iloc[0]), int(mine["n"].iloc[0])


def agrees(found, n, seen, of):
    """A share of a random part of the people against that of all: within so many standard errors of such a draw."""
    error = np.sqrt(max(seen * (1 - seen), 0.01) / n * (1 - n / of))
    return abs(found - seen) <= ERRORS * error + 0.001


WEEKLY = {
    r"week (\d+) Kaplan-Meier proportion relapse-free": "relapse",
    r"week (\d+) urine (.*) \(all randomised as denominator\)": "urine",
    r"week (\d+) proportion without 4 consecutive missing urines having begun": "dropout",
}
KINDS = {"opioid-negative": "negative", "missing": "missing", "opioid-positive or mixed": "positive"}
GROUPS = {"intention to treat": "intention to treat", "medication initiated (per protocol)": "per protocol"}


def test_every_weekly_curve_agrees_with_all_participants(outcomes, published):
    """Drop-out is compared from week 4 on: before, the published curve counts the weeks around randomisation otherwise."""
    seen = 0
    for (label, quantity), (number, _, of) in published.items():
        arm, _, group = label.partition("; ")
        for pattern, name in WEEKLY.items():
            match = re.fullmatch(pattern, quantity)
            if not match or group not in GROUPS or (name == "dropout" and (int(match[1]) < 4 or group != "intention to treat")):  # fmt: skip
                continue
            kind = {"relapse": GROUPS[group], "dropout": "no four missing"}.get(name) or KINDS[match[2]]
            found, n = value(outcomes, name, arm, kind, int(match[1]))
            assert agrees(found, n, number, int(of)), (arm, kind, quantity, found, number)
            seen += 1
    assert seen > 400


def test_urine_by_days_since_the_injection_agrees(outcomes, published):
    arm = "XR-NTX (CTN-0051, X:BOT)"
    for low, high in real.SINCE:
        words = "85 or more" if low == 85 else f"{low}-{high}"
        at = "85+" if low == 85 else f"{low}-{high}"
        for kind, text in (("positive of those given", "opioid-positive among provided weekly urines"), ("missing", "scheduled weekly urine missing")):  # fmt: skip
            number, _, of = published[f"{arm}; medication initiated", f"{words} days since last injection: {text}"]
            found, n = value(outcomes, "since_injection", arm, kind, at)
            assert n / int(of) == pytest.approx(2 / 3, abs=0.17)
            assert agrees(found, n, number / 100, int(of)), (at, kind, found, number)


def test_intervals_between_injections_agree(outcomes, published):
    middle, n = value(outcomes, "intervals", "XR-NTX (CTN-0051, X:BOT)", "days between injections", "50%")
    seen, _, of = published["XR-NTX (CTN-0051, X:BOT)", "days between consecutive injections"]
    assert middle == seen and n / int(of) == pytest.approx(2 / 3, abs=0.02)


def test_the_headline_numbers_of_this_part_are_met_exactly(folder, arms, outcomes):
    """The counts that the folder's own page gives for its part of the data."""
    page = (folder / "README.md").read_text(encoding="utf-8")
    ntx, bup = arms["X:BOT", "extended-release naltrexone"], arms["X:BOT", "buprenorphine-naloxone"]
    for arm, name in ((ntx, "Inpatient NR-NTX"), (bup, "Inpatient BUP")):
        never, of = re.search(rf"induction failure, `{name}` \| (\d+)/(\d+)", page).groups()
        assert ((~arm.started).sum(), arm.people) == (int(never), int(of))
    for k, count in re.findall(r"at least (\d) injections? \| (\d+)/189", page):
        assert sum(len(days) >= int(k) for days in ntx.doses) == int(count)
    for label, name in (("methadone", "Methadone"), ("buprenorphine-naloxone", "Outpatient BUP")):
        stayed = re.search(rf"last dose on day 155 or later\), `{name}` \| (\d+)/", page)[1]
        assert (arms["START", label].last_dose >= 155).sum() == int(stayed)


def test_relapse_is_four_weeks_in_a_row_from_the_third_on():
    bad = np.zeros((4, real.WEEKS), bool)
    bad[0, 0:4] = bad[1, 6:9] = bad[2, 6:10] = bad[3, 20:24] = True  # weeks 1-4; 7-9; 7-10; 21-24
    assert real.first_run(bad, real.FIRST, real.LAST).tolist() == [np.inf, np.inf, 7.0, 21.0]


def test_days_since_an_injection_count_from_the_last_one():
    since = real.days_since(np.array([3.0, 31.0]), np.array([2.0, 3.0, 30.0, 31.0, 40.0]))
    assert np.isnan(since[0]) and since[1:].tolist() == [0.0, 27.0, 0.0, 9.0]


def test_a_folder_without_the_tables_is_refused(tmp_path):
    with pytest.raises(Refusal, match="CTN-0094 tables"):
        real.read(tmp_path)


def test_a_folder_with_other_tables_is_refused(tmp_path):
    import gzip

    for name in real.NAMES:
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(Refusal, match="not those of CTN-0094"):
        real.read(tmp_path)
