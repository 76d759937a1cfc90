"""The tagger ``rip``: reward and length of the rejected response, and the reward gap. Needs no engine."""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_rip.tagger import RipTagger

__version__ = "0.1.0"

__all__ = ["RipTagger", "__version__", "magpie_register_taggers"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the tagger for Rejecting Instruction Preferences."""
    return [RipTagger]
