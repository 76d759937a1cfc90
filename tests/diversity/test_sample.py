"""A sample is decided by ids and the seed, and the smaller one is the beginning of the larger."""

import pytest

from magpie_core.diversity.sample import sample_of
from magpie_core.record import Record


def records(count, **extra):
    return [
        Record(id=f"r{k}", index=k, instruction=f"text {k}", response="", extra=extra)
        for k in range(count)
    ]


def test_order_does_not_count_and_sizes_agree():
    every = records(100)
    whole = sample_of(every, 1000, 1).texts
    assert sorted(whole) == sorted(one.instruction for one in every)
    assert sample_of(every, 30, 1).texts == whole[:30] == sample_of(every[::-1], 30, 1).texts
    assert sample_of(every, 30, 2).texts != whole[:30]


def test_all_records_are_counted_and_equal_ids_do_no_harm():
    same = [Record(id="r", index=k, instruction=f"{k}", response="") for k in range(5)]
    found = sample_of(same, 3, 1)
    assert (found.records, found.texts) == (5, ["0", "1", "2"])


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, (2.0, 4)), (1, (4.0, 4)), (None, (0, 0)), (True, (0, 0))]
)
def test_the_records_own_distances_are_added_up(value, expected):
    assert sample_of(records(4, min_neighbor_distance=value), 1, 1).own_distances == expected
