"""The tagger ``majority``: the answer most responses agree on. Needs no engine.

``extract`` finds the answer a response ends with, ``same`` says which answers are one, ``vote`` counts.
"""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_majority.tagger import MajorityTagger

__version__ = "0.1.0"

__all__ = ["MajorityTagger", "__version__", "magpie_register_taggers"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the tagger for the majority vote."""
    return [MajorityTagger]
