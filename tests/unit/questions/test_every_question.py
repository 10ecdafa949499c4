"""One conformance test over all questions: every door asks the same, every answer can be asked again, nothing is left unsaid."""

import json
import shlex
from pathlib import Path

import pytest

import opioidsim as ops
from opioidsim.questions import questions
from opioidsim.questions.command import command
from opioidsim.questions.copies import command as as_command
from opioidsim.questions.copies import python as as_python
from opioidsim.questions.question import Work
from opioidsim.refusal import Refusal
from opioidsim.show.files import write_table
from opioidsim.web import limits
from opioidsim.web.questions import asked_here, body, form, work

DATA = str(Path(__file__).parent / "tablets.csv")  # made up: eight people who took a tablet of naltrexone
SMALL = {  # the quickest that each question can be asked, and something that is not usual
    "run": {"scenario": "too-soon", "against": ["injection-and-heroin"], "view": "apart"},
    "blockade": {"antagonist": ["naltrexone 50 mg oral"], "days": 2.0, "people": 3},
    "rescue": {"hours": 0.5, "people": 3, "product": ["naloxone 2 mg im"]},
    "induction": {"opioid": ["heroin 100 mg iv every 8 h x 9"], "day": [2.0], "people": 3},
    "relapse": {"after": ["heroin 50 mg iv every 8 h x 9"], "day": [2.0], "people": 3},
    "risk": {"use": "fentanyl 1 mg iv", "tolerance": 0.5},
    "release": {"draws": 2},
    "abuse": {"medicine": ["buprenorphine 8 mg sublingual"], "taker": ["naive"], "people": 3},
    "reversal": {"antagonist": ["naloxone 0.4 mg iv"], "hours": 0.25, "people": 3},
    "washout": {"days": 2.0, "people": 3},
    "trial": {"plan": "garbutt-2005", "people": 30},
    "found": {"people": 8, "hours": 0.5, "product": ["naloxone 2 mg im"]},
    "worth": {"plan": "tanum-2017", "people": 30, "replicates": 2},
    "optimise": {"plan": "tanum-2017", "people": 30, "replicates": 1},
    "enough": {"antagonist": ["naltrexone 50 mg oral"], "until": 2.0, "people": 5, "multiple": [0.5, 4.0]},
    "fit": {"data": DATA, "estimate": ["naltrexone.disposition.CL", "oral.ka"], "method": "laplace"},
    "compare": {"data": DATA, "sets": 50, "error": 0.1},
}
ALL = list(questions())
# Dear to ask; each has a file of tests that asks it in a quick run.
DEAR = ("fit", "found", "optimise", "relapse", "reversal", "trial", "worth")
ASKED = [pytest.param(name, marks=[pytest.mark.long] * (name in DEAR)) for name in ALL]


@pytest.fixture(scope="module")
def answers():
    """answers(name): the answer to the small question, asked once."""
    found = {}

    def answer(name):
        if name not in found:
            found[name] = questions()[name].ask(SMALL[name])
        return found[name]

    return answer


def test_every_question_is_tried_here():
    assert set(ALL) == set(SMALL)


@pytest.mark.parametrize("name", ALL)
def test_the_public_name_is_the_question(name):
    assert isinstance(getattr(ops, name.title()), type), "its answer, whose module is loaded now"
    assert getattr(ops, name).question == questions()[name]


@pytest.mark.parametrize("name", ALL)
def test_every_door_asks_the_same(name, monkeypatch):
    question = questions()[name]
    asked = question.data(question.read(SMALL[name]))
    said = {}
    monkeypatch.setattr(
        "opioidsim.questions.command.answer_to", lambda q, given, *_: said.update(q.data(q.read(given)))
    )
    text = as_command(question, asked)
    if text.startswith("cat"):
        said = json.loads(text.split("'END'\n")[1].split("\nEND")[0])
        assert said.pop("question") == name
    else:
        _typed(question, text)
    assert said == asked, "command"
    given = {each.name: asked[each.name] for each in asked_here(question) if each.name in asked}
    if question.page:
        files = {each.name for each in question.parameters if each.kind.name == "file" and asked.get(each.name)}
        sent = given | {name: {"name": "tablets.csv", "text": Path(asked[name]).read_text()} for name in files}
        read = body(question)(**sent).model_dump() | {name: asked[name] for name in files}
        assert question.data(question.read(read)) == asked, "request"
        fields = {field.name for field in form(question)}
        assert fields <= {each.name for each in question.parameters}
    monkeypatch.setattr(type(question), "ask", lambda q, read, work=None: said.update(q.data(q.read(read))) or said)
    said = {}
    exec(as_python(question, asked).replace("print(answer)", "").replace("print(answer.table)", ""), {})
    assert said == asked, "python"


def _typed(question, text):
    """Runs the command as typer would, in this process."""
    import typer
    from typer.testing import CliRunner

    app = typer.Typer()
    app.command(question.name)(command(question))
    app.callback()(lambda: None)
    done = CliRunner().invoke(app, [word for word in shlex.split(text)[1:] if word not in ("--out", "results")])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", ALL)
