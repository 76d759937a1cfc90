"""A set of ids, compared with a plain set; and what it takes."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.dataset.ids import IdSet

NUMBERED = st.builds(
    lambda key, number, width: f"{key}-{number:0{width}d}",
    st.sampled_from(["a", "91c8953f72dc", "", "a-b", "-"]),
    st.integers(0, 2_000_000_000),
    st.sampled_from([0, 1, 3, 8, 9]),
)
ODD = st.sampled_from(
    ["", "-", "a-", "a-٣", "a--1", "a-+1", "a-1 ", "a-0", "a-00", "a-1_0", "\ud800-1"]
)
IDS = st.lists(NUMBERED | ODD | st.text(max_size=5))


@settings(deadline=None)
@given(IDS, IDS)
def test_it_is_a_set(put, asked):
    ours, theirs = IdSet(), set()
    for one in put:
        assert ours.add(one) == (one not in theirs)
        theirs.add(one)
        assert len(ours) == len(theirs)
    assert set(ours) == theirs
    assert sorted(ours) == sorted(theirs), "none twice"
    assert ours == theirs == IdSet(put)
    assert set(ours & IdSet(asked)) == theirs & set(asked)
    assert all((one in ours) == (one in theirs) for one in [*put, *asked])
    assert 3 not in ours


def test_many_ways_to_begin_are_kept_as_text():
    ids = [f"{key}-{number}" for key in range(100) for number in range(3)]
    ours = IdSet(ids)
    assert set(ours) == set(ids)
    assert len(ours._series) < 20
    assert len(ours._texts) > 200


def test_a_run_of_many_takes_little():
    tracemalloc.start()
    try:
        ours = IdSet(f"91c8953f72dc-{number:08d}" for number in range(100_000))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(ours) == 100_000
    assert held < 1_000_000
