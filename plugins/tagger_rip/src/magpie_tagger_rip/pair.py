"""The chosen and the rejected response of one row, in the shapes people store them in. Knows no tagger."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from magpie_core import TagError
from magpie_core.dataset.responses import response_text

RESPONSES = ("responses", "all_generated_responses")
REWARDS = ("rewards", "all_rm_scores", "all_reward_scores")
"""Columns of k responses and their rewards, the first that is there; the others are those of SimPO's sets."""
CHOSEN = ("chosen_reward", "score_chosen", "chosen_score", "reward_chosen")
REJECTED = ("rejected_reward", "score_rejected", "rejected_score", "reward_rejected")
"""Columns of the two rewards, the first that is there; ``score_…`` are those of UltraFeedback's pairs."""


class Pair(NamedTuple):
    """The two rewards, and the text of the rejected response."""

    chosen_reward: float
    rejected_reward: float
    rejected: str


def pair_of(row: Mapping[str, Any]) -> Pair:
    """The pair that ``row`` holds, or that its responses and rewards make.

    A pair that somebody chose wins. Of k responses the one with the highest reward is chosen and the one
    with the lowest rejected, of equal ones the first; one without a reward is passed over.

    Raises:
        TagError: there is none; the message names what is missing.
    """
    if row.get("rejected") is not None:
        chosen, rejected = _number_in(row, CHOSEN), _number_in(row, REJECTED)
        if chosen is not None and rejected is not None:
            return Pair(chosen, rejected, _text(row["rejected"], "`rejected`"))
    responses, rewards = (_first(row, names) for names in (RESPONSES, REWARDS))
    if responses and rewards:
        return _extremes(row[responses], row[rewards], responses, rewards)
    raise TagError(
        "there are no responses with rewards: neither `responses` and `rewards`, nor `chosen` and `rejected` "
        f"with `chosen_reward` and `rejected_reward` (there are: {', '.join(row) or 'none'})"
    )


def _extremes(responses: Any, rewards: Any, name: str, of: str) -> Pair:
    for one, called in ((responses, name), (rewards, of)):
        if not isinstance(one, Sequence) or isinstance(one, str | bytes):
            raise TagError(f"`{called}` is no list, but {type(one).__name__}")
    if len(responses) != len(rewards):
        raise TagError(f"`{name}` holds {len(responses)} responses, `{of}` {len(rewards)} rewards")
    scored = [
        (reward, place) for place, one in enumerate(rewards) if (reward := _number(one)) is not None
    ]
    if len(scored) < 2:
        raise TagError(f"`{of}` holds {len(scored)} numbers, and a pair needs two")
    lowest, place = min(scored, key=lambda one: one[0])
    highest = max(reward for reward, _ in scored)
    return Pair(highest, lowest, _text(responses[place], f"`{name}[{place}]`"))


def _text(value: Any, called: str) -> str:
    text = response_text(value)
    if text is None:
        raise TagError(f"{called} holds no text of an assistant")
    return text


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if row.get(name) is not None), None)


def _number_in(row: Mapping[str, Any], names: Sequence[str]) -> float | None:
    return next((found for name in names if (found := _number(row.get(name))) is not None), None)


def _number(value: Any) -> float | None:
    """``value`` as a reward; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
