"""What resume starts from, compared with plain sets and dicts."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.record import Failure, Record, Rejection
from magpie_core.run.settled import IndexSet, settle

INDEXES = st.lists(st.one_of(st.integers(0, 40), st.integers(0, 2**63 - 1)))


@settings(deadline=None)
@given(INDEXES, INDEXES)
def test_an_index_set_is_a_set(put, asked):
    ours = IndexSet()
    assert [ours.add(index) for index in put] == [
        index not in put[:at] for at, index in enumerate(put)
    ]
    assert list(ours) == sorted(set(put))
    assert len(ours) == len(set(put))
    assert all((index in ours) == (index in put) for index in [*put, *asked])
    assert "text" not in ours


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200_000), st.integers(0, 2_000), st.integers(1, 3))))
def test_many_at_once_are_put_in_as_one_by_one(ranges):
    ours, theirs = IndexSet(), set()
    for first, count, stride in ranges:
        indexes = list(range(first, first + count * stride, stride)) + [first] * 2
        again = len(indexes) - len(theirs.union(indexes)) + len(theirs)
        assert ours.update(reversed(indexes)) == again
        theirs.update(indexes)
    assert len(ours) == len(theirs)
    assert list(ours) == sorted(theirs)
    assert all(index in ours for index in theirs)


def test_a_million_indexes_take_about_a_bit_each():
    ours = IndexSet(range(1_000_000))
    assert sum(len(piece) for piece in ours._pieces.values()) < 200_000


def record(index):
    return Record(id="a", index=index, instruction="i", response="r")


def rejection(index, reason):
    return Rejection(index=index, step="instruction", reason=reason, filter="f", text="t")


def failure(index):
    return Failure(index=index, step="response", error="e", attempts=3)


SMALL = st.lists(st.integers(0, 12), max_size=12)
REJECTS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["short", "long"])), max_size=12)


def batches(structs, size):
    return [structs[at : at + size] for at in range(0, len(structs), size)]


@settings(deadline=None)
@given(SMALL, REJECTS, SMALL, st.integers(1, 13))
def test_a_record_wins_over_a_rejection_and_both_over_a_failure(records, rejects, failures, size):
    settled = settle(
        batches([record(one) for one in records], size),
        [[], *batches([rejection(*one) for one in rejects], size)],
        batches([failure(one) for one in failures], size),
    )
    first = {index: reason for index, reason in reversed(rejects) if index not in records}
    assert set(settled.accepted) == set(records)
    assert set(settled.rejected) == set(first)
    assert set(settled.failed) == set(failures) - set(records) - set(first)
    assert settled.reasons == Counter(("instruction", "f", reason) for reason in first.values())
    assert settled.duplicates == len(records) + len(rejects) - len({*records, *first})
    indexes = [*records, *(index for index, _ in rejects), *failures]
    assert settled.largest == max(indexes, default=-1)
    assert all((index in settled) == (index in {*records, *first}) for index in range(13))
