"""A trial as a question: which plans are understood at which door, and how a plan is told."""

import pytest

import opioidsim as ops
from opioidsim.cases import trial_plan
from opioidsim.questions import questions
from opioidsim.refusal import Refusal
from opioidsim.surfaces.surface import surface
from opioidsim.web.questions import body, form

TEXT = """
title = "Injection or none"
length = "2 weeks"
[people]
n = 8
seed = 7
habit = "heroin 60 mg iv every 8 h x 21"
clean = "6 d"
[[arms]]
name = "nothing"
[[arms]]
name = "injection"
regimen = ["naltrexone 380 mg im-depot"]
opioid_free = "5 d"
"""
QUESTION = questions()["trial"]


def told(plan):
    return QUESTION.data(QUESTION.read({"plan": plan}))["plan"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("name", trial_plan.examples())
def test_a_plan_of_the_package_is_told_by_its_name_and_any_other_in_full(name):
    plan = trial_plan.read(name)
    assert told(name) == told(plan) == told(plan.table()) == name
    other = plan.model_copy(update={"title": "another"})
    assert trial_plan.from_table(told(other)) == other


def test_a_file_a_table_and_a_plan_ask_the_same(file):
    plan = trial_plan.read(file)
    assert told(file) == told(str(file)) == told(plan) == told(plan.table()) == plan.table()


@pytest.mark.long
def test_what_is_not_said_is_as_the_plan_has_it(file):
    found = ops.trial(file, who=ops.Who(point=True))
    assert (found.plan.people.n, found.plan.people.seed) == (8, 7)
    found = ops.trial(file, who=ops.Who(people=6))
    assert (found.plan.people.n, found.plan.people.seed) == (6, 7)
    assert (ops.ask(found.asked).people["nothing"]["clean"] == found.people["nothing"]["clean"]).all()


@pytest.mark.parametrize("plan", ["/etc/passwd", "../xbot", {"title": "t"}])
def test_a_page_knows_only_the_plans_of_the_package(plan):
    with pytest.raises(ValueError):
        body(QUESTION)(plan=plan)


def test_a_page_offers_titles_and_an_empty_field_says_nothing():
    plan, *fields = form(QUESTION)
    assert dict(plan.choices)["xbot"].startswith("X:BOT")
    given = {field.name: field.usual for field in fields if field.kind == "text"}
    assert given == {"people": ""} and body(QUESTION)(plan="xbot", **given).people is None


@pytest.mark.parametrize("plan", [3, None, ["xbot"]])
def test_what_is_no_plan_is_refused(plan):
    with pytest.raises(Refusal, match="give a file, a name, a table or a Plan"):
        ops.trial(plan)


@pytest.mark.parametrize(
    ("name", "fact", "value"), [("xbot", "behaviour.use_base", "-6"), ("alcohol-tablets", "drinking.carry", "3")]
)
def test_a_changed_fact_moves_the_numbers_and_is_told(name, fact, value):
    usual, other = (ops.trial(name, who=ops.Who(people=20, change=change)) for change in ({}, {fact: value}))
    assert usual.rows() != other.rows()
    assert dict(other.facts)[fact].value == float(value) != dict(usual.facts)[fact].value


def test_a_change_that_overdoses_would_not_follow_is_refused():
    behind = surface("heroin", "iv").story["facts"]
    name, fact = next(pair for pair in ops.trial("xbot", who=ops.Who(people=4)).facts if pair[0] in behind)
    with pytest.raises(Refusal, match="worked out beforehand"):
        ops.trial("xbot", who=ops.Who(change={name: f"{fact.value} {fact.unit}"}))


def test_the_facts_are_those_of_every_arm():
    found = ops.trial("xbot", who=ops.Who(people=4))
    groups = {name.split(".")[0] for name, _ in found.facts}
    assert groups >= {"buprenorphine", "naltrexone", "heroin", "behaviour", "adaptation", "effects", "body"}
    assert {fact.source for _, fact in found.facts if fact.source} == set(found.sources)
