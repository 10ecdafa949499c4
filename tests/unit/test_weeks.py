"""Weeks of people in treatment: kinds of history, lines through readings, and that known numbers are found in simulated weeks."""

import numpy as np
import pytest

from opioidsim.calibration import behaviour, crowd
from opioidsim.calibration.crowd import Lines
from opioidsim.calibration.open import numbers
from opioidsim.cases.open import rules
from opioidsim.cases.person import normal
from opioidsim.engine.bodies import by_group
from opioidsim.facts import library
from opioidsim.studies import ctn0094 as real
from opioidsim.studies import transitions
from opioidsim.studies.transitions import KINDS, SPANS
from opioidsim.trials.outcomes import MISSING, NEGATIVE, POSITIVE

N, P, GONE = NEGATIVE, POSITIVE, MISSING


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ([N], "all -"), ([P, N, N, N, N], "all -"), ([P, N, N, N], "now -"), ([N, P], "now +"), ([P, GONE, P], "all +"),
        ([N, P, P, P, P], "all +"), ([P, N, GONE], "o after -"), ([N, P, GONE], "o after +"), ([GONE], "o after +"),
        ([N, GONE, GONE], "oo"), ([N, GONE, GONE, GONE], "oo"), ([N, GONE, GONE, GONE, GONE], "oooo"), ([GONE, GONE, GONE, GONE, GONE, GONE], "oooo"),
    ],
)  # fmt: skip
def test_a_history_is_told_by_the_last_four_given_and_by_what_is_missing(before, kind):
    assert list(KINDS)[transitions.history(np.array([before]))[0]] == kind


def test_every_week_that_was_due_is_counted_once_in_the_cell_of_what_went_before():
    urine = np.random.default_rng(1).integers(0, 3, (50, 24))
    urine[:, 19:] = -1
    found = transitions.counted(urine)
    assert found.shape == (50, len(SPANS), len(KINDS), 3) and (found.sum((1, 2, 3)) == 18).all()
    assert found[:, 0].sum() == 50 * 3 and found[:, :, :, MISSING].sum() == (urine[:, 1:] == MISSING).sum()
    assert transitions.counted(np.array([[P, P, N, GONE] + [-1] * 20]))[0, 0].tolist() == [
        [0, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0],
    ]  # fmt: skip


def test_the_counts_of_the_library_are_those_of_the_public_tables(shared):
    """Exactly, arm by arm; and none of the people who did not begin."""
    folder = shared / "data" / "ctn0094"
    if not folder.is_dir():
        pytest.skip("the public CTN-0094 tables are not here; name their parent with OPIOIDSIM_SHARED")
    codes = {"positive": P, "negative": N, "missing": GONE, "": -1}
    mine = {
        (a.trial.replace(":", "").lower(), real.INJECTED in a.arm, "methadone" in a.arm): a for a in real.read(folder)
    }
    for arm in transitions.load("ctn-0094").arms:
        seen = mine[arm.trial, "naltrexone" in arm.arm, arm.arm == "methadone"]
        began = np.vectorize(codes.get)(seen.urine)[seen.started]
        assert len(began) == arm.people and (transitions.counted(began).sum(0) == arm.counts()).all(), arm.arm


@pytest.fixture(scope="module")
def lines():
    """Three numbers that move cells and a row by known slopes."""
    rng = np.random.default_rng(3)
    cells = len(SPANS) * len(KINDS)
    at, slopes = rng.normal(-0.5, 0.7, (2, cells)), rng.normal(0.0, 0.2, (2, cells, 3))
    slopes[0, :, 0] += 0.6
    slopes[1, :, 1] += 0.8
    return Lines(at, slopes, np.zeros(cells, int), np.array([1.0]), np.array([[0.0, 0.0, 0.5]]), np.full(3, 0.5))


def chances(lines, u):
    gone, used = (1 / (1 + np.exp(-(at + slopes @ u))) for at, slopes in zip(lines.at, lines.slopes, strict=True))
    return np.stack([(1 - gone) * (1 - used), (1 - gone) * used, gone], -1)


