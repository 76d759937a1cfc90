"""The ShareGPT format, as the published Magpie sets have it in ``conversations``."""

from __future__ import annotations

from typing import Any

from magpie_core.export.rows import JsonRows
from magpie_core.record import SPEAKERS, Record


def conversation(record: Record) -> list[dict[str, str]]:
    """The turns of ``record`` as ShareGPT names them."""
    return [{"from": SPEAKERS[turn.role], "value": turn.content} for turn in record.turns]


class ShareGptExporter(JsonRows):
    """``{"id", "conversations": [{"from": "system|human|gpt", "value"}]}``."""

    name = "sharegpt"
    description = "ShareGPT conversations with from and value (Axolotl, LLaMA-Factory)"

    def row(self, record: Record) -> dict[str, Any]:
        """One conversation."""
        return {"id": record.id, "conversations": conversation(record)}
