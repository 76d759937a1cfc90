"""Write a family's checkpoint: weights, configurations, tokenizer. Where it is kept, ``cache`` decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from magpie_core import Family
from magpie_tiny_families.architectures import ARCHITECTURES
from magpie_tiny_families.catalogue import Member
from magpie_tiny_families.stems import load_stem
from magpie_tiny_families.template import chat_template
from magpie_tiny_families.tokenizer import token_texts, write_tokenizer


def build(member: Member, family: Family, folder: Path) -> None:
    """Write weights, configurations and tokenizer into ``folder``."""
    write_model(member, folder)
    chat = family.chat_format()
    write_tokenizer(
        folder,
        member.vocabulary,
        bos=chat.bos,
        template=chat_template(chat),
        swallows=member.swallows,
    )


def write_model(member: Member, folder: Path) -> None:
    """Write ``config.json``, ``generation_config.json`` and ``model.safetensors``."""
    config, weights = ARCHITECTURES[member.architecture](load_stem(member.stem))
    texts = token_texts(member.vocabulary)
    stops = [texts.index(one) for one in _end_tokens(member)]
    config.bos_token_id = 0 if "begin" in member.vocabulary else None
    config.eos_token_id = stops
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(weights)
    # Sampled as the family says; transformers' defaults of an architecture have no place here.
    model.generation_config.eos_token_id = stops
    with _no_progress_bar():
        model.to(torch.bfloat16).save_pretrained(folder)
    _complete(folder / "config.json", {"torch_dtype": "bfloat16"})


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Silence transformers while it writes ten megabytes; the caller's setting is put back."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _end_tokens(member: Member) -> list[str]:
    return [member.vocabulary[r] for r in ("end_of_turn", "end_of_text") if r in member.vocabulary]


def _complete(path: Path, added: dict[str, Any]) -> None:
    """Add what transformers 4 reads where transformers 5 writes something else."""
    content = json.loads(path.read_text("utf-8")) | added
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")
