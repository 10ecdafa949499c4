"""The page's door to a question: the body of its request, its form, and its work for the queue. Knows none by name."""

import shlex
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, create_model

from opioidsim.cases import trial_plan
from opioidsim.cases.scenario import examples
from opioidsim.questions import copies
from opioidsim.questions.kinds import Parameter
from opioidsim.questions.question import Question, Work
from opioidsim.refusal import Refusal
from opioidsim.web import limits
from opioidsim.web.bodies import Body, Own, Text
from opioidsim.web.limits import POINTS, SENTENCES
from opioidsim.web.memory import make_room
from opioidsim.web.runtime import load

QUICK = 5.0  # seconds: a question that takes less is asked as soon as its page is open, and with every change
THREADS = 1  # of a longer one, so that the curves of a scenario do not wait; who drags a dose waits for a quick one
Finite = Annotated[float, Field(allow_inf_nan=False)]
EMPTY = BeforeValidator(lambda given: None if given == "" else given)  # a field that is left empty says nothing
TYPES: dict[str, Any] = {"number": Finite, "whole": int, "share": Finite, "tolerance": Finite | Text, "switch": bool}


class FormField(NamedTuple):
    """One field of a form. kind: how the page reads it; usual: what it begins with; choices: what is said to the simulator, and
    to people; rare: folded away; drawn: doses that lie on the figure's axis of time."""

    name: str
    label: str
    hint: str
    kind: str
    usual: str
    choices: tuple[tuple[str, str], ...]
    picked: tuple[str, ...]
    rare: bool
    drawn: bool


def asked_here(question: Question) -> list[Parameter]:
    """What can be said of a question in a request: everything but several files."""
    return [each for each in question.parameters if each.kind.name != "file" or not each.kind.several]


def body(question: Question) -> type[Body]:
    """The body of a question's request."""
    shapes: dict[str, Any] = {}
    for each in asked_here(question):
        tables = {"pairs": dict[Text, Text], "readings": dict[Text, Text] | Text}
        kind: Any = (tables | TYPES).get(each.kind.name, Text)
        if each.kind.name == "plan" and each.ask.choices:
            kind = Literal[tuple(trial_plan.examples())] | Own  # no file of this machine; names alone, no plan is read
        if each.kind.name == "scenario":
            kind = Literal[tuple(examples())] | Own
        if each.kind.name == "file":
            kind = Literal[""] | Own
        if each.kind.several:
            most = SENTENCES if kind is Text else POINTS
            kind = Annotated[list[kind], Field(max_length=most)]
        default = each.data(each.default)
        optional = each.default is None and not each.required
        shapes[each.name] = (Annotated[kind | None, EMPTY] if optional else kind,
                             Field(... if each.required else default, description=f"{each.ask.label}. {each.ask.hint}".strip()))  # fmt: skip
    return create_model(f"{question.name.title()}Body", __base__=Body, __doc__=question.about.splitlines()[0], **shapes)


def form(question: Question) -> list[FormField]:
    """The fields of a question's form."""
    return [_field(each) for each in asked_here(question) if each.ask.page]


def patience(question: Question) -> float:
    """The seconds that an answer takes to what its form begins with."""
    return question.seconds(
        question.read({each.name: each.ask.example for each in question.parameters if each.required})
    )


_READ = {
    "file": "file",
    "pairs": "pairs",
    "dose": "dose",
    "number": "number",
    "whole": "number",
    "share": "share",
    "tolerance": "tolerance",
    "switch": "yes",
}


def _field(each: Parameter) -> FormField:
    kind, several = each.kind.name, each.kind.several
    if kind == "scenario":
        choices = (("", "people of the library"), *((name, name) for name in examples()))
        return FormField(each.name, each.ask.label, each.ask.hint, "own", "", choices, (), each.ask.rare, False)
    fixed = each.ask.choices is not None and (kind == "choice" or not several)
    choices = tuple(each.ask.choices().items()) if each.ask.choices and fixed else ()
    usual = each.data(each.default) if each.default is not None else each.ask.example or None
    read = _READ.get(kind, "text")
    if usual is None and read in ("number", "share", "tolerance"):
        read = "text"  # a field that may stay empty
    text = ("\n" if kind == "dose" else ", ").join(map(_typed, usual or ())) if several else _typed(usual)
    if kind == "plan":
        hint, name = "of those that come with the package, or a TOML file of your own", "own"
    else:
        hint = each.ask.hint if fixed else each.hint()
        name = ("picks", "choice") if choices else (f"{read}s", read)
        name = name[0] if several else name[1]
    picked = tuple(map(str, usual)) if isinstance(usual, list) else (text,)
    return FormField(each.name, each.ask.label, hint, name, text, choices, picked, each.ask.rare, each.ask.drawn)


