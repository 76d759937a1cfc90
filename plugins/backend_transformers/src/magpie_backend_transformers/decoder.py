"""Decodes many rows together, one token each per step; rows join and leave between steps.

A row joins with its prompt less the last token prefilled; that token is fed in the row's first step.
So every sampled token comes from the same code, and a prompt that was prefilled before costs a copy.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from magpie_backend_transformers.cache import RowCache
from magpie_backend_transformers.masks import MaskBuilder
from magpie_backend_transformers.prefixes import Prefix, PrefixStore
from magpie_backend_transformers.request import Request
from magpie_backend_transformers.rows import Rows
from magpie_backend_transformers.sampler import Sampler

PREFILL_TOKENS = 8192
"""Most tokens, padding included, in one prefill pass."""
STEADY_ROWS = 32
STEADY_COLUMNS = 16
"""On a CPU the last bits of a float32 sum depend on the shape of the whole matrix: below sixteen rows
other kernels are used, and attention adds up in another order unless its columns are a multiple of
sixteen (both measured with MKL and oneDNN on AVX-512, one thread). A sample may then tip over into
another token, about once in ten thousand. So on a CPU, steps are padded to at least 32 rows, however
few may decode, and to multiples of sixteen columns: a row's logits are the same to the last bit
whatever else is in the batch."""


class RowDecoder:
    """The rows, their cache, and the two passes through the model."""

    def __init__(
        self, model: Any, windows: dict[str, int | None], *, max_rows: int, max_context: int
    ) -> None:
        self.model = model
        self.max_rows = max_rows
        self._windows, self._max_context = windows, max_context
        self.device = model.get_input_embeddings().weight.device
        self.least_rows = STEADY_ROWS if self.device.type == "cpu" else 0
        self.rows = Rows(max_rows)
        self.cache = RowCache(self.device, max_context)
        self.masks = MaskBuilder(windows, model.dtype, self.device)
        self.prefixes = PrefixStore()
        self.sampler = Sampler(self.device)
        accepted = inspect.signature(model.forward).parameters
        self._one_logit = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}

    def with_rows(self, max_rows: int) -> RowDecoder:
        """An empty one of the same model."""
        return RowDecoder(
            self.model, self._windows, max_rows=max_rows, max_context=self._max_context
        )

    def known(self, request: Request) -> bool:
        """Whether the request's prompt needs no pass of its own."""
        prefix = request.prompt[:-1]
        return not prefix or self.prefixes.get(prefix) is not None

    def exchange(self, leaving: Sequence[int], joining: Sequence[Request]) -> None:
        """Take out the rows in ``leaving`` and start ``joining``, first in the slots that are free."""
        rows = self.rows
        broken = [slot for slot in leaving if rows.requests[slot].failure is not None]
        if broken:
            self.cache.wipe(broken)
        holes = sorted(leaving)
        joined: list[int] = []
        for request in joining:
            slot = holes.pop(0) if holes else rows.active
            rows.put(slot, request)
            joined.append(slot)
        self._close(holes)
        if joined:
            self._prefill(joined)

    def _close(self, holes: list[int]) -> None:
        """Move the last rows into the holes, so that the rows in use lie side by side."""
        if not holes:
            return
        rows, active = self.rows, self.rows.active - len(holes)
        sources = [slot for slot in range(active, rows.active) if slot not in set(holes)]
        targets = [slot for slot in holes if slot < active]
        for source, target in zip(sources, targets, strict=True):
            rows.move(source, target)
            self.sampler.move(source, target, rows)
        if targets:
            self.cache.move(sources, targets, int(rows.length[targets].max()))
        rows.shrink(active)

    def _prefill(self, slots: Sequence[int]) -> None:
        rows = self.rows
        self.cache.reserve(self._row_capacity(), _steady(int(rows.length[slots].max()) + 1))
        sharing: dict[Prefix, list[int]] = {}
        for slot in slots:
            if prefix := rows.requests[slot].prompt[:-1]:
                sharing.setdefault(prefix, []).append(slot)
        for prefix, where in list(sharing.items()):
            if (snapshot := self.prefixes.get(prefix)) is not None:
                self.cache.restore(where, snapshot)
                del sharing[prefix]
        for group in _groups(sorted(sharing, key=len)):
            self._compute(group, [sharing[prefix][0] for prefix in group])
        for prefix, where in sharing.items():
            seen_before = self.prefixes.wanted(prefix)
            if seen_before or len(where) > 1:
                snapshot = self.cache.snapshot(where[0], len(prefix))
                self.cache.restore(where[1:], snapshot)
                if seen_before:
                    self.prefixes.put(prefix, snapshot)

    def _compute(self, prefixes: Sequence[Prefix], slots: Sequence[int]) -> None:
        """One pass over prompts of different length, padded on the right, where nothing looks."""
        width = _steady(len(prefixes[-1]))
        tokens = torch.tensor([[*one, *[0] * (width - len(one))] for one in prefixes])
        positions = torch.arange(width, device=self.device).unsqueeze(0)
        self.cache.begin_prefill(slots)
        self._forward(tokens.to(self.device), positions, width, self._one_logit)

    def _row_capacity(self) -> int:
        """Rows to allocate: the next power of two, so that a small run takes little memory."""
        wanted = 1 << (self.rows.active - 1).bit_length()
        return max(self.least_rows, min(self.max_rows, wanted))

    def step(self) -> list[int]:
        """Sample one token for every row; return the slots whose sample ended."""
        logits = self.logits()
        return self.rows.accept(self.sampler.draw(logits, self.rows))

    def logits(self) -> Tensor:
        """Feed each row its next token; logits of the one after it, one row each."""
        rows, active = self.rows, self.rows.active
        visible = int(rows.length[:active].max()) + 1
        self.cache.reserve(self._row_capacity(), visible)
        visible = min(_steady(visible), self.cache.columns)
        computed = max(active, self.least_rows)  # rows that pad lie in slots that nobody uses
        tokens = torch.zeros((computed, 1), dtype=torch.int64)
        positions = torch.zeros((computed, 1), dtype=torch.int64)
        tokens[:active, 0] = torch.from_numpy(rows.token[:active])
        positions[:active, 0] = torch.from_numpy(rows.length[:active])
        positions = positions.to(self.device)
        self.cache.begin_step(positions[:, 0], visible)
        return self._forward(tokens.to(self.device), positions, visible, {})[:active]

    def _forward(
        self, tokens: Tensor, positions: Tensor, columns: int, options: dict[str, int]
    ) -> Tensor:
        out = self.model(
            input_ids=tokens,
            attention_mask=self.masks.build(positions, columns),
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            **options,
        )
        return out.logits[:, -1]


def _steady(columns: int) -> int:
    """``columns``, rounded up; GPU kernels like multiples as well."""
    return -(-columns // STEADY_COLUMNS) * STEADY_COLUMNS


def _groups(prefixes: Iterable[Prefix]) -> Iterable[list[Prefix]]:
    """Cut prompts, sorted by length, into passes that are not too large."""
    group: list[Prefix] = []
    for prefix in prefixes:
        if group and (len(group) + 1) * len(prefix) > PREFILL_TOKENS:
            yield group
            group = []
        group.append(prefix)
    if group:
        yield group
