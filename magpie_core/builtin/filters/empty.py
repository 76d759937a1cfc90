"""Texts without anything to read: white space, bare punctuation, rules, invisible characters."""

from __future__ import annotations

import unicodedata
from typing import ClassVar

from magpie_core.filters import Draft, Filter, Stage

# Letters or symbols by category, yet nothing to see: fillers, the blank braille cell, stand-ins for
# what could not be decoded.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\ufffd")


class EmptyFilter(Filter):
    """Turn down texts without one letter, digit, emoji or mathematical sign.

    ASCII symbols alone (``***``, ``===``, ``{}``) do not count: they are markdown or debris.
    """

    name: ClassVar[str] = "empty"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction", "response")

    def reject(self, draft: Draft) -> str | None:
        """Return ``empty``, or None to keep."""
        return None if any(map(_meaningful, draft.text)) else "empty"


def _meaningful(character: str) -> bool:
    if character.isalnum():
        return character not in _BLANK
    if character.isascii() or character in _BLANK or "\u2500" <= character <= "\u259f":
        return False  # U+2500 to U+259F draw lines and boxes
    return unicodedata.category(character) in {"Nl", "No", "Sc", "Sm", "So"}
