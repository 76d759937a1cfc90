"""Phi likes to write exercises: with their solutions, or as a series of ever harder instructions."""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core import Cleaner, Reject

_ANSWER = re.compile(
    r"^[ \t]{0,3}(?:"
    r"\#{1,4}[ ](?:Solution|Answer)(?:[ ]\d{1,2})?[ \t]*:?[ \t]*$"  # a heading
    r"|\*\*Solution(?:[ ]\d{1,2})?[:.]?\*\*:?"  # in bold
    r"|\*\*Answer[:.]?\*\*:?[ \t]*$"  # behind it, on the same line, may stand how to answer
    r"|(?:Solution|Answer)(?:[ ]\d{1,2})?[ \t]*:[ \t]*$"  # a label on a line of its own
    r")",
    re.MULTILINE | re.VERBOSE,
)
_FIRST = re.compile(
    r"\A\s{0,8}(?:\*\*|\#{1,4} )?(?:Instruction(?: 1)?(?: \([^()\n]{1,40}\))?"
    # a later one that says itself how it differs from those before
    r"|Instruction [2-9] \((?:(?i:more|much more|even more|harder|increased))\b[^()\n]{1,80}\))"
    r":(?:\*\*)?\s{1,8}"
)
_SECOND = re.compile(
    r"^[ \t]{0,3}(?:\*\*|\#{1,4} )?Instruction 2(?: \([^()\n]{1,40}\))?:", re.MULTILINE
)
_IS_WANTED = re.compile(
    r"\b(?:solutions?|answers?|instructions?|exercises|worksheet|headings?|sections?|examples?|format\w*"
    r"|template\w*|text|passage|mistakes?|errors?|wrong|correct\w*|check\w*|verif\w+|grad(?:e|ing)|rate"
    r"|evaluat\w+|improv\w+|review\w*|translat\w+|rewrit\w+|proofread\w*|student\w*|follow\w*|both)\b"
    r"|\b(?:is|are|does|do) (?:this|that|these|those|my)\b",  # "Is this proof right?": it stands below
    re.IGNORECASE,
)
_ASKED_BEHIND = re.compile(
    r"(?:please|now|can you|could you|is|was|are|explain|check|rate|write|find|why|what|how|where)\b"
    r"|[^\n]*\?\s*\Z",
    re.IGNORECASE,
)
_BLANKS = ("(", "[", "{", "<", "_", "...", "\u2026")
"""What begins a blank, or a remark on it, rather than a solution."""
_MOST_CUTS = 4
_OTHER_LABEL = re.compile(r"^(?:#{1,4} )?\w[\w ]{0,30}:", re.MULTILINE)
_WHOLE = (".", "?", "!", "\u3002", "\uff1f", "\uff01")
_CLOSING = " \t\r\n*_\"'\u201d)"


class PhiExerciseCleaner(Cleaner):
    """Cut an exercise before its solution, and a series of instructions after the first.

    A solution is cut only behind a whole sentence, under a heading, a bold label or a label on its own
    line, where the exercise speaks of no solution, text or mistake, and where nothing is asked behind it.
    """

    name: ClassVar[str] = "phi_exercise"

    def clean(self, text: str) -> str | Reject:
        """Return the exercise, or the text as it is."""
        for _ in range(_MOST_CUTS):  # the first of a series may bring its solution
            left = _first_exercise(text)
            if left == text:
                break
            text = left
        return text


def _first_exercise(text: str) -> str:
    opening = _FIRST.match(text)
    start = opening.end() if opening else 0
    # "Instruction: the act of teaching" is a definition; a label on its own line is none.
    on_its_own = "\n" in text[:start]
    cut = _cut(text, start, series=on_its_own)
    if cut is not None:
        return text[start:cut].strip()
    alone = on_its_own and _is_whole(text[start:])
    return text[start:] if alone and not _OTHER_LABEL.search(text, start) else text


def _cut(text: str, start: int, *, series: bool) -> int | None:
    """Where the solution, or the next of a series of instructions, begins."""
    found = _SECOND.search(text, start) if series else None
    if found is not None:
        return found.start() if _is_whole(text[start : found.start()]) else None
    found = _ANSWER.search(text, start)
    if found is None:
        return None
    body, answer = text[start : found.start()], text[found.end() :].strip()
    if answer.startswith(_BLANKS):
        return None
    if not answer or not _is_whole(body) or _IS_WANTED.search(body) or body.count("```") % 2:
        return None
    last = answer.rpartition("\n\n")[2] if "\n\n" in answer else ""
    return None if last and _ASKED_BEHIND.match(last) else found.start()


def _is_whole(body: str) -> bool:
    return body.rstrip(_CLOSING).endswith(_WHOLE)
