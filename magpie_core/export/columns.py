"""A record as one flat row: the columns that ``jsonl`` and ``parquet`` share."""

from __future__ import annotations

from typing import Any

import msgspec

from magpie_core.export.sharegpt import conversation
from magpie_core.record import WHOLE, Provenance, Record

PROVENANCE = tuple(field.name for field in msgspec.structs.fields(Provenance))
CORE = (
    *("id", "conversation_id", "index", "system", "instruction", "response", "conversations"),
    *PROVENANCE,
)
"""Columns every row has, null where unknown. ``conversation_id`` is the id under its published name."""


def flat(record: Record) -> dict[str, Any]:
    """The core's columns, then those of plugins; a plugin's name that is taken gets ``extra_`` before it."""
    row: dict[str, Any] = {
        "id": record.id,
        "conversation_id": record.id,
        "index": record.index,
        "system": record.system,
        "instruction": record.instruction,
        "response": record.response,
        "conversations": conversation(record),
    }
    row |= {name: getattr(record.provenance, name, None) for name in PROVENANCE}
    return row | added(record)


def added(record: Record) -> dict[str, Any]:
    """The columns of plugins under the names they are written to; a whole conversation is none of them."""
    whole = conversation(record) if WHOLE in record.extra else None
    return {
        column_name(name): value
        for name, value in record.extra.items()
        if name != WHOLE or value != whole
    }


def column_name(name: str) -> str:
    """The column that a plugin's ``name`` is written to."""
    return f"extra_{name}" if name in CORE else name
