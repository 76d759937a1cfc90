"""Questions that come one by one are answered together, and nobody waits for the event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from magpie_core.neighbours.micro_batches import MicroBatches


@asynccontextmanager
async def answering(work, most=100):
    with ThreadPoolExecutor(1) as thread:
        batches = MicroBatches(work, thread, most)
        yield batches
        await batches.close()


async def test_what_comes_while_a_batch_is_worked_on_is_the_next_one():
    seen, go_on = [], threading.Event()

    def work(questions):
        seen.append(list(questions))
        go_on.wait(5)
        return [one * 10 for one in questions]

    async with answering(work) as batches:
        asked = [asyncio.create_task(batches.ask(1))]
        while not seen:
            await asyncio.sleep(0.001)
        asked += [asyncio.create_task(batches.ask(one)) for one in (2, 3, 4)]
        await asyncio.sleep(0)  # the loop is free while the thread waits
        go_on.set()
        assert await asyncio.gather(*asked) == [10, 20, 30, 40]
    assert seen == [[1], [2, 3, 4]]


async def test_a_batch_has_no_more_than_the_most():
    seen = []

    def work(questions):
        seen.append(len(questions))
        return questions

    async with answering(work, most=4) as batches:
        assert await asyncio.gather(*map(batches.ask, range(10))) == list(range(10))
    assert seen == [4, 4, 2]


async def test_an_exception_is_raised_where_it_was_asked():
    def work(questions):
        return [ValueError("odd") if one % 2 else one for one in questions]

    async with answering(work) as batches:
        answers = await asyncio.gather(*map(batches.ask, range(4)), return_exceptions=True)
    assert [str(one) for one in answers] == ["0", "odd", "2", "odd"]


async def test_work_that_raises_fails_its_batch_and_the_next_one_is_worked_on():
    def work(questions):
        if 1 in questions:
            raise KeyError("broken")
        return questions

    async with answering(work) as batches:
        with pytest.raises(RuntimeError, match="KeyError: 'broken'"):
            await batches.ask(1)
        assert await batches.ask(2) == 2


async def test_whoever_was_cancelled_is_passed_over():
    async with answering(lambda questions: questions) as batches:
        first, second = (asyncio.create_task(batches.ask(one)) for one in (1, 2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 2
