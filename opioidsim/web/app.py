"""The explorer as one application: pages, JSON interface, chart runtime, strict headers."""

from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from opioidsim.cases.provenance import this_version
from opioidsim.refusal import Refusal
from opioidsim.story.language import languages
from opioidsim.web import api, errors, explain, pages, runtime
from opioidsim.web.headers import Guard
from opioidsim.web.runs import Runs
from opioidsim.web.work import Busy, Queue

QUIET = 1.0  # seconds without a request, until the background work goes on
STATIC = Path(__file__).parent / "static"


def app(host: str = "127.0.0.1", warm: bool = True) -> FastAPI:
    """The explorer, answering requests that name `host`, this machine, or an address in digits.

    warm: load and compile what curves need in the background, as soon as a page is opened that draws any; the story needs none.
    """

    def rest() -> None:
        while monotonic() - site.state.asked < QUIET:
            sleep(0.1)

    @cache
    def wake() -> None:
        if warm:
            Thread(target=runtime.warm, args=(rest,), daemon=True).start()

    @asynccontextmanager
    async def life(site: FastAPI):
        yield
        site.state.queue.close()

    site = FastAPI(title="opioidsim", version=this_version(), docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=life)  # fmt: skip
    site.state.runs, site.state.queue, site.state.asked, site.state.wake = Runs(), Queue(), 0.0, wake
    site.include_router(pages.router)
    for each in languages().values():
        site.include_router(explain.router, prefix=each.root, include_in_schema=not each.root)
    site.include_router(explain.shared)
    site.include_router(api.router)
    site.include_router(runtime.router)
    site.mount("/static", StaticFiles(directory=STATIC), name="static")
    site.add_exception_handler(Busy, errors.busy)
    site.add_exception_handler(Refusal, errors.refused)
    site.add_exception_handler(RequestValidationError, errors.misshaped)
    site.add_exception_handler(HTTPException, errors.plain)
    site.add_exception_handler(Exception, errors.fault)
    site.add_middleware(GZipMiddleware, minimum_size=600)
    site.add_middleware(Guard, host=host)
    return site
