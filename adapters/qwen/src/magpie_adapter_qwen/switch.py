"""The words by which users of Qwen3 turn its reasoning on and off: no part of an instruction."""

from __future__ import annotations

from typing import ClassVar

from magpie_core import Cleaner, Reject

SWITCHES = ("/no_think", "/think")
_BEFORE = frozenset("?!。？！")
"""What a switch may follow without a space. Not a full stop: ``./think`` is a path."""


class Qwen3SwitchCleaner(Cleaner):
    """Take ``/think`` and ``/no_think`` off the end of an instruction, however many there are.

    A switch stands apart: at the beginning, after white space, or right after a question or
    exclamation mark. A path such as ``/srv/think`` stays, and so does a switch further in.
    """

    name: ClassVar[str] = "qwen3_switch"
    default: ClassVar[bool] = False

    def clean(self, text: str) -> str | Reject:
        """Return the text without closing switches, or ``Reject("empty")``; unchanged without any."""
        end = len(text)
        while (start := _switch_before(text, end)) is not None:
            end = start
        if end == len(text):
            return text
        return text[: _skip_space(text, end)] or Reject("empty")


def _switch_before(text: str, end: int) -> int | None:
    """Where the switch begins that ends at ``end``, white space aside; None without one."""
    end = _skip_space(text, end)
    for switch in SWITCHES:
        start = end - len(switch)
        if start >= 0 and text.startswith(switch, start) and _stands_apart(text, start):
            return start
    return None


def _stands_apart(text: str, start: int) -> bool:
    return start == 0 or text[start - 1].isspace() or text[start - 1] in _BEFORE


def _skip_space(text: str, end: int) -> int:
    while end > 0 and text[end - 1].isspace():
        end -= 1
    return end
