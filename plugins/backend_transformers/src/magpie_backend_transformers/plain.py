"""Batches without joining, through ``model.generate``: for models whose cache is not made of rows.

Mamba, hybrids and the like keep states that cannot be cut and joined row by row. They are decoded a
batch at a time; a sample is handed back when it ends, its row idles until the batch is through.

An idle row keeps growing, so a batch also ends where its longest row reaches the end of the context:
past it there may be no position embeddings. The samples that are left go on in the next batch, which
reads their prompt and their tokens so far.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from magpie_backend_transformers.request import Request
from magpie_backend_transformers.rows import Rows
from magpie_backend_transformers.sampler import Sampler
from magpie_backend_transformers.worker import Counts, deliver


class PlainBatcher:
    """The schedule: one batch at a time, in the order of arrival."""

    def __init__(self, model: Any, *, max_rows: int, max_context: int) -> None:
        self.model = model
        self.max_rows = max_rows
        self.max_context = max_context
        self.device = model.get_input_embeddings().weight.device
        self.counts = Counts()
        self._batch: list[Request] = []
        self._ended: list[bool] = []
        self._stopping = threading.Event()

    @property
    def running(self) -> int:
        """Requests in the batch whose sample has not ended."""
        return self._ended.count(False)

    def turn(self, waiting: deque[Request]) -> list[Request]:
        """Decode one batch until every sample ended, the context is full or ``stop`` was called."""
        while waiting and len(self._batch) < self.max_rows:
            if not (request := waiting.popleft()).cancelled:
                self._batch.append(request)
        if not self._batch:
            return []
        run = _Run(self._batch, self.device, self.counts, self._stopping)
        self._ended = run.ended  # read by other threads, and where memory runs out
        self.counts.read += sum(len(one.prompt) for one in self._batch if not one.tokens)
        tokens, mask = _pad([[*one.prompt, *one.tokens] for one in self._batch])
        missing = max(one.limit - len(one.tokens) for one in self._batch)
        self.model.generate(
            input_ids=tokens.to(self.device),
            attention_mask=mask.to(self.device),
            generation_config=GenerationConfig(
                do_sample=False,
                max_new_tokens=min(missing, self.max_context - tokens.shape[1]),
                pad_token_id=0,
            ),
            logits_processor=LogitsProcessorList([_Draw(run.draw)]),
            stopping_criteria=StoppingCriteriaList([_Ended(run.over)]),
        )
        left = [one for one, ended in zip(self._batch, run.ended, strict=True) if not ended]
        self._batch, self._ended = [], []
        waiting.extendleft(reversed(left))
        return []  # each was delivered as it ended

    def halve(self, waiting: deque[Request]) -> bool:
        """Go on with half of the batch at a time, each sample from the tokens it has."""
        half = len(self._batch) // 2
        if not half:
            return False
        left = [one for one, ended in zip(self._batch, self._ended, strict=True) if not ended]
        waiting.extendleft(reversed(left))
        self.max_rows, self._batch, self._ended = half, [], []
        return True

    def stop(self) -> None:
        """End the batch after the step it is in."""
        self._stopping.set()

    def drop(self) -> list[Request]:
        """Everything in the batch; what was answered ignores it."""
        return self._batch


class _Run:
    """One batch: samples for ``generate``, and hands out each sample as it ends."""

    def __init__(
        self,
        batch: list[Request],
        device: torch.device,
        counts: Counts,
        stopping: threading.Event,
    ) -> None:
        self.counts = counts
        self.stopping = stopping
        self.rows = Rows(len(batch))
        for slot, request in enumerate(batch):
            self.rows.put(slot, request)
        self.ended = [False] * len(batch)
        self.sampler = Sampler(device)

    def draw(self, logits: Tensor) -> Tensor:
        """Scores in which the token drawn for each row wins."""
        tokens = self.sampler.draw(logits.clone(), self.rows)
        self.counts.sampled += self.ended.count(False)
        # a row that ended stays in the batch, so it must not take this token
        for slot, (request, token) in enumerate(zip(self.rows.requests, tokens, strict=True)):
            self.ended[slot] = self.ended[slot] or self._accept(request, token)
        self.rows.token[: len(tokens)] = tokens
        self.rows.position[: len(tokens)] += 1
        chosen = torch.tensor(tokens, device=logits.device).clamp_(min=0).unsqueeze(1)
        return torch.full_like(logits, -torch.inf).scatter_(1, chosen, 0.0)

    def _accept(self, request: Request, token: int) -> bool:
        if token < 0:
            request.failure = "the model's logits are not numbers"
        elif not (request.cancelled or request.accept(token)):
            return False
        deliver([request])
        return True

    def over(self, like: Tensor) -> Tensor:
        """Per row: whether it needs no further step."""
        stopping = self.stopping.is_set()
        return torch.tensor([stopping or ended for ended in self.ended], device=like.device)


class _Draw(LogitsProcessor):  # type: ignore[misc]
    def __init__(self, draw: Callable[[Tensor], Tensor]) -> None:
        self.draw = draw

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        return self.draw(scores)


class _Ended(StoppingCriteria):  # type: ignore[misc]
    def __init__(self, over: Callable[[Tensor], Tensor]) -> None:
        self.over = over

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        return self.over(input_ids)


def _pad(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Rows padded on the left, and where they are not padding."""
    width = max(map(len, rows))
    gaps = [width - len(one) for one in rows]
    tokens = [[*[0] * gap, *one] for gap, one in zip(gaps, rows, strict=True)]
    mask = [[0] * gap + [1] * (width - gap) for gap in gaps]
    return torch.tensor(tokens), torch.tensor(mask)
