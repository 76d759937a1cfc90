"""A more daring first token for Qwen2.5-Math."""

from __future__ import annotations

from magpie_core import FirstTokenRule

FLAMING = FirstTokenRule(
    name="flaming",
    divide_logits=1.2,
    description="flattens the first token's distribution, so that math problems begin in more ways",
)
"""1.2 is the Magpie reference's number for Qwen2.5-Math-72B."""
