"""What a session costs, where it stops, and what more of it would take."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core import LimitReachedError
from magpie_core.estimate import Pilot, estimate
from magpie_core.spending import UNLIMITED, Limits, Prices, Used, within
from magpie_core.steps.tally import Tally


def test_prices_by_hand():
    assert Prices(gpu_hour=3.0, gpus=2).of(1800, 10, 10) == pytest.approx(3.0)
    assert Prices(prompt_tokens=0.5, sampled_tokens=2.0).of(99, 2e6, 3e6) == pytest.approx(7.0)
    assert not Prices().known


def test_which_limit_is_reached():
    limits = Limits(hours=1.0, budget=2.0, prices=Prices(gpu_hour=1.0, sampled_tokens=1.0))
    assert limits.reached(10, Used()) is None
    assert limits.reached(3600, Used()) == "--max-hours 1"
    assert limits.reached(1800, Used(0, 1_600_000)) == "--max-budget 2"
    assert UNLIMITED.reached(1e9, Used(10**12, 10**12)) is None


async def test_work_is_stopped_in_order_and_what_it_is_said_with():
    ended = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("in order")

    with pytest.raises(LimitReachedError, match="--max-hours 1e-09 is reached, with 3 of 9"):
        await within(Limits(hours=1e-9), work(), Used, lambda: "3 of 9")
    assert ended == ["in order"]


async def test_work_that_ends_by_itself_gives_what_it_gives():
    async def work(value):
        await asyncio.sleep(0)
        if isinstance(value, Exception):
            raise value
        return value

    assert await within(UNLIMITED, work(7), Used, str) == 7
    with pytest.raises(KeyError):
        await within(Limits(hours=5), work(KeyError("x")), Used, str)


async def test_who_is_cancelled_cancels_the_work():
    ended = []

    async def work():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    task = asyncio.ensure_future(within(UNLIMITED, work(), Used, str))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 10**7), st.floats(0.1, 1e4))
def test_an_estimate_of_as_many_as_the_pilot_is_the_pilot(records, rejected, wanted, seconds):
    tally = Tally(wanted=records, accepted=records)
    tally.rejected["instruction", "length"] = rejected
    pilot = Pilot(tally, seconds, 2.0, Used(1000, 2000), 4096)
    same = estimate(pilot, records, Prices(gpu_hour=3600.0))
    assert same.attempts == pytest.approx(records + rejected)
    assert same.hours * 3600 == pytest.approx(seconds + 2.0)
    assert same.money == pytest.approx(seconds + 2.0)
    assert (same.prompt_tokens, same.sampled_tokens, same.bytes) == pytest.approx(
        (1000, 2000, 4096)
    )
    more = estimate(pilot, wanted, Prices())
    assert more.sampled_tokens == pytest.approx(2000 * wanted / records)
    assert more.money is None
