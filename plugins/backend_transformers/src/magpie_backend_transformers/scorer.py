"""The schedule of an engine that scores: conversations of like length go through the model together."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Sequence
from typing import Any

import torch

from magpie_backend_transformers.request import Request
from magpie_backend_transformers.worker import Counts

PASS_TOKENS = 8192
CPU_PASS_TOKENS = 2048
"""Most tokens, padding included, in one pass; a longer conversation goes alone. On a processor large passes
leave its caches: 400 conversations of 8 to 900 tokens took 10.1 s of one core with 8,192 tokens (embedded
model), 7.2 s with 2,048 or 1,024, 7.6 s one by one; 32 in order of arrival took about four times as long."""
MOST_PADDING = 0.2
"""Largest share of padding in a pass. Without the order by length it would be about a half."""


class LengthBatcher:
    """Takes the oldest request and those nearest to it in length, as many as fit in a pass.

    Rows are padded on the right, where no earlier token looks. The head reads the last token that is
    not the checkpoint's padding token, as transformers does for one conversation alone; a checkpoint
    that names none is padded with a token that the batch does not hold.
    """

    def __init__(self, model: Any, *, max_rows: int, vocabulary: int) -> None:
        self.model = model
        self.max_rows = max_rows
        self.vocabulary = vocabulary
        self.device = model.get_input_embeddings().weight.device
        self.most_tokens = CPU_PASS_TOKENS if self.device.type == "cpu" else PASS_TOKENS
        self.counts = Counts()
        self._pool: list[Request] = []
        self._passing = 0
        self._padding: int | None = model.config.pad_token_id
        accepted = inspect.signature(model.forward).parameters
        self._no_cache = {"use_cache": False} if "use_cache" in accepted else {}

    @property
    def running(self) -> int:
        """Requests that wait for their pass."""
        return len(self._pool)

    def turn(self, waiting: deque[Request]) -> list[Request]:
        """Score one batch."""
        while waiting:
            self._pool.append(waiting.popleft())
        self._pool = [one for one in self._pool if not one.cancelled]
        if not self._pool:
            return []
        batch = choose(self._pool, self.max_rows, self.most_tokens)
        self._passing = len(batch)
        self.counts.read += sum(len(one.prompt) for one in batch)
        for request, scores in zip(batch, self._scores(batch), strict=True):
            request.scores = tuple(scores)
        taken = set(map(id, batch))
        self._pool = [one for one in self._pool if id(one) not in taken]
        return batch

    def _scores(self, batch: Sequence[Request]) -> list[list[float]]:
        padding = self._padding
        if padding is None:
            padding = _unused([one.prompt for one in batch], self.vocabulary)
            self.model.config.pad_token_id = padding
        width = max(len(one.prompt) for one in batch)
        gaps = [width - len(one.prompt) for one in batch]
        rows = [[*one.prompt, *[padding] * gap] for one, gap in zip(batch, gaps, strict=True)]
        mask = [[1] * (width - gap) + [0] * gap for gap in gaps]
        outputs = self.model(
            input_ids=torch.tensor(rows, device=self.device),
            attention_mask=torch.tensor(mask, device=self.device),
            **self._no_cache,
        )
        found: list[list[float]] = outputs.logits.float().reshape(len(batch), -1).tolist()
        return found

    def halve(self, waiting: deque[Request]) -> bool:
        """Send half as many through in a pass; those of the last one are still in the pool."""
        self.max_rows = self._passing // 2
        return self.max_rows > 0

    def stop(self) -> None:
        """Nothing to do: a turn is one pass."""

    def drop(self) -> list[Request]:
        """Everything that waits."""
        return self._pool


def choose(pool: Sequence[Request], max_rows: int, most_tokens: int) -> list[Request]:
    """The first of ``pool`` and its neighbours in length, within the bounds of a pass."""
    oldest = pool[0]
    ordered = sorted(pool, key=lambda one: len(one.prompt))
    low = next(place for place, one in enumerate(ordered) if one is oldest)
    high, total = low + 1, len(oldest.prompt)
    while high - low < max_rows:
        nearer = _nearer(ordered, low, high, len(oldest.prompt))
        if nearer is None:
            break
        longest = max(len(ordered[high - 1].prompt), len(nearer.prompt))
        padded, grown = (high - low + 1) * longest, total + len(nearer.prompt)
        if padded > most_tokens or padded * (1 - MOST_PADDING) > grown:
            break
        total = grown
        low, high = (low - 1, high) if nearer is ordered[low - 1] and low else (low, high + 1)
    return ordered[low:high]


def _nearer(ordered: Sequence[Request], low: int, high: int, length: int) -> Request | None:
    """Of the two requests beside the batch the one that is nearer in length; a tie goes to the longer."""
    beside = [ordered[high]] if high < len(ordered) else []
    beside += [ordered[low - 1]] if low else []
    return min(beside, key=lambda one: abs(len(one.prompt) - length), default=None)


def _unused(prompts: Sequence[Sequence[int]], vocabulary: int) -> int:
    """A token id that none of the prompts holds; 0 where they hold all."""
    used = set().union(*prompts)
    return next((one for one in range(vocabulary) if one not in used), 0)
