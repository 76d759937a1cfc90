"""Records as the page shows them: those of the pager, and what the map is coloured by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from magpie_core.report.document import Distribution
from magpie_core.report.reading import Drawn, Reading
from magpie_core.report.safe import short

TURN = 6_000
"""Characters of a message in the pager."""
VALUE = 400
"""Characters of any other column's value there."""
FILTERED = 25
"""Labels a column may have so that the pager can be filtered by it."""
OTHER = "other"
"""A label that is too rare to be named."""


def labels_at(reading: Reading, colour: Distribution | None, places: Sequence[int]) -> list[str]:
    """What each record at ``places`` of the sample is coloured by; empty where it has no such label."""
    if colour is None or colour.name not in reading.columns:
        return [""] * len(places)
    column = reading.columns[colour.name]
    rows = dict(
        reading.table.query(
            f"SELECT pos, {column.sql}::VARCHAR FROM joined SEMI JOIN drawn USING (pos)"
        )
    )
    known = set(colour.labels)
    found = []
    for place in places:
        label = rows.get(reading.positions[place])
        label = "" if label is None else short(label, 60)
        found.append(label if label in known or not label else OTHER)
    return found


def rows_of(reading: Reading, spread: Sequence[Distribution]) -> list[dict[str, Any]]:
    """Records of the pager: ``id``, ``turns`` [role, text], ``values`` by column, ``labels`` for filters."""
    filters = {
        one.name: reading.columns[one.name]
        for one in spread
        if one.labels and one.name in reading.columns and len(one.labels) <= FILTERED
    }
    picked = "".join(
        f", CASE WHEN {one.sql} THEN 'yes' WHEN NOT {one.sql} THEN 'no' END"
        if one.kind == "bool"
        else f", {one.sql}::VARCHAR"
        for one in filters.values()
    )
    labels = {
        pos: values
        for pos, *values in reading.table.query(
            f"SELECT pos{picked} FROM joined SEMI JOIN drawn USING (pos)"
        )
    }
    return [
        _row(one, dict(zip(filters, labels.get(pos, ()), strict=False)))
        for one, pos in zip(reading.drawn, reading.positions, strict=False)
    ]


def _row(drawn: Drawn, labels: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": short(drawn.id, 120),
        "turns": [[role, short(text, TURN)] for role, text in drawn.turns],
        "values": {
            short(name, 60): _value(value)
            for name, value in drawn.extra.items()
            if value is not None and name not in ("conversations", "reasonings")
        },
        "labels": {name: short(value, 60) for name, value in labels.items() if value is not None},
    }


def _value(value: Any) -> str:
    if isinstance(value, float) and isfinite(value):
        return f"{value:.4g}"
    return short(value if isinstance(value, str) else str(value), VALUE)
