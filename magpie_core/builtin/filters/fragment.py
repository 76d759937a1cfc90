"""Pieces of a sentence: the model began in the middle, or ended there."""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core.filters import Draft, Filter

# No text begins with what closes or goes on, or with the rest of a word and a preposition.
_HEADLESS = re.compile(
    r"\)?[,;)\uff0c\uff1b\u3001\uff09]\s{0,2}[a-z\u4e00-\u9fff]"
    r"|(?:tions?|sions?|ments?|ness|ities|ity|ously|ively|ably|ibly)\s(?:of|in|to|and|the|for"
    r"|that|with|from|on|by|at|as)\b"
    r"|ing\s(?:the|this|these|those|his|her|their|its)\b"  # not "ing and ed": people ask about endings
    r"|(?:</[\w:-]{1,40}>\s{0,8})+\Z"  # the end of some page
)
# Words that nothing can follow but more words. Not `an`, `to`, `of`: German and English end with them.
_OPEN_WORD = re.compile(r"(?<=\s)(?:the|and|because|whose|our|their)\Z")
_CHINESE_COMMA = "\uff0c"
_CHINESE_CONTINUED = re.compile(
    "\u8865\u5168|\u8865\u5145|\u7eed\u5199|\u63a5\u7740|\u4e0b\u4e00\u53e5|\u4e0a\u8054|\u4e0b\u8054|\u5b8c\u6210|\u7ee7\u7eed"
)
_FEWEST_CHARACTERS = 16
_FEWEST_WORDS = 8
_IS_TO_BE_CONTINUED = re.compile(
    r"\b(?:complete[sd]?|completing|completion|continu\w+"
    r"|finish\w*|fill|blanks?|rest of|next|predict\w*|autocomplete|rhyme\w*"
    r"|sentences?|phrases?|words?|begin\w*|start\w*|ends?|ending|between|articles?|pronounc\w+|spell\w*"
    r"|verses?|lines?|poems?|lyrics|stor(?:y|ies))\b",
    re.IGNORECASE,
)
_QUOTES = ('"', "\u201c", "`")
_TAIL = 2000


class FragmentFilter(Filter):
    """Turn down instructions that begin or end in the middle of a sentence.

    Judged by form alone, and only where no whole text has that form; what asks for a continuation may
    be open at its end.
    """

    name: ClassVar[str] = "fragment"
    follow_ups: ClassVar[bool] = False
    """``and in Spanish?`` is a whole question once something was said."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``headless``, ``half_sentence``, or None to keep."""
        text = draft.text.strip()
        if _HEADLESS.match(text):
            return "headless"
        return "half_sentence" if _is_half(text) else None


def _is_half(text: str) -> bool:
    tail = text[-_TAIL:]
    last = tail.rpartition("\n")[2]
    if last.endswith(_CHINESE_COMMA):
        return (
            "\n" not in tail
            and len(tail) >= _FEWEST_CHARACTERS
            and not _CHINESE_CONTINUED.search(tail)
        )
    if len(tail.split()) < _FEWEST_WORDS or not (last.endswith(",") or _OPEN_WORD.search(last)):
        return False
    if last.endswith(",") and "\n" in tail:  # verse, data and letters have lines that end so
        return False
    return not any(quote in last for quote in _QUOTES) and not _IS_TO_BE_CONTINUED.search(tail)
