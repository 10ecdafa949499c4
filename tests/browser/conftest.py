"""A real Chromium, Debian's. `make test` installs it where it may; without it these tests are skipped with a sentence, but
never in continuous integration or for root, who can install it."""

import os
import shutil

import pytest


def chromium() -> str:
    """Where Chromium is; skips or fails where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
    if not found:
        said = "there is no Chromium on this machine; install it with  apt-get install chromium"
        if os.environ.get("CI") or (shutil.which("apt-get") and os.geteuid() == 0):
            pytest.fail(said)
        pytest.skip(said)
    return found


@pytest.fixture(scope="module")
def browser():
    """The browser; its network ends at this machine."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page of desktop size; at the end it must have met no error and asked no other machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page, wrong = context.new_page(), []
    page.set_default_timeout(60_000)
    page.on(
        "console", lambda said: wrong.append(said.text) if said.type == "error" and "422" not in said.text else None
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("http://127.0.0.1", "blob:", "data:", "file:")) else wrong.append(request.url))  # fmt: skip
    yield page
    context.close()
    assert wrong == []
