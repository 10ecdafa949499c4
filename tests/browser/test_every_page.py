"""Every page of the explorer: readable on a phone in both themes, and nothing that axe finds."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).parents[2]


PAGES = [
    "/",
    "/build",
    "/questions",
    "/questions/rescue",
    "/questions/blockade",
    "/questions/trial",
    "/drugs",
    "/drugs/naltrexone",
    "/evidence",
    "/glossary",
    "/handout",
    "/said",
    "/de/",
    "/es/explain/naloxone",
    "/api",
]


CONTRAST = (ROOT / "tests" / "browser" / "contrast.js").read_text(encoding="utf-8")


def built(page):
    """Waits until the curves belong to the form."""
    page.locator("#told").filter(has_text="The curves are up to date.").wait_for(state="attached")
    return page.locator("#answer").inner_text()


def against_axe(page):
    """What axe finds against WCAG 2.2 AA and its own best practice, with the first place of each."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    return [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page, options=rules).response["violations"]]


LARGE = (
    "/questions/rescue",
    "/questions/blockade",
    "/questions/trial",
    "/evidence",
    "/de/",
    "/es/explain/naloxone",
    "/drugs",
    "/glossary",
    "/handout",
    "/said",
    "/api",
)  # in the long tests; the story, a form with its curves, a form alone and a table stay


@pytest.mark.parametrize("path", [pytest.param(p, marks=[pytest.mark.long] * (p in LARGE)) for p in PAGES])
def test_each_page_is_readable_on_a_phone_in_both_themes(page, explorer, path):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(explorer + path)
    if path == "/build":
        built(page)
    if path == "/questions/blockade":
        page.locator(".flag").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    wide = "e => [...e].filter(x => x.scrollWidth > x.clientWidth + 1).map(x => x.innerText)"
    assert page.eval_on_selector_all("#numbers", wide) == []  # each row is a card
    assert page.eval_on_selector_all("nav:not(.languages):not(.contents)", "e => e[0].clientHeight") < 40  # one line
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    assert "findahelpline.com" in page.locator("footer").inner_text()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
        assert page.evaluate(CONTRAST) == []
    unnamed = "e => [...e].filter(x => !x.labels?.length && !x.ariaLabel && !x.innerText?.trim()).map(x => x.outerHTML)"
    assert page.eval_on_selector_all("input, select, textarea, button", unnamed) == []
    assert page.eval_on_selector_all("img", "e => [...e].filter(x => !x.alt).length") == 0


SHORT = ("/build", "/questions")  # the other pages are looked at in the long tests


@pytest.mark.parametrize("path", [pytest.param(p, marks=[pytest.mark.long] * (p not in SHORT)) for p in PAGES])
def test_axe_finds_nothing(page, explorer, path):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(explorer + path)
    if path == "/build":
        built(page)
    if path == "/questions/blockade":
        page.locator(".flag").wait_for()
    assert against_axe(page) == []
