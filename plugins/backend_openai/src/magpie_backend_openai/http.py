"""One request, one reply: the HTTP client behind a small face. Retries nothing; shows no key."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Any, Literal

import httpx2
import msgspec

from magpie_backend_openai.options import Options
from magpie_backend_openai.secrets import Secrets

PER_CLIENT = 16
"""Requests that one client of the library carries at once; see the README for what that saves."""
LONGEST_MESSAGE = 500
"""Characters of a server's error that are shown."""


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    data: Any
    """The JSON, or None where it is none."""
    text: str
    """Of an error: the server's message, without keys."""
    retry_after: float | None = None
    """Seconds it asks us to wait."""

    @property
    def ok(self) -> bool:
        """Whether it is an answer, in JSON."""
        return self.status == 200 and isinstance(self.data, dict)


class Unanswered(Exception):
    """No reply came: nobody listens there, it took too long, or the connection broke."""

    def __init__(self, kind: Literal["connect", "timeout", "broken"], message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Http:
    """Sends JSON and gives back JSON."""

    def __init__(self, options: Options, secrets: Secrets) -> None:
        self._secrets = secrets
        self._timeout = options.timeout
        self._connect_timeout = options.connect_timeout
        self._headers = {"User-Agent": "magpie", **options.headers, **secrets.headers()}
        self._certificates = httpx2.create_ssl_context()
        self._clients: dict[httpx2.AsyncClient, int] = {}
        """With how many requests each is busy."""
        self._add_client()

    async def get(self, url: str, timeout: float | None = None) -> Reply:
        """Ask for ``url``."""
        return await self._send("GET", url, None, timeout or self._connect_timeout)

    async def post(self, url: str, body: dict[str, Any], timeout: float | None = None) -> Reply:
        """Send ``body`` as JSON.

        Raises:
            Unanswered: there was no reply.
        """
        return await self._send("POST", url, body, timeout or self._timeout)

    async def _send(self, method: str, url: str, body: Any, timeout: float) -> Reply:
        limits = httpx2.Timeout(timeout, connect=self._connect_timeout, pool=None)
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        # The client's errors hold the request and its headers, so none is chained to ours.
        client = self._idle_client()
        self._clients[client] += 1
        try:
            response = await client.request(
                method, url, content=content, headers=headers, timeout=limits
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
            raise Unanswered("connect", self._explain(error)) from None
        except httpx2.TimeoutException:
            raise Unanswered("timeout", f"no answer within {timeout:g} seconds") from None
        except httpx2.HTTPError as error:
            raise Unanswered("broken", self._explain(error)) from None
        finally:
            self._clients[client] -= 1
        return self._reply(response)

    def _idle_client(self) -> httpx2.AsyncClient:
        """One with few connections: for every request a client looks through all it has."""
        client = min(self._clients, key=self._clients.__getitem__)
        return self._add_client() if self._clients[client] >= PER_CLIENT else client

    def _add_client(self) -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(
            headers=self._headers,
            verify=self._certificates,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=PER_CLIENT),
            follow_redirects=False,  # a redirect could carry the key elsewhere
        )
        self._clients[client] = 0
        return client

    def _explain(self, error: Exception) -> str:
        return self._secrets.strike(str(error) or type(error).__name__)

    def _reply(self, response: httpx2.Response) -> Reply:
        try:
            data = msgspec.json.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            data = None
        message = "" if response.status_code == 200 else _message(data) or response.text.strip()
        if response.status_code == 200 and not isinstance(data, dict):
            message = f"this is no JSON object: {response.text.strip()}"
        message = self._secrets.strike(message[:4000])  # before the cut, so that no half is left
        return Reply(response.status_code, data, message[:LONGEST_MESSAGE], _wait(response.headers))

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            await client.aclose()


def _message(data: Any) -> str:
    """The words in an error's JSON; every kind of server puts them elsewhere."""
    if not isinstance(data, dict):
        return ""
    for key in ("error", "message", "detail"):
        value = data.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value:
            return value
        if value:
            return msgspec.json.encode(value).decode()
    return ""


def _wait(headers: Any) -> float | None:
    """Seconds from ``Retry-After``, which is a number or a date."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
