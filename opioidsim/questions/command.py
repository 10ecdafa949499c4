"""The command-line door of a question: options from its parameters, and what is printed."""

import inspect
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from opioidsim.questions.kinds import Parameter
from opioidsim.questions.question import Question, Work
from opioidsim.refusal import Refusal
from opioidsim.show.terminal import print_json, progress, say_answer, say_files

WORK = Work.__annotations__
TYPES: dict[str, Any] = {"number": float, "whole": int, "switch": bool}
Out = Annotated[Path | None, typer.Option("--out", help="Folder for tables, figures, the report and run.json.")]
Replace = Annotated[bool, typer.Option("--replace", help="Take the place of another question's files in --out.")]
Resume = Annotated[bool, typer.Option("--resume", help=f"{WORK['resume'].__metadata__[1].label}.")]
Cluster = Annotated[str, typer.Option("--cluster", help=f"{WORK['cluster'].__metadata__[1].label}.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def command(question: Question):
    """A function that typer makes a verb of."""
    work = [
        Parameter.of(name, WORK[name], Work.__dataclass_fields__[name].default)
        for name in question.work
        if name in WORK and name not in ("keep", "progress")
    ]
    options = [*question.parameters, *work]

    def verb(**given) -> None:
        out, replace, as_json = given.pop("out"), given.pop("replace"), given.pop("as_json")
        with _flagged(work):
            how = {each.name: each.read(given.pop(each.name)) for each in work}
        resumable(how.get("resume", False), out)
        answer_to(question, {k: v for k, v in given.items() if v is not None}, how, out, replace, as_json)

    verb.__name__, verb.__doc__ = question.name, question.about
    verb.__signature__ = inspect.Signature([*map(_option, options), *_doors()])  # type: ignore[attr-defined]
    verb.__annotations__ = {each.name: each.annotation for each in verb.__signature__.parameters.values()}  # type: ignore[attr-defined]
    return verb


def resumable(resume: bool, out: Path | None) -> None:
    """Refuses to go on where nothing says from which folder."""
    if resume and not out:
        raise Refusal("--resume needs --out: the folder of the interrupted call.", where="resume")


def answer_to(question: Question, given: dict, how: dict, out: Path | None, replace: bool, as_json: bool) -> None:
    """Asks, prints, and writes; the files appear when all of it went well."""
    with _flagged(question.parameters):
        _answer_to(question, given, how, out, replace, as_json)


@contextmanager
def _flagged(parameters: Sequence[Parameter]):
    """A refusal names the option, as it was typed."""
    try:
        yield
    except Refusal as refusal:
        each = next((p for p in parameters if p.name == refusal.where.partition(".")[0] and not p.required), None)
        said = str(refusal)
        if each and said.startswith(f"{each.name}: "):
            raise Refusal(f"{each.flag}{said.removeprefix(each.name)}", where=refusal.where) from None
        raise


def _answer_to(question: Question, given: dict, how: dict, out: Path | None, replace: bool, as_json: bool) -> None:
    from opioidsim.files import whole_folder

    asked = {"question": question.name} | question.data(question.read(given))
    keep_parts = out / "parts" if out and "keep" in question.work else None
    with whole_folder(out, asked, replace) as keep:
        with progress(100, "% of the work", keep_parts, keeps="keep" in question.work) as told:
            work = Work(keep=keep_parts, replace=replace, progress=lambda share: told(int(100 * share)), **how)
            answer = question.ask(given, work)
        files = []
        if out:
            from opioidsim.show.files import undrawn, write

            files = keep(lambda folder: write(answer, folder))
            print(undrawn(), end="", file=sys.stderr)
        if as_json:
            print_json(answer.json(files))
        else:
            say_answer(answer)
            say_files(files)


def _option(each: Parameter) -> inspect.Parameter:
    """A parameter as typer reads it; one without a default is an argument."""
    kind = TYPES.get(each.kind.name, str)
    several = each.kind.several or each.kind.name in ("pairs", "readings")
    said = each.hint(f'one of "opioidsim list {each.name}s"' if each.kind.name == "text" else "")
    hint = f"{each.ask.label}{f': {said}' if said else ''}."
    if several:
        hint = f"{hint.removesuffix('.')}; may be given several times."
    made = typer.Argument(help=hint) if each.required else typer.Option(each.flag, help=hint)
    default = each.data(each.default)
    default = [f"{key}={value}" for key, value in default.items()] if isinstance(default, dict) else default
    annotation = Annotated[list[kind] if several else kind | None if default is None else kind, made]  # type: ignore[valid-type]
    text = str(default) if kind is str and not several and default is not None else default
    empty = inspect.Parameter.empty
    return inspect.Parameter(
        each.name, inspect.Parameter.KEYWORD_ONLY, default=empty if each.required else text, annotation=annotation
    )


def _doors() -> list[inspect.Parameter]:
    doors = {"out": (Out, None), "replace": (Replace, False), "as_json": (Json, False)}
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in doors.items()
    ]
