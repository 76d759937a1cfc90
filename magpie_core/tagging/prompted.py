"""Taggers that are a question and the schema of its answer. Knows no engine and no question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec

from magpie_core.record import Record, Turn
from magpie_core.tagger import TagError, Tagger, TaggerEngine
from magpie_core.tagging.labels import with_canonical_labels
from magpie_core.tagging.schemas import in_words

_SLOT = re.compile(r"\{(instruction|response|system)\}")


class PromptTagger(Tagger):
    """Asks an engine one question about each record.

    A whole tagger, whose columns are the answer itself::

        class ClarityTagger(PromptTagger):
            name = "clarity"
            question = "How clear is this instruction? {instruction}"
            answer = columns_schema({"clarity": ["unclear", "clear"]})
            schema = answer

    The prompt says first what the answer must look like, then asks. Only ``{instruction}``,
    ``{response}`` and ``{system}`` are filled in; all other braces stay.
    """

    needs: ClassVar[Literal["answer", "score"] | None] = "answer"
    question: ClassVar[str]
    answer: ClassVar[dict[str, Any]]
    """Schema of the answer, which the decoder is held to. ``schema``, that of the columns, may be wider."""

    max_tokens: int = 512
    """Most tokens of an answer."""

    def settings(self) -> dict[str, Any]:
        """The prompt as it is sent, with its slots."""
        return {"prompt": self.prompt()}

    def prompt(self) -> str:
        """What is asked, with its slots: the form of the answer first."""
        return f"{in_words(self.answer)}\n\n{self.question.strip()}"

    def columns(self, answer: dict[str, Any], checkpoint: str) -> dict[str, Any]:
        """The columns that follow from an answer.

        Args:
            answer: a JSON object; of the schema where the decoder was held to it, else anything.
            checkpoint: name of the one that gave it.

        Raises:
            TagError: they do not follow.
        """
        return with_canonical_labels(answer, self.schema)

    def turns(self, texts: Mapping[str, str]) -> list[Turn]:
        """The conversation that asks about ``texts``: the parts of a record, by slot."""
        asked = _SLOT.sub(lambda slot: texts.get(slot[1], ""), self.prompt())
        return [Turn("user", asked)]

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """Ask about each record."""
        if engine is None:
            raise ValueError(f"`{self.name}` needs an engine")
        return [await self._one(record, engine) for record in records]

    async def _one(self, record: Record, engine: TaggerEngine) -> dict[str, Any] | TagError:
        parts = {
            "instruction": record.instruction,
            "response": record.response,
            "system": record.system or "",
        }
        if "response" in slots_of(self.question) and not record.response.strip():
            return TagError("the record has no response to look at")
        slots = {name: parts[name] for name in slots_of(self.question)}
        turns = engine.fitted(self.turns, slots, max_tokens=self.max_tokens)
        try:
            text = await engine.answer(turns, schema=self.answer, max_tokens=self.max_tokens)
            answer = msgspec.json.decode(text, type=dict[str, Any])
            return self.columns(answer, engine.checkpoint)
        except msgspec.DecodeError as error:
            return TagError(f"the answer is no JSON object: {error}")
        except TagError as error:
            return error


def slots_of(question: str) -> list[str]:
    """Parts of a record that a question asks for, once each."""
    return list(dict.fromkeys(_SLOT.findall(question)))
