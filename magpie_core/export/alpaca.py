"""The Alpaca format: one question, one answer."""

from __future__ import annotations

from typing import Any

from magpie_core.export.rows import JsonRows
from magpie_core.record import Record


class AlpacaExporter(JsonRows):
    """``{"instruction", "input", "output"}``, and ``system`` where one was set; ``input`` is empty."""

    name = "alpaca"
    description = "Alpaca rows with instruction, input and output"

    def takes(self, record: Record) -> bool:
        """A pair has a response: a later answer of a longer conversation is not in it."""
        return bool(record.response.strip())

    def row(self, record: Record) -> dict[str, Any]:
        """One pair."""
        row = {"instruction": record.instruction, "input": "", "output": record.response}
        return row | {"system": record.system} if record.system else row
