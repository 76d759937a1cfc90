"""Families of the Qwen line for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_qwen.guess import guess
from magpie_adapter_qwen.qwen2 import QWEN2, QWEN2_MATH, QWEN15
from magpie_adapter_qwen.qwen3 import QWEN3, QWEN3_2507, QWEN35, QWQ
from magpie_adapter_qwen.qwen25 import QWEN25, QWEN25_CODER, QWEN25_MATH
from magpie_adapter_qwen.rules import FLAMING
from magpie_adapter_qwen.switch import Qwen3SwitchCleaner
from magpie_core import Checkpoint, Cleaner, Family, FirstTokenRule, hookimpl

__all__ = [
    "FAMILIES",
    "FLAMING",
    "QWEN2",
    "QWEN2_MATH",
    "QWEN3",
    "QWEN3_2507",
    "QWEN15",
    "QWEN25",
    "QWEN25_CODER",
    "QWEN25_MATH",
    "QWEN35",
    "QWQ",
    "Qwen3SwitchCleaner",
]

FAMILIES = (
    QWEN15,
    QWEN2,
    QWEN2_MATH,
    QWEN25,
    QWEN25_CODER,
    QWEN25_MATH,
    QWQ,
    QWEN3,
    QWEN3_2507,
    QWEN35,
)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer the Qwen line."""
    return FAMILIES


@hookimpl
def magpie_register_logits_processors() -> list[FirstTokenRule]:
    """Offer the rule that Qwen2.5-Math is sampled with."""
    return [FLAMING]


@hookimpl
def magpie_register_filters() -> list[type[Cleaner]]:
    """Offer the cleaner that Qwen3 needs."""
    return [Qwen3SwitchCleaner]


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name a family by its template's own words; without a template the core compares names."""
    return guess(checkpoint)
