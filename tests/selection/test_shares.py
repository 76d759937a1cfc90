"""Even shares and quotas, by arithmetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.errors import UsageError
from magpie_core.selection.shares import capped, even, proportional

SIZES = st.dictionaries(st.integers(0, 9), st.integers(1, 30), min_size=1)


@pytest.mark.parametrize(
    ("sizes", "n", "take"),
    [
        ({"a": 10, "b": 10}, 6, {"a": 3, "b": 3}),
        ({"a": 10, "b": 1}, 6, {"a": 5, "b": 1}),
        ({"a": 10, "b": 10, "c": 9}, 10, {"a": 4, "b": 3, "c": 3}),
        ({"a": 3, "b": 2}, 99, {"a": 3, "b": 2}),
        ({"a": 3, "b": 2}, None, {"a": 2, "b": 2}),
    ],
)
def test_even_by_hand(sizes, n, take):
    assert even(sizes, n) == take


@settings(deadline=None)
@given(SIZES, st.integers(1, 200))
def test_even_gives_all_that_was_asked_and_nobody_more_than_another_could_give(sizes, n):
    take = even(sizes, n)
    assert sum(take.values()) == min(n, sum(sizes.values()))
    assert all(0 <= take[one] <= sizes[one] for one in sizes)
    most = max(take.values())
    assert all(take[one] >= most - 1 or take[one] == sizes[one] for one in sizes)


def test_capped_by_hand():
    groups = [0, 0, 0, 1, 2, 0, 1]
    assert capped([groups], [0.5], 4) == [0, 1, 3, 4]
    assert capped([groups], [0.4], None) == [0, 1, 3, 4, 6]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=60),
    st.lists(st.sampled_from([0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0]), min_size=2, max_size=2),
    st.none() | st.integers(1, 40),
)
def test_no_value_has_more_than_its_share(rows, shares, n):
    groups = list(zip(*rows, strict=True))
    try:
        taken = capped(groups, shares, n)
    except UsageError:
        return  # nothing fits such shares, as for most small tables; the tests below say when
    assert taken == sorted(set(taken))
    assert len(taken) <= (n or len(rows))
    for own, share in zip(groups, shares, strict=True):
        counts = [sum(own[at] == one for at in taken) for one in set(own)]
        assert all(count <= share * len(taken) + 1e-6 for count in counts)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(1, 60))
def test_a_quota_of_everything_removes_nothing(groups, n):
    assert capped([groups], [1.0], n) == list(range(min(n, len(groups))))


def test_shares_that_cannot_be_met_say_so():
    with pytest.raises(UsageError, match="too few different values"):
        capped([[0, 1, 0, 1]], [0.1], None)


@pytest.mark.parametrize(
    ("sizes", "weights", "n", "take"),
    [
        ({"a": 10, "b": 10}, {"a": 2, "b": 1}, 6, {"a": 4, "b": 2}),
        ({"a": 10, "b": 10, "c": 10}, {"a": 2, "b": 1}, None, {"a": 10, "b": 5, "c": 0}),
        ({"a": 10, "b": 1}, {"a": 1, "b": 1}, 8, {"a": 2, "b": 1}),
        ({"a": 10, "b": 10, "c": 10}, {"a": 1, "b": 1, "c": 1}, 10, {"a": 4, "b": 3, "c": 3}),
    ],
)
def test_proportional_by_hand(sizes, weights, n, take):
    assert proportional(sizes, weights, n) == take


@settings(deadline=None)
@given(
    SIZES,
    st.dictionaries(st.integers(0, 9), st.floats(0.01, 100), min_size=1),
    st.none() | st.integers(1, 200),
)
def test_every_group_has_its_weight_but_for_a_row(sizes, weights, n):
    take = proportional(sizes, weights, n)
    total = sum(take.values())
    assert total <= (n or sum(sizes.values()))
    assert all(0 <= count <= sizes.get(one, 0) for one, count in take.items())
    for one, weight in weights.items():
        assert abs(take.get(one, 0) - total * weight / sum(weights.values())) < 1 + 1e-6
