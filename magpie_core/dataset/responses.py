"""One response among several of a record: a text, or messages that end with it. Knows no column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from magpie_core.dataset.shapes import ROLES


def response_text(value: Any) -> str | None:
    """The assistant's last words in ``value``; None where there are none.

    Args:
        value: a text, or a list of turns as ``shapes`` knows them; preference sets have the whole
            conversation, or only the turn that differs.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        return None
    return next((text for turn in reversed(value) if (text := _said(turn)) is not None), None)


def _said(turn: Any) -> str | None:
    """What the assistant says in ``turn``; None for another's turn, or none."""
    if not isinstance(turn, Mapping):
        return None
    # A Parquet column of both spellings has nulls in the one a row does not use.
    role = turn.get("role") if turn.get("from") is None else turn["from"]
    text = turn.get("content") if turn.get("value") is None else turn["value"]
    if not isinstance(role, str) or ROLES.get(role.lower()) != "assistant":
        return None
    return text if isinstance(text, str) else None
