"""What a plan counts of each person, in its own words: "longest(weekly(used) == 0) >= 8", "first(heavy)".

A day, a week or a visit is a row, a person a column. A series is what is recorded of each; a function of one makes a number of
each person, `weekly` adds up days by week, `by_visit` from visit to visit, `rolling` over the days before each; `weeks=(5, 24)` and
`visits=(2, 4)` look at those alone. Comparisons, `and`, `or`, `not`, and
+ - * are those of Python, and nothing else of Python is there.
"""

import ast
import operator
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from opioidsim.refusal import nearest, shown

SERIES: dict[str, dict[str, str]] = {  # condition -> name -> what a row is, and whether it is yes or no
    "opioid": {"used": "day?", "milligrams": "day", "craving": "day", "withdrawal": "day", "in_treatment": "day?",
               "took": "day?", "injected": "day?", "urine_negative": "visit?", "urine_positive": "visit?", "urine_missing": "visit?",
               "use_reported": "visit?"},
    "alcohol": {"drank": "day?", "drinks": "day", "heavy": "day?", "took": "day?", "injected": "day?", "blockade": "day",
                "drinking_reported": "visit?", "heavy_reported": "visit?", "visit_missing": "visit?"},
}  # fmt: skip
ADDED = {"weekly": "week", "by_visit": "visit"}  # what adds up days, and by what
DAYS = 7  # in a week
MOST_LETTERS = 300


def _first(rows: np.ndarray) -> np.ndarray:
    """The first row in which it is so; the number of rows where it never is."""
    return np.where(rows.any(0), rows.argmax(0), len(rows))


def _longest(rows: np.ndarray) -> np.ndarray:
    """The most rows one after another in which it is so."""
    run, most = np.zeros(rows.shape[1], int), np.zeros(rows.shape[1], int)
    for row in rows:
        run = np.where(row, run + 1, 0)
        most = np.maximum(most, run)
    return most


class Function(NamedTuple):
    """A function of a series. asks: whether its rows must be yes or no; says: whether what it gives is."""

    make: Callable[[np.ndarray], Any]
    asks: bool = False
    says: bool = False


FUNCTIONS = {
    "total": Function(lambda rows: rows.sum(0)), "mean": Function(lambda rows: rows.mean(0)),
    "most": Function(lambda rows: rows.max(0)), "least": Function(lambda rows: rows.min(0)),
    "any": Function(lambda rows: rows.any(0), True, True), "all": Function(lambda rows: rows.all(0), True, True),
    "longest": Function(_longest, True), "first": Function(_first, True),
}  # fmt: skip
OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.And: np.logical_and, ast.Or: np.logical_or,
}  # fmt: skip


class Kind(NamedTuple):
    """What a part of an expression is: rows ("day", "week", "visit", or "" where it is one value), and whether it is yes or no."""

    rows: str
    says: bool


class Window(NamedTuple):
    """Which rows of a series are looked at: by "weeks" or "visits", the first and the last of them, from 1."""

    by: str
    first: int
    last: int


class Endpoint(NamedTuple):
    """What is counted of each person. kind: "share" (yes or no), "mean" (a number), "time" (the day of `first`, or `end`
    where it never comes)."""

    text: str
    tree: ast.expr
    kind: str
    end: int


