"""The final answer of a response, as it is written there. Knows no other response.

Three ways to end: LaTeX's box, words that say it, or the last number. None of them is certain: text that
merely resembles one gives an answer nobody else gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

Way = Literal["boxed", "said", "number"]
WAYS: tuple[Way, ...] = ("boxed", "said", "number")
LONGEST = 100
"""Characters; more is an explanation, not an answer."""

_BOX = re.compile(r"\\f?boxed\s*\{")
_SAID = re.compile(r"\banswer\b[*_]*\s*(?:is\b(?:\s*:)?|[:=])[\s*_]*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$|\*)")
_NUMBER = r"[-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:/\d+)?(?:\s?%)?"
_ANY_NUMBER = re.compile(rf"(?<![\w.)\]}}]){_NUMBER}")
_NUMBER_FIRST = re.compile(
    rf"(?:about |approximately |≈ ?)?[$€£]?({_NUMBER})(?=[\s,;]+([^\W\d_]+))"
)
_GOES_ON = frozenset({"as", "at", "if", "in", "of", "on", "or", "so", "to"})
_NO_UNIT = frozenset(
    {"and", "cos", "exp", "hundred", "log", "million", "billion", "minus", "over", "plus"}
    | {"sin", "sqrt", "tan", "thousand", "times"}
)
"""Words after a number that change what it says; others of three letters and more are units or go on."""


def final_answer(text: str, ways: Sequence[Way] = WAYS) -> str | None:
    r"""What ``text`` gives as its answer, by the first of ``ways`` that finds one; None without.

    Args:
        text: a response.
        ways: ``boxed`` for the last ``\boxed{…}``; ``said`` for what follows the last "answer is" or
            "Answer:" up to the end of the sentence; ``number`` for the last number.
    """
    return next((found for way in ways if (found := _FIND[way](text))), None)


def _boxed(text: str) -> str | None:
    for opening in reversed(list(_BOX.finditer(text))):
        depth, begin = 1, opening.end()
        for at in range(begin, min(len(text), begin + LONGEST + 1)):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            if depth == 0:
                if found := text[begin:at].strip():
                    return found
                break
    return None


def _said(text: str) -> str | None:
    for one in reversed(list(_SAID.finditer(text))):
        rest = text[one.end() : one.end() + 2 * LONGEST].partition("\n")[0]
        if end := _SENTENCE_END.search(rest):
            rest = rest[: end.start()]
        number = _NUMBER_FIRST.match(rest)
        if number and _stands_alone(number[2].lower()):
            return number[1]
        found = rest.strip(" \t\r*_`\"'“”:,;")
        if found and len(found) <= LONGEST:
            return found
    return None


def _stands_alone(after: str) -> bool:
    """Whether a number means what it says when the word ``after`` follows; ``2 pi`` and ``3 km`` do not."""
    return after in _GOES_ON or (len(after) > 2 and after not in _NO_UNIT)


def _last_number(text: str) -> str | None:
    last = None
    for last in _ANY_NUMBER.finditer(text):  # noqa: B007  (only the last is wanted)
        pass
    return last[0] if last and len(last[0]) <= LONGEST else None


_FIND: dict[Way, Callable[[str], str | None]] = {
    "boxed": _boxed,
    "said": _said,
    "number": _last_number,
}