def _typed(value: object) -> str:
    """A value as somebody would type it into its field."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def work(question: Question, given: Body) -> Callable[[Callable[[float], None]], dict]:
    """The work of a request that can be answered here; refuses at once what cannot be."""
    files = {key: value for key in type(given).model_fields if isinstance(value := getattr(given, key), Own)}
    kinds = {each.name: each.kind.name for each in question.parameters}
    said = given.model_dump() | {
        key: _read(own, key) if kinds[key] != "file" else own.name for key, own in files.items()
    }
    tables = {key: own for key, own in files.items() if kinds[key] == "file"}
    for each in asked_here(question):
        if each.kind.name == "file" and each.required and not said[each.name]:
            what = f"{each.ask.label[0].lower()}{each.ask.label[1:]}"
            raise Refusal(f"no file was chosen; choose {what}: {each.ask.hint}.", where=each.name)
    asked = question.read(said)
    for each in asked_here(question):
        if each.kind.name == "dose":
            doses = asked[each.name] if each.kind.several else (asked[each.name],)
            limits.history(doses, each.name)
    seconds = question.seconds(asked)
    limits.at_most(seconds, limits.SECONDS, "seconds of work", "people" if "people" in asked else "")
    threads = None if seconds <= QUICK else THREADS

    def done(told: Callable[[float], None]) -> dict:
        load()
        if seconds > QUICK:
            make_room()
        with TemporaryDirectory() as folder:
            paths = {key: Path(folder) / own.name for key, own in tables.items()}
            for key, own in tables.items():
                paths[key].write_text(own.text, encoding="utf-8")
            answer = question.ask(
                asked | {key: str(path) for key, path in paths.items()}, Work(threads=threads, progress=told)
            )
            answer = replace(answer, asked=answer.asked | {key: own.name for key, own in tables.items()})
            found = answer.json()
            header, cells = answer.cells()
            figures = [
                chart.to_dict(validate=False) for chart in answer.figures().values()
            ]  # tests hold them to their schema
        found.pop("files")
        rows = found[answer.rows_name]
        worded = {column.head for column in answer.columns if column.text}
        keys = list(dict.fromkeys(key for row in rows for key in row))
        return found | {
            "answer": [*found["answer"], *changed(answer.facts)],
            "rows": [{key: row.get(key) for key in keys} for row in rows],
            "table": {"header": header, "cells": cells, "words": [head in worded for head in header]},
            "figures": figures,
            "command": "".join(map(_written, tables.values())) + copies.command(question, answer.asked),
            "python": "".join(map(_kept, tables.values())) + copies.python(question, answer.asked),
            "held": answer,
        }

    return done


def _read(own: Own, where: str) -> dict:
    """What a TOML file of one's own says; refuses with the field that it is about."""
    try:
        return tomllib.loads(own.text)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f'{where}: "{own.name}" is no TOML: {error}.', where=where) from None


def _written(own: Own) -> str:
    """The file in a command."""
    return f"cat > {shlex.quote(own.name)} <<'END'\n{own.text.rstrip()}\nEND\n"


def _kept(own: Own) -> str:
    """The file in Python."""
    return (
        f'from pathlib import Path\n\nPath({own.name!r}).write_text(r"""{own.text.rstrip()}\n""", encoding="utf-8")\n'
    )


def changed(facts: list) -> list[str]:
    """What was changed for this call, in sentences."""
    found = {name: fact for name, fact in facts if fact.note.startswith("Changed for this call")}
    return [f"Changed: {name} is {fact.text()}; {fact.note.partition('; ')[2]}" for name, fact in found.items()]
