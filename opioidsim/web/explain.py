"""The story's pages, its live figures as JSON, and each state of a figure as a drawing."""

from collections.abc import Mapping
from itertools import product
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel

from opioidsim import story
from opioidsim.refusal import Refusal
from opioidsim.web.api import MISSING, WRONG
from opioidsim.web.pages import environment, render
from opioidsim.web.runtime import load

router = APIRouter(responses=WRONG)  # type: ignore[arg-type]
Slug = Annotated[str, Path(max_length=80)]
environment.globals["chapters"] = story.chapters  # for the first page


class Shown(BaseModel):
    """A figure for the sliders as they stand: its Vega-Lite specification, and a sentence about it."""

    spec: dict
    said: str


@router.get("/explain/{slug}", include_in_schema=False)
def page(request: Request, slug: Slug) -> Response:
    """One chapter. Exported, it carries every state of its figure; else, for readers without scripts, the drawing of the state
    that the address asks for."""
    chapter = _chapter(slug)
    numbers = {key: n for n, key in enumerate(chapter.notes(), 1)}
    states = _states(chapter) if request.scope.get("exported") else []
    return render(
        request, "explain.html", chapter=chapter, numbers=numbers, terms=story.terms(), states=states, still=_still(chapter, request.query_params),
        before=_beside(chapter, -1), after=_beside(chapter, 1),
    )  # fmt: skip


@router.get("/explain/{slug}/{step}.svg", include_in_schema=False)
def drawing(slug: Slug, step: Annotated[str, Path(max_length=8)]) -> Response:
    """The figure as an SVG. step: the place of each slider's value among its values, "3-1"."""
    load()
    from opioidsim.story.plots import svg

    chapter = _chapter(slug)
    places = step.split("-")
    sliders = chapter.figure.sliders
    if len(places) != len(sliders) or not all(p.isdecimal() and int(p) < len(s.values) for p, s in zip(places, sliders, strict=True)):  # fmt: skip
        raise HTTPException(404)
    values = {s.name: s.values[int(p)] for p, s in zip(places, sliders, strict=True)}
    return Response(svg(story.figure(slug, values)[0]), media_type="image/svg+xml")


@router.get("/api/story", tags=["story"])
def chapters() -> list[dict]:
    """The chapters: slug, question, and sliders with the values they can be set to."""
    return [
        {"slug": c.slug, "question": c.question, "sliders": [s.model_dump() for s in c.figure.sliders]}
        for c in story.chapters()
    ]


@router.get("/api/story/{slug}", tags=["story"], responses=MISSING)  # type: ignore[arg-type]
def figure(request: Request, slug: Slug) -> Shown:
    """A chapter's figure. Sliders are set in the query by their names, `?day=28&heroin=25`; the others keep their default."""
    _chapter(slug)
    load()
    values = {}
    for name, text in request.query_params.items():
        try:
            values[name] = float(text)
        except ValueError:
            raise Refusal(f'"{name}" is "{text[:40]}"; it must be a number.') from None
    spec, said = story.figure(slug, values)
    return Shown(spec=spec, said=said)


def _chapter(slug: str) -> story.Chapter:
    try:
        return story.chapter(slug)
    except Refusal:
        raise HTTPException(404) from None


def _beside(chapter: story.Chapter, step: int) -> story.Chapter | None:
    number = chapter.number + step
    return next((c for c in story.chapters() if c.number == number), None)


def _still(chapter: story.Chapter, asked: Mapping[str, str]) -> str:
    """The address of the drawing for these values of the sliders; what is not asked for or not there keeps its default."""
    places = []
    for slider in chapter.figure.sliders:
        known = {str(value): place for place, value in enumerate(slider.values)}
        known |= {f"{value:g}": place for place, value in enumerate(slider.values)}
        places.append(known.get(asked.get(slider.name, ""), slider.values.index(slider.default)))
    return f"/explain/{chapter.slug}/{'-'.join(map(str, places))}.svg"


def _states(chapter: story.Chapter) -> list[tuple[str, str, str]]:
    """Every state of the figure: its drawing, its slider values as the page knows them, its sentence."""
    sliders = chapter.figure.sliders
    found = []
    for places in product(*(range(len(s.values)) for s in sliders)):
        values = {s.name: s.values[p] for s, p in zip(sliders, places, strict=True)}
        path = f"/explain/{chapter.slug}/{'-'.join(map(str, places))}.svg"
        found.append((path, " ".join(map(str, places)), story.figure(chapter.slug, values)[1]))
    return found
