"""Gemma 2 often writes a question and, in the same turn, its answer. Knows no model, only the text."""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core import Cleaner, Reject

_MARKS = r"[*_#> \t]{0,8}"
_QUESTION = re.compile(rf"\s{{0,8}}{_MARKS}(?:Question|QUESTION)[*_ \t]{{0,4}}:[*_]{{0,4}}(?!\w)")
_LABEL = re.compile(
    # on a line of its own or at its start, in bold or not
    rf"^(?P<line>{_MARKS})(?:Answer|ANSWER)[*_ \t]{{0,4}}:[*_]{{0,4}}(?!\w)"
    rf"|^[>#]{{0,4}}[ \t]{{0,4}}(?P<bold>\*\*|__)Solution(?:\*\*:|:\*\*|__:|:__)"
    # behind a sentence of the same line
    r"|(?<=[.?!\u3002\uff1f\uff01][ \t])(?P<inline>[*_]{0,3})Answer[*_]{0,3}:[*_]{0,3}(?!\w)",
    re.MULTILINE,
)
_ANY_LABEL = re.compile(r"^[*_#> \t]{0,8}(?:Question|Answer|Q|A)[*_ \t]{0,4}:", re.I | re.M)
_ABOUT_ANSWERS = re.compile(
    r"\b(?:answer\w*|solution\w*|respon\w+|repl(?:y|ies)|questions?|student\w*|grad(?:e|ing)|evaluat\w+"
    r"|rat(?:e|ing)|review\w*|improv\w+|rewrit\w+|rephras\w+|paraphras\w+|edit\w*|translat\w+|proofread"
    r"|wrong|mistake\w*|errors?|correct\w*|check\w*|verif\w+|dialog\w*|conversation\w*|format\w*"
    r"|template\w*|examples?|text|passage|summary|summari\w+|classif\w+|labels?|quiz\w*|flash ?cards?|faq)\b",
    re.IGNORECASE,
)
_ABOUT_THE_ABOVE = re.compile(
    r"\b(?:the|this|that|my|your|his|her|its|above|given)\s+(?:\w+\s+)?(?:question|answer|solution)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"(?:please|can you|could you|now|write|rewrite|translate|explain|rate|grade|check|verify|evaluate"
    r"|convert|summari[sz]e|generate|create|give|provide|continue|classify|improve|correct|make|turn)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(
    r"[*_ \t\r\n]*(?:[\[{<]|\.{3}|\u2026|(?:in|with|using|as|only|by|please|briefly|either|yes or no)\b)",
    re.IGNORECASE,
)
"""What begins a blank to fill in, or says how to answer: "Answer: in one word"."""
_QUOTES = ("```", "'''", '"""')
_QUESTION_MARKS = ("?", "\uff1f")
_SENTENCE_ENDS = (".", "!", "\u3002", "\uff01", *_QUESTION_MARKS)
_CLOSING = "*_ \t\r\n\"'\u201d)"


class Gemma2AnswerCleaner(Cleaner):
    """Cut an instruction before the labelled answer that it goes on to give.

    Cuts only at a single label (``Answer:``, ``**Solution:**``) that follows a whole question, and
    only where nothing shows that the answer belongs to the task: no word about answers before it, no
    open code block around it, no blank to fill in, no request behind it. What is in doubt stays.
    """

    name: ClassVar[str] = "gemma2_answer"

    def clean(self, text: str) -> str | Reject:
        """Return the instruction without its answer, and without the label before the question."""
        label = _LABEL.search(text)
        if label is None:
            return text
        opening = _QUESTION.match(text)
        start = opening.end() if opening and opening.end() <= label.start() else 0
        body, answer = text[start : label.start()].strip(), text[label.end() :]
        whole = _is_question(body, bold="*" in label[0] or "_" in label[0], labelled=start > 0)
        if label["inline"] is not None and not start:
            whole = False
        return body if whole and _is_only_an_answer(answer) else text


def _is_question(body: str, *, bold: bool, labelled: bool) -> bool:
    """Whether ``body`` is a whole instruction that does not ask about an answer."""
    bare = body.rstrip(_CLOSING)
    if not bare or _ABOUT_ANSWERS.search(body) or any(body.count(q) % 2 for q in _QUOTES):
        return False
    if labelled:
        return True
    return bare.endswith(_SENTENCE_ENDS if bold else _QUESTION_MARKS)


def _is_only_an_answer(answer: str) -> bool:
    """Whether something stands there, and no request or further question after it."""
    stripped = answer.strip(_CLOSING + ":")
    if _DIRECTION.match(answer) or not any(character.isalnum() for character in stripped):
        return False
    if stripped.endswith(_QUESTION_MARKS) or _LABEL.search(answer) or _ANY_LABEL.search(answer):
        return False
    last = stripped.rpartition("\n")[2].strip() if "\n" in stripped else ""
    return not (_REQUEST.match(last) or _ABOUT_THE_ABOVE.search(answer))
