"""What the explorer explains: chapters in plain words, and figures whose sliders run the simulator again."""

from opioidsim.story.lessons import Drawn
from opioidsim.story.text import Chapter, chapter, chapters, settings, terms

__all__ = ["Chapter", "Drawn", "chapter", "chapters", "drawn", "figure", "terms", "warm"]


def figure(slug: str, values: dict[str, float] | None = None) -> tuple[dict, str]:
    """The live figure of a chapter for these slider values, as a Vega-Lite specification, and a sentence about it.

    Sliders that are not given stand at their default. Runs the simulator; what was run before is kept. Raises Refusal for
    a chapter or a value that does not exist.
    """
    found = drawn(slug, values)
    return found.spec, found.said


def drawn(slug: str, values: dict[str, float] | None = None) -> Drawn:
    """The same with the numbers that the figure shows, by which its chapter's lessons are held."""
    from opioidsim.story import figures

    return figures.drawn(chapter(slug), settings(slug, values or {}))


def warm(rest=lambda: None) -> None:
    """Draws every chapter's first figure, then what each slider changes: loaded and compiled, each takes milliseconds.

    rest: called before each figure; it may wait.
    """
    for each in chapters():
        rest()
        figure(each.slug)
    for each in chapters():
        for slider in each.figure.sliders:
            for value in slider.values:
                rest()
                figure(each.slug, {slider.name: value})
