"""Serves the page until it is interrupted: socket, address, browser. Knows no record."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magpie_core.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"
BACKLOG = 128
LAST_REQUESTS_SECONDS = 2
"""How long requests may go on after Ctrl-C."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free.

    Raises:
        UsageError: the address is taken, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said to be TCP, or asyncio leaves Nagle's algorithm on: each answer would come 40 ms late.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot listen on `{host}:{port}`: {reason[:1].lower()}{reason[1:]}",
            hint="leave out --port for one that is free",
        ) from error
    return listening


def address(listening: socket.socket, host: str, token: str) -> str:
    """What to open in a browser. The token stands behind ``#``, which no browser sends to anybody."""
    port = listening.getsockname()[1]
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/#token={token}"


async def serve(app: ASGIApp, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until the task is cancelled; requests that still run are let go shortly after.

    Args:
        app: what answers.
        listening: where.
        ready: called when it does.
    """
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Whoever runs this listens for them."""
            yield

    config: dict[str, Any] = {"log_level": "critical", "access_log": False, "lifespan": "off"}
    config |= {"server_header": False, "timeout_graceful_shutdown": LAST_REQUESTS_SECONDS}
    server = Server(uvicorn.Config(app, **config))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if not serving.done():
            ready()
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving


@contextmanager
def shown_in_browser(url: str, *, wanted: bool) -> Iterator[Callable[[], None]]:
    """Gives a function that opens ``url`` in the user's browser, by way of a file only the user can read.

    A command line with the token in it could be read by everybody on this machine.
    """
    if not wanted or not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or _desktop()
    ):
        yield lambda: None
        return
    with tempfile.TemporaryDirectory(prefix="magpie-view-") as folder:
        page = Path(folder, "open.html")
        page.write_text(
            f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={url}">'
            f'<title>magpie view</title><a href="{url}">magpie view</a>\n',
            encoding="utf-8",
        )
        yield lambda: _open(page)


def _open(page: Path) -> None:
    with suppress(Exception):  # no browser is no error: the address is printed
        webbrowser.open(page.as_uri())


def _desktop() -> bool:
    import sys

    return sys.platform in ("darwin", "win32")
