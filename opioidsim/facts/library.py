"""The body's facts: each file of `library/body/` is a group of them; `library/effects/`, a file an endpoint, is one more."""

from functools import cache
from typing import Any

from opioidsim.facts.evidence import LIBRARY, Fact, build, read_toml
from opioidsim.refusal import Refusal, nearest

EFFECTS = "effects"


@cache
def groups() -> tuple[str, ...]:
    """The names of all groups, alphabetical."""
    return tuple(sorted([*(path.stem for path in (LIBRARY / "body").glob("*.toml")), EFFECTS]))


@cache
def body(group: str, reading: str = "") -> dict[str, Any]:
    """The facts of a group by symbol; tables in the file stay tables. `reading`: as that reading of the evidence has them,
    where the group has it. Raises Refusal for a group that is not there."""
    if group not in groups():
        raise Refusal(f'the library has no facts of the body called "{group}".{nearest(group, groups())}')
    if group == EFFECTS:
        files = sorted((LIBRARY / EFFECTS).glob("*.toml"))
        return {path.stem: _facts(read_toml(path), f"{EFFECTS}/{path.name}") for path in files}
    tables = dict(read_toml(LIBRARY / "body" / f"{group}.toml"))
    other = tables.pop("readings", {}).get(reading, {})
    tables = {name: table for name, table in tables.items() if name not in other.get("without", ())}
    return _facts(tables | other.get("replace", {}), f"body/{group}.toml")


@cache
def readings() -> dict[str, str]:
    """Readings of the whole model, which change its equations and every drug that knows them: what each says, by name."""
    found = read_toml(LIBRARY / "body" / "breathing.toml").get("readings", {})
    return {name: table["about"] for name, table in found.items()}


def _facts(tables: dict, what: str) -> Any:
    """A table of facts, in the nest in which the file has them; a table with a value is a fact."""
    if "value" in tables:
        return build(Fact, tables, what)
    return {key: _facts(table, f"{what}, {key}") for key, table in tables.items()}
