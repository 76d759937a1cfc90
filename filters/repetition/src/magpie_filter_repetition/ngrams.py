"""Words and units of words that come again, in scripts with and without spaces.

A word is a run of letters and digits; where a script writes no spaces, each character is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Thai, Lao, Khmer and Burmese; kana, Chinese characters, compatibility forms and their extensions.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
UNSPACED += "\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")

_FEWEST_WORDS = 50
# "Translate: no no no no …" quotes a loop; a text that is nothing but a loop is shorter evidence.
_FEWEST_LOOPING = 24
_LEAST_LOOPING = 0.2
_FEWEST_LOOPING_ALONE = 12
_ALL_LOOPING = 0.95
# Markup repeats by nature; what stands between the tags counts.
_TAG = re.compile(r"<[^<>]{1,200}>")
_DUPLICATE_SIZE = 5
_STREAK_SIZE = 3


def loops_in_words(text: str, *, in_a_row: int, share: float, one_word: int) -> bool:
    """Whether a unit of words follows itself too often, or too many 5-grams stood before.

    A text that is one word and nothing else loops from ``one_word`` times on.
    """
    words = _TOKEN.findall(_TAG.sub(" ", text))
    if len(words) >= one_word and len(set(words)) == 1 and not words[0].isdigit():
        return True
    if len(set(_grams(words, _STREAK_SIZE))) == max(0, len(words) - _STREAK_SIZE + 1):
        return False  # what no three words do twice, no more of them do: most texts end here
    if _has_streak(words, in_a_row):
        return True
    if len(words) < _FEWEST_WORDS:
        return False
    grams = [gram for gram in _grams(words, _DUPLICATE_SIZE) if not "".join(gram).isdigit()]
    return len(grams) - len(set(grams)) > share * (len(words) - _DUPLICATE_SIZE + 1)


def _grams(words: Sequence[str], size: int) -> zip[tuple[str, ...]]:
    return zip(*(words[offset:] for offset in range(size)), strict=False)


def _has_streak(words: list[str], in_a_row: int) -> bool:
    """Whether a unit stands more than ``in_a_row`` times in a row, over a fifth of the text.

    Units have any size: an n-gram whose last occurrence is always the same distance back is a loop
    with that period. Two sizes of n-gram are tried: a unit that holds a short one twice hides from it.
    """
    least = min(
        max(_FEWEST_LOOPING, _LEAST_LOOPING * len(words)),
        max(_FEWEST_LOOPING_ALONE, _ALL_LOOPING * len(words)),
    )
    return any(
        _streak_of(words, size, in_a_row, least) for size in (_STREAK_SIZE, 4 * _STREAK_SIZE)
    )


def _streak_of(words: list[str], size: int, in_a_row: int, least: float) -> bool:
    last_seen: dict[tuple[str, ...], int] = {}
    period = length = 0
    for position, gram in enumerate(_grams(words, size)):
        back = position - last_seen.get(gram, position)
        last_seen[gram] = position
        if back and back == period:
            length += 1
        else:
            # The n-gram itself and the period before it belong to the loop as well.
            period, length = back, size + back
        if back and length >= least and length >= (in_a_row + 1) * back:
            unit = words[position + size - back : position + size]
            if not "".join(unit).isdigit():
                return True
    return False
