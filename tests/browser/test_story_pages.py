"""The story as a reader meets it: chapters, sliders, sources, on a phone and from the keyboard."""

import re
from pathlib import Path

import pytest

from opioidsim import story
from opioidsim.web import explain

CHAPTERS = story.chapters()
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
TURN = """path => fetch(path).then(answer => answer.text()).then(text => {
  const chapter = new DOMParser().parseFromString(text, "text/html")
  return [chapter.querySelector("h1").textContent.trim(), chapter.querySelectorAll(".turn a")[1].getAttribute("href")]
})"""


def test_the_first_page_holds_all_chapters_and_each_leads_to_the_next(page, explorer):
    page.goto(explorer)
    assert page.locator(".chapter .question").all_inner_texts() == [c.question for c in CHAPTERS]
    page.click(f".contents >> text={CHAPTERS[1].question}")
    page.wait_for_url(f"**/#{CHAPTERS[1].slug}")
    page.goto(f"{explorer}/explain/{CHAPTERS[-2].slug}")
    for chapter in CHAPTERS[-2:]:
        assert page.inner_text("h1") == chapter.question
        page.click(".turn a >> nth=1")
    page.wait_for_url(f"{explorer}/")
    path = f"/explain/{CHAPTERS[0].slug}"  # the chapters before are read, not drawn
    for chapter in CHAPTERS[:-1]:
        question, path = page.evaluate(TURN, path)
        assert question == chapter.question
    assert path.endswith(CHAPTERS[-1].slug)


def shown(page, slug, values=None):
    """Waits until the figure belongs to these values, and holds its sentence against what comes with the package."""
    places = explain.still(story.chapter(slug), story.chapter(slug).defaults() | (values or {})).rpartition("/")[2]
    page.locator(f"#{slug}-figure[data-shown='{places}']").wait_for()
    assert page.inner_text(f"#{slug}-figure .said") == story.drawn(slug, values).said


@pytest.mark.parametrize(
    "chapter", [pytest.param(c, marks=[pytest.mark.long] * (n % 5 != 0), id=c.slug) for n, c in enumerate(CHAPTERS)]
)
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_each_chapter_on_a_phone(page, explorer, chapter, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{explorer}/explain/{chapter.slug}")
    shown(page, chapter.slug)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.querySelector('.drawing svg').getBoundingClientRect().width") <= 360
    assert page.evaluate(CONTRAST) == []


# One chapter with a range and a choice stands for the others, which have the same two kinds of slider.
@pytest.mark.parametrize(
    "chapter", [pytest.param(c, marks=[pytest.mark.long] * (c.slug != "why-wait"), id=c.slug) for c in CHAPTERS]
)
def test_each_slider_moves_the_figure_and_the_address_keeps_it(page, explorer, chapter):
    page.goto(f"{explorer}/explain/{chapter.slug}")
    shown(page, chapter.slug)
    for slider in chapter.figure.sliders:
        other = next(v for v in slider.values if v != slider.default)
        if slider.choice:
            page.click(f".choice >> text={slider.spoken(other)}")
        else:
            page.focus(f"#{chapter.slug}-{slider.name}")
            page.keyboard.press("Home" if other == slider.values[0] else "End")
            other = slider.values[0] if other == slider.values[0] else slider.values[-1]
            assert page.get_attribute(f"#{chapter.slug}-{slider.name}", "aria-valuetext") == slider.spoken(other)
        shown(page, chapter.slug, {slider.name: other})
        page.reload()
        shown(page, chapter.slug, {slider.name: other})
        page.goto(f"{explorer}/explain/{chapter.slug}")
        shown(page, chapter.slug)


def test_a_guess_sets_the_figure_and_tells_what_is_right(page, explorer):
    page.goto(f"{explorer}/explain/relapse?day=1")
    shown(page, "relapse", {"day": 1.0})
    page.click(".guess >> text=in none")
    assert page.get_attribute(".guess", "data-made") == "wrong"
    shown(page, "relapse")
    assert page.locator(".guess .was-right").inner_text() == "in about a quarter"
    assert page.locator(".guess details p").is_visible()


def test_the_scroll_moves_the_pinned_figure(page, explorer):
    page.emulate_media(reduced_motion="reduce")
    page.goto(explorer)
    section = story.chapter("relapse").sections[1]
    page.locator("#relapse section >> nth=1").evaluate("e => e.scrollIntoView({ block: 'center' })")
    shown(page, "relapse", dict(section.shows))
    box = page.locator("#relapse-figure").bounding_box()
    assert box and -5 <= box["y"] < 500  # in sight beside its text


def test_the_field_plays_and_is_still_for_those_who_asked_for_that(page, explorer):
    page.goto(explorer)
    page.locator(".receptors[data-ready]").wait_for()
    still = page.get_attribute(".receptors", "aria-label")
    page.click(".go")
    page.wait_for_function("was => document.querySelector('.receptors').ariaLabel !== was", arg=still)
    assert page.get_attribute(".go", "aria-label") == "Pause"
    page.click(".go")
    page.fill("#moment", "80")
    assert "After 60 min" in page.get_attribute(".receptors", "aria-label")
    assert page.locator(".strips .cursor").count() == 4
    page.emulate_media(reduced_motion="reduce")
    page.click(".scenes >> text=The same, under naltrexone")
    assert page.get_attribute(".go", "aria-label") == "Play"
    assert "naltrexone on 9" in page.get_attribute(".receptors", "aria-label")


def test_a_pointer_reads_the_curves(page, explorer):
    page.goto(f"{explorer}/explain/why-wait")
    shown(page, "why-wait")
    page.hover(".drawing svg .plot", force=True)  # no curve need lie under its middle
    assert "with the tablet" in " ".join(page.locator(".read").all_text_contents())


def test_a_chapter_is_read_with_the_keyboard_alone(page, explorer):
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{explorer}/explain/why-wait")
    shown(page, "why-wait")

    def tab_to(selector):
        """Tab until the element is reached; whatever is passed on the way is in sight and marked."""
        for _ in range(60):
            page.keyboard.press("Tab")
            marked = page.evaluate("""() => {
              const [now, box] = [document.activeElement, document.activeElement.getBoundingClientRect()];
              const outlined = (each) => each && getComputedStyle(each).outlineStyle === "solid" && parseFloat(getComputedStyle(each).outlineWidth) >= 2;
              return box.bottom > 0 && box.top < innerHeight && (outlined(now) || outlined(now.nextElementSibling));
            }""")
            assert marked, page.evaluate("document.activeElement.outerHTML")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    tab_to(".guess input")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute(".guess", "data-made") and page.locator(".guess details p").is_visible()
    slider, choice = story.chapter("why-wait").figure.sliders
    tab_to("input[type=range]")
    page.keyboard.press("End")
    shown(page, "why-wait", {slider.name: slider.values[-1]})
    tab_to(".choice input")
    page.keyboard.press("ArrowRight")
    shown(page, "why-wait", {slider.name: slider.values[-1], choice.name: choice.values[1]})
    tab_to("svg.picture")
    page.keyboard.press("End")
    last = page.locator(".read").all_text_contents()
    page.keyboard.press("ArrowLeft")
    assert last and page.locator(".read").all_text_contents() != last
    tab_to(".numbers summary")
    assert page.locator(".read").count() == 0
    page.keyboard.press("Enter")
    tab_to(".numbers .scroll")
    tab_to("a.note")
    page.keyboard.press("Enter")
    page.wait_for_url("**#why-wait-note-*")
    tab_to(".turn a[rel=next], .turn a:last-child")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/explain/{CHAPTERS[3].slug}")


def test_on_paper_a_dark_page_is_light(page, explorer):
    page.goto(f"{explorer}/explain/why-wait")
    shown(page, "why-wait")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    colours = "() => ['.text .lead', '.live', '.picture .title, .picture text'].map((each) => { const s = getComputedStyle(document.querySelector(each)); return [s.color, s.fill, s.backgroundColor] })"
    dark = page.evaluate(colours)
    page.emulate_media(media="print")
    printed = page.evaluate(colours)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert printed == page.evaluate(colours) != dark


def test_it_can_be_presented_with_the_keys(page, explorer):
    page.goto(explorer)
    page.click(".present")
    assert page.locator(".step:visible").count() == 1
    first = page.locator(".step:visible").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".step:visible").inner_text() != first
    page.keyboard.press("Escape")
    page.locator(".hero").wait_for()


