"""Pairs for the alignment-handbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from magpie_core.export.pairs import Pair, PairRows


class HandbookPreferenceExporter(PairRows):
    """``{"id", "prompt", "chosen", "rejected"}``: the last user turn as text, two whole conversations.

    The handbook takes what was asked from ``chosen``, all but its last turn; ``prompt`` is for people.
    """

    name = "handbook-preference"
    description = "prompt as text, chosen and rejected as whole conversations (alignment-handbook)"

    def columns(self, pair: Pair) -> Mapping[str, Any]:
        """The prompt in both conversations."""
        return {
            "prompt": pair.prompt[-1]["content"],
            "chosen": [*pair.prompt, pair.chosen],
            "rejected": [*pair.prompt, pair.rejected],
        }
