"""Families of the Gemma line for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_gemma.answer import Gemma2AnswerCleaner
from magpie_adapter_gemma.gemma2 import GEMMA2, GEMMA11
from magpie_adapter_gemma.gemma3 import GEMMA3
from magpie_adapter_gemma.gemma4 import GEMMA4
from magpie_adapter_gemma.guess import guess
from magpie_core import Checkpoint, Cleaner, Family, hookimpl

__all__ = ["FAMILIES", "GEMMA2", "GEMMA3", "GEMMA4", "GEMMA11", "Gemma2AnswerCleaner"]

FAMILIES = (GEMMA11, GEMMA2, GEMMA3, GEMMA4)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer the Gemma line."""
    return FAMILIES


@hookimpl
def magpie_register_filters() -> list[type[Cleaner]]:
    """Offer the cleaner that Gemma 2 needs."""
    return [Gemma2AnswerCleaner]


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name a family by markers of its chat template; without a template the core compares names."""
    return guess(checkpoint)
