"""What all architectures share: sizes of the stems, and names of their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from transformers import AutoConfig

Weights = dict[str, torch.Tensor]
"""A state dict in float32."""
Built = tuple[Any, Weights]
"""A transformers configuration and the weights that go with it."""

VOCABULARY, HIDDEN, MLP, LAYERS, HEADS, HEAD = 3072, 256, 768, 5, 4, 64
"""Tokens, widths of the residual stream and of the MLP, layers, attention heads and their width.

There is one key head.
"""
THETA = 10000.0
"""Base of the rotary position frequencies."""
CONTEXT = 1024


def configuration(model_type: str, **changes: Any) -> Any:
    """The stems' sizes as a configuration of ``model_type``."""
    settings: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": MLP,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 1,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {"rope_type": "default", "rope_theta": THETA},
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 2,
    }
    return AutoConfig.for_model(model_type, **(settings | changes))


def layers() -> Iterator[str]:
    """The prefix of each layer's names."""
    return (f"model.layers.{number}." for number in range(LAYERS))


def changed(weights: Weights, change: Callable[[str, torch.Tensor], torch.Tensor]) -> Weights:
    """``weights`` with ``change(name, tensor)`` applied to each."""
    return {name: change(name, tensor) for name, tensor in weights.items()}


def pairs_side_by_side(rows: torch.Tensor) -> torch.Tensor:
    """Rows of rotary heads, of shape (heads × 64, in), from halves to pairs.

    Llama turns dimension i with i + 32, others i with its neighbour.
    """
    heads = rows.view(-1, 2, HEAD // 2, rows.shape[-1])
    return heads.transpose(1, 2).reshape(rows.shape)
