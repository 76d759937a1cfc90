"""Numbers over all records inside a condition or a rank."""

import statistics

import pytest

from magpie_core.dataset.source import open_source
from magpie_core.errors import UsageError
from magpie_core.selection.request import Request
from magpie_core.selection.select import select

VALUES = [4.0, None, 1.0, 9.0, 2.0, 7.0]


@pytest.fixture
def path(data):
    return data(*({"x": one, "n": at, "t": "a"} for at, one in enumerate(VALUES)))


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("x <= quantile_cont(x, 0.25)", [2, 4]),
        ("x <= quantile_disc(x, 0.25)", [2, 4]),
        ("x > MEDIAN(x)", [3, 5]),
        ("x >= avg(x)", [3, 5]),
        ("abs(x - mean(x)) < stddev(x)", [0, 4, 5]),
        ("x = max(x) OR x = min(x)", [2, 3]),
        ("x < quantile_cont(n, 0.5)", [2, 4]),
        ("x > avg(x * 0)", [0, 2, 3, 4, 5]),
        ("x > avg(CASE WHEN n > 100 THEN x END)", []),
        ("length(response) >= avg(length(response))", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_record_is_compared_with_all_of_them(path, where, kept):
    with open_source(path) as source, select(source, Request(where=(where,))) as selection:
        assert list(selection.ids()) == [f"r{at}" for at in kept]


def test_it_is_over_all_records_whatever_else_is_asked(path):
    request = Request(where=("n < 3", "x >= median(x)"), top=2, by="x / median(x)")
    with open_source(path) as source, select(source, request) as selection:
        assert list(selection.ids()) == ["r0"]
        median = statistics.median(one for one in VALUES if one is not None)
        [note] = selection.notes
    assert note == f"median(x) over all 6 records: {median:.6g}"


@pytest.mark.parametrize("where", ["x > avg(median(x))", "x > avg(t)", "x > sum(x)"])
def test_what_gives_no_number_is_an_error(path, chosen, where):
    with pytest.raises(UsageError, match="cannot be computed"):
        chosen(path, where=(where,))


def test_a_misspelt_column_in_it_is_named(path, chosen):
    with pytest.raises(UsageError, match="`xx`"):
        chosen(path, where=("x > median(xx)",))
