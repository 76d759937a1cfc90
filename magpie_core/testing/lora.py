"""A LoRA of random weights in PEFT's format, for tests of engines that take one."""

from __future__ import annotations

import json
from pathlib import Path


def write_lora(folder: Path, checkpoint: str, rank: int = 8, size: float = 0.1) -> str:
    """Write a LoRA of every attention output into ``folder``, and give its path.

    Args:
        folder: exists.
        checkpoint: folder of the model it is for.
        rank: of its matrices.
        size: factor on the second matrix; at 0.0 it changes nothing.
    """
    import numpy as np
    from safetensors.numpy import save_file

    config = json.loads((Path(checkpoint) / "config.json").read_text())
    width = config["hidden_size"]
    heads = config["num_attention_heads"] * config["head_dim"]
    draw = np.random.default_rng(1).standard_normal
    tensors = {}
    for layer in range(config["num_hidden_layers"]):
        name = f"base_model.model.model.layers.{layer}.self_attn.o_proj"
        tensors[f"{name}.lora_A.weight"] = draw((rank, heads), np.float32)
        tensors[f"{name}.lora_B.weight"] = draw((width, rank), np.float32) * np.float32(size)
    save_file(tensors, folder / "adapter_model.safetensors")
    facts = {"peft_type": "LORA", "r": rank, "lora_alpha": rank, "target_modules": ["o_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(facts))
    return str(folder)
