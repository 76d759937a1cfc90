"""Pairs for Axolotl's DPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from magpie_core.export.pairs import Pair, PairRows


class AxolotlPreferenceExporter(PairRows):
    """``{"id", "messages", "chosen", "rejected"}``: what ``type: chat_template.default`` reads untold."""

    name = "axolotl-preference"
    description = "messages, and chosen and rejected as one message each (Axolotl, chat_template)"

    def columns(self, pair: Pair) -> Mapping[str, Any]:
        """The conversation so far, and the two messages that could follow."""
        return {"messages": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected}
