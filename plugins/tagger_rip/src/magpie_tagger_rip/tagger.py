"""The tagger. Which two responses it looks at is written next door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from magpie_core import Record, TagError, Tagger, TaggerEngine
from magpie_tagger_rip.pair import pair_of


class RipTagger(Tagger):
    """Reward and length of the rejected response, and the reward gap to the chosen one (RIP)."""

    name: ClassVar[str] = "rip"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "rip_rejected_reward": {"type": "number"},
            "rip_rejected_length": {
                "type": "integer",
                "minimum": 0,
                "description": "characters of the rejected response",
            },
            "rip_reward_gap": {
                "type": "number",
                "description": "reward of the chosen response minus that of the rejected one",
            },
        },
        "required": ["rip_rejected_reward", "rip_rejected_length", "rip_reward_gap"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = None
    looks_at: ClassVar[Literal["instruction", "response"]] = "response"
    batch: ClassVar[int] = 256

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record; none where it holds no responses with rewards."""
        return [_columns(record) for record in records]


def _columns(record: Record) -> dict[str, Any] | TagError:
    try:
        pair = pair_of(record.extra)
    except TagError as error:
        return error
    return {
        "rip_rejected_reward": pair.rejected_reward,
        "rip_rejected_length": len(pair.rejected),
        "rip_reward_gap": pair.chosen_reward - pair.rejected_reward,
    }
