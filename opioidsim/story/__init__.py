"""What the explorer explains: chapters in plain words, and figures of which every state comes with the package."""

from opioidsim.story.drawing import svg
from opioidsim.story.language import ENGLISH, languages
from opioidsim.story.language import language as known
from opioidsim.story.lessons import Drawn
from opioidsim.story.shipped import states
from opioidsim.story.text import Chapter, chapter, chapters, settings, terms

__all__ = ["Chapter", "Drawn", "chapter", "chapters", "drawn", "figure", "languages", "states", "terms", "worked_out"]


def figure(slug: str, values: dict[str, float] | None = None, *, language: str = ENGLISH) -> tuple[str, str]:
    """The figure of a chapter for these slider values, as SVG text, and a sentence about it.

    Sliders that are not given stand at their default. language: "en", "de" or "es". Reads what comes with the package; nothing
    is run. Raises Refusal for a chapter, a value or a language that does not exist.
    """
    found = drawn(slug, values, language=language)
    return svg(found.picture, found.said, headed=True), found.said


def drawn(slug: str, values: dict[str, float] | None = None, *, language: str = ENGLISH) -> Drawn:
    """The same as data, with the numbers that the figure shows, by which its chapter's lessons are held."""
    from opioidsim.story import shipped

    return shipped.drawn(chapter(slug), settings(slug, values or {}), known(language).code)


def worked_out(slug: str, values: dict[str, float] | None = None) -> Drawn:
    """The same from the simulator: what `make story` keeps. Its sentence is without the doubts."""
    from opioidsim.story import figures

    return figures.worked_out(chapter(slug), settings(slug, values or {}))
