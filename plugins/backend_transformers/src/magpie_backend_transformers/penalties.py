"""Penalties on tokens that a row has seen: which tokens those are, and what it costs them.

The repetition penalty counts the prompt and the sample, the presence and frequency penalties the sample
alone. All work on each row's logits by itself, so the other rows change nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from magpie_backend_transformers.rows import Rows


class Penalties:
    """Keeps what each row has seen, as far as any row is penalised for it.

    Both tables have a row per slot and a column per token of the vocabulary, and are made when the first
    row asks for one: 128 rows of 150,000 tokens take 18 MiB for ``seen`` and 73 MiB for ``counts``.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._seen: Tensor | None = None
        self._counts: Tensor | None = None

    def apply(self, scores: Tensor, rows: Rows) -> Tensor:
        """``scores`` of the active rows after their penalties: repetition, then frequency, then presence.

        The order is vLLM's. ``scores`` may be overwritten.
        """
        active = rows.active
        multiplied = bool((rows.penalty[:active] != 1.0).any())
        added = (rows.presence[:active] != 0.0) | (rows.frequency[:active] != 0.0)
        if not multiplied and not added.any():
            return scores
        fresh = np.flatnonzero(rows.unread[:active])
        if multiplied:
            self._see(rows, fresh, scores.shape[1])
            scores = self._multiplied(scores, rows)
        if added.any():
            self._count(rows, fresh, scores.shape[1])
            scores = self._added(scores, rows, np.flatnonzero(added))
        # A row that was read for one table alone asks for no other: its settings never change.
        rows.unread[:active] = False
        return scores

    def move(self, source: int, target: int) -> None:
        """Follow a row that moved from ``source`` to ``target``."""
        for table in (self._seen, self._counts):
            if table is not None:
                table[target] = table[source]

    def _multiplied(self, scores: Tensor, rows: Rows) -> Tensor:
        assert self._seen is not None
        penalty = self._column(rows.penalty[: rows.active])
        penalised = torch.where(scores < 0, scores * penalty, scores / penalty)
        return torch.where(self._seen[: rows.active], penalised, scores)

    def _added(self, scores: Tensor, rows: Rows, slots: np.ndarray) -> Tensor:
        assert self._counts is not None
        index = torch.from_numpy(slots).to(self.device)
        counts = self._counts[index]
        own = scores[index] - self._column(rows.frequency[slots]) * counts
        own -= self._column(rows.presence[slots]) * (counts > 0)
        return scores.index_copy_(0, index, own)

    def _see(self, rows: Rows, fresh: np.ndarray, vocabulary: int) -> None:
        """Mark the prompt and the sample of new rows, and every row's newest token."""
        if self._seen is None:
            self._seen = self._table(rows, vocabulary, torch.bool)
        for slot in fresh.tolist():
            request = rows.requests[slot]
            self._seen[slot] = False
            self._seen[slot, [*request.prompt, *request.tokens]] = True
        newest = torch.from_numpy(rows.token[: rows.active]).to(self.device)
        # in its first step here a row feeds the last of the tokens that were just read
        self._seen[torch.arange(rows.active, device=self.device), newest] = True

    def _count(self, rows: Rows, fresh: np.ndarray, vocabulary: int) -> None:
        """Count the samples of new rows, and the newest token of every other row."""
        if self._counts is None:
            self._counts = self._table(rows, vocabulary, torch.int32)
        for slot in fresh.tolist():
            tokens = rows.requests[slot].tokens
            self._counts[slot] = 0
            if tokens:
                found, times = np.unique(tokens, return_counts=True)
                at = torch.from_numpy(found).to(self.device)
                self._counts[slot, at] = torch.from_numpy(times).to(self.device, torch.int32)
        others = np.flatnonzero(~rows.unread[: rows.active])
        index = torch.from_numpy(others).to(self.device)
        newest = torch.from_numpy(rows.token[others]).to(self.device)
        self._counts[index, newest] += 1  # each row is there once, so no addition is lost

    def _table(self, rows: Rows, vocabulary: int, dtype: torch.dtype) -> Tensor:
        return torch.zeros((len(rows.length), vocabulary), dtype=dtype, device=self.device)

    def _column(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device).unsqueeze(1)
