"""Runs of one character or of a short unit, without regard to words."""

from __future__ import annotations

import re

from magpie_filter_repetition.ngrams import UNSPACED

# Lazy, so that the shortest unit is found: "a" before "aa". Four times at least makes a run.
_RUN = re.compile(r"([^\s]{1,8}?)\1{3,}")
_SHORTEST_RUN = 16
_SHORTEST_RUN_OF_UNITS = 40
# A unit of these is made of words, which have their own measure.
_WORDS = re.compile(f"[{UNSPACED}]")
# Drawn on purpose: rules, table borders, blanks to fill in, leaders of a table of contents.
_RULES = frozenset("-=_*#~.+|:<>^/\\%!?$&@·•…—–―‐─━═│┃║┄┈▀▄█░▒▓■□●○★☆◆◇")


def loops_in_characters(text: str, *, longest_run: int) -> bool:
    """Whether a run is longer than ``longest_run``, or fills half of a text without line breaks."""
    visible = len(text) - sum(map(text.count, " \t\r\n"))
    for run in _RUN.finditer(text):
        unit = run.group(1)
        if _RULES.issuperset(unit) or (len(unit) > 1 and _WORDS.search(unit)):
            continue
        length = run.end() - run.start()
        if length > longest_run:
            return True
        # Digits are data: 0.3333333333333333, a binary number, an all-zero hash.
        shortest = _SHORTEST_RUN if len(unit) == 1 else _SHORTEST_RUN_OF_UNITS
        if length >= shortest and 2 * length > visible and not unit.isdigit():
            return True
    return False
