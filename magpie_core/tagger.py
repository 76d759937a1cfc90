"""The role that adds columns to finished records. Knows no engine; a tagger that needs one is given it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from magpie_core.record import Record, Turn


class TaggerEngine(Protocol):
    """A loaded checkpoint as a tagger sees it: conversations in, text or scores out."""

    @property
    def checkpoint(self) -> str:
        """Its name, for the columns that say who judged (``*_generator``, ``reward_model``)."""

    async def answer(
        self,
        turns: Sequence[Turn],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 512,
        seed: int = 0,
    ) -> str:
        """The checkpoint's next turn after ``turns``, greedy, in its own chat format.

        Args:
            turns: a conversation, as a rule one that ends with a user turn. Any other goes through the
                checkpoint's own template as it is, for guards that judge a whole conversation.
            schema: JSON schema that the decoder is held to; None for free text.
            max_tokens: most tokens to sample.
            seed: another one gives another try where the engine samples.

        Raises:
            TagError: with a schema: the answer was cut, or holds no JSON object where the engine has no
                schemas and the text had to be read.
            RequestError: this one cannot be served, such as a conversation that is too long.
            EngineDeadError: the engine is gone.
        """

    def fitted(
        self,
        write: Callable[[Mapping[str, str]], Sequence[Turn]],
        texts: Mapping[str, str],
        *,
        max_tokens: int = 512,
    ) -> list[Turn]:
        """``write(texts)``, with the middle of long texts left out where the context is too short for all.

        The place says how many characters are missing, and the cut is counted.

        Args:
            write: a conversation made of the texts.
            texts: what may be cut, by name.
            max_tokens: room the answer needs.

        Raises:
            RequestError: it does not fit even without the texts.
        """

    async def score(self, turns: Sequence[Turn]) -> list[float]:
        """The raw outputs of a reward or classification head for a whole conversation, one per label.

        Raises:
            RequestError: this one cannot be served. EngineDeadError: the engine is gone.
        """


class TagError(Exception):
    """One record could not be tagged; the message says why. It may be tried again."""


class Tagger(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Adds named columns to records. Fields are its options in a recipe.

    ``schema`` is the JSON schema of the columns, so that a decoder can be held to it and a reader can
    check it. Values of an ``enum`` stand in ascending order where they have one::

        class LengthTagger(Tagger):
            name = "length"
            schema = {"type": "object", "properties": {"characters": {"type": "integer"}}}

            async def tag(self, records, engine):
                return [{"characters": len(r.response)} for r in records]
    """

    name: ClassVar[str]
    schema: ClassVar[dict[str, Any]]
    """An object; its properties are the columns."""
    needs: ClassVar[Literal["answer", "score"] | None] = None
    """What it asks of an engine; None for none."""
    looks_at: ClassVar[Literal["instruction", "response"]] = "instruction"
    """``instruction`` when it needs no response, so that it can stand before one as a gate."""
    answer: ClassVar[dict[str, Any] | None] = None
    """Schema its answers are held to where the engine can; None when it asks for free text, or for none."""
    remedy: ClassVar[str | None] = None
    """What to do when it fails for nearly every record: an error's hint."""
    batch: ClassVar[int] = 1
    """Records it is given at a time. With an engine 1 is best: the engine makes its own batches."""

    together: ClassVar[bool] = False
    """Whether it can ``rate`` the responses to one prompt by comparing them with each other."""

    def settings(self) -> dict[str, Any]:
        """What decides its columns besides its options and the checkpoint, as TOML values: its prompt."""
        return {}

    @abstractmethod
    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record, in order: its columns, or why there are none.

        Raises:
            EngineDeadError: the engine is gone. Any other error counts for all ``records``.
        """
        raise NotImplementedError

    async def rate(self, responses: Sequence[str], engine: TaggerEngine | None) -> list[float]:
        """A reward for each of several responses to one prompt, seen together; higher is better.

        ``magpie prefer --by`` asks this of a tagger that is ``together``, and of others a column for each
        response by itself.

        Raises:
            TagError: there are none. For other errors see ``tag``.
        """
        raise NotImplementedError


class EngineTagger(Tagger):
    """Asks an engine about each record by itself, which leaves the batches to the engine.

    A whole one::

    class HarmTagger(EngineTagger):
        name = "harm"
        schema = {"type": "object", "properties": {"harm": {"type": "string"}}}
        needs = "answer"

        async def one(self, record, engine):
            return {"harm": await engine.answer([Turn("user", record.instruction)])}
    """

    @abstractmethod
    async def one(self, record: Record, engine: TaggerEngine) -> dict[str, Any]:
        """The columns of one record.

        Raises:
            TagError: there are none; it may be tried again. For other errors see ``tag``.
        """
        raise NotImplementedError

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """One answer for each record, in order."""
        if engine is None:
            raise ValueError(f"`{self.name}` needs an engine")
        return [await self._said(record, engine) for record in records]

    async def _said(self, record: Record, engine: TaggerEngine) -> dict[str, Any] | TagError:
        try:
            return await self.one(record, engine)
        except TagError as error:
            return error
