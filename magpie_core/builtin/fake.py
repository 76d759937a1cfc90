"""The ``fake`` backend: no engine, no weights, text made from the seed. For contracts and quick tests.

It continues a prompt with words drawn by the sample's seed and ends with a stop token, so the pipeline,
the store and the command line can be exercised without a model. It says nothing about a real engine.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Self

from magpie_core.backend import Backend, Capabilities, Completion, EngineSettings, EngineStats
from magpie_core.errors import BackendError, EngineDeadError, RequestError
from magpie_core.hookspecs import hookimpl
from magpie_core.sampling import Sampling

WORDS = [
    "list",
    "three",
    "rivers",
    "that",
    "cross",
    "a",
    "desert",
    "explain",
    "how",
    "to",
    "plan",
    "bake",
    "measure",
    "draw",
    "a",
    "small",
    "wooden",
    "boat",
    "compare",
    "two",
    "cities",
    "in",
    "winter",
    "and",
    "summer",
    "write",
    "a",
    "letter",
    "about",
    "music",
    "numbers",
    "gardens",
    "birds",
    "stars",
]


class FakeBackend(Backend):
    """Continues any prompt with seeded words.

    ``options`` (for tests): ``delay`` seconds per request, ``fail_every`` n-th request raises
    ``BackendError``, ``die_after`` n requests raises ``EngineDeadError`` from then on, ``texts`` a list
    of texts to draw from instead of words.
    Greedy answers follow from the prompt alone, as a model's do. With a presence or frequency penalty no
    word comes twice, and with a negative one the first comes again and again.
    """

    name = "fake"
    capabilities = Capabilities(seeds=True, first_token_rules=True, penalties=True)

    def __init__(self, settings: EngineSettings, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.options = settings.options
        self.requests = 0
        self._closed = False
        self._stats = EngineStats()

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Open the checkpoint's tokenizer; there are no weights."""
        from magpie_core.checkpoint import open_checkpoint

        checkpoint = open_checkpoint(
            settings.checkpoint, trust_remote_code=settings.trust_remote_code
        )
        return cls(settings, checkpoint.tokenizer)

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Words drawn by the seed (by the prompt when greedy), then the first stop token."""
        self._refuse(prompt, sampling)
        self._stats.running += 1
        try:
            await asyncio.sleep(self.options.get("delay", 0.0))
        finally:
            self._stats.running -= 1
        self._stats.prompt_tokens += len(prompt)
        return [self._sample(prompt, sampling, k) for k in range(n)]

    def _refuse(self, prompt: Sequence[int], sampling: Sampling) -> None:
        self.requests += 1
        if self._closed:
            raise EngineDeadError("the fake engine is closed")
        if self.requests > self.options.get("die_after", float("inf")):
            raise EngineDeadError("the fake engine was told to die")
        if self.requests % self.options.get("fail_every", self.requests + 1) == 0:
            raise BackendError("the fake engine was told to fail at this request")
        if sampling.json_schema is not None:
            raise RequestError("the fake backend has no JSON schema decoding")
        size = len(self.tokenizer)
        if not prompt or len(prompt) >= self.context or not all(0 <= one < size for one in prompt):
            raise RequestError(f"a prompt has 1 to {self.context - 1} ids below {size}")

    def _sample(self, prompt: Sequence[int], sampling: Sampling, k: int) -> Completion:
        rule = sampling.first_token
        banned = set(rule.banned_ids(self._encode)) if rule else set()
        draw = random.Random(_entropy(prompt, sampling, k))
        penalty = sampling.presence_penalty + sampling.frequency_penalty
        text = self._text(draw, penalty)
        for _ in range(100):
            if self._encode(text)[0] not in banned:
                break
            text = self._text(draw, penalty)
        return self._finish(text, sampling)

    def _finish(self, text: str, sampling: Sampling) -> Completion:
        """Cut ``text`` at a stop string or at ``max_tokens``; else end it with a stop token."""
        reason: int | str | None = None
        for string in sampling.stop_strings:
            if string in text:
                text, reason = text[: text.index(string)], string
        ids = self._encode(text)
        cut = reason is None and len(ids) + 1 > sampling.max_tokens
        if cut:
            ids = ids[: sampling.max_tokens]
            text = self.tokenizer.decode(ids)
        elif reason is None and sampling.stop_token_ids:
            reason = sampling.stop_token_ids[0]
            ids = [*ids, reason]
        self._stats.sampled_tokens += len(ids)
        return Completion(
            token_ids=tuple(ids),
            text=text,
            finish_reason="length" if cut else "stop",
            stop_reason=reason,
        )

    def _text(self, draw: random.Random, penalty: float) -> str:
        texts: list[str] = self.options.get("texts", [])
        return draw.choice(texts) if texts else _sentence(draw, penalty)

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    @property
    def context(self) -> int:
        """Longest prompt plus completion."""
        return min(int(self.tokenizer.model_max_length), 2**20)

    async def close(self) -> None:
        """Answer nothing any more."""
        self._closed = True

    def stats(self) -> EngineStats:
        """Counters since it was opened."""
        return self._stats


def _entropy(prompt: Sequence[int], sampling: Sampling, k: int) -> int | str | None:
    """What a sample follows from: the prompt when greedy, else the seed; nothing when there is none."""
    if sampling.temperature == 0:
        return repr(list(prompt))
    return None if sampling.seed is None else sampling.seed + k


def _sentence(draw: random.Random, penalty: float) -> str:
    words = [draw.choice(WORDS) for _ in range(draw.randint(6, 14))]
    if penalty > 0:
        words = list(dict.fromkeys(words))
    elif penalty < 0:
        words = words[:1] * len(words)
    return " ".join(words).capitalize() + draw.choice((".", "?"))


@hookimpl
def magpie_register_backends() -> list[type[Backend]]:
    """Offer the fake backend."""
    return [FakeBackend]
