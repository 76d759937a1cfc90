"""Everything we know of a record, one flat JSON object a line."""

from __future__ import annotations

from typing import Any

from magpie_core.export.columns import flat
from magpie_core.export.rows import JsonRows
from magpie_core.record import Record


class JsonlExporter(JsonRows):
    """All columns, those of plugins included, under the published names where there is one."""

    name = "jsonl"
    all_columns = True
    description = "every column, one JSON object a line"

    def takes(self, record: Record) -> bool:
        """Every record: one without a response has an empty one, and no turn for it."""
        return True

    def row(self, record: Record) -> dict[str, Any]:
        """All columns."""
        return flat(record)
