"""Families of the Mistral line for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_mistral.guess import guess
from magpie_adapter_mistral.spm import MISTRAL_V1, MISTRAL_V3_SPM
from magpie_adapter_mistral.tekken import MISTRAL_V3_TEKKEN, MISTRAL_V7_TEKKEN
from magpie_core import Checkpoint, Family, hookimpl

__all__ = [
    "FAMILIES",
    "MISTRAL_V1",
    "MISTRAL_V3_SPM",
    "MISTRAL_V3_TEKKEN",
    "MISTRAL_V7_TEKKEN",
]

FAMILIES = (MISTRAL_V1, MISTRAL_V3_SPM, MISTRAL_V3_TEKKEN, MISTRAL_V7_TEKKEN)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer the Mistral line."""
    return FAMILIES


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name a family by markers of its chat template; without a template the core compares names."""
    return guess(checkpoint)
