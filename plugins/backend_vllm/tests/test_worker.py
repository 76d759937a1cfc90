"""The engine's thread, on an engine that is a few lines of Python: no vLLM needed."""

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from magpie_backend_vllm.request import Answer, Request
from magpie_backend_vllm.worker import Worker
from magpie_core import BackendError, EngineDeadError, RequestError


class Counter:
    """Ends every request after ``parameters`` steps."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.aborted: list[str] = []
        self.closed = False

    def add(self, request: Request) -> None:
        if request.parameters is None:
            raise RequestError("nothing to count to")
        self.left[request.id] = request.parameters

    def step(self) -> list[tuple[str, Any]]:
        time.sleep(0.002)
        self.left = {id: count - 1 for id, count in self.left.items()}
        ended = [id for id, count in self.left.items() if count <= 0]
        for id in ended:
            del self.left[id]
        return [(id, Answer(token_ids=(int(id),))) for id in ended]

    def abort(self, ids: list[str]) -> None:
        self.aborted += ids
        for id in ids:
            self.left.pop(id, None)

    def running(self) -> int | None:
        return len(self.left)

    def close(self) -> None:
        self.closed = True


def ask(worker: Worker, *counts: Any, start: int = 0) -> list[Request]:
    loop = asyncio.get_running_loop()
    requests = [
        Request(str(start + k), (1, 2, 3), count, loop, loop.create_future())
        for k, count in enumerate(counts)
    ]
    worker.submit(requests)
    return requests


async def answers(requests: list[Request]) -> list[Any]:
    work = asyncio.gather(*(one.future for one in requests), return_exceptions=True)
    return await asyncio.wait_for(work, 10)


async def test_each_gets_its_own_answer_and_is_counted() -> None:
    worker = Worker(Counter)
    worker.open()
    found = await answers(ask(worker, 5, 1, 3))
    assert [one.token_ids for one in found] == [(0,), (1,), (2,)]
    stats = worker.stats()
    assert (stats.sampled_tokens, stats.prompt_tokens) == (3, 9)
    assert (stats.running, stats.waiting) == (0, 0)
    assert 0.008 < stats.busy_seconds < 5
    worker.close()


async def test_a_refused_request_costs_itself_only() -> None:
    worker = Worker(Counter)
    worker.open()
    good, bad = await answers(ask(worker, 2, None))
    assert good.token_ids == (0,)
    assert isinstance(bad, RequestError)
    worker.close()


async def test_what_opening_raises_is_raised_to_the_opener() -> None:
    def fail() -> Counter:
        raise BackendError("no such device")

    with pytest.raises(BackendError, match="no such device"):
        Worker(fail).open()


def test_an_opening_that_is_given_up_ends_with_its_process() -> None:
    """As when large weights are read, and somebody presses Ctrl-C."""
    ended = []

    def read_large_weights() -> Counter:
        process = multiprocessing.get_context("spawn").Process(target=sleep_for_ever, daemon=True)
        process.start()
        process.join()
        ended.append(process.exitcode)
        raise BackendError("the engine's process ended")

    with pytest.raises(BackendError, match="process ended"):
        Worker(read_large_weights).open(lambda: True)
    assert ended == [-9]


def test_an_opening_that_does_not_notice_the_end_of_its_process_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As vLLM does where its process was told to end before it answered."""
    monkeypatch.setattr("magpie_backend_vllm.worker.LETTING_GO_SECONDS", 0.3)
    noticed = threading.Event()

    def wait_for_an_answer() -> Counter:
        process = multiprocessing.get_context("spawn").Process(target=sleep_for_ever, daemon=True)
        process.start()
        noticed.wait()
        raise BackendError("too late")

    with pytest.raises(EngineDeadError, match="closed"):
        Worker(wait_for_an_answer).open(lambda: True)
    noticed.set()


def test_an_engine_that_opens_after_it_was_given_up_is_closed() -> None:
    engine = Counter()
    with pytest.raises(EngineDeadError, match="closed"):
        Worker(lambda: engine).open(lambda: True)
    assert engine.closed


