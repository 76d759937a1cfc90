"""Several servers: shared work, one that dies and comes back, all dead. Against stubs: no engine."""

import asyncio
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from magpie_core import BackendError, EngineDeadError, Sampling
from magpie_core.cli import main

SHORT = Sampling(max_tokens=4, seed=1)


def _seeded(k: int) -> Sampling:
    return Sampling(max_tokens=6, seed=k)


async def test_the_least_loaded_server_is_asked(stub: Any, opened: Any) -> None:
    fast, slow = stub(delay=0.02), stub(delay=0.3)
    engine = await opened(fast, slow, max_in_flight=8)
    await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(60)))
    assert len(fast.bodies) + len(slow.bodies) == 60
    assert len(fast.bodies) > 3 * len(slow.bodies) > 0
    assert max(fast.most_at_once, slow.most_at_once) <= 5


async def test_one_after_another_goes_round(stub: Any, opened: Any) -> None:
    servers = [stub(), stub(), stub()]
    engine = await opened(*servers)
    for k in range(9):
        await engine.complete([5], _seeded(k))
    assert [len(one.bodies) for one in servers] == [3, 3, 3]


async def test_a_paused_server_leaves_the_work_to_the_other(stub: Any, opened: Any) -> None:
    one, other = stub(), stub()
    engine = await opened(one, other)
    one.trouble = lambda number, body: (429, {"Retry-After": "5"}, {})
    begin = time.monotonic()
    await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(20)))
    assert time.monotonic() - begin < 4
    assert len(other.bodies) == 20


async def test_a_server_that_dies_hands_its_requests_on_and_may_come_back(
    stub: Any, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = stub(delay=0.05), stub(delay=0.05)
    engine = await opened(one, other)
    expected = [await engine.complete([5], _seeded(k)) for k in range(40)]
    with caplog.at_level(logging.WARNING):
        tasks = [asyncio.ensure_future(engine.complete([5], _seeded(k))) for k in range(40)]
        await asyncio.sleep(0.03)
        await asyncio.to_thread(one.kill)
        assert await asyncio.gather(*tasks) == expected, "a sample changed on the way"
        assert f"server {one.url} is left out" in caplog.text
        one.start()
        one.forget()
        async with asyncio.timeout(10):
            while f"server {one.url} is back" not in caplog.text:
                await asyncio.sleep(0.02)
    one.forget()
    await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(10)))
    assert one.bodies, "it came back, but is asked nothing"


