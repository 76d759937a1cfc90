"""Find the JSON object in what a model wrote freely. Knows no schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from magpie_core.tagger import TagError

REASONED = "</think>"
"""What stands before it was thought, not said."""
SHOWN = 80
MOST_TRIES = 200
"""Braces looked at: a text of nothing else must not take quadratic time."""


def object_in(text: str) -> dict[str, Any]:
    """The first JSON object in ``text`` after any reasoning: bare, in a code fence, or between words.

    Raises:
        TagError: there is none.
    """
    found = list(_objects(text))
    thought = [one.end() for one in re.finditer(REASONED, text)]
    # an object may well hold the tag in one of its texts
    spoken = [at for at in thought if not any(start < at <= end for start, end, _ in found)]
    begin = max(spoken, default=0)
    for start, _end, value in found:
        if start >= begin:
            return value
    raise TagError(f"no JSON object in the answer: {shortened(text[begin:])!r}")


def _objects(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Objects that stand in no other, with where they begin and end."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _ in range(MOST_TRIES):
        if start < 0:
            return
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield start, end, value
        start = text.find("{", end)


def shortened(text: str) -> str:
    """The beginning of ``text``, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
