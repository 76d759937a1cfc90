"""Labels of a loaded column, in their published spelling and order. Knows one column at a time.

Only what is compared changes: what is written is what the tagger or the file said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from magpie_core.selection.catalog import Column
from magpie_core.selection.scales import SCALES, Scale, fits

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

SCALE_LABELS = 10_000
"""A column with more different labels is no scale."""


def bring_to_scale(database: Database, table: str, column: Column) -> str | None:
    """Give the labels of a published column their published spelling, and their order if they have one.

    A label that is none of an ordered scale has no value afterwards; of another it stays.

    Returns:
        What a user should know of it, or None.
    """
    scale = SCALES.get(column.name.lower())
    if scale is None or column.kind != "text" or not column.sql:
        return None
    labels = database.execute(
        f"SELECT {column.sql}, count(*) FROM {table} WHERE {column.sql} IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SCALE_LABELS + 1}"
    ).fetchall()
    if len(labels) > SCALE_LABELS or not fits(scale, labels):
        return (
            f"`{column.name}` of {column.owner} has other labels than the published ones: "
            "compared as text"
        )
    column.scale = scale
    for label, rows in labels:
        found = scale.find(label)
        if found is None:
            column.unknown[label] = rows
        if found == label or (found is None and not scale.ordered):
            continue
        database.execute(
            f"UPDATE {table} SET {column.sql} = ? WHERE {column.sql} = ?", [found, label]
        )
    if scale.ordered:
        _make_type(database, scale)
        database.execute(f"ALTER TABLE {table} ALTER COLUMN {column.sql} TYPE {scale.type}")
    return _unknown_labels(column) if column.unknown else None


def _make_type(database: Database, scale: Scale) -> None:
    labels = ", ".join(f"'{one}'" for one in scale.labels)
    made = database.execute("SELECT 1 FROM duckdb_types() WHERE type_name = ?", [scale.type])
    if not made.fetchone():
        database.execute(f"CREATE TYPE {scale.type} AS ENUM ({labels})")


def _unknown_labels(column: Column) -> str:
    shown = ", ".join(f"`{label}` {rows:,}" for label, rows in list(column.unknown.items())[:3])
    more = f" and {len(column.unknown) - 3} more" if len(column.unknown) > 3 else ""
    counted = (
        "in comparisons they have no value"
        if column.scale is not None and column.scale.ordered
        else "compared as they are"
    )
    return (
        f"`{column.name}` of {column.owner}: {sum(column.unknown.values()):,} rows with a label that is not "
        f"a published one ({shown}{more}): {counted}, written as they are"
    )
