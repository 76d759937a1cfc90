"""Arrow types for columns nobody declared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.export.kinds import arrow_type, fitted, kind_of, note_kinds

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), JSON, max_size=3), max_size=6))
def test_any_rows_become_a_table(rows):
    pa = pytest.importorskip("pyarrow")
    kinds: dict[str, str] = {}
    for row in rows:
        note_kinds(kinds, row)
    schema = pa.schema([(column, arrow_type(pa, kind)) for column, kind in kinds.items()])
    table = pa.Table.from_pylist([fitted(row, kinds) for row in rows], schema=schema)
    assert table.num_rows == len(rows) or not kinds
    assert not any(pa.types.is_null(field.type) for field in table.schema)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([{"role": "user", "content": "x"}], "messages"),
        ({"role": "user", "content": "x"}, "message"),
        ([{"from": "human", "value": "x"}], "turns"),
        ([{"role": "user"}], "json"),
        ([1, None, 2.5], "list float"),
        ([[1]], "json"),
        (2**63, "uint"),
        (2**64, "json"),
        (True, "bool"),
        ([], "list null"),
    ],
)
def test_kinds(value, kind):
    assert kind_of(value) == kind
