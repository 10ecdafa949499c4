"""A march goes piece by piece through what is compiled once: nothing hangs on where it is cut, nothing is compiled twice."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.cases.scenario import from_table
from opioidsim.engine import clock, course, episode, history, inputs

hours = st.floats(0.0, 40.0, width=16)


@given(st.lists(hours, max_size=12), st.lists(hours, min_size=1, max_size=6), st.integers(1, 40), st.integers(1, 5))
def test_the_pieces_of_a_grid_are_the_grid(events, outputs, steps, most):
    grid = clock.grid(sorted(events), sorted({0.0, 41.0, *outputs}))
    pieces = list(clock.pieces(grid, steps, most))
    assert all(len(piece.level) == steps and np.count_nonzero(piece.event) <= most for piece in pieces)
    for name in ("level", "event", "slot"):
        joined = np.concatenate([getattr(piece, name)[: _real(piece)] for piece in pieces])
        assert np.array_equal(joined, getattr(grid, name)), name


def _real(piece):
    """How many steps of a piece are no padding, which has no length and no event."""
    return 1 + np.flatnonzero((piece.level >= 0) | (piece.event > 0)).max(initial=-1)


DOSES = "naltrexone 50 mg oral every 6 h x 9"


def test_a_course_is_the_same_in_small_pieces(run, monkeypatch):
    whole = run(DOSES, duration="3 d")
    monkeypatch.setattr(course, "STEPS", 64)
    monkeypatch.setattr(course, "EVENTS", 2)
    for name, values in run(DOSES, duration="3 d").values.items():
        assert values == pytest.approx(whole.values[name], rel=1e-12, abs=1e-300), name


def test_a_course_of_another_length_spacing_or_number_of_doses_is_not_compiled_again(run):
    run(DOSES, duration="3 d")
    before = course._piece._cache_size()
    for doses, duration, every in (("x 2", "26 h", "37 min"), ("x 70", "40 d", "1 d"), ("x 9", "3 d", "7 s")):
        run(DOSES.replace("x 9", doses), duration=duration, every=every)
    assert course._piece._cache_size() == before


def test_people_who_are_all_alike_have_the_matrices_of_a_few():
    given = inputs.read(from_table({"doses": [DOSES], "duration": "3 d"}))
    few, many = (history.ready(given, range(people)).steps for people in (course.FEW, 136))
    for part, whole in zip(few[:4], many[:4], strict=True):
        assert whole.shape[-1] == 136 and np.array_equal(np.broadcast_to(part[..., :1], whole.shape), whole)


def test_an_episode_is_the_same_in_one_piece_and_in_many(run):
    """Looked at every 10 s it is one piece, every second it is five."""
    asked = {"clock": "episode", "duration": "10 min"}
    whole, cut = (run("fentanyl 1 mg iv", **asked, every=every) for every in ("10 s", "1 s"))
    assert len(whole.times) < episode.SLOTS < len(cut.times) / 4
    for name, values in cut.values.items():
        assert np.array_equal(values[:, ::10], whole.values[name]), name
    for name, ends in cut.ends.items():
        assert np.array_equal(ends, whole.ends[name], equal_nan=True), name


def test_a_further_dose_in_an_episode_is_not_compiled_again(run):
    asked = {"clock": "episode", "duration": "5 min"}
    run("fentanyl 0.1 mg iv", **asked)
    before = episode._piece._cache_size()
    for number in (2, 3, 4):
        run(*[f"fentanyl 0.1 mg iv at {i} min" for i in range(number)], **asked)
    assert episode._piece._cache_size() == before


# programs that a first answer may compile, of questions asked one after the other: no sum or power is one of its own
BUDGET = {
    "run": ({"scenario": "too-soon"}, 9),
    "blockade": ({"antagonist": ["naltrexone 50 mg oral"], "days": 2.0, "people": 3}, 8),
    "induction": ({"opioid": ["heroin 100 mg iv every 8 h x 9"], "day": [2.0], "people": 3}, 7),
    "abuse": ({"medicine": ["buprenorphine 8 mg sublingual"], "taker": ["naive"], "people": 3}, 9),
    "washout": ({"days": 2.0, "people": 3}, 3),
}
COUNTED = """
import json, sys, jax.monitoring
from opioidsim.questions import questions
names, found = [], {}
jax.monitoring.register_event_duration_secs_listener(lambda name, *_, **__: names.append(name))
for question, asked in json.loads(sys.argv[1]).items():
    before = len(names)
    questions()[question].ask(asked).rows()
    found[question] = sum(name.endswith("backend_compile_duration") for name in names[before:])
print(json.dumps(found))
"""


@pytest.mark.long
def test_a_first_answer_compiles_few_programs():
    asked = json.dumps({question: asked for question, (asked, _) in BUDGET.items()})
    found = subprocess.run([sys.executable, "-c", COUNTED, asked], capture_output=True, text=True, check=True).stdout
    assert {question: most for question, most in json.loads(found).items() if most > BUDGET[question][1]} == {}
    assert all(json.loads(found).values()), "they are counted"
