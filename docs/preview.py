"""The preview pictures of the story, one for each language: its title, its first sentences, and receptors under naltrexone.

    python docs/preview.py

Needs a Chromium. They are made again where the title or the lead changes: no test can see that a picture is old.
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from opioidsim.story import languages
from opioidsim.web.serve import listen

STATIC = Path(__file__).parents[1] / "opioidsim" / "web" / "static"
SCENE = 1  # of the first page: the same dose under naltrexone
SHAPE = {"width": 1200, "height": 630}
STYLE = """
  header.top, footer, .contents, .chapter, .after, .skip, .hero .quiet, .scenes, .tells, .legend, .play, .strips, .numbers { display: none !important }
  main { padding: 1.2rem 3.75rem !important; max-width: none !important } .hero { display: block !important }
  .hero h1 { font-size: 3.4rem !important; line-height: 1.18; max-width: none !important; margin: 0 0 1rem } .hero .lead { font-size: 1.62rem; line-height: 1.4; max-width: none }
  .receptors { width: 1080px !important; height: auto !important; margin-top: .6rem }
"""


def taken() -> None:
    """Writes preview-CODE.png beside the other files of the pages."""
    from threading import Thread

    import uvicorn

    from opioidsim.web.app import app

    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app(warm=False), log_level="warning"))
    serving = Thread(target=server.run, kwargs={"sockets": [listening]})
    serving.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=SHAPE, reduced_motion="reduce", color_scheme="light", bypass_csp=True)  # pyright: ignore[reportArgumentType]
            for language in languages().values():
                page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}{language.root}/")
                page.locator(".receptors[data-ready]").wait_for()
                page.locator("[name=scene]").nth(SCENE).evaluate("each => each.click()")
                page.add_style_tag(content=STYLE)
                page.wait_for_timeout(600)
                page.screenshot(path=STATIC / f"preview-{language.code}.png")
            browser.close()
    finally:
        server.should_exit = True
        serving.join()


if __name__ == "__main__":
    taken()
