"""Keys and values of all rows that decode together: one buffer per layer, one slot per row.

A row's token at position p always lies in column p of the row's slot, so rows of any length share a
buffer: a row joins by writing its prompt's columns and leaves by being forgotten. Nothing is merged,
shifted or trimmed; what lies right of a row's length is masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import Cache

GRAIN = 64
"""Columns are allocated in multiples of this."""

Snapshot = list[tuple[Tensor, Tensor]]
"""Keys and values of one prompt, per layer, as [tokens, heads, size]."""


class RowCache(Cache):  # type: ignore[misc]
    """A transformers cache in which every row has a length of its own.

    Before each forward pass say what it is: ``begin_prefill`` (new rows, from column 0 on) or
    ``begin_step`` (one token for each of the first rows).
    """

    def __init__(self, device: torch.device, most_columns: int) -> None:
        # Cache.__init__ wants layer objects; this class takes the place of all of them
        self.device = device
        self.most_columns = -(-most_columns // GRAIN) * GRAIN
        self.rows = self.columns = 0
        self.buffers: dict[int, list[Tensor]] = {}
        self._slots: Tensor | None = None
        self._places: Tensor | None = None
        self._active = self._visible = 0

    # What the models ask of a cache, in the words of transformers 4 and 5.

    is_compileable = False
    is_sliding: Sequence[bool] = ()
    layers: Sequence[Any] = ()

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Store new keys and values [rows, heads, tokens, size]; return what may be attended to."""
        states = (key_states, value_states)
        if layer_idx not in self.buffers:
            self.buffers[layer_idx] = [self._allocate(state) for state in states]
        buffers = self.buffers[layer_idx]
        if self._slots is not None:
            tokens = key_states.shape[2]
            for buffer, state in zip(buffers, states, strict=True):
                slots = self._slots.to(buffer.device)
                buffer[:, :tokens].index_copy_(0, slots, state.transpose(1, 2))
            return states
        assert self._places is not None
        for buffer, state in zip(buffers, states, strict=True):
            places = self._places.to(buffer.device)
            buffer.flatten(0, 1).index_copy_(0, places, state[:, :, 0])
        keys, values = (one[: self._active, : self._visible].transpose(1, 2) for one in buffers)
        return keys, values

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Columns before the newest one; only used where no position ids are given."""
        return 0 if self._slots is not None else max(self._visible - 1, 0)

    def get_mask_sizes(self, *_: Any, **__: Any) -> tuple[int, int]:
        """Columns and offset of a mask; only used where no mask is given."""
        return self._visible, 0

    def get_max_length(self, layer_idx: int | None = None) -> int:
        """No bound."""
        return -1

    def get_max_cache_shape(self, layer_idx: int | None = None) -> None:
        """No bound, in the words of transformers 4."""
        return

    def __len__(self) -> int:
        return len(self.buffers)

    # What the batcher does with it.

    def begin_prefill(self, slots: Sequence[int]) -> None:
        """The next pass brings the prompts of the rows in ``slots``, padded on the right."""
        self._slots = torch.tensor(slots, device=self.device)

    def begin_step(self, lengths: Tensor, visible: int) -> None:
        """The next pass brings one token for each of the first rows.

        Args:
            lengths: tokens of each row so far, on the device: where its new token goes.
            visible: how many columns take part.
        """
        self._slots = None
        self._active, self._visible = len(lengths), visible
        starts = torch.arange(len(lengths), device=self.device) * self.columns
        self._places = starts + lengths

    def reserve(self, rows: int, columns: int) -> None:
        """Make room, growing by half at least so that growing stays rare."""
        if rows <= self.rows and columns <= self.columns:
            return
        if columns > self.columns:
            wanted = max(columns, self.columns + self.columns // 2)
            self.columns = max(columns, min(-(-wanted // GRAIN) * GRAIN, self.most_columns))
        self.rows = max(rows, self.rows)
        for buffers in self.buffers.values():
            for index, old in enumerate(buffers):
                new = old.new_zeros((self.rows, self.columns, *old.shape[2:]))
                new[: old.shape[0], : old.shape[1]] = old
                buffers[index] = new

    def move(self, sources: Sequence[int], targets: Sequence[int], columns: int) -> None:
        """Copy the first ``columns`` of rows over other rows."""
        source, target = (torch.tensor(one, device=self.device) for one in (sources, targets))
        for buffer in self._all_buffers():
            part = buffer[:, :columns]
            part.index_copy_(0, target.to(part.device), part[source.to(part.device)])

    def wipe(self, slots: Sequence[int]) -> None:
        """Zero rows: what is not a number would leak through the mask."""
        for buffer in self._all_buffers():
            buffer[list(slots)] = 0

    def snapshot(self, slot: int, length: int) -> Snapshot:
        """Copy a row's first columns."""
        return [
            (keys[slot, :length].clone(), values[slot, :length].clone())
            for _, (keys, values) in sorted(self.buffers.items())
        ]

    def restore(self, slots: Sequence[int], snapshot: Snapshot) -> None:
        """Write a prompt's columns into rows."""
        index = list(slots)
        for (_, buffers), states in zip(sorted(self.buffers.items()), snapshot, strict=True):
            for buffer, state in zip(buffers, states, strict=True):
                buffer[index, : len(state)] = state

    def _all_buffers(self) -> list[Tensor]:
        return [buffer for pair in self.buffers.values() for buffer in pair]

    def _allocate(self, state: Tensor) -> Tensor:
        # zeros, not empty: 0 weight times garbage that is not a number would not be 0
        return state.new_zeros((self.rows, self.columns, state.shape[1], state.shape[3]))
