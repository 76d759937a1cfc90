"""Qwen3 and Qwen3.5: queries and keys are normalised, which widened heads make harmless."""

from __future__ import annotations

import torch

from magpie_tiny_families.architectures.weights import (
    HEAD,
    HEADS,
    HIDDEN,
    LAYERS,
    MLP,
    THETA,
    Built,
    Weights,
    configuration,
    layers,
)
from magpie_tiny_families.architectures.wide import (
    FIRST,
    SPREAD,
    WIDE,
    Places,
    wide_attention,
)

SCALE = (WIDE / HEAD) ** 0.5
"""Scores are divided by the root of the head's width, which is four times what it was."""
OPEN_GATE = 64.0
"""Its sigmoid is 1."""
LINEAR_HEADS, LINEAR_HEAD, KERNEL = 2, 32, 4


def qwen3(stem: Weights) -> Built:
    """With biases, which the releases lack and the architecture has."""
    config = configuration("qwen3", head_dim=WIDE, attention_bias=True)
    return config, _wide(stem, SPREAD)


def qwen35(stem: Weights) -> Built:
    """Gated attention behind one layer of linear attention that adds nothing.

    Norms multiply by one plus their weight. As in the releases, a quarter of a head turns.
    """
    wide = _wide(stem, FIRST)
    for layer in layers():
        for part in ("weight", "bias"):
            name = f"{layer}self_attn.q_proj.{part}"
            wide[name] = _with_open_gate(wide[name])
    built = {"model.embed_tokens.weight": wide["model.embed_tokens.weight"]}
    built["lm_head.weight"] = built["model.embed_tokens.weight"]
    built["model.norm.weight"] = wide["model.norm.weight"] - 1
    for number, layer in enumerate(layers()):
        for name, tensor in wide.items():
            if name.startswith(layer):
                later = f"model.layers.{number + 1}.{name.removeprefix(layer)}"
                built[later] = tensor - 1 if "norm" in name else tensor
    config = configuration(
        "qwen3_5_text",
        num_hidden_layers=LAYERS + 1,
        head_dim=WIDE,
        attention_bias=True,
        layer_types=["linear_attention"] + ["full_attention"] * LAYERS,
        linear_num_key_heads=LINEAR_HEADS,
        linear_num_value_heads=LINEAR_HEADS,
        linear_key_head_dim=LINEAR_HEAD,
        linear_value_head_dim=LINEAR_HEAD,
        linear_conv_kernel_dim=KERNEL,
        rope_parameters={
            "rope_type": "default",
            "rope_theta": THETA,
            "partial_rotary_factor": HEAD / WIDE,
            "mrope_section": [11, 11, 10],
            "mrope_interleaved": True,
        },
    )
    return config, built | _silent_layer()


def _wide(stem: Weights, places: Places) -> Weights:
    built = {name: tensor for name, tensor in stem.items() if ".self_attn." not in name}
    for layer in layers():
        built |= wide_attention(stem, f"{layer}self_attn.", places, SCALE)
    return built


def _with_open_gate(queries: torch.Tensor) -> torch.Tensor:
    """Behind each head's queries its gate: a bias alone, so that it is always open."""
    heads = queries.view(HEADS, WIDE, -1)
    gate = torch.full_like(heads, OPEN_GATE) if queries.ndim == 1 else torch.zeros_like(heads)
    return torch.cat([heads, gate], 1).reshape(-1, *queries.shape[1:])


def _silent_layer() -> Weights:
    """A linear-attention layer at work, whose outputs are multiplied by zero."""
    random = torch.Generator().manual_seed(0)
    width = LINEAR_HEADS * LINEAR_HEAD

    def some(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random) * 0.02

    attention = "model.layers.0.linear_attn."
    mlp = "model.layers.0.mlp."
    return {
        f"{attention}A_log": torch.zeros(LINEAR_HEADS),
        f"{attention}dt_bias": torch.ones(LINEAR_HEADS),
        f"{attention}conv1d.weight": some(3 * width, 1, KERNEL),
        f"{attention}in_proj_qkv.weight": some(3 * width, HIDDEN),
        f"{attention}in_proj_z.weight": some(width, HIDDEN),
        f"{attention}in_proj_b.weight": some(LINEAR_HEADS, HIDDEN),
        f"{attention}in_proj_a.weight": some(LINEAR_HEADS, HIDDEN),
        f"{attention}norm.weight": torch.ones(LINEAR_HEAD),
        f"{attention}out_proj.weight": torch.zeros(HIDDEN, width),
        f"{mlp}gate_proj.weight": some(MLP, HIDDEN),
        f"{mlp}up_proj.weight": some(MLP, HIDDEN),
        f"{mlp}down_proj.weight": torch.zeros(HIDDEN, MLP),
        "model.layers.0.input_layernorm.weight": torch.zeros(HIDDEN),
        "model.layers.0.post_attention_layernorm.weight": torch.zeros(HIDDEN),
    }