def test_lines_through_a_crowd_s_readings_find_the_slopes_of_its_chances(lines):
    rng = np.random.default_rng(4)
    u = rng.uniform(-1, 1, (300, 3))
    counts = np.stack([rng.multinomial(60, chances(lines, each)) for each in u])
    at, slopes = crowd.chances(u, counts)
    assert at == pytest.approx(lines.at, abs=0.12)
    common = lines.slopes.mean(1)
    assert slopes.mean(1) == pytest.approx(common, abs=0.05)
    assert np.abs(slopes - lines.slopes).mean() < np.abs(lines.slopes - common[:, None]).mean()
    said = 2.0 + u @ np.array([0.5, 0.0, -0.3]) + rng.normal(0, 0.1, 300)
    at, slopes = crowd.straight(u, said, 1.0)
    assert at == pytest.approx(2.0, abs=0.03) and slopes == pytest.approx([0.5, 0.0, -0.3], abs=0.04)


@pytest.mark.long
def test_known_numbers_are_found_in_simulated_weeks(lines, monkeypatch):
    """Of 400 people; what neither weeks nor rows tell stays as wide as its band."""
    for name, value in {"WARM": 150, "KEPT": 200, "EVERY": 1}.items():
        monkeypatch.setattr(behaviour, name, value)
    rng = np.random.default_rng(5)
    truth = np.array([0.5, -0.4, 0.1])
    counts = rng.multinomial(300, chances(lines, truth))
    seen = behaviour.Seen(counts, np.array([1.0]), np.array([10.0]), np.array([1.0]))
    found = behaviour.drawn(lines, seen, 1, chains=1)
    u = crowd.along(found.z, lines.place)
    assert found.divergent == 0 and found.z.shape == (200, 3)
    low, high = np.quantile(u, [0.01, 0.99], axis=0)
    assert (low < truth).all() and (truth < high).all()
    assert (u.std(0)[:2] < 0.3).all() and found.spread["cells"].min() > 0.2 * rules().weeks_alike


def test_numbers_of_behaviour_are_told_together_and_the_rest_stay_in_their_bands():
    names = {name.partition(".")[2] for name in crowd.names()}
    assert {"use_base", "leave_hold", "attend_person"} < names
    assert not names & {"caution", "habit_margin", "contingency_use", "take_family"}
    told = {row.id for row in crowd.told()}
    assert any("began" in row for row in told) and not any("urine positive" in row for row in told)


def test_where_a_number_lies_on_its_band_is_what_the_crowd_lived():
    lived = by_group("behaviour", library.body("behaviour"), np.arange(5), 3, True)
    for name in ("behaviour.use_base", "behaviour.learn"):
        z = normal(3, name, range(5))
        assert behaviour.within(numbers()[name].fact, z) == pytest.approx(getattr(lived, name.partition(".")[2]))


def test_a_fitted_number_is_thought_to_lie_anywhere_on_its_band():
    """What was moved by these weeks is not drawn to where they moved it: its band is as it was before."""
    place = crowd.names().index("behaviour.use_base")
    fact = numbers()["behaviour.use_base"].fact
    z = np.random.default_rng(1).standard_normal((4000, len(crowd.names())))
    drawn = behaviour.values(z)
    even = drawn["behaviour.use_base"]
    assert np.quantile(even, [0.25, 0.5, 0.75]) == pytest.approx(fact.low + np.array([0.25, 0.5, 0.75]) * (fact.high - fact.low), abs=0.02)  # fmt: skip
    assert (drawn["behaviour.tau_wanting"] < 120.0).mean() == pytest.approx(0.5, abs=0.03), "assumed: the best guess"
    at = crowd.along(z[:, place], crowd.place_of(fact))
    assert at.min() >= -1 and at.max() <= 1 and ((at < 0) == (even < fact.value)).all()
