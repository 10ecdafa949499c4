"""Who is asked about: what is not said is as the question usually has it, at every door."""

from typing import Annotated

import pytest

from opioidsim.questions import copies
from opioidsim.questions.kinds import Ask, Number
from opioidsim.questions.question import Who, question
from opioidsim.refusal import Refusal


class Told(dict):
    """What was asked, in place of an answer."""


@question("What is usual?", place=1, who=("people", "tolerance"), cost=lambda asked: 0.0)
def usual(much: Annotated[Number, Ask("How much")] = 2.0, *, who: Who = Who(tolerance=1.0)) -> dict:
    """What is usual."""
    return Told(much=much, who=who)


@pytest.fixture(autouse=True)
def data(monkeypatch):
    monkeypatch.setattr("opioidsim.questions.question.replace", lambda answer, asked: asked)


@pytest.mark.parametrize(
    ("who", "tolerance"), [(None, 1.0), (Who(), 1.0), (Who(people=3), 1.0), (Who(tolerance=0.0), 0.0), (Who(tolerance="naive"), 0.0)]
)  # fmt: skip
def test_what_is_not_said_is_as_the_question_has_it(who, tolerance):
    assert usual(**({"who": who} if who else {}))["tolerance"] == tolerance


def test_a_copy_in_python_asks_the_same():
    asked = usual(who=Who(people=3))
    text = copies.python(usual.question, asked)
    assert "ops.Who(people=3)" in text
    assert asked["tolerance"] == 1.0


def test_a_part_that_is_not_used_is_refused():
    with pytest.raises(Refusal, match="does not use liver of who"):
        usual(who=Who(liver="cirrhosis"))
