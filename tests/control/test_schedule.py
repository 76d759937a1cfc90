"""Several temperatures in one run: the published ones, one's own, and what is none."""

from __future__ import annotations

from collections import Counter

import pytest

from magpie_core import Sampling, UsageError
from magpie_core.control.schedule import make_schedule

BASE = Sampling(max_tokens=77, stop_token_ids=(5,))


def test_none_is_none():
    assert make_schedule(None) is None


def test_the_published_ones_in_thousands_of_records():
    """Table 7: Air 3 million, Pro 1 million."""
    air, pro = make_schedule("air"), make_schedule("Pro")
    assert sum(air.weights) == 30
    assert len(air.points) == 12
    assert dict(zip(air.points, air.weights, strict=True))[1.25, 0.995] == 1
    assert pro.decisive() == [
        [1.0, 1.0, 3.0],
        [1.1, 0.995, 3.0],
        [1.2, 0.995, 3.0],
        [1.25, 0.99, 1.0],
    ]


def test_points_of_ones_own():
    assert make_schedule("1=3, 1.1:0.995 ,0.8:0.9=0.5").decisive() == [
        [1.0, 1.0, 3.0],
        [1.1, 0.995, 1.0],
        [0.8, 0.9, 0.5],
    ]


def test_shares_are_those_asked_for_and_all_else_stays():
    schedule = make_schedule("pro")
    n = 20_000
    drawn = [schedule.sampling(9, index, BASE) for index in range(n)]
    assert {(one.max_tokens, one.stop_token_ids) for one in drawn} == {(77, (5,))}
    counts = Counter((one.temperature, one.top_p) for one in drawn)
    for point, weight in zip(schedule.points, schedule.weights, strict=True):
        share = weight / 10
        assert abs(counts[point] / n - share) < 4 * (share * (1 - share) / n) ** 0.5
    assert [schedule.sampling(9, index, BASE) for index in range(50)] == drawn[:50]


@pytest.mark.parametrize(
    "typed", ["", "hot", "1.0,", "-1", "11", "nan", "1:0", "1:1.1", "1=0", "1=-2", "1=inf", "1:=2"]
)
def test_what_is_no_point(typed):
    with pytest.raises(UsageError, match="no point of a schedule"):
        make_schedule(typed)


def test_a_slip_and_a_point_twice():
    with pytest.raises(UsageError) as caught:
        make_schedule("airr")
    assert "`air`" in str(caught.value.hint)
    with pytest.raises(UsageError, match="twice"):
        make_schedule("1.0=2,1:1=3")
