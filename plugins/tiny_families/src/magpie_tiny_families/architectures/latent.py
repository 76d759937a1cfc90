"""DeepSeek V2 and V3: latent attention that computes what the stem's attention computes.

The latent is the layer's input, twice, which its norm leaves as it is; keys without position are zero,
and the one key head of the stem is the position-dependent key that all heads share.
"""

from __future__ import annotations

import math

import torch

from magpie_tiny_families.architectures.weights import (
    HEAD,
    HEADS,
    HIDDEN,
    LAYERS,
    Built,
    Weights,
    configuration,
    layers,
    pairs_side_by_side,
)

LATENT = 2 * HIDDEN
"""512, the rank of the releases, which engines' kernels expect."""
WITHOUT_POSITION = 32
"""Width of the part of a key that knows no position."""


def deepseek_v2(stem: Weights) -> Built:
    """All layers dense."""
    return _config("deepseek_v2"), _latent(stem)


def deepseek_v3(stem: Weights) -> Built:
    """As V2; rotary dimensions lie side by side in both."""
    return _config("deepseek_v3", rope_interleave=True), _latent(stem)


def _config(model_type: str, **changes: object) -> object:
    return configuration(
        model_type,
        num_key_value_heads=HEADS,
        q_lora_rank=None,
        kv_lora_rank=LATENT,
        qk_nope_head_dim=WITHOUT_POSITION,
        qk_rope_head_dim=HEAD,
        v_head_dim=HEAD,
        first_k_dense_replace=LAYERS,
        n_routed_experts=2,
        n_shared_experts=1,
        num_experts_per_tok=1,
        moe_intermediate_size=128,
        n_group=1,
        topk_group=1,
        **changes,
    )


def _latent(stem: Weights) -> Weights:
    built = {name: t for name, t in stem.items() if name.split(".")[-2] not in ("k_proj", "v_proj")}
    for layer in layers():
        attention = f"{layer}self_attn."
        norm = stem[f"{layer}input_layernorm.weight"]
        # The latent has to be the normalised input itself, so the norm's weight moves into the matrices.
        query, key, value = (stem[f"{attention}{part}_proj.weight"] * norm for part in "qkv")
        built[f"{layer}input_layernorm.weight"] = torch.ones(HIDDEN)
        built[f"{attention}q_proj.weight"] = _queries(query)
        identity = torch.eye(HIDDEN)
        built[f"{attention}kv_a_proj_with_mqa.weight"] = torch.cat(
            [identity, identity, pairs_side_by_side(key)]
        )
        built[f"{attention}kv_a_layernorm.weight"] = torch.ones(LATENT)
        built[f"{attention}kv_b_proj.weight"] = _values(value)
    return built


def _queries(query: torch.Tensor) -> torch.Tensor:
    """Zeros for the part without position; scaled, since scores are divided by the wider head's root."""
    scale = math.sqrt((WITHOUT_POSITION + HEAD) / HEAD)
    heads = pairs_side_by_side(query).view(HEADS, HEAD, HIDDEN) * scale
    return torch.cat([torch.zeros(HEADS, WITHOUT_POSITION, HIDDEN), heads], 1).flatten(0, 1)


def _values(value: torch.Tensor) -> torch.Tensor:
    """From the latent's first half, the same for every head; keys without position are zero."""
    head = torch.zeros(WITHOUT_POSITION + HEAD, LATENT)
    head[WITHOUT_POSITION:, :HIDDEN] = value
    return head.repeat(HEADS, 1)
