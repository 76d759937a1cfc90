"""The Yi 1.5 family for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_yi.guess import guess
from magpie_adapter_yi.yi15 import YI15
from magpie_core import Checkpoint, Family, hookimpl

__all__ = ["FAMILIES", "YI15"]

FAMILIES = (YI15,)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer Yi 1.5."""
    return FAMILIES


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name the family by markers of its chat template; without a template the core compares names."""
    return guess(checkpoint)
