"""Micro-batches: what was asked while the last batch was worked on is the next one. Knows no work.

The work is done in a thread, so that the event loop goes on; one batch at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class MicroBatches(Generic[Asked, Answer]):
    """Answers questions that come one by one, many at a time.

    Args:
        work: the answers to a batch, in its order; an exception among them is raised where that one was
            asked. When ``work`` itself raises, the whole batch fails.
        thread: where it is done.
        most: questions in a batch.
    """

    def __init__(
        self,
        work: Callable[[list[Asked]], Sequence[Answer | Exception]],
        thread: Executor,
        most: int,
    ) -> None:
        self._work = work
        self._thread = thread
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def ask(self, question: Asked) -> Answer:
        """The answer, once a batch with this question has been worked on."""
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, done))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await done

    async def close(self) -> None:
        """Answer nothing any more; a batch that is being worked on is not waited for."""
        self._waiting.clear()
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)

    async def _run(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._most]
            del self._waiting[: self._most]
            answers = await self._answers([question for question, _ in batch])
            for (_, done), answer in zip(batch, answers, strict=True):
                if done.done():
                    continue  # whoever asked was cancelled
                if isinstance(answer, Exception):
                    done.set_exception(answer)
                else:
                    done.set_result(answer)

    async def _answers(self, questions: list[Asked]) -> Sequence[Answer | Exception]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._work, questions)
        except Exception as error:  # each gets its own: tracebacks grow where one is shared
            return [RuntimeError(f"{type(error).__name__}: {error}") for _ in questions]
