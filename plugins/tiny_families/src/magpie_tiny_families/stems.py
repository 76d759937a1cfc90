"""The trained weights, stored in eight bits: a signed byte per weight and a scale per row."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from magpie_tiny_families.catalogue import Stem

FOLDER = Path(__file__).parent / "weights"
SCALE = ".scale"
EMBEDDINGS = "model.embed_tokens.weight"
HEAD = "lm_head.weight"
LARGEST = 127


def load_stem(stem: Stem) -> dict[str, torch.Tensor]:
    """The stem's weights in float32, under transformers' names."""
    stored = load_file(FOLDER / f"{stem}.safetensors")
    weights = {
        name: tensor.float() * stored[name + SCALE] if name + SCALE in stored else tensor.float()
        for name, tensor in stored.items()
        if not name.endswith(SCALE)
    }
    return weights | {HEAD: weights[EMBEDDINGS]}


def save_stem(weights: dict[str, torch.Tensor], path: Path) -> None:
    """Store ``weights``: matrices in eight bits, vectors in float32, the tied head not at all."""
    stored: dict[str, torch.Tensor] = {}
    for name, tensor in weights.items():
        if name == HEAD:
            continue
        if tensor.ndim < 2:
            stored[name] = tensor.float().contiguous()
            continue
        scale = tensor.float().abs().amax(1, keepdim=True).clamp(min=1e-12) / LARGEST
        stored[name] = (tensor.float() / scale).round().to(torch.int8)
        stored[name + SCALE] = scale
    save_file(stored, path)
