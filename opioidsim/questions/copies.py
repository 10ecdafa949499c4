"""A question as a command and as Python, to be asked elsewhere with the same numbers.

What a page shows is said even where it is usual, so that a copy tells what was asked.
"""

import json
import shlex

from opioidsim.questions.kinds import Parameter
from opioidsim.questions.question import Question


def command(question: Question, asked: dict) -> str:
    """The question as a command that keeps its files in the folder `results`; what is a whole table goes through a file."""
    if any(_needs_a_file(each, asked.get(each.name)) for each in question.parameters):
        told = json.dumps({"question": question.name} | asked, indent=1)
        return f"cat > question.json <<'END'\n{told}\nEND\nopioidsim ask question.json --out results\n"
    words = ["opioidsim", question.name]
    for each in question.parameters:
        value = asked.get(each.name)
        if each.required:
            words.append(str(value))
        elif _said(each, value):
            for part in _parts(value):
                words += [each.flag] if part is True else [each.flag, part]
    return shlex.join([*words, "--out", "results"]) + "\n"


def _needs_a_file(each: Parameter, value) -> bool:
    """Whether no option can say it: a whole table, or none where usually there are several."""
    many = value if isinstance(value, list) else [value]
    whole = each.kind.name in ("scenario", "plan") and any(isinstance(one, dict) for one in many)
    return whole or (value == [] and bool(each.default))


def _said(each: Parameter, value) -> bool:
    """Whether a copy says it: what is not usual, and what the question's own form shows filled in."""
    if value is None:
        return False
    return value != each.data(each.default) or bool(each.ask.page and not each.ask.rare and not each.of_who and value)


def _parts(value) -> list:
    if isinstance(value, dict):
        return [f"{key}={text}" for key, text in value.items()]
    many = value if isinstance(value, list) else [value]
    return [True if each is True else f"{each:.12g}" if isinstance(each, float) else str(each) for each in many]


def python(question: Question, asked: dict) -> str:
    """The question as Python text."""
    told = {each.name: asked[each.name] for each in question.parameters if _said(each, asked.get(each.name))}
    own = [f"{name}={_literal(value)}" for name, value in told.items() if name not in question.who]
    who = [f"{name}={_literal(value)}" for name, value in told.items() if name in question.who]
    words = [*own, *([f"who=ops.Who({', '.join(who)})"] if who else [])]
    inside = ", ".join(words) if len(words) < 2 else "".join(f"\n    {each}," for each in words) + "\n"
    return f"import opioidsim as ops\n\nanswer = ops.{question.name}({inside})\nprint(answer)\nprint(answer.table)\n"


def _literal(value) -> str:
    """Plain data as Python writes it, texts in double quotes; a single one of several stands alone."""
    if isinstance(value, list):
        many = [_literal(each) for each in value]
        return many[0] if len(many) == 1 else f"[{', '.join(many)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(key)}: {_literal(each)}' for key, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else f"{value!r}"


def toml(asked: dict) -> str:
    """The question as a TOML file, which `opioidsim ask` reads."""
    import tomli_w

    return tomli_w.dumps({key: value for key, value in asked.items() if value is not None})


def notebook(head: str, code: str) -> str:
    """A notebook of two cells: what is asked, and Python that asks it."""
    told = {"cell_type": "markdown", "id": "asked", "metadata": {}, "source": f"# {head}\n"}
    runs = {"cell_type": "code", "id": "answer", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": [told, runs], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1)
