"""The engine's thread: opens it, feeds it, steps it, hands its answers back, and dies in the open.

Knows no vLLM: what an engine is stands in ``Engine``.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent import futures
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from magpie_backend_vllm.processes import Watch, wait_for_a_death
from magpie_backend_vllm.report import last_error
from magpie_backend_vllm.request import Answer, Outcome, Request, copy_of, deliver
from magpie_core.backend import EngineStats
from magpie_core.errors import EngineDeadError, MagpieError, RequestError

CLOSED = "the vLLM engine is closed"
LOOK_SECONDS = 0.1
"""How soon the opening of an engine is given up."""
CLOSING_SECONDS = 20.0
"""How long an engine may take to end by itself before its processes are killed."""
LETTING_GO_SECONDS = 10.0
"""How long an opening that was given up may take to fail once its processes are killed."""


class Engine(Protocol):
    """What the thread needs of an engine. Called by that thread only."""

    def add(self, request: Request) -> None:
        """Take a request up.

        Raises:
            RequestError: this one cannot be served; the engine goes on.
        """

    def step(self) -> list[tuple[str, Answer | MagpieError]]:
        """Do one piece of work and return what ended, by the requests' ids."""

    def abort(self, ids: list[str]) -> None:
        """Forget these requests, as far as they are still there."""

    def running(self) -> int | None:
        """How many requests are worked on; None when the engine does not tell."""

    def close(self) -> None:
        """Free the engine."""


