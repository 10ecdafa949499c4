"""Rescues step by step, by name or in sentences."""

from functools import cache
from typing import Literal

from opioidsim.cases import rescue_step
from opioidsim.facts.evidence import LIBRARY, Table, build, read_toml, sources
from opioidsim.refusal import Refusal, nearest


class Protocol(Table):
    """A rescue, step by step; see `rescue_step`. basis, source, where, note: how it is known, as of a fact."""

    about: str
    steps: tuple[str, ...]
    basis: Literal["measured", "assumed"]
    source: str
    where: str
    note: str = ""


@cache
def protocols() -> dict[str, Protocol]:
    """The library's protocols by name."""
    found = {}
    for name, table in read_toml(LIBRARY / "protocols.toml").items():
        found[name] = build(Protocol, table, f"protocols.toml, {name}")
        if found[name].source not in sources():
            raise Refusal(
                f'protocols.toml, {name}: source "{found[name].source}" is not in sources.toml.{nearest(found[name].source, sources())}'
            )
        if found[name].basis == "assumed" and not found[name].note:
            raise Refusal(f"protocols.toml, {name}: what is assumed needs a note that says why.")
        rescue_step.read(found[name].steps)
    return found


def named(text: str) -> tuple[str, ...]:
    """The steps of a protocol by its name, or sentences with ";" between them. Raises Refusal with the remedy."""
    if text in protocols():
        return protocols()[text].steps
    steps = tuple(part.strip() for part in text.split(";") if part.strip())
    if len(steps) < 2 and len(text.split()) < 3:
        raise Refusal(f'"{text}" is no protocol.{nearest(text, protocols())} Or give steps, with ";" between them.')
    try:
        rescue_step.read(steps)
    except ValueError as error:
        raise Refusal(f"{error}") from None
    return steps
