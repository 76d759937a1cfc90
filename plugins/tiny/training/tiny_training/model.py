"""The architecture, a fresh model, and a checkpoint folder that many versions can load."""

import json
import math
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from .attention import register
from .chat import BEGIN_ID, END_OF_TURN_ID, PADDING_ID, STOP_IDS
from .tokenizer import CONTEXT, VOCABULARY_SIZE


def configuration() -> LlamaConfig:
    """A Llama with 4.7 million parameters. ``head_dim`` 64 suits every engine's attention."""
    return LlamaConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=BEGIN_ID,
        eos_token_id=END_OF_TURN_ID,
        pad_token_id=PADDING_ID,
    )


def fresh_model(seed: int) -> LlamaForCausalLM:
    """Random weights in float32; layers that write to the residual stream start smaller."""
    torch.manual_seed(seed)
    config = configuration()
    model = AutoModelForCausalLM.from_config(
        config, attn_implementation=register(), dtype=torch.float32
    )
    residual = 0.02 / math.sqrt(2 * config.num_hidden_layers)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2:
                writes = name.endswith(("o_proj.weight", "down_proj.weight"))
                parameter.normal_(0, residual if writes else 0.02)
    return model


def loaded_model(folder: Path) -> LlamaForCausalLM:
    """The weights of a checkpoint in float32, to train on."""
    return AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation=register(), dtype=torch.float32
    )


def save_checkpoint(model: LlamaForCausalLM, tokenizer: Path, folder: Path) -> None:
    """Write weights, configurations and tokenizer to ``folder``, and nothing else."""
    model.config.use_cache = True
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, folder / name)
    config = json.loads((folder / "config.json").read_text())
    # What transformers 4 reads where transformers 5 writes ``dtype`` and ``rope_parameters``.
    config |= {"torch_dtype": "bfloat16", "rope_theta": 10000.0, "eos_token_id": STOP_IDS}
    write_json(folder / "config.json", config)
    generation = {
        "bos_token_id": BEGIN_ID,
        "do_sample": True,
        "eos_token_id": STOP_IDS,
        "pad_token_id": PADDING_ID,
        "temperature": 1.0,
        "top_p": 1.0,
    }
    write_json(folder / "generation_config.json", generation)


def write_json(path: Path, content: dict[str, object]) -> None:
    """``content`` as readable JSON."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
