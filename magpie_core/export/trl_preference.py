"""Pairs for TRL's DPO and reward trainers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from magpie_core.export.pairs import Pair, PairRows


class TrlPreferenceExporter(PairRows):
    """``{"id", "prompt", "chosen", "rejected"}``, each a list of messages: TRL's conversational form.

    No reward and no margin: TRL's reward trainer would take a column ``margin`` into its loss.
    """

    name = "trl-preference"
    description = "prompt, chosen and rejected as lists of messages (TRL)"

    def columns(self, pair: Pair) -> Mapping[str, Any]:
        """The prompt apart from the two answers."""
        return {"prompt": pair.prompt, "chosen": [pair.chosen], "rejected": [pair.rejected]}
