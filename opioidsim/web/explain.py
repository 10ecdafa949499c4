"""The story's pages and drawings in each language: read from what comes with the package, so that nothing is run when a reader asks."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path as File
from typing import Annotated, NamedTuple

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel

from opioidsim import story
from opioidsim.refusal import Refusal
from opioidsim.story import drawing, field, statements
from opioidsim.story.language import Language, told
from opioidsim.story.picture import Picture
from opioidsim.web.api import MISSING, WRONG
from opioidsim.web.pages import environment, render, spoken

router = APIRouter(responses=WRONG)  # type: ignore[arg-type]  # once for each language, under its root
shared = APIRouter(include_in_schema=False)
Slug = Annotated[str, Path(max_length=80)]
STATIC = File(__file__).parent / "static"
SHEETS = {"": drawing.WIDE, "narrow": drawing.NARROW}
PHONE = "(max-width: 40rem)"  # where the narrow drawings stand
# A drawing carries its own style sheet; nothing else of it may do anything.
DRAWN = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "max-age=3600"}


class Shown(BaseModel):
    """A figure for the sliders as they stand: an SVG drawing, a sentence about it, and its numbers as a table."""

    svg: str
    said: str
    table: list[list[str]]


class View(NamedTuple):
    """A chapter's figure in one state, as its page shows it. sizes: of the wide and the narrow drawing, "640 420"."""

    values: dict[str, float]
    said: str
    table: list[list[str]]
    still: str
    sizes: tuple[tuple[str, str], ...]


@router.get("/", include_in_schema=False)
def home(request: Request) -> Response:
    """The first page: the field of receptors and the whole story."""
    return _told(request, "index.html")


@router.get("/explain/{slug}", include_in_schema=False)
def page(request: Request, slug: Slug) -> Response:
    """One chapter; its figure in the state that the address asks for."""
    chapter = _chapter(slug)
    return _told(
        request, "explain.html", chapter=chapter, view=view(chapter, _language(request), _asked(chapter, request.query_params)),
        before=_beside(chapter, -1), after=_beside(chapter, 1),
    )  # fmt: skip


@router.get("/embed/{slug}", include_in_schema=False)
def embedded(request: Request, slug: Slug) -> Response:
    """A chapter's figure alone, to stand inside another page."""
    chapter = _chapter(slug)
    asked = _asked(chapter, request.query_params)
    return _told(request, "embed.html", chapter=chapter, view=view(chapter, _language(request), asked))


@router.get("/handout", include_in_schema=False)
def handout(request: Request) -> Response:
    """The story on one page, to be printed."""
    return _told(request, "handout.html")


@router.get("/said", include_in_schema=False)
def said(request: Request) -> Response:
    """What is often said about naltrexone, and what is true of it."""
    return _told(request, "said.html", sayings=statements.sayings())


@shared.get("/story.css")
def style() -> Response:
    """The style of the story's pages and of their drawings in one file, so that the first picture waits for one."""
    own = [(STATIC / name).read_text(encoding="utf-8") for name in ("style.css", "story.css")]
    return Response(
        "\n".join((*own, drawing.style())), media_type="text/css", headers={"cache-control": "max-age=3600"}
    )


@router.get("/preview.png", include_in_schema=False)
def preview(request: Request) -> Response:
    """The picture that stands for the story where its address is passed on; made by `docs/preview.py`."""
    return Response((STATIC / f"preview-{_language(request).code}.png").read_bytes(), media_type="image/png")


@router.get("/explain/{slug}/{step}.svg", include_in_schema=False)
def drawing_of(request: Request, slug: Slug, step: Annotated[str, Path(max_length=16)]) -> Response:
    """The figure as an SVG. step: the place of each slider's value among its values, "3-1"; "3-1.narrow" for a phone."""
    chapter = _chapter(slug)
    places, _, sheet = step.partition(".")
    if sheet not in SHEETS:
        raise HTTPException(404)
    try:
        text = _drawn(chapter.slug, places, sheet, _language(request).code)
    except (ValueError, IndexError):
        raise HTTPException(404) from None
    return Response(text, media_type="image/svg+xml", headers=DRAWN)


@lru_cache(maxsize=64)
def _drawn(slug: str, places: str, sheet: str, code: str) -> str:
    sliders = story.chapter(slug).figure.sliders
    found = [int(place) if place.isdecimal() else -1 for place in places.split("-")]
    if min(found) < 0:
        raise ValueError(places)
    values = {slider.name: slider.values[place] for slider, place in zip(sliders, found, strict=True)}
    drawn = story.drawn(slug, values, language=code)
    return drawing.svg(drawn.picture, drawn.said, sheet=SHEETS[sheet])


