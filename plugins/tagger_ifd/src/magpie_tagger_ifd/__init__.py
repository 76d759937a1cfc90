"""The tagger ``ifd``: how little an instruction helps a model to predict its response. Loads no torch."""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_ifd.tagger import IfdTagger

__version__ = "0.1.0"

__all__ = ["IfdTagger", "__version__", "magpie_register_taggers"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the tagger for instruction-following difficulty."""
    return [IfdTagger]
