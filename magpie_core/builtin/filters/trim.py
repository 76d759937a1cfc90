"""White space around an instruction, and quotes around all of it. The inside stays."""

from __future__ import annotations

from typing import ClassVar

from magpie_core.filters import Cleaner, Reject

_QUOTES = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb", "\u300c": "\u300d"}
# The apostrophe is no quote here: 'Twas the night… cannot be told from a quoted text.
_ANY_QUOTE = frozenset(_QUOTES) | frozenset(_QUOTES.values())
_INVISIBLE = "\ufeff\u200b\u2060"


class TrimCleaner(Cleaner):
    """Strip what surrounds an instruction: white space, byte-order marks, one pair of quotes.

    Quotes go only when no other quote stands between them, so ``"a" and "b"`` stays. The
    indentation of a first line of code stays too, for later lines are aligned with it.
    """

    name: ClassVar[str] = "trim"
    default: ClassVar[bool] = True

    quotes: bool = True
    """Whether a pair of double quotes around the whole text is removed."""

    def clean(self, text: str) -> str | Reject:
        """Return the trimmed text, or ``Reject("empty")``."""
        text = _strip(text)
        if self.quotes and _is_quoted(text):
            text = _strip(text[1:-1])
        return text or Reject("empty")


def _strip(text: str) -> str:
    start = 0
    while start < len(text) and _is_blank(text[start]):
        start += 1
    end = len(text)
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    body = text[start:end]
    line = text.rfind("\n", 0, start) + 1
    indentation = text[line:start]
    if "\n" in body and (indentation.startswith("\t") or indentation.startswith("    ")):
        return indentation + body
    return body


def _is_blank(character: str) -> bool:
    return character.isspace() or character in _INVISIBLE


def _is_quoted(text: str) -> bool:
    if len(text) < 2 or _QUOTES.get(text[0]) != text[-1]:
        return False
    return _ANY_QUOTE.isdisjoint(text[1:-1])
