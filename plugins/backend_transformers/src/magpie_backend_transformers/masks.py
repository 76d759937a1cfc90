"""Which columns a token may attend to, for rows of different length, with and without a window."""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor

Masks: TypeAlias = "Tensor | dict[str, Tensor]"


class MaskBuilder:
    """Additive attention masks [rows, 1, tokens, columns], one per kind of layer of the model.

    Args:
        windows: sliding window per kind of layer (``full_attention``: None). A model with one kind
            gets one mask, a model with several a mapping, as transformers' own models expect.
    """

    def __init__(
        self, windows: dict[str, int | None], dtype: torch.dtype, device: torch.device
    ) -> None:
        self.windows = windows
        self.dtype = dtype
        self.device = device

    def build(self, positions: Tensor, columns: int) -> Masks:
        """Masks for tokens at ``positions`` [rows, tokens] over the first ``columns``."""
        distance = positions[:, None, :, None] - torch.arange(columns, device=self.device)
        masks = {kind: self._mask(distance, window) for kind, window in self.windows.items()}
        return masks if len(masks) > 1 else next(iter(masks.values()))

    def _mask(self, distance: Tensor, window: int | None) -> Tensor:
        hidden = distance < 0
        if window is not None:
            hidden |= distance >= window
        mask = torch.zeros(hidden.shape, dtype=self.dtype, device=self.device)
        return mask.masked_fill_(hidden, torch.finfo(self.dtype).min)
