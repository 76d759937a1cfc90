"""Text as words that compare equal whatever the case, punctuation, white space and Unicode form."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

# Thai, Lao, Khmer and Burmese; kana, Chinese characters, compatibility forms and their extensions.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_BEGINNINGS = [first for first, _ in _UNSPACED]
_APOSTROPHES = frozenset("'‘’ʼ")


def words_of(text: str) -> list[str]:
    """The words of ``text`` in order: NFKC, casefolded, without punctuation and symbols.

    A word is a run of letters, their marks, and digits; an apostrophe belongs to its word and is left
    out (``don't`` is ``dont``), every other mark separates. Where a script writes no spaces, each
    character is a word. Invisible characters (soft hyphens, joiners) are left out.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_TABLE).split()


class _Table(dict[int, "str | None"]):
    """What becomes of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str | None:
        made = self[code] = _becomes(chr(code))
        return made


_TABLE = _Table()


def _becomes(character: str) -> str | None:
    """The character, with white space around it where it is a word; a space; or None to leave it out."""
    category = unicodedata.category(character)
    if character in _APOSTROPHES or category == "Cf":
        return None
    if category[0] not in "LMN":
        return " "
    return f" {character} " if _stands_alone(ord(character)) else character


def _stands_alone(code: int) -> bool:
    place = bisect_right(_BEGINNINGS, code) - 1
    return place >= 0 and code <= _UNSPACED[place][1]
