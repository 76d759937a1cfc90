"""The system prompt under which a user's later turns are sampled, where one is wanted. Words only."""

from __future__ import annotations

from magpie_core.choices import nearest
from magpie_core.errors import UsageError

MULTI_ROUND = "multi-round"
MULTI_ROUND_PROMPT = (
    "This is a longer talk between a curious user and a helpful assistant. In each new turn the user "
    "builds on what was said: asks about a detail, wants a change, or takes the subject one step further."
)
"""What ``--follow-up-system multi-round`` stands for; worded by us, after the idea of arXiv 2406.08464."""


def follow_up_system(typed: str | None) -> str | None:
    """The system prompt that ``typed`` stands for.

    Raises:
        UsageError: one word, and nearly the name of one of ours.
    """
    if typed is not None and typed != MULTI_ROUND and nearest(typed, [MULTI_ROUND]):
        raise UsageError(
            f"--follow-up-system `{typed}` is no prompt of ours (there is: {MULTI_ROUND})",
            hint=f"did you mean `{MULTI_ROUND}`?",
        )
    return MULTI_ROUND_PROMPT if typed == MULTI_ROUND else typed
