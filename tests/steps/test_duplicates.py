"""Of equal instructions the lowest index is kept, whatever the order they arrive in."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.steps.digests import DigestSet
from magpie_core.steps.duplicates import ON_DISK, Duplicates


async def kept(texts: list[str | None], order: random.Random) -> set[int]:
    """Indexes kept when instructions arrive after random delays."""
    duplicates = Duplicates()
    for index in range(len(texts)):
        duplicates.start(index)

    async def one(index: int) -> int | None:
        for _ in range(order.randrange(5)):
            await asyncio.sleep(0)
        text = texts[index]
        duplicates.settle(index, text)
        if text is None:
            return None
        twin = duplicates.twin(index, text)
        if twin is None:
            for _ in range(order.randrange(5)):
                await asyncio.sleep(0)
            twin = await duplicates.final_twin(index, text)
        duplicates.finish(index, text)
        return None if twin is not None else index

    return {i for i in await asyncio.gather(*map(one, range(len(texts)))) if i is not None}


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c d"])), max_size=30), st.integers()
)
def test_the_lowest_index_of_each_text_is_kept_in_any_order(texts, seed):
    expected = {texts.index(text) for text in set(texts) - {None}}
    assert asyncio.run(kept(texts, random.Random(seed))) == expected


async def test_an_index_waits_until_lower_ones_have_settled():
    duplicates = Duplicates()
    duplicates.start(0)
    duplicates.start(1)
    duplicates.settle(1, "same")
    waiting = asyncio.create_task(duplicates.final_twin(1, "same"))
    await asyncio.sleep(0)
    assert not waiting.done(), "index 1 decided before index 0 had said what it is"
    duplicates.settle(0, "same")
    assert await waiting == 0


async def test_white_space_and_normal_form_make_no_difference():
    duplicates = Duplicates()
    duplicates.remember(0, "café  au\nlait", accepted=False)
    assert duplicates.twin(5, "café au lait") == 0
    assert duplicates.twin(5, "Café au lait") is None


async def test_a_lone_surrogate_is_no_obstacle():
    duplicates = Duplicates()
    duplicates.remember(0, "\ud800", accepted=False)
    assert duplicates.twin(1, "\ud800") == 0


async def test_an_accepted_record_wins_over_a_lower_index_that_is_made_later():
    duplicates = Duplicates()
    duplicates.remember(7, "same", accepted=True)
    duplicates.start(3)
    duplicates.settle(3, "same")
    assert duplicates.twin(3, "same") is not None


async def test_a_decided_text_is_remembered_for_good():
    duplicates = Duplicates()
    for index in range(3):
        duplicates.start(index)
        duplicates.settle(index, f"text {index}")
        assert await duplicates.final_twin(index, f"text {index}") is None
        duplicates.finish(index, f"text {index}")
    duplicates.start(3)
    assert duplicates.twin(3, "text 1") == ON_DISK
    assert not duplicates._lowest, "decided indexes are kept in a few bytes, not in the dictionary"


async def test_a_failed_index_may_come_before_a_rejected_one_on_disk():
    """As in an undisturbed run, where the lower one would have been kept."""
    duplicates = Duplicates()
    duplicates.remember(7, "same", accepted=False)
    duplicates.start(3)
    duplicates.settle(3, "same")
    assert await duplicates.final_twin(3, "same") is None
    assert duplicates.twin(9, "same") == 3


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1)), st.lists(st.integers(0, 2**64 - 1)))
def test_digests_are_a_set(added, asked):
    found, expected = DigestSet(), set()
    for digest in [*added, *range(0, 2**64, 2**54)]:  # enough to grow, and all in the same slot
        found.add(digest)
        expected.add(digest or 1)
    assert len(found) == len(expected)
    assert all(digest in found for digest in added)
    assert all((digest in found) == ((digest or 1) in expected) for digest in asked)
