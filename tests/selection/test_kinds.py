"""A column's kind holds all its values, however they come in batches."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.selection.kinds import fitted, kind_of, wider
from magpie_core.selection.sink import Sink

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None], "null"),
        ([True, None], "bool"),
        ([1, 2], "int"),
        ([1, 2.5], "float"),
        (["a"], "text"),
        ([1, "a"], "mixed"),
        ([True, 1], "mixed"),
        ([2**63], "mixed"),
        ([["a"], []], "list text"),
        ([[1], [2.5]], "list float"),
        ([[1], ["a"]], "json"),
        ([{"a": 1}, [1]], "json"),
        ([{"a": 1}, "a"], "mixed"),
        ([[1], 1], "mixed"),
    ],
)
def test_the_kind_of(values, kind):
    assert kind_of(values) == kind


@settings(deadline=None)
@given(st.lists(VALUES, max_size=6), st.integers(0, 6))
def test_batches_change_no_kind(values, cut):
    assert kind_of(values[cut:], kind_of(values[:cut])) == kind_of(values)


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=5), st.lists(VALUES, max_size=5))
def test_a_wider_kind_stays(some, more):
    both = wider(kind_of(some), kind_of(more))
    assert wider(both, kind_of(some)) == both
    assert wider(kind_of(more), kind_of(some)) == both


@settings(deadline=None, max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_duckdb_takes_every_column_of_values(values):
    import duckdb

    with duckdb.connect() as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr("magpie_core.selection.sink.ROWS", 2)  # so that it widens on the way
        sink = Sink(database, "t", {"pos": "int"})
        for at, one in enumerate(values):
            sink.add({"pos": at, "x": one})
        sink.flush()
        found = [one for (one,) in database.execute("SELECT x FROM t ORDER BY pos").fetchall()]
    kind = kind_of(values)
    assert sink.kinds["x"] == kind
    if kind in ("mixed", "json"):
        for stored, value in zip(found, values, strict=True):
            assert (stored is None) == (value is None)
            if isinstance(value, dict):
                assert json.loads(stored) == value
            if isinstance(value, str):
                assert stored == value
    else:
        assert found == fitted(values, kind)


def test_a_column_that_shows_late_is_null_before():
    import duckdb

    with duckdb.connect() as database:
        sink = Sink(database, "t", {"pos": "int"})
        sink.add({"pos": 0})
        sink.flush()
        sink.add({"pos": 1})
        sink.add({"pos": 2, "x": 5})
        sink.flush()
        assert database.execute("SELECT x FROM t ORDER BY pos").fetchall() == [
            (None,),
            (None,),
            (5,),
        ]
