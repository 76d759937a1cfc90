"""A family's tokenizer: the embedded model's byte-level BPE under the family's special tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from magpie_tiny import CHECKPOINT
from magpie_tiny_families.vocabularies import NOT_SPECIAL, ROLES, SWALLOWS_SPACE, Vocabulary

CONTEXT = 1024


def token_texts(vocabulary: Vocabulary) -> list[str]:
    """The texts of ids 0 to 15; roles a family lacks are reserved."""
    return [vocabulary.get(role, f"<|reserved_{index}|>") for index, role in enumerate(ROLES)]


def tokenizer_json(vocabulary: Vocabulary, *, bos: str | None, swallows: bool) -> dict[str, Any]:
    """The contents of ``tokenizer.json``.

    Args:
        vocabulary: the family's special tokens.
        bos: the token that the chat format begins with, which a plain call puts first.
        swallows: whether role tokens take the white space after them along.
    """
    content: dict[str, Any] = json.loads((CHECKPOINT / "tokenizer.json").read_text("utf-8"))
    texts = token_texts(vocabulary)
    for one in content["added_tokens"]:
        text = texts[one["id"]]
        one["content"] = text
        one["special"] = text not in NOT_SPECIAL
        one["rstrip"] = swallows and text in SWALLOWS_SPACE
    learned = {t: i for t, i in content["model"]["vocab"].items() if i >= len(texts)}
    content["model"]["vocab"] = {text: index for index, text in enumerate(texts)} | learned
    content["post_processor"] = _adds_bos(bos, texts.index(bos)) if bos else None
    return content


def _adds_bos(token: str, index: int) -> dict[str, Any]:
    """A plain call adds one BOS, ``add_special_tokens=False`` adds none."""
    special = {"SpecialToken": {"id": token, "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [special, first],
        "pair": [special, first, second],
        "special_tokens": {token: {"id": token, "ids": [index], "tokens": [token]}},
    }


def tokenizer_config(vocabulary: Vocabulary, *, bos: str | None, template: str) -> dict[str, Any]:
    """The contents of ``tokenizer_config.json``; names no class that only transformers 5 knows."""
    content: dict[str, Any] = {
        "chat_template": template,
        "clean_up_tokenization_spaces": False,
        "eos_token": vocabulary["end_of_turn"],
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": CONTEXT,
        "pad_token": vocabulary["padding"],
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    if begin := bos or vocabulary.get("begin"):
        content["bos_token"] = begin
    if "unknown" in vocabulary:
        content["unk_token"] = vocabulary["unknown"]
    return content


def write_tokenizer(
    folder: Path, vocabulary: Vocabulary, *, bos: str | None, template: str, swallows: bool
) -> None:
    """Write both files into ``folder``."""
    contents = {
        "tokenizer.json": tokenizer_json(vocabulary, bos=bos, swallows=swallows),
        "tokenizer_config.json": tokenizer_config(vocabulary, bos=bos, template=template),
    }
    for name, content in contents.items():
        (folder / name).write_text(
            json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
