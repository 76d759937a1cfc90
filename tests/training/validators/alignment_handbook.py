"""Reads recipes as the alignment handbook does. Run with the TRL it asks for.

The handbook itself is in no index: its own options, on top of TRL's, are stated here as its source has them.

Usage: python alignment_handbook.py CONFIG …   prints one JSON list, an object for each.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from trl import DPOConfig, ModelConfig, ScriptArguments, SFTConfig, TrlParser

NO_GPU = ("bf16: true", "bf16: false")
"""TRL refuses bfloat16 on a machine without a GPU."""


@dataclass
class Script(ScriptArguments):
    """Its script's own options."""

    dataset_name: str | None = None
    dataset_mixture: dict[str, Any] | None = None


@dataclass
class Sft(SFTConfig):
    """Its own options of fine-tuning."""

    chat_template: str | None = None


@dataclass
class Dpo(DPOConfig):
    """Its own options of preference training."""

    chat_template: str | None = None


def check(path: Path) -> dict[str, Any]:
    """What it understood. An unknown option is an error of TRL's own parser."""
    copy = path.with_name("read.yaml")
    copy.write_text(path.read_text(encoding="utf-8").replace(*NO_GPU), encoding="utf-8")
    kind = Sft if "assistant_only_loss" in yaml.safe_load(copy.read_text()) else Dpo
    parser = TrlParser((Script, kind, ModelConfig))
    script, training, model = parser.parse_args_and_config(["--config", str(copy)])
    return {
        "data": script.dataset_mixture,
        "template": training.chat_template,
        "warmup": training.warmup_ratio,
        "longest": training.max_length,
        "prompt": getattr(training, "max_prompt_length", None),
        "model": model.model_name_or_path,
        "dtype": model.torch_dtype,
    }


print(json.dumps([check(Path(one)) for one in sys.argv[1:]]))
