"""A backend as taggers see it: conversations in, answers and scores out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from magpie_core.backend import Backend
from magpie_core.errors import ChatTemplateError, RequestError
from magpie_core.record import Turn
from magpie_core.sampling import Sampling
from magpie_core.steps.asking import ask
from magpie_core.tagger import TagError
from magpie_core.tagging.answers import object_in, shortened
from magpie_core.tagging.cutting import cut_to_fit
from magpie_core.tagging.prompter import Prompter

RETRY_TEMPERATURE = 0.7
"""Of an answer that is asked for again: greedy would only say the same."""


@dataclass
class BackendEngine:
    """Implements ``TaggerEngine``; one object for each attempt at a unit of work."""

    backend: Backend | None
    """None for an engine that only fits and writes prompts."""
    prompter: Prompter
    checkpoint: str
    """Name of the checkpoint."""
    stop_token_ids: tuple[int, ...] = ()
    stop_strings: tuple[str, ...] = ()
    context: int | None = None
    """Longest prompt plus answer, in tokens, where anybody knows."""
    attempt: int = 0
    """0 is greedy; later ones are sampled, each with another seed."""
    cuts: int = 0
    """Conversations of this attempt with a text that had to be cut."""

    def on(self, backend: Backend) -> BackendEngine:
        """The same with an open ``backend``, whose context may be shorter than the checkpoint's."""
        known = [one for one in (self.context, backend.max_context) if one]
        return replace(self, backend=backend, context=min(known, default=None))

    def again(self, attempt: int) -> BackendEngine:
        """The same engine for another attempt, nothing counted yet."""
        return replace(self, attempt=attempt, cuts=0)

    @property
    def holds_schemas(self) -> bool:
        """Whether the decoder can be held to a schema."""
        return self.backend is not None and self.backend.capabilities.json_schema

    async def answer(
        self,
        turns: Sequence[Turn],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 512,
        seed: int = 0,
    ) -> str:
        """See ``TaggerEngine.answer``."""
        assert self.backend is not None
        held = schema is not None and self.holds_schemas
        seed += self.attempt
        sampling = Sampling(
            temperature=RETRY_TEMPERATURE if seed else 0.0,
            max_tokens=max_tokens,
            stop_token_ids=self.stop_token_ids,
            stop_strings=() if held else self.stop_strings,
            json_schema=schema if held else None,
        )
        completion = await ask(
            self.backend, self._ids(self.prompter.question, turns), sampling, seed
        )
        if schema is None:
            return completion.text
        if held and completion.finish_reason == "length":
            raise TagError(
                f"the answer was cut after {len(completion.token_ids)} tokens: "
                f"{shortened(completion.text)!r}"
            )
        return completion.text if held else _object_text(completion.text)

    async def score(self, turns: Sequence[Turn]) -> list[float]:
        """See ``TaggerEngine.score``."""
        assert self.backend is not None
        return await self.backend.score(self._ids(self.prompter.whole, turns))

    def fitted(
        self,
        write: Callable[[Mapping[str, str]], Sequence[Turn]],
        texts: Mapping[str, str],
        *,
        max_tokens: int = 512,
    ) -> list[Turn]:
        """See ``TaggerEngine.fitted``."""
        room = None if self.context is None else self.context - max_tokens

        def fits(tried: Mapping[str, str]) -> bool:
            return room is None or len(self._ids(self.prompter.question, write(tried))) <= room

        found = cut_to_fit(texts, fits)
        if found is None:
            raise RequestError(
                f"the question and {max_tokens} tokens for its answer do not fit in the context of "
                f"{self.context} tokens, however short the texts"
            )
        self.cuts += found != dict(texts)
        return list(write(found))

    def _ids(
        self, write: Callable[[Sequence[Turn]], list[int]], turns: Sequence[Turn]
    ) -> list[int]:
        try:
            return write(turns)
        except (ChatTemplateError, ValueError) as error:
            raise RequestError(f"the conversation cannot be written: {error}") from error


def _object_text(text: str) -> str:
    """The JSON object in ``text``, written again as strict JSON."""
    import json

    return json.dumps(object_in(text), ensure_ascii=False)
