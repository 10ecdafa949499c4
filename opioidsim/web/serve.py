"""The verb that opens the explorer."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from opioidsim.refusal import Refusal, need
from opioidsim.show.terminal import progress


def explore(
    host: Annotated[
        str, typer.Option(help="The address to listen on. Another than this machine's own opens it to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8350,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    export: Annotated[
        Path | None, typer.Option(help="Write story, sheets and scoreboard as a static site into this folder instead.")
    ] = None,
    address: Annotated[
        str, typer.Option(help="With --export: where the site will stand, for its site map and preview: https://…")
    ] = "",
) -> None:
    """The local web page: the story of naltrexone, a scenario's curves within a second, drugs and evidence."""
    for library in ("uvicorn", "fastapi", "jinja2", "altair"):
        need(library, "the explorer")
    import uvicorn

    from opioidsim.web.app import app
    from opioidsim.web.memory import bound, frugal, watch

    frugal()
    bound()
    watch()
    if export is not None:
        from opioidsim.web.export import write

        with progress(100, "% of the site") as told:
            pages = write(export, address, lambda share: told(int(100 * share)))
        return print(f"wrote {pages} pages to {export}")
    listening = listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
    print(f"The explorer is at {address}  (stop it with Ctrl-C)", flush=True)
    if browser:
        import webbrowser
        from threading import Timer

        Timer(0.5, webbrowser.open, [address]).start()
    server = uvicorn.Server(
        uvicorn.Config(
            app(host),
            http=patient(),
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=2,
            limit_concurrency=200,
        )
    )
    with suppress(KeyboardInterrupt):  # the way to stop it
        server.run(sockets=[listening])


def patient():
    """The protocol of a connection, which hangs up where no request has come for PATIENCE."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    from opioidsim.web.headers import PATIENCE

    class Patient(H11Protocol):
        def connection_made(self, transport):
            super().connection_made(transport)
            self.loop.call_later(PATIENCE, self.hang_up)

        def hang_up(self):
            """Closes a connection whose first request is not whole."""
            if self.cycle is None:
                self.transport.close()

    return Patient


def listen(host: str, port: int):
    """A socket on that address; a port in use is refused with a sentence."""
    import socket

    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        # else a body waits 40 ms for the reader to confirm its head
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise Refusal(
            f"cannot listen at {host}:{port}: {error.strerror or error}. Choose another with --port, or 0 for a free one."
        ) from None
