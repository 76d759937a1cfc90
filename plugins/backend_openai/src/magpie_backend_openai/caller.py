"""Get one request answered by some server: pick, send, wait, try again. Knows no token and no sampling."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from magpie_backend_openai.http import Http, Reply, Unanswered
from magpie_backend_openai.limits import Pace
from magpie_backend_openai.options import Options
from magpie_backend_openai.pool import Pool, Server
from magpie_core import RequestError

FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 30.0
"""Seconds; the wait before try k is drawn evenly from 0 to ``first * 2**k`` ("full jitter")."""
TIMEOUTS = 2
"""A request that ran into the time limit this often is given up: it will not get shorter."""
TOO_MANY = 429
TRY_AGAIN = {408, 425, TOO_MANY}
"""Besides 500 and above."""
NEVER_AGAIN = {501, 505}
NOT_OURS = {401, 402}
"""Key or account: no request of ours will be served."""

MakeBody = Callable[[Server], dict[str, Any]]


class Caller:
    """Sends requests to a pool of servers, at most ``width`` at once."""

    def __init__(self, http: Http, pool: Pool, options: Options, width: int) -> None:
        self._http = http
        self._pool = pool
        self._options = options
        self._pace = Pace(options.requests_per_minute)
        self._slots = asyncio.Semaphore(width)
        self.running = 0
        self.busy_seconds = 0.0
        self._busy_since = 0.0

    async def call(self, path: str, body: MakeBody) -> dict[str, Any]:
        """The JSON that a server answers to ``body``.

        Raises:
            RequestError: a server refused it, or all tries failed.
            EngineDeadError: no server is left.
        """
        tries = failures = timeouts = 0
        answered: dict[Server, int] = {}
        avoid: Server | None = None
        while True:
            async with self._slots:
                await self._pace.wait()
                server = await self._pool.take(avoid)
                before = answered.get(server, server.answered)
                try:
                    outcome = await self._send(server, path, body(server))
                finally:
                    self._pool.give_back(server)
            if isinstance(outcome, Reply) and outcome.ok:
                self._pool.succeeded(server)
                data: dict[str, Any] = outcome.data
                return data
            tries += 1
            timeouts += isinstance(outcome, Unanswered) and outcome.kind == "timeout"
            # told to come later while others are served: it stands in a queue, and its turn will come
            queues = isinstance(outcome, Reply) and outcome.status == TOO_MANY
            failures += not (queues and server.answered > before)
            answered[server] = server.answered
            wait = self._after(server, outcome, tries)
            if failures > self._options.retries or timeouts >= TIMEOUTS:
                raise RequestError(f"given up after {_times(tries)}: {_told(server, outcome)}")
            avoid = server
            await asyncio.sleep(wait)

    def _after(self, server: Server, outcome: Reply | Unanswered, tries: int) -> float:
        """What a failure means for the server; seconds to wait before the next try.

        Raises:
            RequestError: it would fail again.
        """
        backoff = random.uniform(0.0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**tries))
        told = _told(server, outcome)
        if isinstance(outcome, Unanswered):
            self._pool.failed(server, told, unreachable=outcome.kind == "connect")
            return 0.0 if outcome.kind == "connect" else backoff
        if outcome.status in NOT_OURS:
            self._pool.ban(server, told)
            return 0.0
        if outcome.status not in TRY_AGAIN and (
            outcome.status < 500 or outcome.status in NEVER_AGAIN
        ):
            self._pool.succeeded(server)  # it is well: it read the request and said no
            raise RequestError(told)
        if outcome.status >= 500:
            self._pool.failed(server, told, unreachable=False)
        if outcome.retry_after is None:
            return backoff
        if outcome.retry_after > self._options.longest_wait:
            raise RequestError(
                f"{told}; the server asks to wait {outcome.retry_after:.0f} seconds, and the option "
                f"longest_wait is {self._options.longest_wait:g}"
            )
        self._pool.pause(server, outcome.retry_after)
        # The others may have room now; on this one all would come back in the same moment.
        return random.uniform(0.0, FIRST_BACKOFF)

    async def _send(self, server: Server, path: str, body: dict[str, Any]) -> Reply | Unanswered:
        loop = asyncio.get_running_loop()
        if not self.running:
            self._busy_since = loop.time()
        self.running += 1
        try:
            return await self._http.post(server.url + path, body)
        except Unanswered as error:
            return error
        finally:
            self.running -= 1
            if not self.running:
                self.busy_seconds += loop.time() - self._busy_since

    @property
    def seconds_in_work(self) -> float:
        """Wall time in which some request was with a server."""
        if not self.running:
            return self.busy_seconds
        return self.busy_seconds + asyncio.get_running_loop().time() - self._busy_since

    async def close(self) -> None:
        """Answer who waits with EngineDeadError and close the connections."""
        await self._pool.close()
        await self._http.close()


def _told(server: Server, outcome: Reply | Unanswered) -> str:
    if isinstance(outcome, Unanswered):
        return f"{outcome.message} (from {server.url})"
    words = outcome.text or "no message"
    return f"HTTP {outcome.status}: {words} (from {server.url})"


def _times(tries: int) -> str:
    return "one try" if tries == 1 else f"{tries} tries"
