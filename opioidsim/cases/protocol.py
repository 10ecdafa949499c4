"""Rescues step by step, by name or in sentences."""

from functools import cache

from opioidsim.cases import rescue_step
from opioidsim.facts.evidence import Stated, stated
from opioidsim.refusal import Refusal, nearest


class Protocol(Stated):
    """A rescue, step by step; see `rescue_step`."""

    steps: tuple[str, ...]


@cache
def protocols() -> dict[str, Protocol]:
    """The library's protocols by name."""
    found = stated(Protocol, "protocols.toml")
    for each in found.values():
        rescue_step.read(each.steps)
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