async def test_a_server_with_a_dead_engine_is_left_out(
    stub: Any, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It listens, lists its model, and fails every request."""
    one, other = stub(), stub()
    engine = await opened(one, other)
    one.trouble = lambda number, body: (500, {}, {"error": "EngineCore died"})
    for _ in range(6):
        await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(10)))
    assert "EngineCore died" in caplog.text
    one.forget()
    await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(10)))
    trials = [body for body in one.bodies if body["prompt"] == [5]]
    assert trials == [], "work still goes to the server whose engine is dead"


async def test_a_server_that_comes_back_as_another_stays_out(
    stub: Any, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = stub(), stub()
    engine = await opened(one, other, retries=9)
    await asyncio.to_thread(one.kill)
    await engine.complete([5], SHORT)
    await engine.complete([5], SHORT)
    one.models = ["someone-else"]
    one.start()
    one.forget()
    await asyncio.sleep(0.6)
    await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(10)))
    assert not [body for body in one.bodies if body["prompt"] == [5]]
    assert "is back" not in caplog.text


async def test_all_dead_is_said_and_said_to_all(stub: Any, opened: Any) -> None:
    one, other = stub(delay=0.2), stub(delay=0.2)
    engine = await opened(one, other, give_up_after=0.5)
    tasks = [asyncio.ensure_future(engine.complete([5], _seeded(k))) for k in range(30)]
    await asyncio.sleep(0.05)
    await asyncio.to_thread(one.kill)
    await asyncio.to_thread(other.kill)
    begin = time.monotonic()
    async with asyncio.timeout(10):
        found = await asyncio.gather(*tasks, return_exceptions=True)
    assert time.monotonic() - begin >= 0.3
    assert all(isinstance(error, EngineDeadError) for error in found)
    assert one.url in str(found[0])
    assert other.url in str(found[0])
    with pytest.raises(EngineDeadError):
        await engine.complete([5], SHORT)
    one.start()
    other.start()


async def test_a_server_that_is_away_for_a_moment_is_waited_for(stub: Any, opened: Any) -> None:
    one = stub()
    engine = await opened(one, give_up_after=10)
    await asyncio.to_thread(one.kill)
    task = asyncio.ensure_future(engine.complete([5], SHORT))
    await asyncio.sleep(0.5)
    assert not task.done()
    assert engine.stats().waiting == 1
    one.start()
    async with asyncio.timeout(10):
        assert await task


async def test_a_server_that_comes_back_dumb_is_not_waited_for(stub: Any, opened: Any) -> None:
    """It listens again, and never answers."""
    one = stub()
    engine = await opened(one, give_up_after=0.5)
    await asyncio.to_thread(one.kill)
    one.trouble = lambda number, body: "hang"
    task = asyncio.ensure_future(engine.complete([5], SHORT))
    await asyncio.sleep(0.1)
    one.start()
    async with asyncio.timeout(8):
        with pytest.raises(EngineDeadError, match="listens, but does not answer"):
            await task


async def test_one_that_is_down_at_the_start_may_join(
    stub: Any, opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = stub(), stub()
    other.kill()
    with caplog.at_level(logging.WARNING):
        engine = await opened(one, other)
        assert f"no server answers at `{other.url}`" in caplog.text
        await engine.complete([5], SHORT)
        other.start()
        async with asyncio.timeout(10):
            while "is back" not in caplog.text:
                await asyncio.sleep(0.02)
    other.forget()
    await asyncio.gather(*(engine.complete([5], _seeded(k)) for k in range(6)))
    assert other.bodies


async def test_servers_that_differ_are_refused(stub: Any, opened: Any) -> None:
    with pytest.raises(BackendError, match="the servers differ"):
        await opened(stub(), stub(owner="sglang"))


async def test_closing_answers_who_waits(stub: Any, opened: Any) -> None:
    server = stub()
    engine = await opened(server, give_up_after=60)
    await asyncio.to_thread(server.kill)
    tasks = [asyncio.ensure_future(engine.complete([5], SHORT)) for _ in range(3)]
    await asyncio.sleep(0.1)
    await engine.close()
    async with asyncio.timeout(5):
        found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, EngineDeadError) for error in found)
    server.start()


@pytest.mark.parametrize("survivors", [1, 0])
def test_a_run_in_which_servers_die(
    survivors: int,
    stub: Any,
    checkpoint: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    servers = [stub(delay=0.01), stub(delay=0.01)]
    run = tmp_path / "run"
    urls = ",".join(one.url for one in servers)
    flags = ["--backend", "openai", "--engine-option", f"url={urls}", "--pilot", "0"]
    flags += ["--engine-option", "give_up_after=0.5", "-n", "300", "--in-flight", "8"]

    def die_later() -> None:
        while len(servers[0].bodies) < 100:
            time.sleep(0.005)
        for one in servers[survivors:]:
            one.kill()

    death = threading.Thread(target=die_later)
    death.start()
    code = _magpie("run", "--checkpoint", checkpoint, *flags, "-o", str(run))
    death.join()
    printed = capfd.readouterr().err
    if survivors:
        assert code == 0, printed
    else:
        assert code == 6
        assert "no server is left" in printed
        assert 0 < _count(run) < 300
        for one in servers:
            one.start()
        assert _magpie("resume", str(run)) == 0, capfd.readouterr().err
    assert _count(run) == 300
    indexes = sorted(
        json.loads(line)["index"]
        for kind in ("records", "rejects")
        for part in run.glob(f"{kind}/*.jsonl")
        for line in part.read_text().splitlines()
    )
    assert indexes == list(range(len(indexes))), "an index is missing or there twice"
    for one in servers[survivors:] if survivors else []:
        one.start()


def _count(run: Path) -> int:
    return sum(part.read_bytes().count(b"\n") for part in run.glob("records/*.jsonl"))


def _magpie(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return int(ended.value.code or 0)
