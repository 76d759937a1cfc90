"""The driver of ``magpie dedup`` on Ray: hands parts to those who embed, replaces those that are lost.

Holds the locks of the vectors' folders and writes none of them; the search is none of its work.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from math import ceil
from typing import Any, NamedTuple

from ray.exceptions import RayError

from magpie_core.neighbours.cache import PART, STEP
from magpie_core.run.workers import await_end, worker_name
from magpie_core.runner import ToEmbed
from magpie_ray.actors import start_embedder
from magpie_ray.crew import Crew, rays_own_errors, unpacked
from magpie_ray.embed_worker import EmbedWork
from magpie_ray.placement import Placed

PARTS_OF_A_WORKER = 4
"""At least so many parts for each worker, where there are enough texts: a lost one costs a part."""


class Part(NamedTuple):
    """Texts that become one part."""

    folder: str
    texts: list[str]


class EmbedDriver:
    """One call.

    Args:
        work: the model.
        wanted: the texts of each source.
        workers: how many.
        placed: what each needs.
        tell: told how many texts are done.
    """

    def __init__(
        self,
        work: EmbedWork,
        wanted: Sequence[ToEmbed],
        workers: int,
        placed: Placed,
        tell: Callable[[int], None],
    ) -> None:
        self._work = work
        self._wanted = wanted
        self._placed = placed
        self._tell = tell
        self._parts = deque(_parts(wanted, workers))
        self._left = len(self._parts)
        self._done = 0
        self._brought: dict[int, int] = {}
        self._busy: dict[int, Any] = {}
        """Actors that are at a part, by number."""
        self._crew = Crew(workers, self._hire, self._employ, self._after)

    async def run(self) -> None:
        """Embed until nothing is left; see ``Runner.embed``."""
        async with rays_own_errors():
            try:
                await self._crew.run(self._look, lambda: self._left == 0)
            finally:
                await self._end()
        self._tell(self._done)

    def _hire(self, number: int) -> Any:
        return start_embedder(self._work, worker_name(number), self._placed)

    async def _employ(self, number: int, actor: Any) -> None:
        """One worker, from its opening to the last part."""
        unpacked(await actor.open.remote())
        self._crew.at_work.add(number)
        while self._parts:
            part = self._parts.popleft()
            self._busy[number] = actor
            try:
                unpacked(await actor.embed.remote(part.folder, part.texts))
            except BaseException:
                self._parts.appendleft(part)
                raise
            finally:
                del self._busy[number]
            self._left -= 1
            self._done += len(part.texts)
            self._brought[number] = self._brought.get(number, 0) + 1

    async def _after(self, number: int) -> bool:
        return number in self._brought

    async def _look(self) -> None:
        """Ask those who are at a part how far they are."""
        begun = 0
        for actor in list(self._busy.values()):
            with suppress(RayError):  # that it is lost is noticed elsewhere
                begun += await actor.done.remote()
        self._tell(self._done + begun)

    async def _end(self) -> None:
        """End who still works: a part is written whole or not at all."""
        self._crew.at_work.clear()
        try:
            await self._crew.end()
        finally:
            for one in self._wanted:
                await asyncio.to_thread(await_end, one.folder)


def _parts(wanted: Sequence[ToEmbed], workers: int) -> Iterator[Part]:
    """The texts of each source in parts, which are multiples of what is embedded at once.

    So the batches are those of one process, whoever gets them.
    """
    for one in wanted:
        share = ceil(len(one.texts) / (PARTS_OF_A_WORKER * workers))
        size = min(PART, STEP * ceil(share / STEP))
        for begin in range(0, len(one.texts), size):
            yield Part(str(one.folder.resolve()), list(one.texts[begin : begin + size]))
