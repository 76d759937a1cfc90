"""Who may ask the page's server anything. Knows headers, no record.

The data may be private and what models wrote is hostile. So every answer with data wants a token that only
who started the server knows; it travels in a header of the page's own requests, never in a cookie, which
every server on this machine's address would be sent, whatever its port.

- ``Host`` must be a name of this server: a page elsewhere cannot rebind its own name to this address.
- A request that changes something must say that it comes from this page (``Origin``).
- The page may load and ask nothing but this server, and runs no script but its own files.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from magpie_core.run.encode import encode

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = b"x-magpie-token"
DATA = "/api/"
"""Where the paths begin whose answers hold data."""
READS = ("GET", "HEAD")
MOST_BODY = 1_000_000
"""Bytes of a request."""
HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'none'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    b"require-trusted-types-for 'script'; trusted-types 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}


class Guard:
    """An application that refuses what is not meant for it, and answers with ``HEADERS``.

    Args:
        app: what is guarded.
        token: what the page must show.
        host: the address that is listened on, as the user named it.
    """

    def __init__(self, app: ASGIApp, token: str, host: str) -> None:
        self._app = app
        self._token = token.encode()
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web socket is offered
        refused = self._refusal(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [one for one in message.get("headers", []) if one[0].lower() not in HEADERS]
                message = {**message, "headers": [*ours, *HEADERS.items()]}
            await send(message)

        if refused is None:
            await self._app(scope, receive, send_with_headers)
            return
        status, reason = refused
        body = encode({"error": reason})
        kind = [(b"content-type", b"application/json")]
        await send_with_headers({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._is_ours(host):
            return HTTPStatus.MISDIRECTED_REQUEST, "this server does not go by that name"
        if scope["method"] not in READS and (why := _foreign(headers, host)) is not None:
            return HTTPStatus.FORBIDDEN, why
        if _length(headers) > MOST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too long"
        if scope["path"].startswith(DATA):
            shown = headers.get(TOKEN_HEADER, b"")
            if not secrets.compare_digest(shown, self._token):
                return HTTPStatus.UNAUTHORIZED, "open the address that `magpie view` printed"
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether ``host``, as a browser sent it, is a name of this server that nobody else could point here.

        A name of the loopback always is. Where other machines may ask, so is every address written in digits,
        since rebinding needs a name, and this machine's own name.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in ("localhost", "127.0.0.1", "::1"):
            return True
        if is_loopback(self._host):
            return name == self._host
        return name in {self._host, socket.gethostname().lower()} or _is_address(name)


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask a server that listens on ``host``."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def _foreign(headers: Mapping[bytes, bytes], host: str) -> str | None:
    """Why a request that changes something does not come from this server's page; None where it does."""
    if headers.get(b"origin", b"").decode("latin-1") != f"http://{host}":
        return "this request does not come from the page itself"
    if headers.get(b"sec-fetch-site", b"same-origin") != b"same-origin":
        return "this request comes from another site"
    return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _length(headers: Mapping[bytes, bytes]) -> int:
    try:
        return int(headers.get(b"content-length", b"0"))
    except ValueError:
        return MOST_BODY + 1
