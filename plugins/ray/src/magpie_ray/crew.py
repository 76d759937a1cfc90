"""Keeps so many workers at work, by others where they are lost. Ray places them; knows no work.

A worker that is lost comes to light as a failed call to its actor, or says itself that its engine is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from time import monotonic
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from magpie_core.errors import EngineDeadError, MagpieError
from magpie_core.run.workers import worker_name

LOOK_SECONDS = 0.5
"""How often the display hears how far it is."""
FRUITLESS = 3
"""So many workers one after the other that are lost before they bring anything: the place is given up."""
END_SECONDS = 20.0
"""A worker that was told to end has so long to put what it did on disk and to close its engines."""


class Crew:
    """The workers of one call.

    Args:
        workers: how many places there are.
        start: an actor with that number, wherever there is room.
        work: from its opening to its end; calls ``at_work.add`` with its number once it is ready.
        after: what a lost worker had is given to others; whether it had brought anything.
    """

    def __init__(
        self,
        workers: int,
        start: Callable[[int], Any],
        work: Callable[[int, Any], Awaitable[None]],
        after: Callable[[int], Awaitable[bool]],
    ) -> None:
        self.at_work: set[int] = set()
        """Numbers of the workers that are ready and not at their end."""
        self.lost = 0
        self.last: MagpieError | None = None
        """Why the last one was lost."""
        self._workers = workers
        self._start = start
        self._work = work
        self._after = after
        self._numbers = count()
        self._actors: dict[int, Any] = {}
        self._places: list[asyncio.Task[None]] = []
        self._given_up: list[MagpieError] = []

    async def run(self, look: Callable[[], Awaitable[None]], is_over: Callable[[], bool]) -> None:
        """Work until all are at their end; not for those for whom there never was room.

        Args:
            look: called again and again, to show how far it is.
            is_over: whether nothing is left to do.

        Raises:
            MagpieError: what ended one of them ends all, or every place was given up.
        """
        self._places = [asyncio.create_task(self._keep()) for _ in range(self._workers)]
        pending: set[asyncio.Task[None]] = set(self._places)
        while pending and not (is_over() and not self.at_work):
            done, pending = await asyncio.wait(
                pending, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_EXCEPTION
            )
            for one in done:
                one.result()
            await look()
        if self._given_up and not is_over() and not pending:
            raise self._given_up[-1]

    async def end(self) -> None:
        """Wait a while for those who were told to end; end the others."""
        try:
            begin = monotonic()
            while self.at_work and monotonic() - begin < END_SECONDS:
                await asyncio.sleep(0.05)
        finally:
            for place in self._places:
                place.cancel()
            await asyncio.gather(*self._places, return_exceptions=True)
            for actor in self._actors.values():
                ray.kill(actor)

    async def _keep(self) -> None:
        """Keep one place filled until its worker ends as it should."""
        fruitless = 0
        while (lost := await self._employ(number := next(self._numbers))) is not None:
            fruitless = 0 if await self._after(number) else fruitless + 1
            if fruitless >= FRUITLESS:
                self._given_up.append(lost)
                return

    async def _employ(self, number: int) -> MagpieError | None:
        """One worker from its start to its end.

        Returns:
            why it was lost, if it was.

        Raises:
            MagpieError: what another worker would meet too.
        """
        actor = self._actors[number] = self._start(number)
        try:
            await self._work(number, actor)
        except RayActorError as error:
            said = str(error).strip().splitlines()[0]
            self.last = EngineDeadError(f"worker `{worker_name(number)}` was lost: {said}")
        except EngineDeadError as error:
            self.last = error
        else:
            return None
        finally:
            self.at_work.discard(number)
            self._actors.pop(number)
            ray.kill(actor)
        self.lost += 1
        return self.last


@asynccontextmanager
async def rays_own_errors() -> AsyncIterator[None]:
    """What fails in Ray itself, as an error of ours; a mistake of ours keeps its traceback."""
    try:
        yield
    except RayTaskError:
        raise
    except RayError as error:
        raise EngineDeadError(f"Ray failed: {str(error).strip().splitlines()[0]}") from error


async def result(reference: Any) -> Any:
    """What a call to the coordinator gives.

    Raises:
        EngineDeadError: it is gone.
    """
    try:
        return await reference
    except RayActorError as error:
        raise EngineDeadError(f"the coordinator was lost: {str(error).splitlines()[0]}") from error


async def told(reference: Any) -> None:
    """Wait for a call whose answer nobody needs, also where it can no longer be given."""
    with suppress(RayError):
        await reference


def unpacked(answer: Any) -> Any:
    """What a worker answered; raised, where it is an error."""
    if isinstance(answer, MagpieError):
        raise answer
    return answer
