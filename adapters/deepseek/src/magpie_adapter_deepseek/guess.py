"""Tell DeepSeek's formats apart by their chat templates. Says nothing without a template.

The whole line from V2.5 on writes the same role tokens, and LLM and V2 the same words, so that markers
alone never decide: families here have none registered, but for Coder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from magpie_adapter_deepseek.text import BOS, DEEPSEEK_CODER, DEEPSEEK_LLM, DEEPSEEK_V2
from magpie_adapter_deepseek.tokens import (
    ASSISTANT,
    DEEPSEEK_R1,
    DEEPSEEK_V3,
    DEEPSEEK_V25,
    DEEPSEEK_V31,
    R1_DISTILL_LLAMA,
    R1_DISTILL_QWEN,
    USER,
)
from magpie_core import Checkpoint, Family

DISTILLED = {"qwen2": R1_DISTILL_QWEN.name, "llama": R1_DISTILL_LLAMA.name}
"""Distillates by ``model_type``: models of other makers with DeepSeek's format."""
V4 = ("drop_thinking", "reasoning_effort")
"""Variables of the next generation's templates."""


def guess(checkpoint: Checkpoint) -> str | None:
    """The family whose role markers the template writes, or None."""
    template = checkpoint.chat_template or ""
    if USER in template and ASSISTANT in template:
        return _tokens(checkpoint, template)
    if "### Instruction:" in template and "<|EOT|>" in template:
        return DEEPSEEK_CODER.name
    if "User: " in template and "Assistant:" in template:
        return _text(checkpoint, template)
    return None


def _text(checkpoint: Checkpoint, template: str) -> str | None:
    """LLM or V2: anybody may write ``User:``, so the BOS or the name must be DeepSeek's."""
    if checkpoint.model_type == "deepseek_v2":
        return DEEPSEEK_V2.name
    named = _named(checkpoint, (DEEPSEEK_V2, DEEPSEEK_LLM))
    ours = BOS in template or getattr(checkpoint.tokenizer, "bos_token", None) == BOS
    if named or not ours:
        return named
    return DEEPSEEK_LLM.name if checkpoint.model_type == "llama" else None


def _tokens(checkpoint: Checkpoint, template: str) -> str | None:
    """V2.5 to R1 and the distillates, which only the model type or the name tells apart."""
    distilled = _named(checkpoint, (R1_DISTILL_QWEN, R1_DISTILL_LLAMA))
    if distilled:
        return distilled
    kind = checkpoint.model_type or ""
    if kind in DISTILLED:
        return DISTILLED[kind] if "</think>" in template else None
    if kind and not kind.startswith("deepseek"):
        return None  # another maker's vocabulary, such as R1-0528-Qwen3
    if not kind and re.search(r"qwen|llama", checkpoint.name, re.IGNORECASE):
        return None
    if kind == "deepseek_v4" or any(variable in template for variable in V4):
        return None
    if kind == "deepseek_v2" or _named(checkpoint, (DEEPSEEK_V25,)):
        return DEEPSEEK_V25.name
    if "thinking" in template:
        return DEEPSEEK_V31.name
    return DEEPSEEK_R1.name if "</think>" in template else DEEPSEEK_V3.name


def _named(checkpoint: Checkpoint, families: Iterable[Family]) -> str | None:
    for family in families:
        if re.search(str(family.name_pattern), checkpoint.name, re.IGNORECASE):
            return family.name
    return None
