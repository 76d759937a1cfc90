"""The tagger and its options. How answers are found and compared is written next door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from magpie_core import Record, TagError, Tagger, TaggerEngine
from magpie_core.dataset.responses import response_text
from magpie_tagger_majority.extract import WAYS, Way, final_answer
from magpie_tagger_majority.vote import shares, vote


class MajorityTagger(Tagger):
    """The final answer that most of a record's responses give, its share, and the first to give it."""

    name: ClassVar[str] = "majority"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "majority_answer": {"type": ["string", "null"]},
            "majority_share": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "of all responses, those without an answer included",
            },
            "majority_index": {
                "type": ["integer", "null"],
                "minimum": 0,
                "description": "place of the first response that gives it, from 0",
            },
        },
        "required": ["majority_answer", "majority_share", "majority_index"],
        "additionalProperties": False,
    }
    needs: ClassVar[Literal["answer", "score"] | None] = None
    looks_at: ClassVar[Literal["instruction", "response"]] = "response"
    batch: ClassVar[int] = 64
    together: ClassVar[bool] = True

    column: str = "responses"
    """Column of the responses, a list: texts, or messages."""
    answers: Annotated[tuple[Way, ...], msgspec.Meta(min_length=1)] = WAYS
    """Ways to find an answer, in this order: in a box, after "the answer is", the last number."""

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record; none where it holds no list of responses."""
        return [self._one(record) for record in records]

    async def rate(self, responses: Sequence[str], engine: TaggerEngine | None) -> list[float]:
        """The share of all responses that give the same answer as each; 0 for one that gives none."""
        return shares([final_answer(text, self.answers) for text in responses])

    def _one(self, record: Record) -> dict[str, Any] | TagError:
        responses = record.extra.get(self.column)
        if not isinstance(responses, Sequence) or isinstance(responses, str | bytes):
            there = ", ".join(record.extra) or "none"
            return TagError(
                f"the column `{self.column}` holds no list of responses (there are: {there})"
            )
        if not responses:
            return TagError(f"the column `{self.column}` is empty")
        # A response that is not there gives no answer, as one that ends without.
        texts = [response_text(one) or "" for one in responses]
        found = vote([final_answer(text, self.answers) for text in texts])
        return {
            "majority_answer": found.answer,
            "majority_share": found.share,
            "majority_index": found.first,
        }
