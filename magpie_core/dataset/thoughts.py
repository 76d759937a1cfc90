"""What was thought before each answer, where a list of turns keeps it in a key of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from magpie_core.dataset.shapes import ROLES, list_columns

KEYS = ("reasoning_content", "reasoning", "thinking")
"""As DeepSeek, vLLM and SGLang name it; as newer servers do; as TRL's and gpt-oss' messages do."""


def thoughts_of(row: Mapping[str, Any]) -> list[str | None]:
    """What was thought before the answers of ``row``, which ``turns_of`` understands; None where nothing was.

    Empty where the conversation is no list of turns.
    """
    return [
        _thought(turn)
        for name in list_columns(row)
        for turn in row[name]
        if ROLES.get(str(_role(turn)).lower()) == "assistant"
    ]


def _role(turn: Mapping[str, Any]) -> Any:
    return turn.get("role") if turn.get("from") is None else turn["from"]


def _thought(turn: Mapping[str, Any]) -> str | None:
    said: Sequence[Any] = [turn.get(key) for key in KEYS]
    return next((one.strip() for one in said if isinstance(one, str) and one.strip()), None)
