"""Lines that come again. Blank lines and lines without a word are no evidence."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]{2}")
# A loop that counts along: "1. Wash it. 2. Wash it." Numbers elsewhere tell lines apart.
_LIST_MARK = re.compile(r"\A(?:step |[#*-] ?)?\d{1,6}[.):] *", re.IGNORECASE)
_FEWEST_LINES = 8


def loops_in_lines(text: str, *, in_a_row: int, share: float) -> bool:
    """Whether a line follows itself too often, or old lines fill too much of the text."""
    lines = [_LIST_MARK.sub("", line) for line in map(str.strip, text.splitlines()) if line]
    if _longest_streak(lines) > in_a_row:
        return True
    if len(lines) < _FEWEST_LINES:
        return False
    counts = Counter(lines)
    again = sum(len(line) * (count - 1) for line, count in counts.items() if _WORD.search(line))
    return again > share * sum(map(len, lines))


def _longest_streak(lines: list[str]) -> int:
    """How often a line with a word stands in a row, at most."""
    longest = streak = 0
    previous = None
    for line in lines:
        streak = streak + 1 if line == previous else 1
        previous = line
        if streak > longest and _WORD.search(line):
            longest = streak
    return longest
