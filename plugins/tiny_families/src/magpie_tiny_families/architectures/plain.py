"""Llama, Mistral, Mixtral, Qwen2, Phi-3, Llama 4: the Llama stem under other names, or fused."""

from __future__ import annotations

import torch

from magpie_tiny_families.architectures.weights import (
    HEAD,
    HEADS,
    LAYERS,
    MLP,
    Built,
    Weights,
    changed,
    configuration,
    layers,
    pairs_side_by_side,
)

EXPERTS = 2


def llama(stem: Weights) -> Built:
    """The stem itself."""
    return configuration("llama", head_dim=HEAD), stem


def mistral(stem: Weights) -> Built:
    """The same weights; no sliding window, as in all releases after v0.1."""
    return configuration("mistral", head_dim=HEAD, sliding_window=None), stem


def mixtral(stem: Weights) -> Built:
    """Every expert is the stem's MLP, and the router weighs them equally."""
    built = {name: tensor for name, tensor in stem.items() if ".mlp." not in name}
    for layer in layers():
        gate, up, down = (stem[f"{layer}mlp.{part}_proj.weight"] for part in ("gate", "up", "down"))
        experts = f"{layer}mlp.experts."
        built[f"{layer}mlp.gate.weight"] = torch.zeros(EXPERTS, gate.shape[1])
        built[f"{experts}gate_up_proj"] = torch.stack([torch.cat([gate, up])] * EXPERTS)
        built[f"{experts}down_proj"] = torch.stack([down] * EXPERTS)
    config = configuration(
        "mixtral",
        head_dim=HEAD,
        sliding_window=None,
        num_local_experts=EXPERTS,
        num_experts_per_tok=EXPERTS,
    )
    return config, built


def qwen2(stem: Weights) -> Built:
    """With biases of zero for queries, keys and values."""
    biases = {
        name.replace("weight", "bias"): torch.zeros(tensor.shape[0])
        for name, tensor in stem.items()
        if name.endswith(("q_proj.weight", "k_proj.weight", "v_proj.weight"))
    }
    return configuration("qwen2"), stem | biases


def phi3(stem: Weights) -> Built:
    """Queries, keys and values in one matrix, and gate and up in another."""
    fused = {"q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"}
    built = {name: t for name, t in stem.items() if name.split(".")[-2] not in fused}
    for layer in layers():
        attention, mlp = f"{layer}self_attn.", f"{layer}mlp."
        built[f"{attention}qkv_proj.weight"] = torch.cat(
            [stem[f"{attention}{part}_proj.weight"] for part in "qkv"]
        )
        built[f"{mlp}gate_up_proj.weight"] = torch.cat(
            [stem[f"{mlp}{part}_proj.weight"] for part in ("gate", "up")]
        )
    config = configuration("phi3")
    config.original_max_position_embeddings = config.max_position_embeddings
    return config, built


def llama4(stem: Weights) -> Built:
    """No experts; rotary dimensions side by side; attention in chunks longer than the context."""

    def turned(name: str, tensor: torch.Tensor) -> torch.Tensor:
        rotary = name.endswith(("q_proj.weight", "k_proj.weight"))
        return pairs_side_by_side(tensor) if rotary else tensor

    built = {
        name.replace(".mlp.", ".feed_forward."): t for name, t in changed(stem, turned).items()
    }
    config = configuration(
        "llama4_text",
        head_dim=HEAD,
        num_attention_heads=HEADS,
        intermediate_size_mlp=MLP,
        moe_layers=[],
        no_rope_layers=[1] * LAYERS,
        use_qk_norm=False,
        attn_temperature_tuning=False,
    )
    return config, built
