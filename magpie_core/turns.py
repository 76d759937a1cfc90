"""Two engines that take turns in memory: while one is loaded, requests to the other wait. Knows no record.

For a run whose responses come from another checkpoint, where both do not fit together. Whoever asks sees
two ordinary backends; the engines change places when nobody wants the loaded one any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

from magpie_core.backend import Backend, Capabilities, Completion, EngineSettings, EngineStats
from magpie_core.errors import EngineDeadError
from magpie_core.sampling import Sampling

WINDOW = 4096
"""Records in flight: a change of engines serves that many. One record waiting costs a few kilobytes."""
QUIET_SECONDS = 0.05
"""Nobody has wanted the loaded engine for this long: records that only just went on may still ask."""

Open = Callable[[], Awaitable[Backend]]


class Turns:
    """Holds at most one of two engines open, and gives each out as a backend of its own."""

    def __init__(self, first: Open, second: Open) -> None:
        self._open = (first, second)
        self._engine: Backend | None = None
        self._loaded: int | None = None
        self._active = [0, 0]
        self._waiting = [0, 0]
        self._turn = (asyncio.Event(), asyncio.Event())
        self._change: asyncio.Task[None] | None = None
        self._dead: EngineDeadError | None = None
        self._past = [EngineStats(), EngineStats()]
        self.changes = 0
        """How often the engines have changed places."""

    async def start(self) -> list[Backend]:
        """Open the second engine, to see that it can be, then the first.

        Returns:
            the two engines, in order.

        Raises:
            MagpieError: one of them cannot be opened.
        """
        seats: list[Backend] = []
        for side in (1, 0):
            await self._load(side)
            assert self._engine is not None
            seats.insert(0, _Seat(self, side, self._engine))
        return seats

    async def complete(
        self, side: int, prompt: Sequence[int], sampling: Sampling, n: int
    ) -> list[Completion]:
        """Continue ``prompt`` on an engine, when it is its turn."""
        self._waiting[side] += 1
        try:
            while self._dead is None and self._loaded != side:
                self._consider()
                await self._turn[side].wait()
        finally:
            self._waiting[side] -= 1
        if self._dead is not None:
            raise self._dead
        assert self._engine is not None
        self._active[side] += 1
        try:
            return await self._engine.complete(prompt, sampling, n)
        finally:
            self._active[side] -= 1
            self._consider()

    def stats(self, side: int) -> EngineStats:
        """Counters of an engine over all its turns."""
        past = self._past[side]
        now = self._engine.stats() if self._engine and self._loaded == side else EngineStats()
        return EngineStats(
            busy_seconds=past.busy_seconds + now.busy_seconds,
            sampled_tokens=past.sampled_tokens + now.sampled_tokens,
            prompt_tokens=past.prompt_tokens + now.prompt_tokens,
            running=now.running,
            waiting=now.waiting + self._waiting[side],
        )

    async def close(self) -> None:
        """Free whichever engine is loaded; requests that wait are told."""
        self._dead = self._dead or EngineDeadError("the engine is closed")
        self._wake()
        if self._change is not None:
            self._change.cancel()
            await asyncio.gather(self._change, return_exceptions=True)
        await self._unload()

    def _is_wanted(self, side: int) -> bool:
        return bool(self._active[side] or self._waiting[side])

    def _is_time(self) -> bool:
        side = self._loaded
        return side is not None and not self._is_wanted(side) and self._is_wanted(1 - side)

    def _consider(self) -> None:
        """Begin a change where it is time for one."""
        if self._change is None and self._dead is None and self._is_time():
            self._change = asyncio.create_task(self._change_places())

    async def _change_places(self) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        try:
            if self._is_time():
                assert self._loaded is not None
                await self._load(1 - self._loaded)
                self.changes += 1
        except Exception as error:  # whatever it was, who waits must not wait for ever
            self._dead = EngineDeadError(
                f"the engine whose turn it was could not be opened: {error}",
                hint=getattr(error, "hint", None),
            )
            self._wake()
        finally:
            self._change = None
        self._consider()

    async def _load(self, side: int) -> None:
        await self._unload()
        self._engine = await self._open[side]()
        self._loaded = side
        self._turn[side].set()

    async def _unload(self) -> None:
        """Close the loaded engine and keep its counters."""
        side, engine = self._loaded, self._engine
        if engine is None or side is None:
            return
        self._turn[side].clear()
        self._past[side] = self.stats(side)
        self._past[side].running = self._past[side].waiting = 0
        self._loaded = self._engine = None
        await engine.close()

    def _wake(self) -> None:
        for turn in self._turn:
            turn.set()


class _Seat(Backend):
    """One of the two engines as a backend: its requests wait for its turn."""

    def __init__(self, turns: Turns, side: int, engine: Backend) -> None:
        self._turns, self._side = turns, side
        self.name = engine.name  # type: ignore[misc]  # that of the engine behind it
        self.capabilities: Capabilities = engine.capabilities
        self._context = engine.max_context
        self._versions = engine.versions()

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Not opened by itself: ``Turns.start`` gives it out."""
        raise NotImplementedError

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Continue ``prompt`` when it is this engine's turn."""
        return await self._turns.complete(self._side, prompt, sampling, n)

    @property
    def capacity(self) -> int:
        """Half the window each: what one lets in, the other works off."""
        return WINDOW // 2

    @property
    def max_context(self) -> int | None:
        """As the engine said when it was open."""
        return self._context

    def stats(self) -> EngineStats:
        """Counters over all its turns."""
        return self._turns.stats(self._side)

    def versions(self) -> dict[str, str]:
        """As the engine said when it was open."""
        return dict(self._versions)

    async def close(self) -> None:
        """Close whichever engine is loaded."""
        await self._turns.close()
