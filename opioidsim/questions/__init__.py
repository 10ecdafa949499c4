"""The questions: one folder each, in which the whole question lives. Asked by name or as data."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opioidsim.questions.question import Question, Work
from opioidsim.refusal import Refusal, is_table, nearest, read_text, shown

if TYPE_CHECKING:
    from opioidsim.show.answer import Answer


@cache
def questions() -> dict[str, Question]:
    """Every question by name: the folders here, in the order of their places."""
    names = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    rooms = [(name, import_module(f"opioidsim.questions.{name}")) for name in names]
    found = [getattr(room, name).question for name, room in rooms if hasattr(room, name)]
    return {each.name: each for each in sorted(found, key=lambda each: each.place)}


def ask(asked: "str | Path | Mapping[str, Any]", *, work: Work | None = None) -> "Answer":
    """The answer to a question given as data: a table with `question` and its parameters, the path of a TOML or JSON file
    that holds one, or of any `run.json`. Raises Refusal for what is no question."""
    if not isinstance(asked, str | Path | Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # from outside
        raise Refusal(f"{shown(asked)} holds no question; give a table, or the path of a TOML file or a run.json.")
    given = read(Path(asked)) if isinstance(asked, str | Path) else dict(asked)
    return named(given).ask(given, work)


def named(given: dict[str, Any]) -> Question:
    """Takes the question's name out of the table. Raises Refusal where there is no such question."""
    name = given.pop("question", None)
    if name is None:
        raise Refusal(
            'nothing says which question is asked; write for example question = "blockade". '
            "A run.json that does not say it is of an earlier version, and cannot be asked again.",
            where="question",
        )
    if not isinstance(name, str) or name not in questions():
        raise Refusal(f'there is no question "{shown(name, 40)}".{nearest(str(name), questions())}', where="question")
    return questions()[name]


def read(path: Path) -> dict[str, Any]:
    """What a file asks: a table with `question` in it, or a run.json."""
    from opioidsim.facts.evidence import read_toml, said_of

    if str(path) in questions() and not path.exists():
        raise Refusal(f'"{path}" is a question, no file; write opioidsim {path}, or ops.{path}(...).', where="question")
    if path.suffix != ".json":
        return read_toml(path)
    try:
        found = json.loads(read_text(path))
    except Refusal:
        raise
    except OSError as error:
        raise Refusal(f'"{path}" could not be read: {error.strerror}.') from None
    except (ValueError, RecursionError) as error:
        raise Refusal(f'"{path}" is no JSON: {said_of(error)}.') from None
    asked = found.get("asked", found) if is_table(found) else None
    if not is_table(asked):
        raise Refusal(f'"{path}" holds no question; give a run.json, or a table with `question` in it.')
    return dict(asked)
