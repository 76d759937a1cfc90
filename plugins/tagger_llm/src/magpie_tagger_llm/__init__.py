"""The taggers ``quality``, ``difficulty`` and ``category``: a language model's word on an instruction.

Prompts and schemas only; ``magpie tag`` gives them an engine. The columns have the names of the published
Magpie data sets.
"""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_llm.category import CategoryTagger
from magpie_tagger_llm.difficulty import DifficultyTagger
from magpie_tagger_llm.quality import QualityTagger

__all__ = ["CategoryTagger", "DifficultyTagger", "QualityTagger"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the three taggers that ask a language model."""
    return [CategoryTagger, DifficultyTagger, QualityTagger]
