"""The story as a reader meets it: chapters, sliders, sources, on a phone and from the keyboard."""

from pathlib import Path

import pytest

from opioidsim import story

CHAPTERS = story.chapters()
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
by_slug = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)


def shown(page):
    """Waits until the figure belongs to the sliders, and returns its sentence."""
    page.locator(".live[data-shown]:not(.waiting)").wait_for(timeout=300_000)
    return page.inner_text(".said")


def test_the_first_page_leads_through_all_chapters(page, explorer):
    page.goto(explorer)
    page.click(f"text={CHAPTERS[0].question}")
    for chapter in CHAPTERS:
        assert page.inner_text("h1") == chapter.question
        page.click("a[rel=next]") if chapter is not CHAPTERS[-1] else page.click("nav.turn a >> nth=1")
    page.wait_for_url(f"{explorer}/")


@by_slug
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_chapter_on_a_phone(page, explorer, chapter, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{explorer}/explain/{chapter.slug}")
    assert shown(page) == story.figure(chapter.slug)[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.querySelector('#chart svg').getBoundingClientRect().width") <= 360
    assert page.evaluate(CONTRAST) == []
    assert page.get_attribute("#chart", "aria-label")


A_FEW = ("what-is-naltrexone", "why-wait")  # what each slider changes, the story's own tests see of every chapter


@pytest.mark.parametrize(
    "chapter", [pytest.param(c, id=c.slug, marks=[pytest.mark.long] * (c.slug not in A_FEW)) for c in CHAPTERS]
)
def test_each_slider_asks_again_and_the_address_keeps_it(page, explorer, chapter):
    page.goto(f"{explorer}/explain/{chapter.slug}")
    shown(page)
    for slider in chapter.figure.sliders:
        other = next(v for v in slider.values if v != slider.default)
        if slider.choice:
            page.click(f".choice >> text={slider.spoken(other)}")
        else:
            page.focus(f"#{slider.name}")
            page.keyboard.press("Home" if other == slider.values[0] else "End")
            other = slider.values[0] if other == slider.values[0] else slider.values[-1]
            assert page.get_attribute(f"#{slider.name}", "aria-valuetext") == slider.spoken(other)
        said = story.figure(chapter.slug, {slider.name: other})[1]
        page.locator(".said", has_text=said).wait_for()
        page.reload()
        shown(page)
        assert page.inner_text(".said") == said
        page.goto(f"{explorer}/explain/{chapter.slug}")
        shown(page)


def test_a_number_leads_to_its_source(page, explorer):
    page.goto(f"{explorer}/explain/why-wait")
    page.focus("a.note >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explain/why-wait#note-1")
    assert "Vivitrol" in page.inner_text("#note-1")
    assert page.locator(".notes a[href^='https://doi.org/']").count()


def test_a_chapter_that_is_not_there(page, explorer):
    assert page.request.get(f"{explorer}/explain/nothing").status == 404
    answer = page.request.get(f"{explorer}/api/story/relapse?day=5")
    assert answer.status == 422 and "can be set to" in answer.json()["error"]
