"""What a treatment is worth: costs and health by hand, states of a Markov model, what is refused, and X:BOT against its published analysis."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import costs as costing
from opioidsim.cases.trial_plan import from_table
from opioidsim.questions.worth.words import ratio
from opioidsim.refusal import Refusal
from opioidsim.trials import worth

PLAN = from_table({"title": "t", "length": "4 weeks", "people": {"n": 6, "habit": "heroin 60 mg iv every 8 h x 21"},
                   "arms": [{"name": "a", "regimen": ["naltrexone 380 mg im-depot"], "opioid_free": "7 d", "place": "clinic"}, {"name": "b"}]})  # fmt: skip
PEOPLE = {  # one who stays, one who never began, one who dies
    "person": np.arange(3), "began": np.array([8, -1, 8]), "left": np.array([28, 0, 22]), "injections": np.array([1, 0, 1]),
    "days_used": np.array([0, 28, 14]), "overdoses": np.array([0, 1, 0]), "died": np.array([-1, -1, 20]),
    **{f"use_{week}": np.array([0, 7, 7 * (week < 2)]) for week in range(4)},
}  # fmt: skip
KNOWN = costing.read("us-2016")


def price(name):
    return np.full(3, KNOWN.facts()[name].value)


def test_costs_by_hand():
    """A month's injection, and the days in a clinic: 8 for who began, the 7 that were asked for who did not."""
    clinic = KNOWN.items["clinic"].value
    assert worth.cost(PEOPLE, PLAN, PLAN.arms[0], KNOWN, price) == pytest.approx(
        [1176.5 + 8 * clinic, 7 * clinic, 1176.5 + 8 * clinic]
    )
    assert worth.cost(PEOPLE, PLAN, PLAN.arms[1], KNOWN, price) == pytest.approx([0, 0, 0])


def test_health_by_hand():
    """Four weeks without use at 0.76, with use at 0.67; 14 days with and 6 without until a death on day 20."""
    found = worth.health(PEOPLE, PLAN, price) * 365.25
    assert found == pytest.approx([28 * 0.76, 28 * 0.67, 14 * 0.67 + 6 * 0.76])


def test_transitions_are_shares_of_those_at_risk():
    rows = list(worth.transitions(PEOPLE, PLAN))
    at = {(row["from_day"], row["from"]): 0.0 for row in rows}
    for row in rows:
        at[row["from_day"], row["from"]] += row["probability"]
    assert all(total == pytest.approx(1.0) for total in at.values())
    dies = next(row for row in rows if row["to"] == "dead" and row["probability"] > 0)
    assert (dies["from_day"], dies["from"], dies["people"]) == (14, "in treatment, use", 1)


def test_prices_are_read_anew_by_each_pair_of_replicates():
    read = worth.prices(KNOWN, PLAN, True)(np.array([0, 0, 1, 2]))("costs.clinic")
    assert read[0] == read[1] == read[2] != read[3]
    assert (worth.prices(KNOWN, PLAN, False)(np.array([0, 2]))("costs.clinic") == KNOWN.items["clinic"].value).all()


@pytest.mark.parametrize(
    ("cost", "health", "words"),
    [
        (1000.0, 0.01, "100,000"),
        (-5.0, 0.1, "better and no dearer"),
        (5.0, -0.1, "no better and dearer"),
        (-50.0, -0.001, "saves 50,000 for each year lost"),
    ],
)
def test_a_ratio_is_said_only_where_it_says_something(cost, health, words):
    assert ratio(cost, health) == words


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ({"plan": "combine"}, "opioid use disorder only"),
        ({"plan": "tanum-2017", "costs": "us-2061"}, 'Did you mean "us-2016"'),
        ({"plan": {**PLAN.table(), "arms": [{"name": "a"}]}}, "one arm"),
    ],
)
def test_what_cannot_be_asked_is_refused(words, remedy):
    with pytest.raises(Refusal, match=remedy):
        ops.worth(**words)


@pytest.fixture(scope="module")
def worthy():
    table = PLAN.table() | {"people": PLAN.table()["people"] | {"n": 40}}
    return ops.worth(table, replicates=2, eligible=200.0, uptake=(0.1, 0.5), years=1.0)


@pytest.mark.long
def test_xbot_is_as_its_published_analysis():
    """Murphy 2019, 24 weeks: naltrexone 5,317 USD dearer (1,162 to 9,472), no more health, buprenorphine preferred in 97 % at 100,000."""
    answer = ops.worth("xbot", replicates=40)
    row = answer.rows()[1]
    assert row["arm"] == "monthly naltrexone" and 1162 < row["more_cost"] < 9472
    assert abs(row["more_qaly"]) < 0.02 and row["acceptable_100000"] < 0.2


def test_a_cohort_is_that_of_the_trial_while_it_lasts_and_moved_by_its_last_quarter_then():
    states = worth._states(PEOPLE, PLAN)
    rows = list(worth.cohort(PEOPLE, PLAN, 0.2))
    shares = np.array([row["share"] for row in rows]).reshape(-1, len(worth.STATES))
    seen = np.array([(row == np.arange(len(worth.STATES))[:, None]).mean(1) for row in states])
    assert shares[: len(seen)] == pytest.approx(seen) and shares.sum(1) == pytest.approx(1.0)
    assert [row["seen"] for row in rows[:: len(worth.STATES)]] == [True] * 4 + [False] * (len(shares) - 4)
    assert (np.diff(shares[:, -1]) >= -1e-12).all(), "nobody comes back from death"


@pytest.mark.parametrize("name", ["budget", "cohort", "acceptability", "pairs", "transitions"])
def test_every_column_of_every_table_is_in_the_dictionary(name, worthy):
    table = worthy.tables()[f"{name}.csv"]
    assert set(table.columns) <= set(worthy.tables()["dictionary.csv"]["column"])


def test_a_budget_is_people_times_share_times_what_one_costs_more(worthy):
    row = next(row for row in worthy.rows() if "more_cost" in row)
    budget = worthy.budget()
    assert [each["people"] for each in budget] == [20.0, 100.0]
    assert [each["more"] for each in budget] == pytest.approx([20 * row["more_cost"], 100 * row["more_cost"]])
    assert any(
        line.startswith("Budget: where of 200 people who begin in a year 10 %, 50 %") for line in worthy.sentences()
    )
