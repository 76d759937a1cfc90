"""Tell the Gemma generations apart by their chat templates. Says nothing without a template."""

from __future__ import annotations

import re

from magpie_adapter_gemma.gemma2 import GEMMA11, REFUSES
from magpie_core import Checkpoint

GENERATIONS = {"gemma": "gemma1.1", "recurrent_gemma": "gemma1.1", "gemma2": "gemma2"}
"""Families by ``model_type``, of the generations that refuse a system message."""


def guess(checkpoint: Checkpoint) -> str | None:
    """The family whose turn tokens the template writes, or None.

    Gemma 1 and 2 publish the same template. A fine-tune may have taught it to take a system prompt,
    so the model type is asked before a template that takes one is put down to Gemma 3.
    """
    template = checkpoint.chat_template or ""
    if "<|turn>" in template:
        return "gemma4"
    if "<start_of_turn>" not in template:
        return None
    typed = GENERATIONS.get(checkpoint.model_type or "")
    if typed or REFUSES not in template:
        return typed or "gemma3"
    return "gemma1.1" if re.search(str(GEMMA11.name_pattern), checkpoint.name, re.I) else "gemma2"