class Worker:
    """Runs an engine on a thread of its own.

    Args:
        opening: makes the engine; called in the thread, since some of it is bound to its thread.
        log: what its processes write to; removed where nobody will want to read it.
    """

    def __init__(self, opening: Callable[[], Engine], log: Path | None = None) -> None:
        self._opening = opening
        self._log = log
        self.capacity = 1
        """How many requests the engine works on together; for the counters."""
        self._new: deque[Request] = deque()
        self._left: deque[Request] = deque()
        """Cancelled by their callers."""
        self._taken: dict[str, Request] = {}
        """In the engine, by id."""
        self._news = threading.Condition()
        self._closing = False
        self._death: EngineDeadError | None = None
        self._stats = EngineStats()
        self._step_began: float | None = None
        self._watch: Watch | None = None
        self._opened: futures.Future[Engine] = futures.Future()
        self._thread = threading.Thread(target=self._run, name="magpie-vllm", daemon=True)

    def open(self, given_up: Callable[[], bool] = lambda: False) -> Engine:
        """Start the thread and wait for its engine; what opening it raised is raised here.

        Args:
            given_up: asked from time to time: nobody wants the engine any more.

        Raises:
            EngineDeadError: it was given up. Where it had processes, the thread may stay behind.
        """
        self._thread.start()
        had_processes, given_up_at = False, None
        while not futures.wait([self._opened], LOOK_SECONDS).done:
            had_processes |= self._watch is not None and self._watch.any_alive()
            if given_up() and self._watch is not None:
                self._watch.give_up()
                given_up_at = given_up_at or time.monotonic()
                if had_processes and time.monotonic() - given_up_at > LETTING_GO_SECONDS:
                    self._remove_log()  # vLLM may wait for ever for an answer of what is dead
                    raise EngineDeadError(CLOSED)
        try:
            engine = self._opened.result()
        except BaseException as error:
            if given_up() or str(self._log) not in str(getattr(error, "hint", "")):
                self._remove_log()
            raise
        atexit.register(self.close)
        if given_up():
            self.close()
            raise EngineDeadError(CLOSED)
        return engine

    def submit(self, requests: Iterable[Request]) -> None:
        """Queue requests; each one's future gets its answer, or an error.

        Raises:
            EngineDeadError: the engine is gone.
        """
        with self._news:
            if self._death is not None or self._closing:
                raise copy_of(self._death or EngineDeadError(CLOSED))
            self._new.extend(requests)
            self._news.notify()

    def cancel(self, requests: Iterable[Request]) -> None:
        """Take requests out of the engine; nobody waits for them any more."""
        with self._news:
            self._left.extend(requests)
            self._news.notify()

    def stats(self) -> EngineStats:
        """Counters since the start; safe to call from any thread."""
        with self._news:
            began, counted = self._step_began, self._stats
            under_way = time.perf_counter() - began if began is not None else 0.0
            return EngineStats(
                busy_seconds=counted.busy_seconds + under_way,
                sampled_tokens=counted.sampled_tokens,
                prompt_tokens=counted.prompt_tokens,
                running=counted.running,
                waiting=len(self._taken) - counted.running + len(self._new),
            )

    def close(self, timeout: float = CLOSING_SECONDS) -> None:
        """End the thread after the step it is in; what is unanswered gets an EngineDeadError."""
        with self._news:
            self._closing = True
            self._news.notify()
            died = self._death is not None
            if died:
                timeout = min(timeout, 1.0)  # it may be in a step that never ends
        if threading.current_thread() is not self._thread and self._thread.is_alive():
            self._thread.join(timeout)
        if self._watch is not None:
            self._watch.end()
        self._die(EngineDeadError(CLOSED))
        if not died or (
            self._log is not None and self._log.exists() and not self._log.stat().st_size
        ):
            self._remove_log()
        atexit.unregister(self.close)

    def _remove_log(self) -> None:
        if self._log is not None:
            self._log.unlink(missing_ok=True)

    def _run(self) -> None:
        engine: Engine | None = None
        death = EngineDeadError(CLOSED)
        try:
            engine = self._open()
            if engine is not None:
                while self._wait():
                    self._turn(engine)
        except BaseException as error:  # whatever it was, callers must not wait for ever
            death = self._cause(error)
        self._die(death)
        if engine is not None:
            with suppress(Exception):  # the processes it may leave are the watch's business
                engine.close()

    def _open(self) -> Engine | None:
        self._watch = Watch()
        try:
            with self._watch:
                engine = self._opening()
        except BaseException as error:
            self._watch.end()
            self._opened.set_exception(error)
            return None
        if self._watch.processes:
            threading.Thread(target=self._look_after, daemon=True).start()
        self._opened.set_result(engine)
        return engine

    def _look_after(self) -> None:
        """Notice the death of an engine's process, which the thread inside ``step`` may never see."""
        assert self._watch is not None
        how = wait_for_a_death(self._watch.processes)
        with self._news:
            if self._closing or how is None:
                return
        self._die(death_of_a_process(how, self._log))
        self._watch.end()

    def _cause(self, error: BaseException) -> EngineDeadError:
        """Of a step that raised: a process that died says more than vLLM's error, which may come first."""
        if self._watch is not None and self._watch.processes:
            how = wait_for_a_death(self._watch.processes, seconds=2.0)
            if how is not None:
                death = death_of_a_process(how, self._log)
                death.__cause__ = error
                return death
        return cause_of_death(error)

    def _wait(self) -> bool:
        """Sleep until there is something to do; False when it is time to end."""
        with self._news:
            while not (self._closing or self._death or self._new or self._left or self._taken):
                self._news.wait()
            return not (self._closing or self._death)

    def _turn(self, engine: Engine) -> None:
        self._forget(engine)
        deliver(self._take_up(engine))
        if not self._taken:
            return
        self._step_began = began = time.perf_counter()
        ended = engine.step()
        with self._news:
            self._stats.busy_seconds += time.perf_counter() - began
            self._step_began = None
            outcomes: list[Outcome] = [
                (self._taken.pop(id), result) for id, result in ended if id in self._taken
            ]
            self._stats.sampled_tokens += sum(
                len(result.token_ids) for _, result in outcomes if isinstance(result, Answer)
            )
            self._count_running(engine)
        deliver(outcomes)

    def _forget(self, engine: Engine) -> None:
        with self._news:
            left = {one.id for one in self._left}
            self._left.clear()
            if not left:
                return
            kept = [one for one in self._new if one.id not in left]
            self._new = deque(kept)
            gone = [id for id in left if self._taken.pop(id, None) is not None]
        if gone:
            engine.abort(gone)
        with self._news:
            self._count_running(engine)

    def _take_up(self, engine: Engine) -> list[Outcome]:
        refused: list[Outcome] = []
        while True:
            with self._news:
                if not self._new:
                    return refused
                request = self._new.popleft()
                self._taken[request.id] = request
            try:
                engine.add(request)
            except RequestError as error:
                with self._news:
                    self._taken.pop(request.id, None)
                refused.append((request, error))
                continue
            with self._news:
                self._stats.prompt_tokens += len(request.prompt)

    def _count_running(self, engine: Engine) -> None:
        told = engine.running() if self._taken else 0
        self._stats.running = min(len(self._taken), self.capacity if told is None else told)

    def _die(self, death: EngineDeadError) -> None:
        with self._news:
            self._death = self._death or death
            self._step_began = None
            unanswered = [*self._taken.values(), *self._new]
            self._taken.clear()
            self._new.clear()
            self._stats.running = 0
            self._news.notify()
        deliver((request, self._death) for request in unanswered)


def death_of_a_process(how: str, log: Path | None = None) -> EngineDeadError:
    """What is said when a process of the engine is gone: how, and its last error."""
    error = last_error(log) if log is not None else None
    if error is not None:
        how = f"{how}: {type(error).__name__}: {error}"
    hint = (
        "an engine killed with signal 9 mostly ran out of memory: "
        "--max-batch, --max-context or the option gpu_memory_utilization make it smaller"
    )
    if log is not None and log.exists() and log.stat().st_size:
        hint = f"its log: less {log}" + ("" if error is not None else f"; {hint}")
    return EngineDeadError(f"a process of the vLLM engine ended ({how})", hint=hint)


def cause_of_death(error: BaseException) -> EngineDeadError:
    """What is said of an engine that raised in a step."""
    if type(error).__name__ == "OutOfMemoryError":
        death = EngineDeadError(
            "the vLLM engine ran out of GPU memory",
            hint="make it smaller: --max-batch, --max-context, or the option gpu_memory_utilization",
        )
    else:
        lines = str(error).strip().splitlines()
        reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        death = EngineDeadError(f"the vLLM engine stopped: {reason}")
    death.__cause__ = error
    return death
