"""Several servers that can do the same: which one takes the next request, which are down, when all are dead.

A server that nobody can connect to, or that fails many times in a row, is down. It is examined again
after a while (a real request, so an engine that died behind a living port does not count as well) and
takes requests again when it passes. When all have been down for some time, the engine is dead.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from magpie_core import EngineDeadError, MagpieError

FAILURES_IN_A_ROW = 8
"""So many failures of a server without an answer between them: it is down."""
SHORTEST_LOOK = 10.0
"""Seconds that an examination may take, at least."""
FIRST_LOOK, LONGEST_BETWEEN_LOOKS = 0.5, 15.0
"""Seconds until a server that is down is examined again: doubled each time, up to the second."""

log = logging.getLogger("magpie.backend.openai")


@dataclass(eq=False)
class Server:
    """One server and how it has been doing."""

    url: str
    model: str = ""
    in_flight: int = 0
    answered: int = 0
    failures: int = 0
    """In a row."""
    up: bool = True
    banned: bool = False
    """It answers, but cannot be used: another model, a wrong key."""
    paused_until: float = 0.0
    reason: str = ""
    """Why it is down."""
    look: asyncio.Task[None] | None = field(default=None, repr=False)


class Pool:
    """Hands out the least loaded server that is up.

    Args:
        servers: those that passed, and those that did not (``up`` is False).
        examine: raises when a server cannot be used.
        give_up_after: seconds without any server after which the engine is dead.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        examine: Callable[[Server], Awaitable[None]],
        give_up_after: float,
    ) -> None:
        self.servers = list(servers)
        self._examine = examine
        self._give_up_after = give_up_after
        self._death: EngineDeadError | None = None
        self._none_since: float | None = None
        self._changed = asyncio.Event()
        for server in self.servers:
            if not server.up and not server.banned:
                server.look = asyncio.create_task(self._look_again(server))

    async def take(self, avoid: Server | None = None) -> Server:
        """Wait for a server and count a request on it; another one than ``avoid`` where there is one.

        Raises:
            EngineDeadError: no server has been up for too long, or the pool is closed.
        """
        while True:
            if self._death is not None:
                raise EngineDeadError(self._death.message, hint=self._death.hint)
            now = _now()
            up = [one for one in self.servers if one.up]
            ready = [one for one in up if one.paused_until <= now]
            if ready:
                rest = [one for one in ready if one is not avoid] or ready
                # of equally loaded ones, the one that has answered least: a few requests are shared, too
                chosen = min(rest, key=lambda one: (one.in_flight, one.answered))
                chosen.in_flight += 1
                return chosen
            pause = min((one.paused_until - now for one in up), default=None)
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    def give_back(self, server: Server) -> None:
        """The request that was counted on ``server`` is over."""
        server.in_flight -= 1

    def succeeded(self, server: Server) -> None:
        """``server`` answered."""
        server.answered += 1
        server.failures = 0

    def failed(self, server: Server, reason: str, *, unreachable: bool) -> None:
        """``server`` did not answer, or with an error of its own."""
        server.failures += 1
        if server.up and (unreachable or server.failures >= FAILURES_IN_A_ROW):
            self._take_down(server, reason)
            server.look = asyncio.create_task(self._look_again(server))

    def ban(self, server: Server, reason: str) -> None:
        """``server`` cannot be used, now or later."""
        if not server.banned:
            server.banned = True
            self._take_down(server, reason)
            if all(one.banned for one in self.servers):
                self._die()

    def pause(self, server: Server, seconds: float) -> None:
        """``server`` asked for a pause."""
        server.paused_until = max(server.paused_until, _now() + seconds)

    def _take_down(self, server: Server, reason: str) -> None:
        if server.up or not server.reason:
            rest = sum(one.up for one in self.servers if one is not server)
            log.warning(
                "server %s is left out: %s; %s", server.url, reason, f"{rest} more are at work"
            )
        server.up, server.reason = False, reason
        self._changed.set()
        if self._none_since is None and not any(one.up for one in self.servers):
            self._none_since = _now()

    async def _look_again(self, server: Server) -> None:
        delay = FIRST_LOOK
        if self._none_since is None and not any(one.up for one in self.servers):
            self._none_since = _now()
        while not server.up and not server.banned and self._death is None:
            await asyncio.sleep(min(delay * random.uniform(0.5, 1.0), self._patience()))
            delay = min(2 * delay, LONGEST_BETWEEN_LOOKS)
            try:
                async with asyncio.timeout(max(SHORTEST_LOOK, self._give_up_after)):
                    await self._examine(server)
            except (
                Exception
            ) as error:  # whatever it is: who waits for a server must not wait for ever
                server.reason = _told(error)
                if self._patience() <= 0:
                    self._die()
            else:
                log.warning("server %s is back", server.url)
                server.up, server.failures, server.reason = True, 0, ""
                self._none_since = None
                self._changed.set()

    def _patience(self) -> float:
        """Seconds until the engine counts as dead."""
        if self._none_since is None:
            return float("inf")
        return max(0.0, self._none_since + self._give_up_after - _now())

    def _die(self) -> None:
        reasons = "; ".join(f"{one.url}: {one.reason}" for one in self.servers)
        self.end(
            EngineDeadError(
                f"no server is left ({reasons})",
                hint="start the server again, then: magpie resume RUN",
            )
        )

    def end(self, death: EngineDeadError) -> None:
        """Answer everybody who waits, now and later, with ``death``."""
        self._death = self._death or death
        self._changed.set()

    async def close(self) -> None:
        """Stop looking after servers that are down."""
        self.end(EngineDeadError("the engine is closed"))
        looks = [one.look for one in self.servers if one.look is not None]
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)


def _told(error: Exception) -> str:
    if isinstance(error, MagpieError):
        return error.message
    return "it listens, but does not answer" if isinstance(error, TimeoutError) else repr(error)


def _now() -> float:
    return asyncio.get_running_loop().time()