def parse(text: str, condition: str, length: int, seen: tuple[int, ...]) -> Endpoint:
    """The endpoint that a text says, for a trial of `length` days with visits after so many days each, `seen`. Raises ValueError with the
    remedy for all that is not understood."""
    if len(text) > MOST_LETTERS:
        raise ValueError(f"it has {len(text)} letters; at most {MOST_LETTERS}.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f'"{shown(text)}" is not understood; write for example "{_example(condition)}".') from None
    kind = _kind(tree, condition, length, seen)
    if kind.rows:
        raise ValueError(
            f'"{shown(text)}" has a value for each {kind.rows}; make one of each person, with {_or(list(FUNCTIONS))}.'
        )
    if not any(isinstance(node, ast.Name) and node.id in SERIES[condition] for node in ast.walk(tree)):
        raise ValueError(f'"{shown(text)}" is the same for everyone; write for example "{_example(condition)}".')
    call = tree if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "first" else None
    if call and _kind(call.args[0], condition, length, seen).rows != "day":
        raise ValueError(f'"{shown(text)}" is a time of weeks or visits; a time is counted in days, "first({next(iter(SERIES[condition]))})".')  # fmt: skip
    end = _window(call.keywords).last * DAYS if call and call.keywords else length
    return Endpoint(text, tree, "share" if kind.says else "time" if call else "mean", end)


def value(endpoint: Endpoint, series: Mapping[str, np.ndarray], seen: tuple[int, ...]) -> np.ndarray:
    """What is counted of each person, (people,). series: by name, (rows, people)."""
    return np.asarray(_value(endpoint.tree, series, seen))


def _example(condition: str) -> str:
    return "longest(weekly(used) == 0) >= 8" if condition == "opioid" else "total(heavy, weeks=(5, 12)) == 0"


def _or(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _kind(node: ast.expr, condition: str, length: int, seen: tuple[int, ...]) -> Kind:
    """What a part is; refuses it by name where it is nothing that is known, or does not go with what stands beside it."""
    inner = lambda part: _kind(part, condition, length, seen)  # noqa: E731
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool) and np.isfinite(number):
            return Kind("", False)
        case ast.Name(id=name):
            known = SERIES[condition]
            if name not in known:
                raise ValueError(
                    f'nothing called "{shown(name)}" is recorded.{nearest(name, known)} There are {_or(list(known))}.'
                )
            return Kind(known[name].rstrip("?"), known[name].endswith("?"))
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return _asked(inner(part), part)
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return Kind(inner(part).rows, False)
        case ast.BoolOp(values=parts):
            return _beside([_asked(inner(part), part) for part in parts], node, True)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _beside([inner(left), inner(right)], node, False)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            return _beside([inner(left), inner(right)], node, True)
        case ast.Call(func=ast.Name(id=name), args=[part], keywords=keywords):
            return _call(name, part, inner(part), keywords, length, seen)
    raise ValueError(
        f'"{ast.unparse(node)}" is not understood here; there are {_or(list(FUNCTIONS))} of a series, weekly, comparisons of two, and, or, not, +, - and *.'
    )


def _call(
    name: str, part: ast.expr, kind: Kind, keywords: list[ast.keyword], length: int, seen: tuple[int, ...]
) -> Kind:
    """What a function of this part gives."""
    if name in ADDED:
        if kind.rows != "day" or keywords:
            raise ValueError(f'{name} adds up days by {ADDED[name]}, and takes nothing else; "{ast.unparse(part)}" has no value for each day.' if kind.rows != "day" else f"{name} takes no weeks; write weeks= in the function around it.")  # fmt: skip
        return Kind(ADDED[name], False)
    if name == "rolling":
        if kind.rows != "day" or [word.arg for word in keywords] != ["days"] or not 1 <= _days(keywords[0]) <= length:
            raise ValueError(f'rolling adds up a value of each day over the days before, as in "rolling(used, days=28)", of up to {length} days.')  # fmt: skip
        return Kind("day", False)
    if name not in FUNCTIONS:
        raise ValueError(f'there is no function "{shown(name)}".{nearest(name, [*FUNCTIONS, *ADDED, "rolling"])}')
    if not kind.rows:
        raise ValueError(f'"{ast.unparse(part)}" is one value already; {name} is of a series, such as {name}(took).')
    if FUNCTIONS[name].asks:
        _asked(kind, part)
    if keywords:
        _fits(_window(keywords), part, kind, length, seen)
    return Kind("", FUNCTIONS[name].says)


def _days(word: ast.keyword) -> int:
    """The number of days=28; 0 where it is none."""
    return word.value.value if isinstance(word.value, ast.Constant) and type(word.value.value) is int else 0


def _fits(window: Window, part: ast.expr, kind: Kind, length: int, seen: tuple[int, ...]) -> None:
    """Refuses weeks or visits that are not among those that the part has."""
    by, first, last = window
    if by == "visits" and kind.rows != "visit":
        raise ValueError(f'"{ast.unparse(part)}" has a value for each {kind.rows}; visits=({first}, {last}) is of what is recorded at visits, or of by_visit.')  # fmt: skip
    if by == "visits" and last > len(seen):
        raise ValueError(f"visits=({first}, {last}) goes on after the trial's {len(seen)} visits.")
    if by == "weeks" and last * DAYS > length:
        raise ValueError(f"weeks=({first}, {last}) goes on after the trial's {length // DAYS} weeks.")
    if not _rows(kind.rows, window, seen):
        raise ValueError(f"no visit falls into weeks=({first}, {last}).")


def _window(keywords: list[ast.keyword]) -> Window:
    """The first and last week of weeks=(first, last), or visit of visits=(first, last)."""
    match keywords:
        case [ast.keyword(arg="weeks" | "visits" as by, value=ast.Tuple(elts=[ast.Constant(value=int(a)), ast.Constant(value=int(b))]))]:  # fmt: skip
            if 1 <= a <= b:
                return Window(by, a, b)
    raise ValueError(
        "of what a function takes only weeks and visits are known, from the first to the last: weeks=(5, 24)."
    )


def _rows(rows: str, window: Window, seen: tuple[int, ...]) -> range:
    """The rows that fall into these weeks or visits."""
    by, first, last = window
    if by == "visits":
        return range(first - 1, last)
    if rows == "visit":
        return range(bisect_right(seen, (first - 1) * DAYS), bisect_right(seen, last * DAYS))
    per_week = {"day": DAYS, "week": 1}[rows]
    return range((first - 1) * per_week, last * per_week)


def _asked(kind: Kind, part: ast.expr) -> Kind:
    """The kind, refused where it is no yes or no."""
    if not kind.says:
        raise ValueError(f'"{ast.unparse(part)}" is no yes or no; compare it, as in "{ast.unparse(part)} > 0".')
    return kind


def _beside(kinds: list[Kind], node: ast.expr, says: bool) -> Kind:
    """What these parts make together: of one kind of rows, or of one value each."""
    rows = {kind.rows for kind in kinds if kind.rows}
    if len(rows) > 1:
        raise ValueError(
            f'"{ast.unparse(node)}" puts a value for each {_or(sorted(rows))} side by side; bring them to one.'
        )
    return Kind(rows.pop() if rows else "", says)


def _value(node: Any, series: Mapping[str, np.ndarray], seen: tuple[int, ...]):
    """The value of a part that `_kind` has found to be sound."""
    inner = lambda part: _value(part, series, seen)  # noqa: E731
    match node:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return series[name]
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return ~np.asarray(inner(part))
        case ast.UnaryOp(operand=part):
            return -_number(inner(part))
        case ast.BoolOp(op=op, values=parts):
            return np.asarray(OPERATORS[type(op)].reduce([inner(part) for part in parts]))
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return OPERATORS[type(op)](_number(inner(left)), _number(inner(right)))
        case ast.Call(func=ast.Name(id=name), args=[part], keywords=keywords):
            rows = inner(part)
            if name == "weekly":
                whole = len(rows) // DAYS
                return rows[: whole * DAYS].reshape(whole, DAYS, -1).sum(1)
            if name == "by_visit":
                return up_to(rows, seen)
            if name == "rolling":
                days, total = _days(keywords[0]), np.cumsum(rows, 0, dtype=float)
                return total - np.concatenate([np.zeros((days, total.shape[1])), total[:-days]])
            if keywords:
                kept = _rows(_of_what(part), _window(keywords), seen)
                rows = rows[kept.start : kept.stop]
            made = FUNCTIONS[name].make(rows)
            return (
                made
                if FUNCTIONS[name].says
                else _number(made) + (_offset(part, keywords, seen) if name == "first" else 0)
            )


def up_to(rows: np.ndarray, seen: tuple[int, ...]) -> np.ndarray:
    """Sums over the days up to each visit from the one before it, (visits, people). rows: (days, people)."""
    return np.add.reduceat(_number(rows[: seen[-1]]), (0, *seen[:-1]), axis=0) if seen else rows[:0]


def _number(part):
    """Yes and no as 1 and 0: Python would take them so, and numpy does not subtract them."""
    return part.astype(int) if isinstance(part, np.ndarray) and part.dtype == bool else part


def _of_what(part: ast.expr) -> str:
    """What a row of a sound series is."""
    names = [node.id for node in ast.walk(part) if isinstance(node, ast.Name)]
    if added := [ADDED[name] for name in names if name in ADDED]:
        return added[0]
    return next(known[name].rstrip("?") for known in SERIES.values() for name in names if name in known)


def _offset(part: ast.expr, keywords: list[ast.keyword], seen: tuple[int, ...]) -> int:
    """Rows before those that are looked at."""
    return _rows(_of_what(part), _window(keywords), seen).start if keywords else 0
