"""The body's facts: each file of `library/body/` is a group of them, found by listing the folder."""

from functools import cache
from typing import Any

from opioidsim.facts.evidence import LIBRARY, Fact, build, read_toml
from opioidsim.refusal import Refusal, nearest


@cache
def groups() -> tuple[str, ...]:
    """The names of all groups, alphabetical."""
    return tuple(sorted(path.stem for path in (LIBRARY / "body").glob("*.toml")))


@cache
def body(group: str) -> dict[str, Any]:
    """The facts of a group by symbol; tables in the file stay tables. Raises Refusal for a group that is not there."""
    if group not in groups():
        raise Refusal(f'the library has no facts of the body called "{group}".{nearest(group, groups())}')
    return _facts(read_toml(LIBRARY / "body" / f"{group}.toml"), f"body/{group}.toml")


def _facts(tables: dict, what: str) -> Any:
    """A table of facts, in the nest in which the file has them; a table with a value is a fact."""
    if "value" in tables:
        return build(Fact, tables, what)
    return {key: _facts(table, f"{what}, {key}") for key, table in tables.items()}
