"""The field of receptors on the first page: a few scenes, minute by minute. Read from what comes with the package."""

import json
from functools import cache
from typing import Any

from opioidsim.facts.evidence import Table, build, read_toml
from opioidsim.story.text import FOLDER


class Scene(Table):
    """What is given and when; `before` on the days before. moment: minutes at which a still is drawn."""

    name: str
    title: str
    doses: tuple[str, ...]
    before: tuple[str, ...] = ()
    days: float = 0.0
    minutes: float
    moment: float
    tells: str


@cache
def scenes() -> tuple[Scene, ...]:
    """The scenes, in order; texts and doses are `library/story/field.toml`."""
    return tuple(build(Scene, each, "story/field.toml") for each in read_toml(FOLDER / "field.toml")["scenes"])


@cache
def kept() -> list[dict[str, Any]]:
    """What `make story` keeps of each scene: its picture and what drives the field."""
    path = FOLDER / "states" / "field.json"
    return json.loads(path.read_text(encoding="utf-8"))["scenes"] if path.exists() else []
