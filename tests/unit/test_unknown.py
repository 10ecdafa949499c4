"""What is not known: draws of facts in the engine and in answers, the posterior, sensitivity."""

import json

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import change
from opioidsim.cases import drug as drugs
from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import from_table
from opioidsim.engine import inputs
from opioidsim.engine.challenge import challenged
from opioidsim.engine.result import share_under
from opioidsim.engine.simulate import simulate
from opioidsim.facts import posterior
from opioidsim.facts.evidence import glossary, plausible, symbol_of
from opioidsim.refusal import Refusal
from opioidsim.show.tornado import sensitivity

COURSE = {"doses": ["heroin 50 mg iv every 8 h x 3", "naltrexone 50 mg oral at 2 d"], "duration": "3 d", "every": "6 h"}
EPISODE = {"clock": "episode", "duration": "6 min", "every": "30 s", "doses": ["fentanyl 1 mg iv"]}


@pytest.fixture(scope="module")
def everything():
    return change.facts_of([drugs.load(name) for name in drugs.names()])


@pytest.mark.parametrize("table", [COURSE, EPISODE], ids=["course", "episode"])
def test_every_fact_may_differ_from_reading_to_reading(table, everything):
    """All facts as columns of their own value: nothing in the engine takes a fact for one number."""
    scenario = from_table(table)
    columns = {name: np.full(3, fact.value) for name, fact in everything.items()}
    plain, drawn = simulate(scenario), simulate(scenario, draws=columns)
    for name, values in plain.values.items():
        assert drawn.values[name].shape == (3, values.shape[1])
        np.testing.assert_allclose(
            drawn.values[name][2], values[0], rtol=1e-8, atol=1e-10 + 1e-9 * np.abs(values).max()
        )


def test_a_reading_is_the_scenario_with_its_facts_changed():
    moved = {
        "adaptation.tau_loss": (12.0, 20.0),
        "naltrexone.routes.oral.F": (0.05, 0.1),
        "effects.liking.reserve": (20.0, 40.0),
    }
    scenario = from_table(COURSE | {"outputs": ["withdrawal", "liking", "concentration.naltrexone"]})
    drawn = simulate(scenario, draws={name: np.array(pair) for name, pair in moved.items()})
    for row in (0, 1):
        units = {"adaptation.tau_loss": " d"}
        alone = simulate(scenario, change={name: f"{pair[row]}{units.get(name, '')}" for name, pair in moved.items()})
        for name in scenario.outputs:
            np.testing.assert_allclose(drawn.values[name][row], alone.values[name][0], rtol=1e-6, atol=1e-9)


def test_a_challenge_under_draws_knows_that_people_differ():
    scenario = from_table({"doses": ["naltrexone 50 mg oral", "heroin 25 mg iv"], "duration": "3 d", "every": "1 d"})
    read = inputs.read(scenario, "effects").drawing({"naltrexone.receptor.mu.K": np.array([0.03, 0.1])})
    blocked = challenged(read, (parse("naltrexone 50 mg oral"),), parse("heroin 25 mg iv"), np.array([24.0, 48.0]))[
        "blockade"
    ]
    assert blocked.shape == (2, 2) and (blocked[0] > blocked[1]).all()


def test_draws_of_a_scenario_are_rows_of_the_posterior():
    few, many = (from_table(COURSE | {"population": {"draws": n}}) for n in (3, 5))
    assert few.people() == 3
    np.testing.assert_allclose(
        simulate(few).values["withdrawal"], simulate(many).values["withdrawal"][:3], rtol=1e-9, atol=1e-12
    )
    again = from_table(few.table())
    assert again == few


def test_what_was_changed_or_is_read_otherwise_stays_where_it_stands():
    plain = inputs.read(from_table(COURSE | {"population": {"draws": 4}}))
    changed = inputs.read(from_table(COURSE | {"population": {"draws": 4}, "change": {"adaptation.tau_loss": "20 d"}}))
    assert set(plain.draws) - set(changed.draws) == {"adaptation.tau_loss"}
    otherwise = inputs.read(from_table(COURSE | {"population": {"draws": 4}, "readings": {"naltrexone": "slower"}}))
    assert set(plain.draws) - set(otherwise.draws)


def test_more_draws_than_there_are_is_refused():
    with pytest.raises(Refusal, match="401|400"):
        inputs.read(from_table(COURSE | {"population": {"draws": 401}}))


def test_a_table_and_draws_together_are_refused():
    with pytest.raises(Refusal, match="leave one of them out"):
        from_table(COURSE | {"population": {"table": "draws.csv", "draws": 3}})


def test_a_crowd_under_draws_has_people_and_readings():
    crowd = from_table(COURSE | {"population": {"n": 6, "draws": 3}, "outputs": ["concentration.naltrexone"]})
    alone = from_table(COURSE | {"population": {"n": 6}, "outputs": ["concentration.naltrexone"]})
    both, people = (simulate(s).values["concentration.naltrexone"].max(1) for s in (crowd, alone))
    assert len(both) == 6 and len({*both}) == 6 and not np.allclose(both, people)


