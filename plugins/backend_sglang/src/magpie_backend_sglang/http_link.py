"""A way to a running SGLang server, by its native interface: ``/generate``, and ``/classify`` for scores."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Mapping
from typing import Any, Self

import httpx

from magpie_backend_sglang.facts import read_facts
from magpie_backend_sglang.link import Link, LinkDownError
from magpie_core import BackendError, RequestError

WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds between attempts to reach a server that refuses connections or is too busy."""
CUTS = 2
"""So many connections may break under one request before it is given up: it may be what breaks them."""
KEY = "SGLANG_API_KEY"
"""Environment variable with the server's key; it is neither printed nor stored."""
PROBE = "What is 2 plus 3? ¿Qué tal? 你好, «naïve» \t x_y\n\nif a <= b: pass"
"""Text on which different tokenizers differ."""


class HttpLink(Link):
    """A running server."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self.url = url
        self._client = client
        self._aborts: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, url: str, tokenizer: Any) -> Self:
        """Reach the server at ``url`` and ask what it is.

        Args:
            url: as ``http://host:port``.
            tokenizer: ours; the server's must write the same ids.

        Raises:
            BackendError: nobody answers there, it is no SGLang server, it wants a key, or it has another
                vocabulary.
        """
        key = os.environ.get(KEY)
        transport = httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
            # a sample may take long, so nothing times out: the kernel asks whether the host is still there
            socket_options=[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *_keepalive()],
        )
        client = httpx.AsyncClient(
            base_url=url,
            transport=transport,
            timeout=httpx.Timeout(None, connect=10.0),
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )
        link = cls(url, client)
        try:
            info = await link._get("/server_info")
            link.facts = read_facts(info, f"`{url}`")
            await link._check_tokenizer(tokenizer)
        except LinkDownError as error:
            await client.aclose()
            raise BackendError(
                error.message,
                hint="is the server up, and the address right? curl " + url + "/health",
            ) from error
        except BaseException:
            await client.aclose()
            raise
        return link

    async def generate(self, request: dict[str, Any]) -> dict[str, Any]:
        """SGLang's answer to ``request``."""
        return await self._post("/generate", request)

    async def score(self, request: dict[str, Any]) -> dict[str, Any]:
        """The same for a score."""
        return await self._post("/classify", request)

    async def _post(self, path: str, request: dict[str, Any]) -> dict[str, Any]:
        self.pending += 1
        try:
            answer = await self._answer("POST", path, request)
        except asyncio.CancelledError:
            task = asyncio.ensure_future(self._abort(request["rid"]))
            self._aborts.add(task)
            task.add_done_callback(self._aborts.discard)
            raise
        except BaseException:
            self.pending -= 1
            raise
        self.pending -= 1
        return answer

    async def _abort(self, rid: str) -> None:
        """Tell the server that nobody waits for ``rid`` any more; until then it is pending."""
        try:
            await self._client.post("/abort_request", json={"rid": rid}, timeout=10.0)
        except httpx.HTTPError:
            pass  # it is gone, and the request with it
        finally:
            self.pending -= 1

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._answer("GET", path, None)

    async def _answer(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """The server's JSON, after some patience with one that is starting again or too busy."""
        cut, last = 0, ""
        for wait in (*WAITS, None):
            try:
                response = await self._client.request(method, path, json=body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                last = f"connection refused ({str(error) or type(error).__name__})"
            except (httpx.TransportError, OSError) as error:
                last = f"the connection broke ({str(error) or type(error).__name__})"
                cut += 1
                if cut == CUTS:
                    break
            except (httpx.InvalidURL, UnicodeError) as error:
                raise BackendError(f"`{self.url}` is no address: {error}") from error
            else:
                if response.status_code not in (429, 503):
                    return self._content(response, path)
                last = f"HTTP {response.status_code}: {_said(response)}"
                if wait is None:
                    raise BackendError(f"the SGLang server at {self.url} is too busy: {last}")
            if wait is not None:
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        raise LinkDownError(f"the SGLang server at {self.url} is gone: {last}", suspect=cut > 0)

    def _content(self, response: httpx.Response, path: str) -> dict[str, Any]:
        code = response.status_code
        if code == 200:
            try:
                found: Any = response.json()
            except ValueError:
                found = None
            if not isinstance(found, Mapping):
                raise BackendError(f"{self.url}{path} answers with what is not a JSON object")
            return dict(found)
        if code in (401, 403):
            raise BackendError(
                f"the SGLang server at {self.url} wants a key (HTTP {code})",
                hint=f"export {KEY}=...   # the server's --api-key",
            )
        if code in (400, 413, 422):
            raise RequestError(f"SGLang refused the request: {_said(response)}")
        if code == 404:
            raise BackendError(
                f"{self.url} has no {path}: not an SGLang server",
                hint="for other servers: --backend openai",
            )
        raise BackendError(f"SGLang failed (HTTP {code}): {_said(response)}")

    async def _check_tokenizer(self, tokenizer: Any) -> None:
        """Ids are sent as they are, so a server of another vocabulary would read something else."""
        body = {"prompt": PROBE, "add_special_tokens": False}
        theirs = (await self._answer("POST", "/tokenize", body)).get("tokens")
        ours = list(tokenizer.encode(PROBE, add_special_tokens=False))
        if theirs != ours:
            raise BackendError(
                f"the SGLang server at {self.url} has another vocabulary than the checkpoint: it serves "
                f"`{self.facts.model}`",
                hint=f"--checkpoint {self.facts.model}",
            )

    async def close(self) -> None:
        """Leave the server as it is."""
        if self._aborts:
            await asyncio.wait(self._aborts, timeout=10.0)
        await self._client.aclose()


def _keepalive() -> list[tuple[int, int, int]]:
    """Ask after half a minute of silence, give up after three questions ten seconds apart (Linux)."""
    wanted = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
    return [
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in wanted
        if hasattr(socket, name)
    ]


def _said(response: httpx.Response) -> str:
    """The message in an error of SGLang's, which comes in two shapes."""
    try:
        body = response.json()
    except ValueError:
        return response.text.strip()[:300]
    inner = body.get("error", body) if isinstance(body, dict) else body
    message = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
    return str(message or inner).strip()[:300]