async def test_an_exception_in_a_step_answers_everyone_and_all_who_come_later() -> None:
    class Dying(Counter):
        def step(self) -> list[tuple[str, Any]]:
            if threading.current_thread().name != "magpie-vllm":
                raise AssertionError("stepped by another thread")
            raise ValueError("the wires melted\nmore")

    worker = Worker(Dying)
    engine: Any = worker.open()
    found = await answers(ask(worker, 5, 5))
    assert all(isinstance(one, EngineDeadError) for one in found)
    assert found[0] is not found[1]
    assert found[0].message == "the vLLM engine stopped: ValueError: the wires melted"
    with pytest.raises(EngineDeadError, match="wires melted"):
        ask(worker, 1)
    worker.close()
    assert engine.closed


async def test_out_of_memory_comes_with_a_way_out() -> None:
    class OutOfMemoryError(RuntimeError):
        pass

    class Hungry(Counter):
        def step(self) -> list[tuple[str, Any]]:
            raise OutOfMemoryError("CUDA out of memory")

    worker = Worker(Hungry)
    worker.open()
    [found] = await answers(ask(worker, 5))
    assert "--max-batch" in found.hint
    worker.close()


async def test_cancelled_requests_are_aborted_also_before_they_were_taken_up() -> None:
    worker = Worker(Counter)
    engine: Any = worker.open()
    long = ask(worker, 10**9, 10**9)
    while worker.stats().running < 2:
        await asyncio.sleep(0.001)
    worker.cancel(long[:1])
    late = ask(worker, 10**9, start=7)
    worker.cancel(late)
    while worker.stats().running + worker.stats().waiting > 1:
        await asyncio.sleep(0.001)
    assert "0" in engine.aborted
    assert set(engine.left) == {"1"}
    worker.close()
    assert isinstance((await answers(long[1:]))[0], EngineDeadError)


async def test_closing_answers_what_is_unanswered() -> None:
    worker = Worker(Counter)
    engine: Any = worker.open()
    long = ask(worker, 10**9)
    await asyncio.sleep(0.01)
    await asyncio.to_thread(worker.close)
    [found] = await answers(long)
    assert isinstance(found, EngineDeadError)
    assert "closed" in found.message
    assert engine.closed


def sleep_for_ever() -> None:
    time.sleep(1000)


class Deaf(Counter):
    """Waits for ever for a process of its own, as vLLM's client does for its engine."""

    process: Any = None

    def __init__(self) -> None:
        super().__init__()
        context = multiprocessing.get_context("spawn")
        Deaf.process = context.Process(target=sleep_for_ever, daemon=True)
        Deaf.process.start()

    def step(self) -> list[tuple[str, Any]]:
        time.sleep(1000)
        return []


@pytest.fixture
def deaf() -> Callable[[], Worker]:
    def make() -> Worker:
        worker = Worker(Deaf)
        worker.open()
        return worker

    return make


async def test_the_death_of_a_process_is_noticed_from_outside_a_step_that_hangs(
    deaf: Callable[[], Worker],
) -> None:
    worker = deaf()
    waiting = ask(worker, 5, 5)
    await asyncio.sleep(0.05)
    Deaf.process.kill()
    found = await answers(waiting)
    assert all(isinstance(one, EngineDeadError) and "signal 9" in one.message for one in found)
    with pytest.raises(EngineDeadError, match="signal 9"):
        ask(worker, 1)
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < 5


async def test_closing_a_hanging_engine_kills_its_process(deaf: Callable[[], Worker]) -> None:
    worker = deaf()
    waiting = ask(worker, 5)
    await asyncio.sleep(0.05)
    await asyncio.to_thread(worker.close, 0.2)
    assert isinstance((await answers(waiting))[0], EngineDeadError)
    Deaf.process.join(5)
    assert Deaf.process.exitcode == -9
