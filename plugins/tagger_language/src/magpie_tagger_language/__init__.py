"""The tagger ``language``: which language an instruction is written in, by lingua. Needs no engine.

And the filter ``steered_language``, by which ``magpie run --language`` keeps what obeyed.
"""

from __future__ import annotations

from magpie_core import Cleaner, Filter, Tagger, hookimpl
from magpie_tagger_language.steered import SteeredLanguageFilter
from magpie_tagger_language.tagger import LanguageTagger

__all__ = ["LanguageTagger", "SteeredLanguageFilter"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the tagger."""
    return [LanguageTagger]


@hookimpl
def magpie_register_filters() -> list[type[Filter] | type[Cleaner]]:
    """Offer the filter."""
    return [SteeredLanguageFilter]
