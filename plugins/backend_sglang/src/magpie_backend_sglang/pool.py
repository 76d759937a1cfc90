"""Several engines as one: the least busy takes the next request, and one that is gone is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from magpie_backend_sglang.link import Link, LinkDownError
from magpie_core import EngineDeadError

Send = Callable[[Link], Awaitable[dict[str, Any]]]
DEADLY = 2
"""A request that so many engines went down with is not sent to a further one."""


class Pool:
    """Links to engines that hold the same checkpoint.

    Args:
        links: the engines.
        limit: most requests that each of them should run together; 0 for its own capacity.
    """

    def __init__(self, links: Sequence[Link], limit: int = 0) -> None:
        self.links = list(links)
        self._limit = limit
        self._up = list(links)
        self._closed = False
        self._last: LinkDownError | None = None

    @property
    def pending(self) -> int:
        """Requests that no engine has answered or let go of."""
        return sum(one.pending for one in self._up)

    @property
    def capacity(self) -> int:
        """Requests that the engines that are up run together."""
        own = (one.facts.capacity for one in self._up)
        return sum(min(one, self._limit or one) for one in own) or 1

    async def generate(self, request: dict[str, Any]) -> dict[str, Any]:
        """SGLang's answer to ``request``, from the least busy engine.

        Raises:
            EngineDeadError: every engine is gone, or two went down with this request.
        """
        return await self._send(lambda link: link.generate(request))

    async def score(self, request: dict[str, Any]) -> dict[str, Any]:
        """The same for a score."""
        return await self._send(lambda link: link.score(request))

    async def _send(self, send: Send) -> dict[str, Any]:
        died = 0
        while self._up and not self._closed:
            link = min(self._up, key=lambda one: one.pending / one.facts.capacity)
            try:
                return await send(link)
            except LinkDownError as error:
                self._last = error
                died += error.suspect
                with suppress(ValueError):  # another request noticed first
                    self._up.remove(link)
                if died >= DEADLY:
                    break
        if self._closed:
            raise EngineDeadError("the engine was closed")
        said, hint = (self._last.message, self._last.hint) if self._last else ("SGLang is gone", "")
        raise EngineDeadError(said, hint=hint or None)

    async def close(self) -> None:
        """Let go of all engines."""
        self._closed = True
        await asyncio.gather(*(one.close() for one in self.links), return_exceptions=True)
