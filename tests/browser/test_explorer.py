"""The explorer as people use it: in a real Chromium, with a mouse and with the keyboard alone."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from opioidsim import story
from opioidsim.web import export

ROOT = Path(__file__).parents[2]


def built(page):
    """Waits until the curves belong to the form."""
    page.locator("#told").filter(has_text="The curves are up to date.").wait_for(state="attached")
    return page.locator("#answer").inner_text()


def changed(page, act):
    """Does something to the form and waits for its curves."""
    page.evaluate("document.querySelector('#told').textContent = ''")
    act()
    return built(page)


def test_the_theme_switch_is_kept(page, explorer):
    page.goto(f"{explorer}/drugs")
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.click("[data-theme-switch]")
    after = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.reload()
    assert before != after == page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


@pytest.mark.long
def test_scenarios_beside_each_other_and_the_address(page, explorer):
    page.goto(f"{explorer}/build")
    assert "Naltrexone occupies up to" in built(page)
    page.click("[data-add]")
    said = changed(page, lambda: page.fill("#doses input >> nth=0", "naltrexone 50 mg oral every 24 h x 28"))
    assert "B: Naltrexone" in said and "B (dashed)" in page.locator("#caption").inner_text()
    changed(page, lambda: page.select_option("[name=view]", "apart"))
    assert (
        page.locator(".flag").first.bounding_box()["x"] > page.locator("#chart").bounding_box()["x"] + 350
    )  # in B's column
    changed(page, lambda: page.select_option("[name=view]", "difference"))
    assert "Each scenario less A" in page.locator("#caption").inner_text()
    changed(page, lambda: page.click("[data-side='0']"))
    assert page.input_value("#doses input >> nth=0") == "naltrexone 380 mg im-depot"
    page.reload()
    assert built(page) == said and page.input_value("[name=view]") == "difference"
    changed(page, lambda: page.click("[data-side='1']"))
    assert page.input_value("#doses input >> nth=0") == "naltrexone 50 mg oral every 24 h x 28"
    changed(page, lambda: page.click("[data-drop]"))
    assert "B:" not in page.locator("#answer").inner_text() and page.locator("[data-side]").count() == 0


def test_a_fact_is_changed_and_points_of_a_study_and_of_ones_own_are_laid_on(page, explorer, tmp_path):
    page.goto(f"{explorer}/build#dose=naltrexone+100+mg+oral&duration=2+d")
    built(page)
    page.click("#changing summary")
    page.fill("#changing [type=search]", "naltrexone clearance")
    changed(page, lambda: (page.fill("[data-fact='naltrexone.disposition.CL']", "150 L/h"), page.keyboard.press("Tab")))
    assert "Changed: naltrexone.disposition.CL is 150 L/h" in page.locator("#answer").inner_text()
    assert "150 L/h" in page.locator("#command").text_content() and "change=naltrexone.disposition.CL" in page.url
    page.locator(".fact.changed").wait_for()
    page.click("#seen summary")
    changed(page, lambda: page.check("#seen input[value='meyer-1984: 100 mg by mouth']"))
    (tmp_path / "mine.csv").write_text("TIME,DV\n1,20\n")
    changed(page, lambda: page.set_input_files("#seen [type=file]", tmp_path / "mine.csv"))
    assert "Meyer 1984" in page.locator("#chart").inner_html() and "mine.csv" in page.locator("#chart").inner_html()
    assert "--beside mine.csv" in page.locator("#command").text_content()
    page.fill("[data-fact='naltrexone.disposition.CL']", "150 mg")
    page.keyboard.press("Tab")
    page.locator("#wrong").filter(has_text="naltrexone.disposition.CL").wait_for()
    changed(page, lambda: page.click("text=As in the library"))
    assert "Changed" not in page.locator("#answer").inner_text()
    several_values_stand_beside_each_other(page)


def several_values_stand_beside_each_other(page):
    page.click("#sweep summary")
    page.select_option("#sweep select", "fact:naltrexone.disposition.CL")
    page.fill("#sweep input", "100, 150 mg")
    page.click("#sweep button")
    page.locator("#sweep-wrong").filter(has_text="100 mg: ").wait_for()
    page.fill("#sweep input", "100, 150 L/h")
    changed(page, lambda: page.press("#sweep input", "Enter"))
    assert (
        "B (dashed): naltrexone 100 mg oral · one person · 2 d · naltrexone.disposition.CL 150 L/h"
        in page.inner_text("#caption")
    )
    assert "--against B.toml --beside" in page.locator("#command").text_content()


def test_an_invalid_sentence_is_explained_where_it_stands(page, explorer):
    page.goto(f"{explorer}/build")
    before = built(page)
    page.fill("#doses input >> nth=1", "heroine 25 mg iv")
    wrong = page.locator("#doses li >> nth=1").locator(".wrong")
    wrong.filter(has_text='Did you mean "heroin"?').wait_for()
    assert page.locator("#doses input >> nth=1").get_attribute("aria-invalid") == "true"
    assert page.locator("#answer").inner_text() == before  # the last sound curves stay
    changed(page, lambda: page.fill("#doses input >> nth=1", "heroin 25 mg iv at 30 d"))
    assert wrong.inner_text() == ""


def test_completion_is_offered_and_an_event_table_becomes_sentences(page, explorer):
    page.goto(f"{explorer}/build")
    built(page)
    page.click("#add")
    page.keyboard.type("nal")
    page.locator("#doses + datalist option[value=naloxone]").wait_for(state="attached")
    page.locator("#doses li:last-child .wrong:not(:empty)").wait_for()  # its sentence moves what stands beneath
    page.click("[data-table] summary")
    page.fill("[data-table] textarea", "ID,TIME,AMT,DRUG,ROUTE\n7,0,50,naltrexon,oral\n8,24,100,naltrexone,oral")
    page.click("[data-table] button")
    page.locator("[data-table] .wrong").filter(has_text='line 2: there is no drug "naltrexon"').wait_for()
    page.fill("[data-table] textarea", page.input_value("[data-table] textarea").replace("naltrexon,", "naltrexone,"))
    changed(page, lambda: page.click("[data-table] button"))
    page.locator("[data-table] .quiet").filter(has_text="A is ID 7. B is ID 8.").wait_for()
    assert "naltrexone 100 mg oral at 24 h" in page.inner_text("#caption")


def test_the_keyboard_alone_moves_a_dose_and_shows_a_source(page, explorer):
    page.goto(f"{explorer}/build")
    built(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.ariaLabel") == "Time of heroin 25 mg iv":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    changed(page, lambda: page.keyboard.press("ArrowRight"))
    moved = page.locator("#doses input >> nth=1").input_value()
    assert moved == "heroin 25 mg iv at 21.25 d" and "510 h" in page.locator("#caption").inner_text()
    page.wait_for_url("**21.25**")
    changed(page, lambda: page.fill("#doses input >> nth=1", "heroin 25 mg iv at 30 d"))
    assert page.locator(".flag").last.get_attribute("aria-valuetext") == "30 d"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "sourced":
            break
    hint = page.locator("#hint")
    hint.wait_for()
    assert "Meyer" in hint.inner_text() or "Dunbar" in hint.inner_text()
    page.keyboard.press("Escape")
    assert hint.is_hidden()


def test_a_dose_is_dragged_and_one_cursor_reads_every_panel(page, explorer):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{explorer}/build")
    built(page)
    flag, chart = page.locator(".flag").last.bounding_box(), page.locator("#chart svg").bounding_box()
    assert (
        flag["y"] + flag["height"] < 800 and page.locator("#answer").bounding_box()["y"] < 760
    )  # nothing below the fold
    page.locator(".flag").last.hover(position={"x": 5, "y": 5})  # waits until the page has come to rest
    flag = page.locator(".flag").last.bounding_box()
    page.mouse.down()
    page.mouse.move(flag["x"] - 95, flag["y"] + 5)
    changed(page, page.mouse.up)
    said = page.input_value("#doses input >> nth=1")
    assert (
        said
        == f"heroin 25 mg iv at {page.locator('.flag').last.get_attribute('aria-valuetext')}"
        != "heroin 25 mg iv at 21 d"
    )
    page.mouse.move(chart["x"] + 200, chart["y"] + 120)
    assert page.locator(".cursor i").count() == page.locator(".cursor b").count() == 4
    at = page.locator(".moments output").inner_text()
    assert at.startswith("At ") and "naltrexone" in at and "%" in at
    page.focus("#moment")
    page.keyboard.press("ArrowRight")
    assert page.locator(".moments output").inner_text() != at and page.locator(".cursor").is_visible()
    page.click(".moments summary")
    assert page.locator(".moment-table tbody tr").count() == 8


def test_on_a_phone_the_figure_stays_while_the_form_scrolls(page, explorer):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{explorer}/build")
    built(page)
    for field in ("#doses input >> nth=0", "[name=title]"):
        page.locator(field).scroll_into_view_if_needed()
        chart = page.locator("#chart").bounding_box()
        assert chart["y"] >= 0 and chart["y"] + chart["height"] < 600
    page.mouse.move(chart["x"] + 200, chart["y"] + 100)
    values, titles = (
        [box for each in page.locator(which).all() if (box := each.bounding_box())]
        for which in (".cursor b", "#chart .role-axis-title")
    )
    assert values and titles and not any(_overlap(value, title) for value in values for title in titles)


def _overlap(a, b):
    """Whether two boxes share more than a hair."""
    across, down = (
        min(a[at] + a[long], b[at] + b[long]) - max(a[at], b[at]) for at, long in (("x", "width"), ("y", "height"))
    )
    return across > 1 and down > 3


@pytest.mark.long
def test_an_overdose_and_who_helps(page, explorer):
    page.goto(f"{explorer}/build")
    built(page)
    said = changed(page, lambda: page.check("[value=episode]"))
    assert "oxygen" in said or "collapses" in said
    said = changed(page, lambda: page.fill("[name=product]", "naloxone 4 mg nasal"))
    assert "of rescue" in said


@pytest.mark.long
def test_examples_and_files(page, explorer, tmp_path):
    page.goto(f"{explorer}/build")
    built(page)
    changed(page, lambda: page.select_option("#examples", label="A naltrexone tablet three days after heroin: what the label warns of"))  # fmt: skip
    assert page.locator("#cautions li").count() >= 1
    for name, start in (("figure.png", b"\x89PNG"), ("figure.svg", b"<svg"), ("table.csv", b"person,"), ("report.html", b"<!doctype")):  # fmt: skip
        with page.expect_download() as download:
            page.click(f"[data-file='{name}']")
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    page.click("summary >> text=As Python")
    assert "ops.run" in page.locator("#python").inner_text()


@pytest.mark.long
def test_the_person_the_reading_and_what_is_shown_are_in_the_address(page, explorer):
    page.goto(f"{explorer}/build")
    built(page)
    page.click("summary:has-text('What to show')")
    changed(page, lambda: page.check("#outputs input[value='occupancy.naltrexone']"))
    changed(page, lambda: page.fill("[name=age]", "60 years"))
    page.click("summary:has-text('Contested evidence')")
    changed(page, lambda: page.select_option("#readings select >> nth=0", index=1))
    shown = page.locator("#numbers tbody").inner_text()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    built(page)
    assert page.locator("#numbers tbody").inner_text() == shown and page.locator("#numbers tbody tr").count() == 1
    assert page.input_value("[name=age]") == "60 years" and page.locator("#readings select").first.input_value()
    assert "readings" in page.locator("#python").text_content()


@pytest.mark.long
def test_the_person_is_in_the_address_and_in_the_copies(page, explorer):
    page.goto(f"{explorer}/build")
    typical = built(page)
    changed(page, lambda: page.fill("[name=weight]", "50 kg"))
    changed(page, lambda: page.select_option("[name=sex]", "female"))
    changed(page, lambda: page.fill("[name=age]", "60 years"))
    said = changed(page, lambda: page.select_option("[name=liver]", "cirrhosis"))
    assert said != typical
    page.reload()
    assert built(page) == said
    assert page.input_value("[name=age]") == "60 years" and page.input_value("[name=sex]") == "female"
    for copy in ("#command", "#python"):
        text = page.locator(copy).text_content()
        assert "cirrhosis" in text and "female" in text and "50.0 kg" in text


def test_a_bad_value_is_refused_beside_its_field(page, explorer):
    page.goto(f"{explorer}/build")
    built(page)
    for name, given, said in (("age", "9 years", "age"), ("weight", "70 mg", "weight"), ("duration", "900 d", "at most 400")):  # fmt: skip
        good = page.input_value(f"[name={name}]")
        page.fill(f"[name={name}]", given)
        beside = page.locator(f"label:has([name={name}]) + .wrong")
        beside.filter(has_text=said).wait_for()
        assert page.get_attribute(f"[name={name}]", "aria-describedby") == beside.get_attribute("id")
        changed(page, lambda name=name, good=good: page.fill(f"[name={name}]", good))
        assert beside.count() == 0 and page.get_attribute(f"[name={name}]", "aria-invalid") is None


def test_nothing_moves_for_those_who_asked_for_that(page, explorer):
    moves = "(chart => { chart.classList.add('old'); return getComputedStyle(chart).transitionDelay })(document.querySelector('#chart'))"
    page.goto(f"{explorer}/build")
    assert page.evaluate(moves) == "0.6s"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moves) == "0s"


@pytest.mark.long
def test_the_exported_site_has_no_broken_link_and_needs_no_server(page, tmp_path):
    folder, shares = tmp_path / "site", []
    with ThreadPoolExecutor(1) as pool:  # the main thread is the browser's
        pool.submit(export.write, folder, "https://example.org/n/", shares.append).result()
    assert shares[0] == 0 and shares[-1] > 0.9
    assert "<loc>https://example.org/n/explain/why-wait.html</loc>" in (folder / "sitemap.xml").read_text()
    waiting, seen = [folder / "index.html"], set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        text = file.read_text(encoding="utf-8")
        for link in re.findall(r'(?:href|src|srcset)="([^"]+)"', text):
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme == "https", link
                continue
            target = (file.parent / parts.path).resolve() if parts.path else file
            assert target.is_file() and folder in target.parents, f"{file.name}: {link}"
            if target.suffix == ".html":
                waiting.append(target)
                if parts.fragment:
                    assert f'id="{parts.fragment}"' in target.read_text(encoding="utf-8"), link
    assert len(seen) >= 25
    for each in story.chapters():
        assert len(list((folder / "explain" / each.slug).glob("*.svg"))) == 2 * len(list(story.states(each)))
    page.goto(
        (folder / "explain" / "relapse.html").as_uri()
    )  # from a file nothing can be fetched: a slider changes the picture
    page.fill("#relapse-day", "8")
    page.locator("#relapse .drawing img[src$='relapse/8-0.svg']").wait_for()
    page.goto((folder / "index.html").as_uri())
    page.click("text=Drugs")
    page.click("text=naltrexone >> nth=0")
    assert page.locator("tbody tr").count() > 20
    command = [sys.executable, "-m", "opioidsim.cli", "explore", "--export", str(folder)]
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 1 and "is not empty" in again.stderr
