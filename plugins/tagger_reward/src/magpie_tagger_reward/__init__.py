"""The tagger ``reward``: how good a reward model finds a response. Loads no engine."""

from __future__ import annotations

from magpie_core import Tagger, hookimpl
from magpie_tagger_reward.tagger import RewardTagger

__version__ = "0.1.0"

__all__ = ["RewardTagger", "__version__", "magpie_register_taggers"]


@hookimpl
def magpie_register_taggers() -> list[type[Tagger]]:
    """Offer the reward tagger."""
    return [RewardTagger]