@router.get("/api/story", tags=["story"])
def chapters() -> list[dict]:
    """The chapters: slug, question, and sliders with the values they can be set to."""
    return [
        {"slug": c.slug, "question": c.question, "sliders": [s.model_dump() for s in c.figure.sliders]}
        for c in story.chapters()
    ]


@router.get("/api/story/{slug}", tags=["story"], responses=MISSING)  # type: ignore[arg-type]
def figure(request: Request, slug: Slug) -> Shown:
    """A chapter's figure. Sliders are set in the query by their names, as in day=28&heroin=25; the others keep their default."""
    _chapter(slug)
    values = {}
    for name, text in request.query_params.items():
        try:
            values[name] = float(text)
        except ValueError:
            raise Refusal(f'"{name}" is "{text[:40]}"; it must be a number.') from None
    drawn = story.drawn(slug, values, language=_language(request).code)
    return Shown(svg=drawing.svg(drawn.picture, drawn.said, headed=True), said=drawn.said, table=drawn.picture.table())


def view(chapter: story.Chapter, language: Language, values: dict[str, float] | None = None) -> View:
    """What a page needs of a chapter's figure; without values, where the sliders stand at first."""
    values = chapter.defaults() | (values or {})
    drawn = story.drawn(chapter.slug, values, language=language.code)
    address = still(chapter, values, root=language.root)
    places = address.rpartition("/")[2]
    sizes = tuple(_size(_drawn(chapter.slug, places, sheet, language.code)) for sheet in SHEETS)
    return View(values, drawn.said, drawn.picture.table(), address, sizes)


def still(chapter: story.Chapter, values: Mapping[str, float], *, root: str = "") -> str:
    """The address of the drawing in this state, without its ending. root: of its language."""
    places = "-".join(str(s.values.index(values[s.name])) for s in chapter.figure.sliders)
    return f"{root}/explain/{chapter.slug}/{places}"


def scenes(language: Language) -> list[dict]:
    """The field of receptors, scene by scene: its strips as drawings for a wide and a narrow page, and what drives it."""
    pictures = [Picture.model_validate(kept["picture"]).told(language.code) for kept in field.kept()]
    return [
        {"scene": scene, "driven": kept["driven"], "table": picture.table(), "title": picture.title,
         "strips": [drawing.svg(picture, told(scene.tells, language.code), sheet=sheet, dressed=False) for sheet in SHEETS.values()]}
        for scene, kept, picture in zip(field.scenes(), field.kept(), pictures, strict=True)
    ]  # fmt: skip


def scene_data(played: list[dict], language: Language) -> str:
    """The scenes as JSON inside a page; a strip holds no end of a script."""
    rows = [
        {"title": p["title"], "tells": told(p["scene"].tells, language.code), "moment": p["scene"].moment, **p["driven"],
         "names": {hue: told(hue, language.code) for hue in p["driven"]["held"]}, "strips": p["strips"]}
        for p in played
    ]  # fmt: skip
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _told(request: Request, template: str, **context) -> Response:
    return render(request, template, translated=True, **context)


def _language(request: Request) -> Language:
    return spoken(request.url.path)[0]


def _size(svg: str) -> tuple[str, str]:
    return tuple(svg.split('viewBox="0 0 ')[1].split('"')[0].split())  # type: ignore[return-value]


def _chapter(slug: str) -> story.Chapter:
    try:
        return story.chapter(slug)
    except Refusal:
        raise HTTPException(404) from None


def _beside(chapter: story.Chapter, step: int) -> story.Chapter | None:
    number = chapter.number + step
    return next((c for c in story.chapters() if c.number == number), None)


def _asked(chapter: story.Chapter, asked: Mapping[str, str]) -> dict[str, float]:
    """The values of the sliders in an address; what is not asked for or not there keeps its default."""
    values = {}
    for slider in chapter.figure.sliders:
        known = {str(value): value for value in slider.values} | {f"{value:g}": value for value in slider.values}
        values[slider.name] = known.get(asked.get(slider.name, ""), slider.default)
    return values


environment.globals |= {"chapters": story.chapters, "terms": story.terms, "view": view, "scenes": scenes, "scene_data": scene_data, "PHONE": PHONE}  # fmt: skip
