"""Of equal instructions the lowest index is kept, whatever the order they arrive in."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given
from hypothesis import strategies as st

from magpie_core.steps.duplicates import Duplicates


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
        if text is None or duplicates.twin(index, text) is not None:
            return None
        return None if await duplicates.final_twin(index, text) is not None else index

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
