"""Families of the DeepSeek line for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_deepseek.guess import guess
from magpie_adapter_deepseek.text import DEEPSEEK_CODER, DEEPSEEK_LLM, DEEPSEEK_V2
from magpie_adapter_deepseek.tokens import (
    DEEPSEEK_R1,
    DEEPSEEK_V3,
    DEEPSEEK_V25,
    DEEPSEEK_V31,
    R1_DISTILL_LLAMA,
    R1_DISTILL_QWEN,
)
from magpie_core import Checkpoint, Family, hookimpl

__all__ = [
    "DEEPSEEK_CODER",
    "DEEPSEEK_LLM",
    "DEEPSEEK_R1",
    "DEEPSEEK_V2",
    "DEEPSEEK_V3",
    "DEEPSEEK_V25",
    "DEEPSEEK_V31",
    "FAMILIES",
    "R1_DISTILL_LLAMA",
    "R1_DISTILL_QWEN",
]

FAMILIES = (
    DEEPSEEK_LLM,
    DEEPSEEK_CODER,
    DEEPSEEK_V2,
    DEEPSEEK_V25,
    DEEPSEEK_V3,
    DEEPSEEK_V31,
    DEEPSEEK_R1,
    R1_DISTILL_QWEN,
    R1_DISTILL_LLAMA,
)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer the DeepSeek line."""
    return FAMILIES


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name a family by its template, model type and name; without a template the core compares names."""
    return guess(checkpoint)
