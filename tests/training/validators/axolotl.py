"""Reads configurations as Axolotl does, and says what it would learn. Run where Axolotl is installed.

Usage: python axolotl.py CONFIG …   prints one JSON list, an object for each.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

# This folder would come first, and this file is called like the package.
sys.path.pop(0)

import yaml
from axolotl.prompt_strategies import load
from axolotl.prompt_strategies.dpo import load as load_pairs
from axolotl.utils.dict import DictDefault
from axolotl.utils.schemas.config import AxolotlInputConfig
from transformers import AutoTokenizer


def check(path: Path) -> dict[str, Any]:
    """Options that are unknown, and the texts that are learned."""
    os.chdir(path.parent)
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    AxolotlInputConfig(**settings)
    found = {"unknown": sorted(set(settings) - set(AxolotlInputConfig.model_fields))}
    tokenizer = AutoTokenizer.from_pretrained(settings["base_model"])
    made, [data] = DictDefault(settings), settings["datasets"]
    rows = [json.loads(line) for line in Path(data["path"]).read_text().splitlines()]
    if settings.get("rl") == "dpo":
        write, _ = load_pairs(data["type"], made, dataset_idx=0)
        pairs = [write(row, tokenizer=tokenizer) for row in rows]
        return found | {"pairs": [[one["prompt"], one["chosen"], one["rejected"]] for one in pairs]}
    strategy = load("chat_template", tokenizer, made, made.datasets[0])
    learned, texts = [], []
    for row in rows:
        said = strategy.tokenize_prompt(row)
        both = zip(said["input_ids"], said["labels"], strict=True)
        learned.append(tokenizer.decode([i for i, label in both if label != -100]))
        texts.append(tokenizer.decode(said["input_ids"]))
    return found | {"learned": learned, "texts": texts}


print(json.dumps([check(Path(one)) for one in sys.argv[1:]]))