def test_the_posterior_is_sound(everything):
    """Draws of every fact: finite, plausible, around the library's number, but where people's weeks gainsay it; as many as the story says."""
    columns, story = posterior.columns(), posterior.story()
    assert set(columns) == set(story["points"]) and {len(c) for c in columns.values()} == {story["draws"]}
    for name, column in columns.items():
        fact, meaning = everything[name], glossary()["facts"][symbol_of(name.split("."))]
        assert np.isfinite(column).all() and column.std() > 0, name
        low, middle, high = np.quantile(column, (0.025, 0.5, 0.975))
        assert plausible(float(middle), fact.unit, meaning), name
        assert low <= fact.value <= high or name in story["blocks"]["behaviour"]["numbers"], name
        if fact.low is not None and name in story["blocks"]["behaviour"]["numbers"]:
            assert fact.low <= column.min() and column.max() <= fact.high, name


def test_the_posterior_is_fresh():
    """Facts, priors, build rows and equations are those that each block was made from; else: make posterior."""
    from opioidsim.calibration.mark import mark

    now = mark()
    assert [n for n, told in posterior.story()["blocks"].items() if told["mark"] != now] == [], "run: make posterior"


@pytest.fixture(scope="module")
def answer():
    who = ops.Who(people=40, draws=30, sensitivity=True)
    return ops.washout("naltrexone 50 mg oral", days=9.0, who=who)


def test_an_answer_keeps_three_spreads_apart(answer):
    row = answer.lines()[2]
    people, unknown = row["held_high"] - row["held_low"], row["held_unknown_high"] - row["held_unknown_low"]
    assert 0 < unknown < people
    assert row["held_low"] == answer.rows()[2]["held_low"], "how people differ hangs on no draw"
    _, cells = answer.cells()
    assert "(" in cells[2][1] and "[" in cells[2][1]
    for words in ("people", "not known", "Chance"):
        assert words in answer.spreads
    assert any("not known" in said for said in answer.said())
    assert json.dumps(answer.json())


def test_an_answer_without_draws_is_as_before(answer):
    plain = ops.washout("naltrexone 50 mg oral", days=9.0, who=ops.Who(people=40))
    assert plain.rows() == answer.rows() and plain.unknown is None and plain.lines() == plain.rows()
    assert "[" not in plain.cells()[1][2][1] and plain.spreads == plain.brackets


def test_an_answer_with_draws_can_be_asked_again(answer):
    assert ops.ask(answer.asked).lines() == answer.lines()


def test_what_the_answer_hangs_on_is_drawn_and_saved(answer, tmp_path):
    names = {row["fact"] for row in answer.sensitivity.rows()}
    assert "naltrexone.biophase_half_life" in names
    assert {"sensitivity.csv", "figure-sensitivity.svg"} <= {path.name for path in answer.save(tmp_path / "out")}


def test_sensitivity_finds_the_facts_of_a_known_law():
    rng = np.random.default_rng(3)
    draws = {name: np.exp(0.2 * rng.standard_normal(200)) for name in "abcd"}
    found = sensitivity("a number", 3.0 * np.log(draws["b"]) - np.log(draws["d"]), draws)
    assert found is not None and found.names[:2] == ("b", "d") and found.explained > 0.99
    assert found.weights[0] == pytest.approx(3.0 / 10.0**0.5, abs=0.05) and found.weights[1] < 0
    assert sensitivity("a number", np.ones(200), draws) is None


def test_the_chance_of_so_many_is_taken_off_a_share():
    rng = np.random.default_rng(1)
    draws, each = 100, 40
    same = (rng.uniform(size=draws * each) < 0.3).astype(float)
    _, low, high = share_under(same, draws)
    assert high - low < 0.08, "nothing but chance: hardly a range"
    shares = rng.beta(3.0, 7.0, draws)
    differ = (rng.uniform(size=(each, draws)) < shares).astype(float).ravel()
    share, low, high = share_under(differ, draws)
    assert share == pytest.approx(0.3, abs=0.05)
    assert (low, high) == (pytest.approx(0.10, abs=0.05), pytest.approx(0.55, abs=0.08))
    assert share_under(np.zeros(10), 5) == (0.0, 0.0, 0.0)


@pytest.mark.long
def test_a_rescue_under_draws_has_shares_that_are_not_known():
    found = ops.rescue("fentanyl 2 mg iv", hours=0.2, who=ops.Who(people=240, draws=24))
    row = found.lines()[0]
    assert row["arrest_unknown_low"] <= row["arrest"] <= row["arrest_unknown_high"]
    assert "people of its own" in found.spreads


def test_figures_show_both_ends_of_what_is_not_known_and_only_where_it_was_asked():
    import altair as alt
    import pandas as pd

    from opioidsim.show.theme import UNSURE, unsure

    frame = pd.DataFrame(
        {"day": [1, 2], "peak": [3.0, 2.0], "peak_unknown_low": [2.0, 1.0], "peak_unknown_high": [4.0, 3.0]}
    )
    for ticks, kind in ((False, "line"), (True, "tick")):
        ends = [layer.to_dict() for layer in unsure(alt.Chart(frame).encode(x="day:Q"), "peak", ticks=ticks)]
        assert [end["encoding"]["y"]["field"] for end in ends] == ["peak_unknown_low", "peak_unknown_high"]
        assert {end["mark"]["type"] for end in ends} == {kind}
    assert unsure(alt.Chart(frame[["day", "peak"]]), "peak") == []
    usual = ops.induction("heroin 100 mg iv every 8 h x 3", "tablet", day=(1,), who=ops.Who(people=2))
    asked = ops.induction("heroin 100 mg iv every 8 h x 3", "tablet", day=(1,), who=ops.Who(people=2, draws=2))
    assert UNSURE in json.dumps(asked.plot().to_dict()) and UNSURE not in json.dumps(usual.plot().to_dict())
