"""Which columns can be filtered by a click: labels with few values, numbers with a range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from magpie_core.record import REASONING, REASONINGS, WHOLE
from magpie_core.selection.catalog import Column

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

MOST_VALUES = 60
"""A column with more different texts is no label."""
LONGEST_VALUE = 60
BINS = 24
SAID = (WHOLE, REASONING, REASONINGS)
"""Columns that are a conversation's."""
PAIRED = ("prompt", "responses", "rewards", "objections", "chosen", "rejected", "pair")
"""Columns that are several responses."""
NOT_FOR_PEOPLE = ("id", "own_0")
"""The id, and the index, which is the source's own order."""


def labels_of(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by what a page calls them: their name, or ``owner.name`` where several have it."""
    count = Counter(one.name for one in columns)
    return {
        one.name if count[one.name] == 1 else f"{one.owner.rpartition('/')[2]}.{one.name}": one
        for one in columns
    }


def facets_of(database: Database, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Every column that can be filtered by, in the order of ``columns``; those of one value are left out."""
    asked = {
        label: one
        for label, one in labels_of(columns).items()
        if one.sql.startswith(("own_", "set_", "size_")) and one.sql not in NOT_FOR_PEOPLE
        if one.kind in ("bool", "int", "float", "text") and one.name not in (*SAID, *PAIRED)
    }
    if not asked:
        return []
    parts = ", ".join(
        f"approx_count_distinct({one.sql}), count({one.sql})" for one in asked.values()
    )
    [(total, *counts)] = database.execute(f"SELECT count(*), {parts} FROM row").fetchall()
    found = []
    for at, (label, one) in enumerate(asked.items()):
        distinct, filled = counts[2 * at : 2 * at + 2]
        if not filled or (distinct == 1 and filled == total):
            continue
        facet = {"column": label, "name": one.name, "owner": one.owner, "empty": total - filled}
        if one.kind in ("int", "float"):
            if numbers := _numbers(database, one):
                found.append(facet | numbers)
        elif distinct <= MOST_VALUES and (values := _values(database, one)):
            found.append(facet | {"kind": "labels", "values": values})
    return found


def _values(database: Database, column: Column) -> list[str] | None:
    """The values of a column: in their published order, else the most frequent first."""
    order = column.sql if column.scale is not None and column.scale.ordered else "count(*) DESC, 1"
    rows = database.execute(
        f"SELECT {column.sql}::VARCHAR FROM row WHERE {column.sql} IS NOT NULL "
        f"GROUP BY {column.sql} ORDER BY {order} LIMIT {MOST_VALUES + 1}"
    ).fetchall()
    values = [one for (one,) in rows]
    fit = len(values) <= MOST_VALUES and all(len(one) <= LONGEST_VALUE for one in values)
    return values if fit else None


def _numbers(database: Database, column: Column) -> dict[str, Any] | None:
    """Range and histogram of a column, without what is no number."""
    name = column.sql
    finite = f"{name} IS NOT NULL AND isfinite({name}::DOUBLE)"
    low, high = database.execute(
        f"SELECT min({name})::DOUBLE, max({name})::DOUBLE FROM row WHERE {finite}"
    ).fetchall()[0]
    if low is None:
        return None
    bins = [0] * BINS
    if high > low:
        rows = database.execute(
            f"SELECT least({BINS - 1}, floor(({name}::DOUBLE - $1) / ($2 - $1) * {BINS}))::INTEGER, "
            f"count(*) FROM row WHERE {finite} GROUP BY 1",
            [low, high],
        ).fetchall()
        for at, count in rows:
            bins[at] = count
    whole = column.kind == "int"
    return {"kind": "numbers", "low": low, "high": high, "whole": whole, "bins": bins}
