"""Gemma 1 from the Llama stem; Gemma 2, 3 and 4 from the Gemma stem, which is a trained Gemma 2."""

from __future__ import annotations

import torch

from magpie_tiny_families.architectures.weights import (
    CONTEXT,
    HEAD,
    HIDDEN,
    LAYERS,
    THETA,
    Built,
    Weights,
    changed,
    configuration,
    layers,
)
from magpie_tiny_families.architectures.wide import (
    FIRST,
    SIZE,
    SPREAD,
    WIDE,
    constants,
    wide_attention,
)

CAP = 30.0
"""Logits are capped as in the release of Gemma 2; the stem was trained so."""
ROPE = {"rope_type": "default", "rope_theta": THETA}
GELU = 1.702
"""GELU(x / 1.702) · 1.702 is SiLU(x) but for 0.03 at most (the sigmoid approximation of GELU)."""


def gemma(stem: Weights) -> Built:
    """Close to the Llama stem, not equal: Gemma's activation is GELU.

    Embeddings are multiplied by the root of their width on input, which the last norm undoes.
    """
    scale = HIDDEN**0.5

    def as_gemma(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if name.endswith(("embed_tokens.weight", "lm_head.weight")):
            return tensor / scale
        if name == "model.norm.weight":
            return tensor * scale - 1
        if name.endswith("norm.weight"):
            return tensor - 1
        if name.endswith("gate_proj.weight"):
            return tensor / GELU
        return tensor * GELU if name.endswith("up_proj.weight") else tensor

    return configuration("gemma", head_dim=HEAD), changed(stem, as_gemma)


def gemma2(stem: Weights) -> Built:
    """The stem itself."""
    config = configuration(
        "gemma2",
        head_dim=HEAD,
        query_pre_attn_scalar=HEAD,
        sliding_window=CONTEXT,
        attn_logit_softcapping=None,
        final_logit_softcapping=CAP,
    )
    return config, stem


def gemma3(stem: Weights) -> Built:
    """Queries and keys are normalised: heads are widened; norms multiply by one plus their weight."""
    built = _wide(stem)
    for name in built:
        if name.endswith(("q_norm.weight", "k_norm.weight")):
            built[name] = built[name] - 1
    config = configuration(
        "gemma3_text",
        head_dim=WIDE,
        query_pre_attn_scalar=HEAD,
        attention_bias=True,
        sliding_window=CONTEXT,
        layer_types=_layer_types(),
        rope_parameters={"sliding_attention": ROPE, "full_attention": ROPE},
        final_logit_softcapping=CAP,
    )
    return config, built


def gemma4(stem: Weights) -> Built:
    """Values are normalised too, and nothing scales the scores; norms multiply by their weight."""
    built = _wide(stem, HEAD**-0.5)
    for layer in layers():
        attention = f"{layer}self_attn."
        built[f"{attention}v_proj.bias"] = constants(1, FIRST)
        built[f"{attention}o_proj.weight"] = built[f"{attention}o_proj.weight"] * SIZE
        built[f"{layer}layer_scalar"] = torch.ones(1)
    for name in built:
        if name.endswith("norm.weight") and not name.endswith(("q_norm.weight", "k_norm.weight")):
            built[name] = built[name] + 1
    config = configuration(
        "gemma4_text",
        head_dim=WIDE,
        global_head_dim=WIDE,
        attention_bias=True,
        sliding_window=CONTEXT,
        layer_types=_layer_types(),
        rope_parameters={"sliding_attention": ROPE, "full_attention": ROPE},
        hidden_size_per_layer_input=0,
        vocab_size_per_layer_input=0,
        final_logit_softcapping=CAP,
    )
    return config, built


def _wide(stem: Weights, scale: float = 1.0) -> Weights:
    built = {name: tensor for name, tensor in stem.items() if ".self_attn." not in name}
    for layer in layers():
        built |= wide_attention(stem, f"{layer}self_attn.", SPREAD, scale)
    return built


def _layer_types() -> list[str]:
    """The last layer sees everything; the others' window is as long as the context."""
    return ["sliding_attention"] * (LAYERS - 1) + ["full_attention"]
