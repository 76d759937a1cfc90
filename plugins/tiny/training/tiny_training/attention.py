"""Attention for training on a CPU, in plain matrix products.

The CPU's fused attention has a very slow backward pass in bfloat16.
Causal only and without padding mask: rows are padded on the right and padding is not scored.
"""

from typing import Any

import torch
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

NAME = "causal_products"


def causal_products(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    dropout: float = 0.0,
    scaling: float = 1.0,
    **ignored: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as transformers calls it: heads first in, tokens first out, no weights."""
    groups = query.shape[1] // key.shape[1]
    key = key.repeat_interleave(groups, 1)
    value = value.repeat_interleave(groups, 1)
    scores = torch.matmul(query * scaling, key.transpose(2, 3))
    length = scores.shape[-1]
    # A large number instead of infinity: every score stays finite.
    scores = scores + torch.full((length, length), -1e4, dtype=scores.dtype).triu(1)
    output = torch.matmul(torch.softmax(scores, -1), value)
    return output.transpose(1, 2).contiguous(), None


def no_mask(*args: Any, **kwargs: Any) -> None:
    """The mask is built in."""


def register() -> str:
    """Make the function known to transformers; returns the name to ask for."""
    ALL_ATTENTION_FUNCTIONS.register(NAME, causal_products)
    ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, no_mask)
    return NAME
