"""What stands between the network and the pages: whose name a request may use, how large it may be, what a page may load."""

import asyncio
import json
import socket
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit

LARGEST = 512 * 1024  # bytes of a request's body
PATIENCE = 10.0  # seconds for a request to come
HEADERS = {
    # vega's own expression interpreter is used: no `unsafe-eval`. Figures place labels with style attributes.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}


class Guard:
    """An ASGI layer: refuses foreign names (a web site that points its own name at this machine), foreign origins, large
    and slow bodies, adds the headers above to every answer, and notes when something was last asked."""

    def __init__(self, app, host: str):
        self.app, self.names = app, {"localhost", host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        scope["app"].state.asked = monotonic()
        given = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}

        async def dressed(message):
            if message["type"] == "http.response.start":
                own = {key.lower() for key, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in own]
                message = message | {"headers": [*message["headers"], *more]}
            await send(message)

        answer = dressed
        if scope["method"] == "HEAD":  # as GET, without its body
            scope = scope | {"method": "GET"}

            async def answer(message):
                await dressed(message | {"body": b""} if message["type"] == "http.response.body" else message)

        host, origin, length = given.get("host", ""), given.get("origin"), given.get("content-length", "0")
        if not self._ours(host):
            return await _refuse(answer, 421, f'this server does not answer to the name "{host[:80]}".', "host")
        if origin is not None and urlsplit(origin).netloc != host:
            return await _refuse(answer, 403, "a page of another site may not ask here.", "origin")
        if given.get("sec-fetch-site") == "cross-site" and given.get("sec-fetch-mode") != "navigate":
            return await _refuse(answer, 403, "a page of another site may not ask here.", "sec-fetch-site")
        if scope["method"] in ("POST", "PUT", "PATCH") and "content-length" not in given:
            return await _refuse(answer, 411, "say how long the body is (Content-Length).", "content-length")
        if not length.isdecimal() or int(length) > LARGEST:
            return await _refuse(answer, 413, f"the body is too large; at most {LARGEST // 1024} kB.", "content-length")
        if int(length):
            try:
                receive = await _whole(receive)
            except TimeoutError:
                return await _refuse(answer, 408, f"the body did not come within {PATIENCE:g} seconds.", "body")
        await self.app(scope, receive, answer)

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self.names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


async def _whole(receive):
    """What answers with the whole body at once, and then as `receive` does; it has to come within PATIENCE."""
    parts, more = [], True
    async with asyncio.timeout(PATIENCE):
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
    body = iter([{"type": "http.request", "body": b"".join(parts), "more_body": False}])

    async def again():
        return next(body, None) or await receive()

    return again


async def _refuse(send, status: int, error: str, where: str) -> None:
    body = json.dumps({"error": error, "where": where}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
