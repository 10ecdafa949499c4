"""The story as it comes with the package: every state of every figure, worked out before by `make story`.

Reading one takes milliseconds and no engine. A mark of what they were made from lies beside them; a test says when it changed.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

from opioidsim.facts.evidence import LIBRARY, read_toml
from opioidsim.files import whole
from opioidsim.refusal import Refusal
from opioidsim.story.language import ENGLISH, sentences, told
from opioidsim.story.lessons import Drawn
from opioidsim.story.picture import Picture
from opioidsim.story.text import Chapter, chapters, filled

FOLDER = LIBRARY / "story" / "states"
FACTS = ("drugs", "body", "effects", "trials")
WORDS = {
    "read_in",
    "source",
    "where",
    "note",
    "why",
    "about",
    "basis",
    "title",
    "confirmed",
    "contested",
}  # words about a number do not change it


def states(chapter: Chapter) -> Iterator[dict[str, float]]:
    """Every state of a chapter's sliders, the last slider fastest."""
    sliders = chapter.figure.sliders
    for values in product(*(slider.values for slider in sliders)):
        yield dict(zip((slider.name for slider in sliders), values, strict=True))


def drawn(chapter: Chapter, values: dict[str, float], code: str = ENGLISH) -> Drawn:
    """The shipped figure in this state, in a language; its sentence ends with what is to be doubted there."""
    kept = _kept(chapter.slug)["states"].get(_key(chapter, values))
    if kept is None:
        raise Refusal(f'"{chapter.slug}" has no shipped figure at {values}; run  make story.')
    picture = Picture.model_validate(kept["picture"])
    doubts = [told(filled(d.text, chapter.figure.numbers), code) for d in chapter.figure.doubts if d.holds(values)]
    said = " ".join((sentences(kept["said"], code), *doubts))
    return Drawn(picture if code == ENGLISH else picture.told(code), said, kept["shown"])


@lru_cache(maxsize=64)
def _kept(slug: str) -> dict[str, Any]:
    path = FOLDER / f"{slug}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"mark": {}, "states": {}}


def store_field() -> None:
    """Keeps the scenes of the field of receptors."""
    from opioidsim.story import field, played

    rows = []
    for scene in field.scenes():
        picture, driven = played.played(scene)
        rows.append({"picture": picture.model_dump(exclude_defaults=True), "driven": driven})
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    with whole(FOLDER / "field.json") as file:
        file.write(f'{{"mark": {json.dumps(field_mark())},\n"scenes": [\n{lines}\n]}}\n')
    field.kept.cache_clear()


def field_mark() -> dict[str, str]:
    """The mark of what the field was made from."""
    scenes = read_toml(FOLDER.parent / "field.toml")["scenes"]
    return {**_world(), "figure": _hash([{k: v for k, v in s.items() if k not in ("name", "tells")} for s in scenes])}


def store(chapter: Chapter, found: list[tuple[dict[str, float], Drawn]]) -> None:
    """Keeps a chapter's states, with the mark of what they were made from."""
    rows = {
        _key(chapter, values): {"said": each.said, "shown": {k: float(f"{float(v):.5g}") for k, v in each.shown.items()},
                                "picture": each.picture.model_dump(exclude_defaults=True) | {"title": each.picture.title}}
        for values, each in found
    }  # fmt: skip
    FOLDER.mkdir(exist_ok=True)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(row, ensure_ascii=False, separators=(',', ':'))}" for key, row in rows.items())  # fmt: skip
    text = f'{{"mark": {json.dumps(mark(chapter))},\n"states": {{\n{lines}\n}}}}\n'
    with whole(FOLDER / f"{chapter.slug}.json") as file:
        file.write(text)
    _kept.cache_clear()


def stale() -> dict[str, list[str]]:
    """By chapter, what has changed since its states were worked out: facts, draws, equations, figure; nothing where all is as it was."""
    found = {}
    for chapter in chapters():
        kept, now = _kept(chapter.slug)["mark"], mark(chapter)
        found[chapter.slug] = [part for part in now if kept.get(part) != now[part]]
    found["field"] = [part for part, now in field_mark().items() if _kept("field")["mark"].get(part) != now]
    return {slug: parts for slug, parts in found.items() if parts}


def mark(chapter: Chapter) -> dict[str, str]:
    """A short hash each of the numbers of the library, the draws of what is not known, the equations, and the chapter's own figure."""
    figure = chapter.figure
    own = [
        figure.numbers,
        figure.doses,
        figure.steps,
        [(s.name, s.values, s.names) for s in figure.sliders],
        figure.title,
    ]
    return {**_world(), "figure": _hash(own)}


@lru_cache(maxsize=1)
def _world() -> dict[str, str]:
    from opioidsim.calibration.mark import EQUATIONS, bare

    facts = {f"{folder}/{path.name}": _numbers(read_toml(path)) for folder in FACTS for path in sorted((LIBRARY / folder).glob("*.toml"))}  # fmt: skip
    draws = [path.read_bytes().hex() for path in sorted((LIBRARY / "posterior").glob("*.csv"))]
    equations = [bare(path) for path in sorted(EQUATIONS.glob("[!_]*.py"))]
    return {"facts": _hash(facts), "draws": _hash(draws), "equations": _hash(equations)}


def _numbers(table: Any) -> Any:
    if isinstance(table, dict):
        return {key: _numbers(value) for key, value in table.items() if key not in WORDS}
    return [_numbers(each) for each in table] if isinstance(table, list) else table


def _hash(part: Any) -> str:
    return hashlib.sha256(json.dumps(part, default=str).encode()).hexdigest()[:16]


def _key(chapter: Chapter, values: dict[str, float]) -> str:
    return "-".join(str(slider.values.index(values[slider.name])) for slider in chapter.figure.sliders)
