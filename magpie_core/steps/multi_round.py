"""The system prompt under which a user's later turns are sampled, where one is wanted. Words only."""

from __future__ import annotations

MULTI_ROUND = "multi-round"
MULTI_ROUND_PROMPT = (
    "This is a longer talk between a curious user and a helpful assistant. In each new turn the user "
    "builds on what was said: asks about a detail, wants a change, or takes the subject one step further."
)
"""What ``--follow-up-system multi-round`` stands for; worded by us, after the idea of arXiv 2406.08464."""


def follow_up_system(typed: str | None) -> str | None:
    """The system prompt that ``typed`` stands for."""
    return MULTI_ROUND_PROMPT if typed == MULTI_ROUND else typed
