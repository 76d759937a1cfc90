"""Families of the Phi line for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_phi.exercise import PhiExerciseCleaner
from magpie_adapter_phi.guess import guess
from magpie_adapter_phi.phi3 import PHI3_MEDIUM, PHI3_MINI, PHI3_SMALL, PHI35_MINI
from magpie_adapter_phi.phi4 import PHI4, PHI4_MINI
from magpie_core import Checkpoint, Cleaner, Family, hookimpl

__all__ = [
    "FAMILIES",
    "PHI3_MEDIUM",
    "PHI3_MINI",
    "PHI3_SMALL",
    "PHI4",
    "PHI4_MINI",
    "PHI35_MINI",
    "PhiExerciseCleaner",
]

FAMILIES = (PHI3_MINI, PHI3_MEDIUM, PHI35_MINI, PHI3_SMALL, PHI4, PHI4_MINI)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer the Phi line."""
    return FAMILIES


@hookimpl
def magpie_register_filters() -> list[type[Cleaner]]:
    """Offer the cleaner that the Phi line needs."""
    return [PhiExerciseCleaner]


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name a family by markers of its chat template; without a template the core compares names."""
    return guess(checkpoint)
