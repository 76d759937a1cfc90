"""The tagger ``language``: which language an instruction is written in, by lingua. Needs no engine."""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_language.tagger import LanguageTagger

__all__ = ["LanguageTagger"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the tagger."""
    return [LanguageTagger]
