"""The tagger and its options. The engine writes the conversation and computes the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from magpie_core import Record, Tagger, Turn
from magpie_core.dataset.conversation import conversation_of
from magpie_core.tagger import TagError, TaggerEngine
from magpie_tagger_reward.outputs import the_reward


class RewardTagger(Tagger):
    """Gives each whole conversation the number that a reward checkpoint gives it.

    The number is the head's raw output: no sigmoid, so it is comparable within one checkpoint only.
    """

    name: ClassVar[str] = "reward"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "instruct_reward": {"type": "number", "description": "raw output of the head"},
            "reward_model": {"type": "string", "description": "the checkpoint that scored"},
        },
        "required": ["instruct_reward", "reward_model"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = "score"
    looks_at: ClassVar[Literal["instruction", "response"]] = "response"

    output: Annotated[int, Meta(ge=0)] | None = None
    """Which output is the reward, from 0; needed only where a checkpoint has several."""
    system: bool = True
    """Whether the system prompt that a response was given under is shown."""

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One score for each record."""
        if engine is None:
            raise ValueError(f"`{self.name}` needs an engine")
        return [await self._one(record, engine) for record in records]

    async def _one(self, record: Record, engine: TaggerEngine) -> dict[str, Any] | TagError:
        turns = self.conversation(record)
        if not turns or turns[-1].role != "assistant":
            return TagError(
                "the conversation does not end with a response, so there is nothing to score"
            )
        reward = the_reward(await engine.score(turns), self.output, engine.checkpoint)
        return {"instruct_reward": reward, "reward_model": engine.checkpoint}

    def conversation(self, record: Record) -> list[Turn]:
        """What is scored: all turns."""
        turns = conversation_of(record)
        return turns if self.system else [turn for turn in turns if turn.role != "system"]
