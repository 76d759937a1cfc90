"""Several responses to each instruction, from one prompt. Knows no reward and no pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import msgspec

from magpie_core.dataset.conversation import conversation_of
from magpie_core.errors import UsageError
from magpie_core.filters import Draft
from magpie_core.plan import Side
from magpie_core.record import SAMPLED_REASONINGS, Record, Turn
from magpie_core.steps.answering import Answer, Answering
from magpie_core.steps.follow_up import EMPTY, said_in_history
from magpie_core.steps.judging import Judges
from magpie_core.tagger import TagError, Tagger, TaggerEngine

STEP = "preference"
"""Of the seeds: other samples than the run's own response."""


class ResponseSampler(Tagger):
    """Gives each record its prompt, several responses to it, and what the filters object to each."""

    name: ClassVar[str] = "responses"
    looks_at = "response"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "prompt": {"type": "array", "minItems": 1},
            "responses": {"type": "array", "items": {"type": "string"}},
            "objections": {"type": "array", "items": {"type": ["string", "null"]}},
            SAMPLED_REASONINGS: {"type": "array", "items": {"type": ["string", "null"]}},
        },
        "required": ["prompt", "responses", "objections"],
    }

    side: Side
    answering: Answering
    judges: Judges
    samples: int
    tell: Callable[[int], None]
    """Told how many tokens were sampled."""

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """The columns of each record."""
        return [await self._one(record) for record in records]

    async def _one(self, record: Record) -> dict[str, Any]:
        turns = question(record)
        prompt = self.side.prompts.for_turns(as_asked(record, turns))
        found = await self.answering.several(prompt, record.index, STEP, self.samples)
        self.tell(sum(one.tokens for one in found))
        columns = {
            "prompt": [msgspec.to_builtins(one) for one in turns],
            "responses": [one.text for one in found],
            "objections": [self._objection(record, turns, one) for one in found],
        }
        reasonings = [one.reasoning for one in found]
        return columns | {SAMPLED_REASONINGS: reasonings} if any(reasonings) else columns

    def _objection(self, record: Record, turns: Sequence[Turn], answer: Answer) -> str | None:
        """What speaks against ``answer``, in a word."""
        if answer.objection is not None:
            return answer.objection.reason
        if not answer.text:
            return EMPTY
        draft = Draft(
            index=record.index,
            instruction=turns[-1].content,
            response=answer.text,
            system=record.system,
            finish_reason=answer.finish_reason,
        )
        found = self.judges.response(draft)
        return None if found is None else found.reason


def question(record: Record) -> list[Turn]:
    """The conversation up to the last user turn: what its last answer is an answer to.

    Raises:
        UsageError: no user turn stands there.
    """
    turns = conversation_of(record)
    if turns and turns[-1].role == "assistant":
        turns = turns[:-1]
    if not turns or turns[-1].role != "user":
        raise UsageError("the conversation has no user turn before its last answer")
    return turns


def as_asked(record: Record, turns: Sequence[Turn]) -> list[Turn]:
    """``turns`` as a prompt has them: no reasoning in what was said, an empty system prompt kept."""
    empty = [Turn("system", "")] if record.system == "" and turns[0].role != "system" else []
    return [*empty, *map(said_in_history, turns)]
