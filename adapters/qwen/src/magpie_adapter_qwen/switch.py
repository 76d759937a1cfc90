"""The words by which users of Qwen3 turn its reasoning on and off: no part of an instruction."""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core import Cleaner, Reject

SWITCHES = ("/no_think", "/think")
_BEFORE = frozenset("?!。？！")
"""What a switch may follow without a space. Not a full stop: ``./think`` is a path."""
_OBJECT_OF = re.compile(
    r"(?:\b(?:a|an|the|of|to|in|into|is|are|does|do|use|uses|using|used|about|after|before|with|without|and|or"
    r"|vs|by|on|at|for|from|under|called|named|type|types|typing|add|adding|say|set|send|path|route|endpoint"
    r"|url|folder|directory|command|option|flag|switch|mode|cd|ls|mkdir|rmdir|rm|cp|mv|cat|mount|umount|chmod"
    r"|chown|df|du|find|tree|get|post|put|patch|delete|head|visit|open)|[=:,(])\s{0,8}\Z",
    re.IGNORECASE,
)
"""Words that want an object: behind them ``/think`` is a path, or the switch that is asked about."""
_LONGEST_WORD = 40
_EMPTY_BLOCK = re.compile(r"\s{0,8}<think>\s{0,80}</think>\s*")
_LEADING = re.compile(r"\s{0,8}/(?:no_)?think[ \t\r\n]+(?=[A-Z\u0080-\U0010ffff])")
"""In front of what begins like a sentence: ``/think is slow`` speaks of the switch."""


class Qwen3SwitchCleaner(Cleaner):
    """Take ``/think`` and ``/no_think`` off both ends of an instruction, however many there are.

    A switch stands apart: at the beginning, after white space, or right after a question or
    exclamation mark; ``/no_think`` after a full stop as well. A path such as ``/srv/think`` or
    ``cd /think`` stays, and so does a switch further in, or one that the sentence is about. An empty
    ``<think>`` block in front, which answers without reasoning begin with, goes too.
    """

    name: ClassVar[str] = "qwen3_switch"
    default: ClassVar[bool] = False

    def clean(self, text: str) -> str | Reject:
        """Return the text without switches, or ``Reject("empty")``; unchanged without any."""
        start, end = _begin(text), len(text)
        while end > start and (found := _switch_before(text, end)) is not None:
            end = found
        if start == 0 and end == len(text):
            return text
        kept = (
            text[start:] if end == len(text) else text[start : max(start, _skip_space(text, end))]
        )
        return kept if kept.strip() else Reject("empty")


def _begin(text: str) -> int:
    block = _EMPTY_BLOCK.match(text)
    start = block.end() if block else 0
    while found := _LEADING.match(text, start):
        start = found.end()
    return start


def _switch_before(text: str, end: int) -> int | None:
    """Where the switch begins that ends at ``end``, white space aside; None without one."""
    end = _skip_space(text, end)
    for switch in SWITCHES:
        start = end - len(switch)
        if start >= 0 and text.startswith(switch, start) and _stands_apart(text, start, switch):
            return start
    return None


def _stands_apart(text: str, start: int, switch: str) -> bool:
    if start == 0 or text[start - 1] in _BEFORE:
        return True
    if text[start - 1] == ".":  # no folder has that name
        return switch == "/no_think" and text[start - 2 : start - 1].isalnum()
    if not text[start - 1].isspace():
        return False
    line = text[max(0, start - _LONGEST_WORD) : start].rpartition("\n")[2]
    return not _OBJECT_OF.search(line)


def _skip_space(text: str, end: int) -> int:
    while end > 0 and text[end - 1].isspace():
        end -= 1
    return end
