"""How diverse texts are, and a pick of those that differ, by their embeddings. Loads numpy when called."""

from __future__ import annotations

from magpie_core import Figure, Picker, hookimpl
from magpie_filter_diversity.deita import DeitaPicker
from magpie_filter_diversity.figure import VendiFigure
from magpie_filter_diversity.vendi import vendi_score

__all__ = ["DeitaPicker", "VendiFigure", "vendi_score"]


@hookimpl
def magpie_register_pickers() -> list[type[Picker]]:
    """Offer the pick of rows that are far from all better ones."""
    return [DeitaPicker]


@hookimpl
def magpie_register_figures() -> list[type[Figure]]:
    """Offer the Vendi score."""
    return [VendiFigure]
