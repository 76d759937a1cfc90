"""What both trainers share: settings of TRL's configurations, and a checkpoint the engines can load."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

COMMON: dict[str, Any] = {
    "use_cpu": True,
    "bf16": True,  # float32 weights, products in bfloat16: twice as fast as float32 on a core with AMX
    "activation_checkpointing": False,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.05,
    "max_length": 512,
    "logging_steps": 10,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
    "dataloader_pin_memory": False,
}
LOADED: dict[str, Any] = {"dtype": "float32", "attn_implementation": "eager"}
"""The fused attention of a processor is slow backwards in bfloat16."""


def save(trainer: Any, checkpoint: Path, folder: Path) -> None:
    """Write the trained weights with the tokenizer and the chat template that ``checkpoint`` came with."""
    from transformers import AutoTokenizer

    trainer.model.config._attn_implementation = "sdpa"
    trainer.model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(checkpoint).save_pretrained(folder)
