"""Greedy answers of a checkpoint to many prompts, in batches of like length. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import paths  # noqa: F401  (finds tiny_training)
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tiny_training.chat import STOP_IDS

BATCH = 128
LONGEST = 100
"""Tokens; the longest answers of the corpus have 78. What was written until then counts."""


@torch.no_grad()
def answers(checkpoint: Path, prompts: Sequence[str], until: str | None = None) -> list[str]:
    """What the checkpoint writes after each prompt, up to a stop token, ``until`` or the longest length.

    Args:
        checkpoint: a causal language model of the tiny vocabulary.
        prompts: whole prompts; no token is added.
        until: a text that ends an answer, for models that know no end of a turn.
    """
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
    found = [""] * len(prompts)
    by_length = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
    for start in range(0, len(prompts), BATCH):
        places = by_length[start : start + BATCH]
        inputs = tokenizer(
            [prompts[place] for place in places],
            add_special_tokens=False,
            padding=True,
            return_tensors="pt",
        )
        inputs.pop("token_type_ids", None)
        ends = {} if until is None else {"stop_strings": [until], "tokenizer": tokenizer}
        greedy = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        output = model.generate(
            **inputs, max_new_tokens=LONGEST, eos_token_id=STOP_IDS, **greedy, **ends
        )
        for place, ids in zip(places, output[:, inputs["input_ids"].shape[1] :], strict=True):
            text = _until_stop(tokenizer, ids.tolist())
            found[place] = (text if until is None else text.partition(until)[0]).strip()
    return found


def _until_stop(tokenizer: AutoTokenizer, ids: list[int]) -> str:
    end = next((place for place, token in enumerate(ids) if token in STOP_IDS), len(ids))
    return str(tokenizer.decode(ids[:end], skip_special_tokens=False))
