"""The ``messages`` format of chat APIs, TRL and most trainers."""

from __future__ import annotations

from typing import Any

from magpie_core.export.rows import JsonRows
from magpie_core.record import Record


class MessagesExporter(JsonRows):
    """``{"id", "messages": [{"role", "content"}]}``, the system prompt first when there is one."""

    name = "messages"
    description = "chat messages with role and content (TRL, Axolotl, LLaMA-Factory)"

    def row(self, record: Record) -> dict[str, Any]:
        """One conversation."""
        messages = [{"role": turn.role, "content": turn.content} for turn in record.turns]
        return {"id": record.id, "messages": messages}
