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
from magpie_core.errors import EngineDeadError, RequestError
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
    ``RequestError``, ``die_after`` n requests raises ``EngineDeadError`` from then on, ``texts`` a list
    of texts to draw from instead of words.
    """

    name = "fake"
    capabilities = Capabilities(seeds=True, first_token_rules=True)

    def __init__(self, settings: EngineSettings, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.options = settings.options
        self.requests = 0
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
        """Words drawn by the seed, then the first stop token."""
        if sampling.json_schema is not None:
            raise RequestError("the fake backend has no JSON schema decoding")
        self.requests += 1
        if self.requests > self.options.get("die_after", float("inf")):
            raise EngineDeadError("the fake engine was told to die")
        if self.requests % self.options.get("fail_every", self.requests + 1) == 0:
            raise RequestError("the fake engine was told to refuse this request")
        self._stats.running += 1
        await asyncio.sleep(self.options.get("delay", 0.0))
        self._stats.running -= 1
        return [self._sample(sampling, k) for k in range(n)]

    def _sample(self, sampling: Sampling, k: int) -> Completion:
        draw = random.Random(None if sampling.seed is None else sampling.seed + k)
        texts: list[str] = self.options.get("texts", [])
        text = draw.choice(texts) if texts else _sentence(draw)
        ids = self.tokenizer.encode(text, add_special_tokens=False)
        stop = sampling.stop_token_ids[0] if sampling.stop_token_ids else None
        cut = len(ids) + 1 > sampling.max_tokens
        if cut:
            ids = ids[: sampling.max_tokens]
            text = self.tokenizer.decode(ids)
        elif stop is not None:
            ids = [*ids, stop]
        self._stats.sampled_tokens += len(ids)
        return Completion(
            token_ids=tuple(ids),
            text=text,
            finish_reason="length" if cut else "stop",
            stop_reason=None if cut else stop,
        )

    def stats(self) -> EngineStats:
        """Counters since it was opened."""
        return self._stats


def _sentence(draw: random.Random) -> str:
    words = [draw.choice(WORDS) for _ in range(draw.randint(6, 14))]
    return " ".join(words).capitalize() + draw.choice((".", "?"))


@hookimpl
def magpie_register_backends() -> list[type[Backend]]:
    """Offer the fake backend."""
    return [FakeBackend]
