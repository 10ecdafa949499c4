"""Each person on a clock of their own: steps that lead from event to event to the tick, and the same numbers as on the common one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import opioidsim as ops
from opioidsim.cases.scenario import from_table
from opioidsim.engine import clock, inputs, own_clock, own_course
from opioidsim.engine.simulate import output_times, own_quantities, simulate

OUTPUTS = ["concentration.naltrexone", "occupancy.naltrexone", "concentration.6-beta-naltrexol"]
SAME = {"duration": "3 d", "every": "100 min", "outputs": OUTPUTS}


@pytest.fixture
def table(tmp_path):
    def write(text, name="doses.csv"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3 << 33), min_size=3, max_size=3), min_size=1, max_size=5),
    st.integers(0, 2),
    st.integers(0, 26),
    st.sampled_from([None, 25, 28, 30]),
)
def test_steps_lead_from_event_to_event_to_the_tick(intervals, refine, rest, beat):
    """Everyone arrives at each of their events, whatever the others do, by steps that are powers of two and no longer than may be,
    and a shorter one of their own; with a beat the longest end on it."""
    at = np.concatenate([np.zeros((1, 3), np.int64), np.cumsum(intervals, axis=0)])
    plan = own_clock.schedule(at, rest, refine, beat)
    now, ends = plan.begin, []
    for level, aim in zip(plan.level.tolist(), plan.aim, strict=True):  # as `own_clock._piece` goes
        goal = plan.goals[aim]
        if level == own_clock.REST:
            now = np.maximum(now, goal)
        elif level >= 0:
            now = np.where(now + (1 << level) <= goal, now + (1 << level), now)
        ends.append(now)
    end = np.array(ends).reshape(-1, 3)
    taken = np.diff(np.concatenate([plan.begin[None], end]), axis=0)
    if beat:
        assert not (end[plan.level == plan.longest] & (1 << plan.longest) - 1)[
            taken[plan.level == plan.longest] > 0
        ].any()
    common = (plan.level >= 0) & (plan.level != own_clock.REST)
    assert np.isin(taken[common], [0, *(1 << np.arange(clock.LONGEST + 1))]).all()
    assert (taken[common].max(1) == 1 << plan.level[common].astype(np.int64)).all()
    assert not taken[plan.level == -1].any()
    assert plan.event.max(initial=0) == len(intervals) - 1
    for person in range(3):
        reached = {0, *end[:, person].tolist()}
        assert set(at[:, person].tolist()) <= reached
        since = np.concatenate([end[:, person] - taken[:, person]])
        last = at[np.maximum(np.searchsorted(at[:, person], since, "right") - 1, 0), person]
        most = np.maximum(2 ** (clock.FIRST - refine), clock.GROWTH / 2**refine * (since - last))
        assert (taken[:, person] <= most + 1e-6).all()
    assert plan.level[common].max(initial=0) <= plan.longest == (beat or clock.LONGEST) - refine
    assert (taken[plan.level == own_clock.REST] < 1 << rest).all()


ROWS = "ID,TIME,AMT,DRUG,ROUTE,II,ADDL\nA,0,50,naltrexone,oral,24,2\nB,1.3,100,naltrexone,oral,13.7,3\nC,40,25,naltrexone,oral,.,.\n"
SENTENCES = {
    "A": "naltrexone 50 mg oral every 24 h x 3",
    "B": "naltrexone 100 mg oral at 1.3 h every 13.7 h x 4",
    "C": "naltrexone 25 mg oral at 40 h",
}


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    path = tmp_path_factory.mktemp("three") / "doses.csv"
    path.write_text(ROWS)
    return simulate(from_table(SAME | {"dosing": str(path)}))


@pytest.mark.parametrize("who", SENTENCES)
def test_each_has_the_course_of_their_own_sentence(three, who):
    alone = simulate(from_table(SAME | {"doses": [SENTENCES[who]]}))
    for name in OUTPUTS:
        assert three[name][three.ids.index(who)] == pytest.approx(alone[name], rel=3e-5, abs=1e-6), name
        mine, theirs = three.exposures[name], alone.exposures[name]
        for part in ("peak", "time_of_peak", "trough", "end", "area"):
            assert getattr(mine, part)[three.ids.index(who)] == pytest.approx(
                getattr(theirs, part)[0], rel=2e-3, abs=1e-4
            )


def test_on_the_common_clock_and_on_their_own_they_are_the_same(three, monkeypatch):
    given = inputs.read(three.scenario)
    own, (times, _) = own_course.regimens(given, given.regimens, given.duration), output_times(given)
    monkeypatch.setattr(own_course, "TOGETHER", 0)
    apart = own_quantities(own, range(8), times)
    monkeypatch.setattr(own_course, "TOGETHER", 99)
    together = own_quantities(own, range(8), times)
    for name in OUTPUTS:
        assert apart[name] == pytest.approx(together[name], rel=3e-5, abs=1e-6), name


def test_what_is_asked_for_at_a_beat_is_read_there_and_exact(three, monkeypatch):
    """At whole hours concentrations are those of the common clock to the last digits, what comes soon after a dose to those of the
    quintic; without a beat all are looked up."""
    given = inputs.read(three.scenario.model_copy(update={"every": 1.0, "duration": 96.0}))
    own, (times, regular) = own_course.regimens(given, given.regimens, given.duration), output_times(given)
    monkeypatch.setattr(own_course, "TOGETHER", 99)
    together = own_quantities(own, range(8), times)
    monkeypatch.setattr(own_course, "TOGETHER", 0)
    found = own_quantities(own, range(8), times)
    monkeypatch.setattr(own_clock, "beat", lambda ticks, rounds: None)
    looked_up = own_quantities(own, range(8), times)
    starts = {"A": [0.0, 24.0, 48.0], "B": [1.3, 15.0, 28.7, 42.4], "C": [40.0]}
    for i, who in enumerate(SENTENCES):
        far = regular & np.all([(times <= at) | (times >= at + 5.0) for at in starts[who]], axis=0)
        for name in OUTPUTS:
            mine, theirs = found[name][:, i], together[name][:, i]
            assert mine == pytest.approx(theirs, rel=3e-5, abs=1e-6), name
            assert looked_up[name][:, i] == pytest.approx(theirs, rel=3e-5, abs=1e-6), name
            if name.startswith("concentration"):
                assert mine[far] == pytest.approx(theirs[far], rel=1e-10, abs=1e-12), name
                assert far.sum() > 40


def test_a_step_of_ones_own_length_is_as_exact_as_the_binary_digits_of_it(three, monkeypatch):
    given = inputs.read(three.scenario)
    own, (times, _) = own_course.regimens(given, given.regimens, given.duration), output_times(given)
    monkeypatch.setattr(own_course, "TOGETHER", 0)
    rested = own_quantities(own, range(8), times)
    monkeypatch.setattr(own_clock, "resting", lambda body, refine=0: 0)
    digits = own_quantities(own, range(8), times)
    for name in OUTPUTS:
        assert rested[name] == pytest.approx(digits[name], rel=1e-11, abs=1e-12), name


def test_the_peak_is_that_of_the_highest_dose_wherever_the_march_is_cut(table):
    """Equal doses day after day: each has the peak of the last by a hair, and its time is one after a dose."""
    path = table("ID,TIME,AMT,DRUG,ROUTE,II,ADDL\nA,0.37,50,naltrexone,oral,24.3,11\nB,0.1,50,naltrexone,oral,17.1,9\n")
    found = simulate(from_table(SAME | {"dosing": path, "duration": "12 d"}))
    for i, sentence in enumerate(("at 0.37 h every 24.3 h x 12", "at 0.1 h every 17.1 h x 10")):
        alone = simulate(from_table(SAME | {"doses": [f"naltrexone 50 mg oral {sentence}"], "duration": "12 d"}))
        for name in OUTPUTS:
            mine, theirs = found.exposures[name].peak[i], alone.exposures[name].peak[0]
            assert mine == pytest.approx(theirs, rel=2e-5), name


def test_ids_stand_in_every_table(three):
    assert list(three.table["ID"].unique()) == ["A", "B", "C"]
    assert list(three.outcomes()["ID"]) == ["A", "B", "C"]
    assert list(three.dataset["ID"].values) == ["A", "B", "C"]


def test_a_regimen_of_one_is_everyones(table):
    path = table("ID,TIME,AMT,DRUG,ROUTE,II,SS\n1,0,50,naltrexone,oral,24,1\n")
    found = simulate(from_table(SAME | {"dosing": path, "population": {"n": 9, "seed": 4}}))
    assert found.people == 9
    assert len(np.unique(found["concentration.naltrexone"][:, 0])) == 9


def test_a_crowd_of_a_table_is_drawn_by_its_seed(table):
    path = table("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n2,0,50,naltrexone,oral\n")
    found = simulate(from_table(SAME | {"dosing": path, "population": {"seed": 4}}))
    crowd = simulate(from_table(SAME | {"doses": ["naltrexone 50 mg oral"], "population": {"n": 2, "seed": 4}}))
    for name in OUTPUTS:
        assert found[name] == pytest.approx(crowd[name], rel=1e-5, abs=1e-6), name


def test_a_sentence_at_steady_state_comes_back_after_each_interval():
    found = simulate(
        from_table(SAME | {"doses": ["naltrexone 50 mg oral every 24 h x 4 at steady state"], "every": "24 h"})
    )
    for name in OUTPUTS:
        assert found[name][1:] == pytest.approx(found[name][:-1], rel=1e-4), name


@pytest.mark.long
def test_blockade_takes_a_table_and_a_steady_state(table):
    path = table("ID,TIME,AMT,DRUG,ROUTE,II,ADDL,SS\nA,0,50,naltrexone,oral,24,2,1\nB,60,50,naltrexone,oral,.,.,.\n")
    found = ops.blockade(challenge="heroin 25 mg iv", days=2, dosing=path)
    alone = ops.blockade("naltrexone 50 mg oral every 24 h x 3 at steady state", "heroin 25 mg iv", days=2)
    assert found.ids == ("A", "B")
    assert found.blockade[0] == pytest.approx(alone.blockade[0], rel=1e-4)
    assert found.blockade[1].max() < 1e-6
    with pytest.raises(ops.Refusal, match="not both"):
        ops.blockade("naltrexone 100 mg oral", "heroin 25 mg iv", dosing=path)


@pytest.mark.long
def test_an_episode_begins_where_each_persons_table_leads(table):
    """The one with an injection keeps breathing, the other does not; and each has doses of their own in the episode."""
    past = table("ID,TIME,AMT,DRUG,ROUTE\nA,0,380,naltrexone,im-depot\nB,0,0,naltrexone,oral\n", "past.csv")
    now = table("ID,TIME,AMT,UNIT,DRUG,ROUTE\nA,0,0.3,mg,fentanyl,iv\nB,0.1,0.3,mg,fentanyl,iv\n")
    common = {"clock": "episode", "duration": "12 min", "every": "60 s", "dosing": now}
    found = simulate(
        from_table(
            common
            | {"before": {"dosing": past, "duration": "7 d"}, "outputs": ["ventilation", "concentration.fentanyl"]}
        )
    )
    lowest = found.ends["lowest_ventilation"]
    assert lowest[0] > 2.0 * lowest[1]
    assert (found["concentration.fentanyl"][1][:7] == 0).all()
    assert found["concentration.fentanyl"][1][7:9] == pytest.approx(found["concentration.fentanyl"][0][1:3], rel=0.1)
    assert list(found.outcomes()["ID"]) == ["A", "B"]


def test_what_is_predicted_at_each_observation_is_the_course_then(table):
    rows = "A,0,50,naltrexone,oral,.\nA,1.7,.,.,.,9.5\nA,1.7,.,.,.,NA\nB,0,100,naltrexone,oral,.\nB,30.2,.,.,.,2\nC,1,50,naltrexone,oral,.\n"
    found = simulate(from_table(SAME | {"dosing": table(f"ID,TIME,AMT,DRUG,ROUTE,DV\n{rows}")})).observations
    assert list(found["ID"]) == ["A", "A", "B"]
    assert found["DV"].tolist() == pytest.approx([9.5, np.nan, 2], nan_ok=True)
    for row, sentence in ((0, "naltrexone 50 mg oral"), (2, "naltrexone 100 mg oral")):
        every = f"{found['time_h'][row]:g} h"
        alone = simulate(from_table(SAME | {"doses": [sentence], "duration": every, "every": every}))
        for name in OUTPUTS:
            assert found[name][row] == pytest.approx(alone[name][-1], rel=3e-5), name
