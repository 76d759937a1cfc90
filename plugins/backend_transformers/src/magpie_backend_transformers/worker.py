"""The engine's thread: takes requests from event loops, hands samples back, and dies in the open.

What happens inside the thread is the business of a ``Schedule`` (``batcher.py``, ``plain.py``).
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from magpie_backend_transformers.request import Request
from magpie_core.backend import EngineStats
from magpie_core.errors import EngineDeadError, RequestError

CLOSED = "the transformers engine is closed"
log = logging.getLogger("magpie.backend.transformers")


@dataclass
class Counts:
    """What a schedule has done since it was made. Written by the worker's thread only."""

    sampled: int = 0
    """Tokens sampled."""
    read: int = 0
    """Prompt tokens of the requests that were taken up."""


class Schedule(Protocol):
    """Which request is worked on when. Called by the worker's thread only, but where it says so."""

    counts: Counts

    @property
    def running(self) -> int:
        """Requests that are worked on now. Read by any thread."""

    def turn(self, waiting: deque[Request]) -> list[Request]:
        """Take from ``waiting``, do one piece of work, return what ended and was not delivered yet."""

    def halve(self, waiting: deque[Request]) -> bool:
        """A turn ran out of memory: work on half as many together from now on.

        Its unfinished requests go back to the front of ``waiting``. False where it was one alone.
        """

    def stop(self) -> None:
        """Let a turn that is under way end with its current step. Called by any thread."""

    def drop(self) -> list[Request]:
        """Everything that is worked on, to be refused."""


class Worker:
    """Runs a schedule on a thread of its own.

    Args:
        schedule: what to do with the requests.
        threads: how many CPU threads torch may use; 0 leaves that alone.
    """

    def __init__(self, schedule: Schedule, threads: int = 0) -> None:
        self._schedule: Schedule | None = schedule
        self._torch_threads = threads
        self._waiting: deque[Request] = deque()
        self._news = threading.Condition()
        self._closing = False
        self._death: EngineDeadError | None = None
        self._counts = schedule.counts
        self._busy_seconds = 0.0
        self._turn_began: float | None = None
        self._thread = threading.Thread(target=self._run, name="magpie-transformers", daemon=True)
        self._thread.start()
        atexit.register(self.close, timeout=2.0)

    def submit(self, requests: Iterable[Request]) -> None:
        """Queue requests; each one's future gets the ended request, or an error.

        Raises:
            EngineDeadError: the thread is gone.
        """
        with self._news:
            if self._death is not None:
                raise EngineDeadError(self._death.message, hint=self._death.hint)
            self._waiting.extend(requests)
            self._news.notify()

    def stats(self) -> EngineStats:
        """Counters since the start; safe to call from any thread."""
        with self._news:
            began, now = self._turn_began, time.perf_counter()
            return EngineStats(
                busy_seconds=self._busy_seconds + (now - began if began is not None else 0.0),
                sampled_tokens=self._counts.sampled,
                prompt_tokens=self._counts.read,
                running=self._schedule.running if self._schedule else 0,
                waiting=len(self._waiting),
            )

    def close(self, timeout: float | None = None) -> None:
        """End the thread after the step it is in; what is unanswered gets an EngineDeadError.

        Args:
            timeout: seconds to wait for that. A thread that hangs is left alone: it ends with the process.
        """
        with self._news:
            self._closing = True
            if self._schedule is not None:
                self._schedule.stop()
            self._news.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        atexit.unregister(self.close)

    def _run(self) -> None:
        import torch

        death = EngineDeadError(CLOSED)
        try:
            if self._torch_threads:
                torch.set_num_threads(self._torch_threads)
            with torch.inference_mode():
                while self._wait():
                    self._turn()
        except BaseException as error:  # whatever it was, callers must not wait for ever
            death = _cause_of_death(error)
        self._die(death)

    def _wait(self) -> bool:
        """Sleep until there is something to do; False when it is time to end."""
        with self._news:
            assert self._schedule is not None
            while not (self._closing or self._waiting or self._schedule.running):
                self._news.wait()
            return not self._closing

    def _turn(self) -> None:
        assert self._schedule is not None
        self._turn_began = began = time.perf_counter()
        ended: list[Request] = []
        refused: str | None = None
        try:
            # a deque may be appended to while this thread, and no other, takes from it
            ended = self._schedule.turn(self._waiting)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            refused = str(error).strip().partition("\n")[0]
        if refused is not None:  # only here are the tensors of the failed pass free
            self._halve(refused)
        with self._news:
            self._busy_seconds += time.perf_counter() - began
            self._turn_began = None
        deliver(ended)

    def _halve(self, refused: str) -> None:
        import torch

        assert self._schedule is not None
        with self._news:  # others append to what waits
            if not self._schedule.halve(self._waiting):
                raise _OneTooManyError(refused)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        log.warning("out of memory: going on with half as many samples at a time (%s)", refused)

    def _die(self, death: EngineDeadError) -> None:
        with self._news:
            self._death = death
            self._turn_began = None
            left = [*self._waiting, *(self._schedule.drop() if self._schedule else ())]
            self._waiting.clear()
            self._schedule = None  # frees the model
        deliver(left, death)


class _OneTooManyError(Exception):
    """There is no memory for a single sample."""


def _is_out_of_memory(error: BaseException) -> bool:
    """On a GPU torch has a class for it, on a processor it has words."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return "DefaultCPUAllocator: can't allocate memory" in str(error)


def _cause_of_death(error: BaseException) -> EngineDeadError:
    if isinstance(error, _OneTooManyError):
        return EngineDeadError(
            f"the transformers engine ran out of memory with a single sample: {error}",
            hint="--device cpu, or a new run that needs less: --max-context 4096, --dtype bfloat16",
        )
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    death = EngineDeadError(f"the transformers engine stopped: {reason}")
    death.__cause__ = error
    return death


def deliver(requests: Iterable[Request], death: EngineDeadError | None = None) -> None:
    """Resolve the futures of ``requests``, each in its own event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Request]] = {}
    for request in requests:
        if request.loop is not None:
            by_loop.setdefault(request.loop, []).append(request)
    for loop, those in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, those, death)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _resolve(requests: list[Request], death: EngineDeadError | None) -> None:
    for request in requests:
        future = request.future
        if future is None or future.done():
            continue
        if death is not None:
            # one object per waiter: tracebacks grow on a shared one
            error = EngineDeadError(death.message, hint=death.hint)
            error.__cause__ = death.__cause__
            future.set_exception(error)
        elif request.failure is not None:
            future.set_exception(RequestError(request.failure))
        else:
            future.set_result(request)
