"""Story, sheets and scoreboard as a static site: every page that is linked from the first, with figures worked out before.

The pages are those of the server, asked for in this process; links become relative, and what needs a server falls away.
"""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from urllib.parse import unquote

from opioidsim import story
from opioidsim.refusal import Refusal
from opioidsim.web import explain
from opioidsim.web.app import app

LIVE = ("/build", "/questions", "/api")  # pages that mean nothing without a server
_LINK = re.compile(r'\b(href|src|srcset|content)="(/[^"#?]*)([^"]*)"')
_LIVE_LINK = re.compile(rf'<a\b[^>]*\bhref="(?:{"|".join(LIVE)})\b[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_PREVIEW = re.compile(r'content="([./\w]*preview\.png)"')
_LIVE_SCRIPT = re.compile(r'<script\b[^>]*(?:type="module"|/chart-runtime\.js)[^>]*></script>\s*')


def write(folder: Path, address: str = "", told: Callable[[float], None] = lambda share: None) -> int:
    """Writes the site into `folder`, whole or not at all; returns the number of pages. Refuses a folder that holds anything.

    address: where it will stand, "https://…"; then it has a site map, and its preview picture is found from elsewhere. told: called with
    the share that is done.
    """
    if address and not re.fullmatch(r"https?://[^\s\"<>]+", address):
        raise Refusal(f'"{address}" is no address of a site; give one like  https://example.org/naltrexone .')
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(f'"{folder}" is not empty; choose another folder, or empty it first.')
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise Refusal(f'"{folder.parent}" cannot be written to: {error.strerror}. Choose another folder.') from None
    try:
        files = asyncio.run(_crawl(told))
        if address:
            files = _placed(files, address.rstrip("/"))
        for name, content in files.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            (beside / name).write_bytes(content)
        beside.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except OSError as error:
        raise Refusal(f'"{folder}" could not be written: {error.strerror}. Free some space or choose another folder.') from None  # fmt: skip
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return sum(name.endswith(".html") for name in files)


async def _crawl(told) -> dict[str, bytes]:
    """File name -> content of everything that can be reached from the first page, and every state of the story's figures."""
    site = app(warm=False)
    found: dict[str, bytes] = {}
    waiting = ["/", *_drawings()]
    while waiting:
        told(len(found) / (len(found) + len(waiting)))
        path = waiting.pop(0)
        name = file_name(path)
        if name in found:
            continue
        kind, content = await _ask(site, path)
        if kind.startswith("text/html"):
            page, links = standing_alone(content.decode(), path)
            waiting += links
            content = page.encode()
        found[name] = content
    site.state.queue.close()
    return found


def _drawings() -> list[str]:
    """The addresses of every state of every figure in every language, for wide pages and for phones."""
    found = []
    for language, chapter in product(story.languages().values(), story.chapters()):
        for values in story.states(chapter):
            still = explain.still(chapter, values, root=language.root)
            found += [f"{still}.svg", f"{still}.narrow.svg"]
    return found


def _placed(files: dict[str, bytes], address: str) -> dict[str, bytes]:
    """The same with a site map, each page with its other languages, and the preview picture under its whole address."""
    pages = sorted(name for name in files if name.endswith(".html") and "embed/" not in name)
    places = "".join(f"<url><loc>{address}/{name.removesuffix('index.html')}</loc></url>" for name in pages)
    whole = {name: content for name, content in files.items() if not name.endswith(".html")}
    for name in set(files) - set(whole):
        here = PurePosixPath(name).parent
        page = _PREVIEW.sub(lambda found: f'content="{address}/{normpath(here / found[1])}"', files[name].decode())  # noqa: B023  # called at once
        whole[name] = page.replace("</head>", f"{_alternates(name, files, address)}</head>").encode()
    whole["sitemap.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'.encode()
    )
    whole["robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {address}/sitemap.xml\n".encode()
    return whole


def _alternates(name: str, files: dict[str, bytes], address: str) -> str:
    """Links of a page's head to itself in every language; none for a page that is in English only."""
    languages = story.languages().values()
    own = next((each.root for each in languages if each.root and f"/{name}".startswith(f"{each.root}/")), "")
    plain = f"/{name}".removeprefix(own)
    there = {each.code: f"{each.root}{plain}" for each in languages if f"{each.root}{plain}".lstrip("/") in files}
    if len(there) == 1:
        return ""
    there["x-default"] = plain
    links = ((code, address + path.removesuffix("index.html")) for code, path in there.items())
    return "".join(f'<link rel="alternate" hreflang="{code}" href="{link}">' for code, link in links)


def file_name(path: str) -> str:
    """The file that holds a page: "/" index.html, "/de/" de/index.html, "/drugs/heroin" drugs/heroin.html; what has an ending keeps its name."""
    bare = unquote(path).lstrip("/")
    if not bare or bare.endswith("/"):
        return f"{bare}index.html"
    return bare if PurePosixPath(bare).suffix else f"{bare}.html"


def standing_alone(page: str, path: str) -> tuple[str, list[str]]:
    """A page without what needs a server, its links relative; and the paths it links to."""
    page = _LIVE_LINK.sub(r"\1", _LIVE_SCRIPT.sub("", page))
    start = str(PurePosixPath(file_name(path)).parent)
    links = []

    def relative(match) -> str:
        links.append(match[2])
        return f'{match[1]}="{relpath(file_name(match[2]), start)}{match[3]}"'

    return _LINK.sub(relative, page), links


async def _ask(site, path: str) -> tuple[str, bytes]:
    """Content type and body of a page, asked for as `exported`."""
    parts, heads = [], []
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": unquote(path),
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "exported": True, "server": ("localhost", 80), "client": None,
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html")],
    }  # fmt: skip

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        return next(asked, None) or await asyncio.Event().wait()  # who asks does not hang up

    async def send(message):
        if message["type"] == "http.response.start":
            heads.append(message)
        else:
            parts.append(message.get("body", b""))

    await site(scope, receive, send)
    if heads[0]["status"] != 200:
        raise Refusal(f'the page "{path}" could not be made (status {heads[0]["status"]}); nothing was written.')
    return dict(heads[0]["headers"]).get(b"content-type", b"").decode(), b"".join(parts)
