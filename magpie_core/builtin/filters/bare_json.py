"""Data without a request: the call of a tool, a record of some database."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from magpie_core.filters import Draft, Filter

_LONGEST = 20_000
_BRACKETS = {"{": "}", "[": "]"}
_CALL = ({"name", "arguments"}, {"name", "parameters"})
_FEWEST_WORDS = 3
"""A string of so many words may be a request: ``{"task": "Translate into Dutch", …}``."""


class BareJsonFilter(Filter):
    """Turn down instructions that are JSON and nothing else, unless its strings hold words to act on."""

    name: ClassVar[str] = "bare_json"

    def reject(self, draft: Draft) -> str | None:
        """Return ``bare_json``, or None to keep."""
        text = draft.text.strip()
        if len(text) > _LONGEST or _BRACKETS.get(text[:1]) != text[-1:]:
            return None
        try:
            data = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return None
        if not data:  # no characters to read: the filter `empty` says so
            return None
        if isinstance(data, dict) and any(call <= data.keys() for call in _CALL):
            return "bare_json"
        return None if _has_words(data) else "bare_json"


def _has_words(data: Any) -> bool:
    if isinstance(data, str):
        wide = sum(1 for one in data if one >= "\u2e80")
        return len(data.split()) >= _FEWEST_WORDS or wide > _FEWEST_WORDS
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return any(map(_has_words, inner))