def test_a_number_leads_to_its_source(page, explorer):
    page.goto(f"{explorer}/explain/why-wait")
    page.focus("a.note >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explain/why-wait#why-wait-note-1")
    assert "Vivitrol" in page.inner_text("#why-wait-note-1")
    assert page.locator(".notes a[href^='https://doi.org/']").count()


def test_a_chapter_that_is_not_there(page, explorer):
    assert page.request.get(f"{explorer}/explain/nothing").status == 404
    answer = page.request.get(f"{explorer}/api/story/relapse?day=5")
    assert answer.status == 422 and "can be set to" in answer.json()["error"]


def test_the_first_page_is_in_the_readers_language_and_a_choice_is_kept(browser, explorer):
    """Guessed from the browser on the first page alone; sliders, pointer and field speak it, and write its numbers."""
    context = browser.new_context(locale="de-AT", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{explorer}/explain/sedatives?fentanyl=0.05")
    assert page.get_attribute("html", "lang") == "en"
    page.goto(explorer)
    page.wait_for_url("**/de/")
    page.locator(".receptors[data-ready]").wait_for()
    assert "Naltrexon" in page.inner_text("h1") and page.get_attribute(".go", "aria-label") == "Abspielen"
    page.click(".scenes >> text=Dasselbe, unter Naltrexon")
    assert "Naltrexon auf 9" in page.get_attribute(".receptors", "aria-label")
    page.goto(f"{explorer}/de/explain/sedatives?fentanyl=0.05")
    assert page.inner_text("#sedatives-figure output >> nth=0") == "0,05\u00a0mg"
    page.fill("#sedatives-fentanyl", "1")
    page.locator(".said").filter(has_text="0,1\u00a0mg Fentanyl allein").wait_for()
    page.hover(".drawing svg")
    assert any("," in read for read in page.locator(".read").all_text_contents())
    page.click(".languages >> text=English")
    page.wait_for_url("**/explain/sedatives")
    page.click("header .name")
    page.wait_for_load_state("networkidle")
    assert page.get_attribute("html", "lang") == "en"
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("root", [each.root for each in story.languages().values()])
def test_the_page_to_print_and_each_chapter_are_one_sheet(page, explorer, root):
    for path in ("/handout", *(f"/explain/{chapter.slug}" for chapter in story.chapters())):
        page.goto(f"{explorer}{root}{path}")
        for paper in ("A4", "Letter"):
            assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == 1, (path, paper)
