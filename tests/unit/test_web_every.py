"""Every page answers; every drug by every route on both clocks is understood, and in the long tests drawn; the server keeps its manners."""

import asyncio
import html
import json
import re
import socket
import time

import httpx
import pytest

from opioidsim import story
from opioidsim.cases import drug, patch
from opioidsim.questions import questions
from opioidsim.show.reliance import board
from opioidsim.web import explain, headers, limits
from opioidsim.web.app import app
from opioidsim.web.headers import Guard
from opioidsim.web.questions import patience

PAGES = [
    "/", "/build", "/questions", "/drugs", "/evidence", "/glossary", "/api", "/handout", "/said", "/story.css", "/preview.png", "/de/preview.png",
    *(f"/drugs/{name}" for name in drug.names()),
    *(f"/questions/{verb}" for verb, each in questions().items() if each.page),
    *(f"/{kind}/{chapter.slug}" for kind in ("explain", "embed") for chapter in story.chapters()),
    "/de/", "/es/handout", "/de/said", "/es/explain/why-wait", "/de/embed/naloxone",
]  # fmt: skip
GIVEN = [
    (name, route, clock)
    for name in drug.names() for route in drug.load(name).routes for clock in ("course", "episode")
]  # fmt: skip


@pytest.fixture(scope="module")
def site():
    site = app(warm=False)
    yield site
    site.state.queue.close()


def asked(site, method, path, **more):
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://localhost") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_get_and_head(site, path):
    got, head = asked(site, "GET", path), asked(site, "HEAD", path)
    assert got.status_code == head.status_code == 200 and got.content and not head.content
    assert got.headers["content-type"] == head.headers["content-type"]


def test_the_page_of_evidence_counts_each_check_once_and_lists_each(site):
    page = asked(site, "GET", "/evidence").text
    table = page[: page.index("</table>")]
    counts = [int(n) for n in re.findall(r'<th scope="row">[^<]+</th><td class="number">(\d+)</td>', table)]
    checks = [line for line in board() if line.use == "check"]
    assert len(counts) == len({line.kind for line in checks}) and sum(counts) == len(checks)
    page = html.unescape(page)
    assert all(line.id.removesuffix(" (unconfirmed)") in page for line in checks)


@pytest.mark.parametrize("name", [each.name for each in questions().values() if each.page])
def test_what_a_form_begins_with_is_not_too_long_for_its_page(name):
    assert patience(questions()[name]) <= limits.SECONDS


def test_every_state_of_every_figure_is_a_drawing(site):
    for chapter in story.chapters():
        for values in list(story.states(chapter))[::3]:
            for end in (".svg", ".narrow.svg"):
                answer = asked(site, "GET", explain.still(chapter, values) + end)
                assert answer.status_code == 200 and answer.text.startswith("<svg")
                assert "'unsafe-inline'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("name", "route", "clock"), GIVEN)
def test_every_drug_by_every_route_is_understood(site, name, route, clock):
    body = {"clock": clock, "doses": [given(name, route)], "duration": "2 h"}
    answer = asked(site, "POST", "/api/check", json=body)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["error"].endswith(".")


@pytest.mark.long
@pytest.mark.parametrize(("name", "route", "clock"), GIVEN)
def test_every_drug_by_every_route_is_drawn(site, name, route, clock):
    body = {"clock": clock, "doses": [given(name, route)], "duration": "2 h"}
    answer = asked(site, "POST", "/api/run", json={"scenario": body})
    assert answer.status_code in (200, 422), answer.text
    assert answer.status_code == 422 or answer.json()["spec"]["vconcat"]


def given(name, route):
    return f"{name} {amount(name)} {route}{' over 24 h' if patch.worn(name, route) else ''}"


def amount(name):
    small = {
        "carfentanil": "0.01 mg",
        "remifentanil": "0.1 mg",
        "sufentanil": "0.01 mg",
        "fentanyl": "0.1 mg",
        "ethanol": "14 g",
    }
    return small.get(name, "5 mg")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),  # a link that somebody followed
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
    ],
)
def test_another_site_may_not_ask_in_the_background(site, given, status):
    assert asked(site, "GET", "/api/drugs", headers=given).status_code == status


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(headers, "PATIENCE", 0.05)
    sent = []

    async def never(scope, receive, send):
        raise AssertionError("the application is not asked")

    async def silent():
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    never.state = type("State", (), {})()  # type: ignore[attr-defined]
    scope = {
        "type": "http",
        "method": "POST",
        "app": never,
        "headers": [(b"host", b"localhost"), (b"content-length", b"5")],
    }
    asyncio.run(Guard(never, "localhost")(scope, silent, send))
    assert sent[0]["status"] == 408 and "did not come" in json.loads(sent[1]["body"])["error"]


@pytest.mark.long
def test_a_connection_that_asks_nothing_is_closed(own_explorer):
    host, port = own_explorer.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=3 * headers.PATIENCE) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: ")
        begun = time.monotonic()
        assert line.recv(100) == b"" and time.monotonic() - begun > 1


def test_what_is_large_comes_compressed(site):
    answer = asked(site, "GET", "/", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
