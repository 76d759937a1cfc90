"""The tagger and its options. The engine writes the conversation and computes the outputs."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from magpie_core import EngineTagger, Record, TagError, TaggerEngine, Turn, UsageError
from magpie_core.dataset.conversation import conversation_of
from magpie_tagger_reward.base import base_reward, check_base
from magpie_tagger_reward.outputs import the_reward


class RewardTagger(EngineTagger):
    """Gives each whole conversation the number that a reward checkpoint gives it.

    The number is the head's raw output: no sigmoid, so it is comparable within one checkpoint only. With
    ``minus``, the reward of another model's response to the same instruction is subtracted as well.
    """

    name: ClassVar[str] = "reward"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "instruct_reward": {"type": "number", "description": "raw output of the head"},
            "reward_model": {"type": "string", "description": "the checkpoint that scored"},
            "reward_difference": {
                "type": "number",
                "description": "reward less that of another model's response, with minus = SOURCE only",
            },
        },
        "required": ["instruct_reward", "reward_model"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = "score"
    looks_at: ClassVar[Literal["instruction", "response"]] = "response"
    remedy: ClassVar[str | None] = (
        "choose a reward model, whose head has one output: "
        "--checkpoint Skywork/Skywork-Reward-V2-Qwen3-0.6B"
    )

    output: Annotated[int, Meta(ge=0)] | None = None
    """Which output is the reward, from 0; needed only where a checkpoint has several."""
    system: bool = True
    """Whether the system prompt that a response was given under is shown."""
    minus: str | None = None
    """A run or file of another model's responses to the same instructions, which this tagger has scored
    before with the same checkpoint: adds ``reward_difference``."""

    def settings(self) -> dict[str, Any]:
        """What is subtracted.

        Raises:
            UsageError: it has no rewards, or rewards made with other options.
            RunFolderError: it cannot be opened.
        """
        if self.minus is None:
            return {}
        same = {"output": self.output, "system": self.system}
        return {"minus_source": check_base(self.minus, same)}

    async def one(self, record: Record, engine: TaggerEngine) -> dict[str, Any]:
        """The score of one record."""
        turns = self.conversation(record)
        if not turns or turns[-1].role != "assistant":
            raise TagError(
                "the conversation does not end with a response, so there is nothing to score"
            )
        base = self._base(record, engine.checkpoint)  # before a score is paid for
        reward = the_reward(await engine.score(turns), self.output, engine.checkpoint)
        columns = {"instruct_reward": reward, "reward_model": engine.checkpoint}
        return columns if base is None else columns | {"reward_difference": reward - base}

    def _base(self, record: Record, checkpoint: str) -> float | None:
        """What is subtracted; None for nothing."""
        if self.minus is None:
            return None
        base = base_reward(self.minus, record.instruction)
        if base is None:
            raise TagError(f"`{self.minus}` has no reward for a response to this instruction")
        if base.checkpoint != checkpoint:
            raise UsageError(
                f"`{self.minus}` was scored by `{base.checkpoint}`, and one checkpoint's rewards say "
                f"nothing beside those of `{checkpoint}`",
                hint=f"--checkpoint {base.checkpoint}",
            )
        return base.reward

    def conversation(self, record: Record) -> list[Turn]:
        """What is scored: all turns."""
        turns = conversation_of(record)
        return turns if self.system else [turn for turn in turns if turn.role != "system"]