def test_what_is_declared_is_in_words(name):
    question = questions()[name]
    assert question.title.endswith("?") and question.about
    for each in question.parameters:
        assert each.ask.label and not each.ask.label.endswith("."), each.name
    usual = question.read({each.name: SMALL[name][each.name] for each in question.parameters if each.required})
    if question.page:
        assert 0 < question.cost(usual) <= limits.SECONDS, "what a page begins with is answered on the page"


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_says_everything(name, answers):
    answer = answers(name)
    rows = answer.rows()
    assert rows and answer.head and answer.under
    for column in answer.columns:
        assert column.meaning and (not column.shown or any(column.name in row for row in rows)), column.name
    ranged = any(key.endswith("_low") for row in rows for key in row)
    assert answer.brackets.startswith("Ranges") if ranged else True, "a range says what it is"
    assert all(text.endswith(".") for text in answer.sentences())
    text = json.dumps(answer.json(), allow_nan=False)
    assert json.loads(text)["asked"] == {"question": name} | questions()[name].data(questions()[name].read(SMALL[name]))
    assert answer.facts and answer.sources
    assert answer.head in str(answer) and "<table>" in answer._repr_html_()


@pytest.mark.parametrize("name", ASKED)
def test_files_replay_to_the_same_table(name, answers, tmp_path):
    answer = answers(name)
    files = answer.save(tmp_path / "first")
    assert {path.name for path in files} >= {answer.file_name, "report.html", "run.json"}
    assert all(path.stat().st_size for path in files)
    again = ops.ask(tmp_path / "first" / "run.json")
    (second,) = write_table(again.table, tmp_path / answer.file_name)  # no figure is drawn twice
    assert (tmp_path / "first" / answer.file_name).read_bytes() == second.read_bytes()
    told = json.loads((tmp_path / "first" / "run.json").read_text())
    assert len(told["facts"]) == len(answer.facts)


@pytest.mark.parametrize("name", [each for each in ASKED if "progress" in questions()[each.values[0]].work])
def test_a_question_stops_where_it_is_told(name):
    class Cancelled(Exception):
        pass

    def told(share):
        assert 0 <= share <= 1
        raise Cancelled

    with pytest.raises(Cancelled):
        questions()[name].ask(SMALL[name], Work(progress=told))


LARGE = {name: {"draws": 10_000} if name == "release" else {"people": 10_000_000} for name in ALL if "people" in questions()[name].who or name == "release"}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in LARGE if questions()[name].page])
def test_a_page_refuses_too_large_a_question(name):
    question = questions()[name]
    with pytest.raises(Refusal, match="at most"):
        work(question, body(question)(**(SMALL[name] | LARGE[name])))


@pytest.mark.parametrize("name", ALL)
def test_a_wrong_parameter_is_refused_by_name(name):
    with pytest.raises(Refusal, match="no parameter"):
        questions()[name].ask(SMALL[name] | {"colour": 3})


def test_another_questions_folder_is_left_alone(answers, tmp_path):
    answers("risk").save(tmp_path)
    with pytest.raises(Refusal, match="another question"):
        answers("blockade").save(tmp_path)
    assert (tmp_path / "risk.csv").exists()
    answers("blockade").save(tmp_path, replace=True)
    assert not (tmp_path / "risk.csv").exists()


PARTS = {  # a value of each part of who that is not usual, and what it takes to show: one person's own traits need that person
    "weight": ("110 kg", {"people": 1}), "seed": (2, {}), "tolerance": (0.3, {}), "dependence": (0.9, {}), "point": (True, {}),
}  # fmt: skip
TELLING = {  # where the smallest question is not moved by everything that moves the question
    "trial": {"replicates": 2}, "abuse": {"taker": ["in withdrawal"]}, "rescue": {"opioid": "fentanyl 0.4 mg iv", "also": ["buprenorphine 2 mg iv"]},
    "relapse": {"after": ["buprenorphine 16 mg sublingual every 24 h x 5"]},
}  # fmt: skip
USED = [(name, part) for name in ALL for part in questions()[name].who if part in PARTS]


@pytest.mark.long
@pytest.mark.parametrize(("name", "part"), USED)
def test_a_part_of_who_that_is_offered_changes_the_answer(name, part):
    value, besides = PARTS[part]
    question, small = questions()[name], SMALL[name] | {k: v for k, v in besides.items() if k in questions()[name].who}
    small |= TELLING.get(name, {})
    usual, other = question.ask(small), question.ask(small | {part: value})
    assert usual.rows() != other.rows()


@pytest.mark.parametrize("name", [name for name in ALL if questions()[name].page])
def test_a_copy_says_what_the_form_shows(name):
    question = questions()[name]
    asked = question.data(
        question.read({each.name: SMALL[name][each.name] for each in question.parameters if each.required})
    )
    shown = [each for each in asked_here(question) if each.ask.page and not each.ask.rare and not each.of_who]
    for each in shown:
        if asked.get(each.name):
            assert f"    {each.name}=" in as_python(question, asked) or f"({each.name}=" in as_python(question, asked)


@pytest.mark.parametrize("name", [name for name in ALL if questions()[name].page])
def test_a_form_begins_with_what_can_be_asked(name):
    for field in form(questions()[name]):
        offered = [value for value, _ in field.choices]
        assert not offered or set(field.picked) <= set(offered), field.name


def test_a_question_has_draws_or_says_why_not():
    for each in questions().values():
        assert ("draws" in {p.name for p in each.parameters}) != ("draws" in each.lacks), each.name
    with pytest.raises(Refusal, match="ask blockade, which has draws"):
        ops.enough(who=ops.Who(draws=3))
    with pytest.raises(Refusal, match="give 20 replicates"):
        ops.ask({"question": "worth", "plan": "tanum-2017", "draws": 3})
