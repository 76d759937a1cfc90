"""Reads configurations as LLaMA-Factory does, data included. Run where LLaMA-Factory is installed.

Usage: python llama_factory.py CONFIG …   prints one JSON list, an object for each.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

NO_GPU = {"bf16": False, "use_cpu": True, "flash_attn": "sdpa", "optim": "adamw_torch"}
"""What its arguments refuse on a machine without a GPU."""
UNPACKED = {"packing": False, "neat_packing": False}


def check(path: Path) -> dict[str, Any]:
    """The texts that are learned. An unknown option is an error of its own parser."""
    from llamafactory.data.loader import get_dataset
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.hparams.parser import get_train_args
    from transformers import AutoTokenizer

    os.chdir(path.parent)
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    here = NO_GPU | (UNPACKED if settings["stage"] == "sft" else {})
    model, data, training, tuning, _ = get_train_args(settings | here)
    tokenizer = AutoTokenizer.from_pretrained(settings["model_name_or_path"])
    template = get_template_and_fix_tokenizer(tokenizer, data)
    stage = "rm" if tuning.stage == "dpo" else tuning.stage  # as its own workflow of DPO asks
    dataset = get_dataset(template, model, data, training, stage=stage, tokenizer=tokenizer)
    rows = list(dataset["train_dataset"])

    def learned(row: dict[str, Any], which: str = "") -> str:
        return tokenizer.decode([one for one in row[f"{which}labels"] if one != -100])

    if tuning.stage == "dpo":
        return {
            "pairs": [
                [
                    tokenizer.decode(one["chosen_input_ids"]),
                    learned(one, "chosen_"),
                    learned(one, "rejected_"),
                ]
                for one in rows
            ],
            "beta": tuning.pref_beta,
        }
    return {
        "learned": [learned(one) for one in rows],
        "texts": [tokenizer.decode(one["input_ids"]) for one in rows],
        "warmup": training.warmup_ratio,
        "longest": data.cutoff_len,
    }


for name in (
    "torchaudio",
    "av",
):  # it loads them for sounds and films, which are in none of our data
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__spec__ = ModuleSpec(name, None)
found = [check(Path(one)) for one in sys.argv[1:]]
print(json.dumps(found))  # the last line: it prints an example itself
