"""The tagger and its options. How a verdict is read is written next door."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from magpie_core import EngineTagger, Record, TagError, TaggerEngine, Turn
from magpie_core.dataset.conversation import conversation_of
from magpie_tagger_safety.verdict import parse_verdict

MOST_TOKENS = 64
"""Room for ``unsafe`` and all fourteen categories of Llama Guard 3, three tokens each."""


class SafetyTagger(EngineTagger):
    """Asks a guard about the last turn of each conversation.

    The guard's own chat template makes the question out of the conversation: it names the categories
    and asks about the user when the user speaks last, about the assistant otherwise.
    """

    name: ClassVar[str] = "safety"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "llama_guard_2": {
                "type": "string",
                "description": "the guard's words: safe, or unsafe and its categories on a second line",
            },
            "safe": {"type": "boolean"},
            "safety_codes": {
                "type": "array",
                "items": {"type": "string"},
                "description": "categories that were violated, such as S1",
            },
            "safety_generator": {"type": "string", "description": "the checkpoint that judged"},
        },
        "required": ["llama_guard_2", "safe", "safety_codes", "safety_generator"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = "answer"
    looks_at: ClassVar[Literal["instruction", "response"]] = "instruction"
    """Where there is no response, the instruction is judged: as a gate it stands before the response."""

    remedy: ClassVar[str | None] = (
        "choose a guard of the Llama Guard family: --checkpoint meta-llama/Llama-Guard-3-8B"
    )

    judge: Literal["response", "instruction"] = "response"
    """Which turn is judged: the last response, seen in its conversation, or the instruction before it."""

    async def one(self, record: Record, engine: TaggerEngine) -> dict[str, Any]:
        """The verdict on one record."""
        turns = self.conversation(record)
        if not turns:
            raise TagError("the record has no words of a user to judge")
        verdict = parse_verdict(await engine.answer(turns, max_tokens=MOST_TOKENS))
        return {
            "llama_guard_2": verdict.text,
            "safe": verdict.safe,
            "safety_codes": list(verdict.codes),
            "safety_generator": engine.checkpoint,
        }

    def conversation(self, record: Record) -> list[Turn]:
        """What the guard is shown: from the first user turn to the one that is judged.

        A system prompt is left out: guards' templates take users and assistants in alternation, and most
        raise on anything else.
        """
        turns = [turn for turn in conversation_of(record) if turn.role != "system"]
        while turns and turns[0].role != "user":
            turns.pop(0)
        if self.judge == "instruction":
            while turns and turns[-1].role != "user":
                turns.pop()
        return turns
