"""A question as a command and as Python, to be asked elsewhere with the same numbers: what is not usual is said."""

import json
import shlex

from opioidsim.questions.question import Question


def command(question: Question, asked: dict) -> str:
    """The question as a command that keeps its files in the folder `results`; what is a whole table goes through a file."""
    if any(each.required and isinstance(asked.get(each.name), dict) for each in question.parameters):
        told = json.dumps({"question": question.name} | asked, indent=1)
        return f"cat > question.json <<'END'\n{told}\nEND\nopioidsim ask question.json --out results\n"
    words = ["opioidsim", question.name]
    for each in question.parameters:
        value = asked.get(each.name)
        if each.required:
            words.append(str(value))
        elif value is not None and value != each.data(each.default):
            for part in _parts(value):
                words += [each.flag] if part is True else [each.flag, part]
    return shlex.join([*words, "--out", "results"]) + "\n"


def _parts(value) -> list:
    if isinstance(value, dict):
        return [f"{key}={text}" for key, text in value.items()]
    many = value if isinstance(value, list) else [value]
    return [True if each is True else f"{each:.12g}" if isinstance(each, float) else str(each) for each in many]


def python(question: Question, asked: dict) -> str:
    """The question as Python text."""
    usual = {each.name: each.data(each.default) for each in question.parameters}
    told = {
        each.name: asked[each.name]
        for each in question.parameters
        if asked.get(each.name, usual[each.name]) != usual[each.name]
    }
    own = [f"{name}={value!r}" for name, value in told.items() if name not in question.who]
    who = [f"{name}={value!r}" for name, value in told.items() if name in question.who]
    words = ", ".join([*own, *([f"who=ops.Who({', '.join(who)})"] if who else [])])
    return f"import opioidsim as ops\n\nanswer = ops.{question.name}({words})\nprint(answer)\nprint(answer.table)\n"
