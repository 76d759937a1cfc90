"""The lead of a worker: asks the coordinator, in few calls that carry much. Knows no engine and no Ray.

What is said within a moment goes out together, and one call is always waiting at the coordinator, which
answers it when it has something to say. So an index costs the engine no waiting, and Ray few calls.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from magpie_core.errors import EngineDeadError, MagpieError
from magpie_core.steps.judging import Objection
from magpie_ray.messages import (
    Answer,
    Begin,
    Counts,
    Decide,
    End,
    Ended,
    Event,
    Leave,
    Meet,
    Report,
    Word,
)

SHORTEST_SECONDS = 0.02
"""Between two calls of one worker: nothing beside the seconds that a record takes a real engine."""
CALLS_PER_SECOND = 1000
"""Of all workers together: one costs the coordinator half a millisecond of a processor."""

Exchange = Callable[[Report], Awaitable[list[Word]]]


class Led:
    """Does what the coordinator says.

    Args:
        exchange: one call to it; see ``Coordinator.exchange``.
        counts: what this worker did so far.
        workers: how many there are.
    """

    def __init__(self, exchange: Exchange, counts: Callable[[], Counts], workers: int) -> None:
        self.look_again: Callable[[], None] = lambda: None
        """Called when there is something new to begin, or nothing left to do."""
        self._exchange = exchange
        self._counts = counts
        self._pause = max(SHORTEST_SECONDS, workers / CALLS_PER_SECOND)
        self._events: list[Event] = []
        self._to_begin: deque[int] = deque()
        self._begun = 0
        self._asked = 0
        self._answers: dict[tuple[str, int], asyncio.Future[Objection | None]] = {}
        self._news = asyncio.Event()
        self._over = False
        self._error: MagpieError | None = None
        self._talking: asyncio.Task[None] | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def remember(self, tell: Callable[[int, int], None]) -> None:
        """Begin to talk: what is on disk is known to the coordinator."""
        self._talking = asyncio.create_task(self._talk())

    def next(self, room: int) -> int | None:
        """The index to begin now; None where one that was asked for has not come yet."""
        if self._over:
            return None
        if self._to_begin:
            self._begun += 1
            return self._to_begin.popleft()
        if (asked := self._begun + room) > self._asked:
            self._asked = asked
            self._news.set()
        return None

    def is_over(self) -> bool:
        """Whether the coordinator said so.

        Raises:
            EngineDeadError: it cannot be reached.
        """
        if self._error is not None:
            raise self._error
        return self._over

    async def meet(self, index: int, instruction: str) -> Objection | None:
        """What is known against ``instruction`` already.

        Raises:
            MagpieError: it cannot be embedded.
        """
        return await self._ask("meet", Meet(index, instruction))

    def leave(self, index: int) -> None:
        """Nothing more will be said of ``index`` that others wait for."""
        self._say(Leave(index))

    async def decide(self, index: int, instruction: str) -> Objection | None:
        """What there is against it, once every lower index has spoken."""
        return await self._ask("decide", Decide(index))

    def ended(
        self,
        index: int,
        instruction: str | None,
        *,
        accepted: bool,
        why: tuple[str, str] | None = None,
    ) -> None:
        """``index`` is on disk."""
        self._say(Ended(index, accepted, why))

    async def close(self) -> None:
        """Talk no more."""
        if self._talking is None:
            return
        tasks = [self._talking, *self._calls]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _say(self, event: Event) -> None:
        self._events.append(event)
        self._news.set()

    async def _ask(self, what: str, event: Meet | Decide) -> Objection | None:
        answer: asyncio.Future[Objection | None] = asyncio.get_running_loop().create_future()
        self._answers[what, event.index] = answer
        self._say(event)
        try:
            return await answer
        finally:
            self._answers.pop((what, event.index), None)

    async def _talk(self) -> None:
        while not self._over:
            self._news.clear()
            events, self._events = self._events, []
            call = asyncio.create_task(self._call(Report(events, self._asked, self._counts())))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
            await asyncio.sleep(self._pause)
            await self._something_new(call)

    async def _something_new(self, call: asyncio.Task[None]) -> None:
        """Wait until there is something to say or ``call`` was answered; the counts wait for neither."""
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait(
                {call, news}, return_when=asyncio.FIRST_COMPLETED, timeout=50 * self._pause
            )
        finally:
            news.cancel()

    async def _call(self, report: Report) -> None:
        try:
            words = await self._exchange(report)
        except Exception as error:  # whatever it is, nobody leads any more
            self._error = EngineDeadError(f"the coordinator of the run does not answer: {error}")
            self._over = True
            self.look_again()
            return
        for word in words:
            self._heed(word)

    def _heed(self, word: Word) -> None:
        match word:
            case Begin(indexes):
                self._to_begin += indexes
                self.look_again()
            case Answer(to, index, objection, failure):
                answer = self._answers.get((to, index))
                if answer is None or answer.done():
                    return
                if failure is not None:
                    answer.set_exception(MagpieError(failure))
                else:
                    answer.set_result(None if objection is None else Objection(*objection))
            case End():
                self._over = True
                self.look_again()
