"""The tagger ``safety``: what a model of the Llama Guard family says of a conversation. Loads no engine."""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_safety.tagger import SafetyTagger

__version__ = "0.1.0"

__all__ = ["SafetyTagger", "__version__", "magpie_register_taggers"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the safety tagger."""
    return [SafetyTagger]
