"""Taggers that are a question and the schema of its answer. Knows no engine and no question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from magpie_core.record import Record, Turn
from magpie_core.tagger import EngineTagger, TagError, TaggerEngine
from magpie_core.tagging.labels import with_canonical_labels
from magpie_core.tagging.schemas import in_words

_SLOT = re.compile(r"\{(instruction|response|system)\}")


class PromptTagger(EngineTagger):
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
    """As in ``Tagger``, and never None. ``schema``, that of the columns, may be wider."""

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

    async def one(self, record: Record, engine: TaggerEngine) -> dict[str, Any]:
        """Ask about one record."""
        parts = {
            "instruction": record.instruction,
            "response": record.response,
            "system": record.system or "",
        }
        if "response" in slots_of(self.question) and not record.response.strip():
            raise TagError("the record has no response to look at")
        slots = {name: parts[name] for name in slots_of(self.question)}
        turns = engine.fitted(self.turns, slots, max_tokens=self.max_tokens)
        text = await engine.answer(turns, schema=self.answer, max_tokens=self.max_tokens)
        try:
            answer = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise TagError(f"the answer is no JSON object: {error}") from error
        return self.columns(answer, engine.checkpoint)


def slots_of(question: str) -> list[str]:
    """Parts of a record that a question asks for, once each."""
    return list(dict.fromkeys(_SLOT.findall(question)))
