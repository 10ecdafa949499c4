"""What is asked wrongly is refused in one sentence that says what to write instead, at whichever door."""

import inspect
import json
import re

import pytest

import opioidsim as ops
from opioidsim.questions import questions
from opioidsim.questions.command import command
from opioidsim.refusal import Refusal

WRONG = [
    (lambda: ops.blockade(people=64), "Write who=ops.Who(people=...)"),
    (lambda: ops.blockade(threads=2), "Write work=ops.Work(threads=...)"),
    (lambda: ops.blockade(who={"people": 3}), "write who=ops.Who(people=3)"),
    (lambda: ops.blockade(work=2), "write work=ops.Work(threads=2)"),
    (lambda: ops.Who(peple=3), 'Did you mean "people"'),
    (lambda: ops.Who(3), "ops.Who(people=3)"),
    (lambda: ops.blockade(who=ops.Who(change=3)), "change: 3 was given"),
    (lambda: ops.rescue(products="naloxone 4 mg nasal"), 'Did you mean "product"'),
    (lambda: ops.abuse(taker="naiv"), 'was given. Did you mean "naive"?'),
    (lambda: ops.rescue(doses="two"), "write a whole number, at least 1"),
    (lambda: ops.trial(), "trial needs plan: the trial, a file"),
    (lambda: ops.ask("blockade"), '"blockade" is a question, no file'),
    (lambda: ops.ask({"question": "blokade"}), 'Did you mean "blockade"'),
    (lambda: ops.ask({"question": ["blockade"]}), "there is no question"),
    (lambda: ops.ask({"scenario": "clock = 'course'", "facts": []}), "earlier version"),
    (lambda: ops.ask(3), "3 holds no question"),
    (lambda: ops.ask({"question": "blockade", "antagonst": "x"}), 'Did you mean "antagonist"'),
    (lambda: ops.ask({"question": "blockade", "who": {"people": 3}}), "stand beside the others"),
]


@pytest.mark.parametrize(("call", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_mistake_in_python_is_one_sentence(call, sentence):
    with pytest.raises(Refusal, match=re.escape(sentence)):
        call()


def test_a_file_of_an_earlier_version_says_so(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"scenario": "", "seed": None, "versions": {}, "facts": []}))
    with pytest.raises(Refusal, match="earlier version"):
        ops.ask(tmp_path / "run.json")


@pytest.mark.parametrize(
    ("name", "field"),
    [("blockade", "antagonist"), ("washout", "drug"), ("enough", "antagonist"), ("induction", "opioid"), ("relapse", "after"), ("rescue", "before")],
)  # fmt: skip
def test_a_course_of_doses_may_have_phases_and_pauses_as_in_a_scenario(name, field):
    said = "methadone 80 mg po daily x 10 hold on day 9, then 40 mg po daily x 3"
    read = questions()[name].read({field: [said]})[field]
    assert read == ops.Scenario(doses=[said], duration="20 d").doses
    assert len(read) == 3


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("blockade", {"change": ["adaptation.tau_loss"]}, "--set: "),
        ("blockade", {"people": 0}, "--people: 0 was given"),
        ("run", {"scenario": "too-soon", "format": "xls"}, "--table: "),
        ("trial", {"plan": 3}, "plan: 3 was given"),
    ],
)
def test_a_refusal_names_the_option_as_it_is_typed(name, given, sentence):
    verb = command(questions()[name])
    usual = {each.name: each.default for each in inspect.signature(verb).parameters.values()}
    with pytest.raises(Refusal, match=f"^{sentence}"):
        verb(**usual | given)
