"""Questions as people ask them: in a real Chromium, with a mouse and with the keyboard alone."""

import re
from pathlib import Path

import pytest

from opioidsim.questions import questions

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.mark.long
def test_a_question_shows_progress_and_is_cancelled_then_answered(page, explorer):
    page.goto(f"{explorer}/questions/rescue")
    page.fill("#people", "500")
    page.fill("#doses", "1, 2, 3, 4, 5, 6")
    page.click("button[type=submit]")
    page.locator("#progress").wait_for()
    page.click("#cancel")
    page.locator("#wrong").filter(has_text="Cancelled.").wait_for()
    page.goto(f"{explorer}/questions/blockade")
    page.fill("#days", "5")
    page.click("button[type=submit]")
    page.locator("#chart svg").wait_for()
    assert "Blockade" in page.locator("#answer").inner_text()
    page.fill("#challenge", "heroine 25 mg iv")
    page.click("button[type=submit]")
    page.locator("#challenge-wrong").filter(has_text="heroin").wait_for()


# Rescue has every kind of field, risk sliders, a trial a list to choose from; the other forms are made of the same.
FORMS = [
    pytest.param(verb, marks=[pytest.mark.long] * (verb not in ("rescue", "risk", "trial")))
    for verb, each in questions().items()
    if each.page
]


@pytest.mark.parametrize("verb", FORMS)
def test_a_form_that_nobody_touched_asks_nothing_of_its_own(page, explorer, verb):
    """What may stay empty is not sent: a slider without a value would stand at its middle."""
    page.route("**/api/*", lambda route: route.fulfill(status=422, json={"error": "not asked", "where": ""}))
    page.goto(f"{explorer}/questions/{verb}")
    with page.expect_request(f"**/api/{verb}", timeout=5_000) as sent:
        page.locator("button[type=submit]").click()
    said = {name for name, value in sent.value.post_data_json.items() if value not in (None, "", [], {}, "0", 0)}
    assert not said & {e.name for e in questions()[verb].parameters if not e.default and not e.ask.example}


QUICK = {  # what makes each question short
    "blockade": {"days": "3"},
    "rescue": {"product": "naloxone 4 mg nasal", "doses": "1", "delay": "60 s"},
    "induction": {"day": "3, 10", "regimen": "tablet"},
    "relapse": {"day": "7"},
    "risk": {},
    "release": {"draws": "4"},
    "abuse": {"taker": "naive"},
    "trial": {"replicates": "1"},
    "washout": {"days": "3"},
    "reversal": {"antagonist": "naloxone 0.4 mg iv", "hours": "0.5"},
    "enough": {"people": "5", "until": "2"},
    "found": {"hours": "0.5", "people": "8"},
    "worth": {"replicates": "2", "people": "30"},
}


# A course and a stored table stand for the others, which the interface's own tests ask.
VERBS = [
    pytest.param(
        verb,
        marks=[pytest.mark.long] * (verb not in ("blockade", "risk")),
    )
    for verb in QUICK
]


@pytest.mark.parametrize("verb", VERBS)
def test_each_question_is_asked_with_the_keyboard_and_answered(page, explorer, verb):
    page.goto(f"{explorer}/questions/{verb}")
    for name, value in QUICK[verb].items():
        if not page.locator(f"#{name}").is_visible():
            page.click("#rare > summary")
        boxes = page.locator(f"fieldset#{name} input").all()
        for box in boxes:
            box.set_checked(box.input_value() == value)
        if not boxes:
            page.fill(f"#{name}", value)
    page.locator("#question [data-kind]").first.focus()
    for _ in range(24):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#chart svg").first.wait_for(timeout=300_000)
    assert page.locator("#answer").inner_text() and page.locator("#numbers tbody tr").count()
    assert f"opioidsim {verb}" in page.locator("#command").text_content()
    moment = page.locator(".moments output")
    assert not moment.is_visible() or re.search(r"^At [\d.]+ \w+: \w.*\d", moment.inner_text()), moment.inner_text()
    page.set_viewport_size({"width": 360, "height": 740})
    for _ in range(50):  # the figures are drawn again
        if page.evaluate("document.documentElement.scrollWidth") <= 360:
            break
        page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(CONTRAST) == []


@pytest.mark.long
def test_a_dose_is_dragged_on_the_axis_of_a_blockade_and_the_answer_follows(page, explorer):
    page.goto(f"{explorer}/questions/blockade#antagonist=naltrexone+50+mg+oral&days=6")
    page.locator(".flag").wait_for()  # asked by itself
    told = page.locator("#caption")
    page.locator(".flag").focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    told.filter(has_text="naltrexone 50 mg oral at 144 min").wait_for()
    assert page.input_value("#antagonist") == "naltrexone 50 mg oral at 0.1 d"
    page.fill("#antagonist", "naltrexone 50 mg oral at 2 d")
    page.locator(".flag[aria-valuetext='2 d']").wait_for()
    page.hover("#chart")
    assert page.locator(".cursor b").count() == 3


def test_an_address_opens_what_is_folded_and_an_empty_field_is_told(page, explorer):
    page.goto(f"{explorer}/questions/rescue")
    page.click("#rare summary")
    page.check("#if_needed")
    page.fill("#hours", "")
    page.click("button[type=submit]")
    page.locator("#hours-wrong").filter(has_text="Write a number.").wait_for()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.locator("#hours").wait_for()
    assert page.is_checked("#if_needed") and page.input_value("#hours") == ""


def test_a_refused_question_is_explained_at_its_field(page, explorer):
    page.goto(f"{explorer}/questions/risk")
    page.fill("#use", "naltrexone 50 mg oral")
    page.click("button[type=submit]")
    page.locator("#use-wrong").filter(has_text="no risk surface").wait_for()


def test_a_long_trial_is_cancelled(page, explorer):
    page.goto(f"{explorer}/questions/trial#replicates=20")
    page.click("button[type=submit]")
    page.locator("#cancel:focus").wait_for()
    page.keyboard.press("Enter")
    page.locator("#wrong").filter(has_text="Cancelled.").wait_for()
    assert page.locator("#progress").is_hidden() and page.locator("#answer").is_hidden()


@pytest.mark.long
@pytest.mark.parametrize("path", ["found#people=20", "worth#people=20&replicates=2"])
def test_a_long_question_is_asked_with_the_keyboard_alone(page, explorer, path):
    page.goto(f"{explorer}/questions/{path}")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.locator("#told").filter(has_text="The answer is there.").wait_for(state="attached", timeout=300_000)
    assert page.locator("#answer p").count() and page.evaluate("document.activeElement.type") == "submit"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.file") == "figure.png":
            break
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "figure.png"
