"""The model did not stop after the user's turn: cut what belongs to the next one. Knows texts only.

Where special tokens are skipped in decoding, a header leaves only its word behind: ``…bones?assistant``.
Where role markers are plain text, another spelling than the stop string's slips through. What a user
could mean stays: dialogues to continue, answers to judge, forms, code.
"""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core.filters import Cleaner, Reject

_WHOLE = ".?!\u2026\u3002\uff1f\uff01"
"""What ends a whole request. Behind anything else a role's name may belong to the sentence."""
_CLOSING = " \t\r\n*_\"'\u201d)"

_HEADER_WORD = re.compile(
    # glued to the sentence before it …
    rf"(?<=[{_WHOLE}])(?P<glued>assistant|model)(?=\n|\Z)"
    # … or on a line of its own, with an answer below
    r"|^(?P<alone>assistant|model)[ \t]*\n\s{0,8}(?=\S)",
    re.MULTILINE,
)
_LABEL = re.compile(
    r"^[ \t]{0,3}(?:\#{2,4}[ ]?(?:assistant|response|output|gpt)[ ]?(?::|\n)"
    r"|(?:\*\*)?(?:assistant|response|(?:ai|virtual)[ ]assistant|ai|chatbot|(?:chat)?gpt(?:-[\w.]{1,4})?"
    r"|\u52a9\u624b)(?:\*\*)?[ ]?[:\uff1a])(?:\*\*)?"
    # Vicuna's layout has both turns on one line, with capitals
    r"|(?<=[.?!][ ])(?-i:ASSISTANT:)",
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)
_HOW_TO_ANSWER = re.compile(
    r"[*_ \t]*(?:[\[{<(_]|\.{3}|\u2026|(?:in|with|using|as|only|just|by|please|max|at most|up to|one"
    r"|yes or no|json|yaml|none|null|true|false|\d)\b)",
    re.IGNORECASE,
)
"""Behind "Response:" it is a blank, a format or a setting rather than an answer."""
_ABOUT_ROLES = re.compile(
    r"\b(?:dialog\w*|conversation\w*|chat\w*|transcript\w*|interview\w*|script\w*|screenplay|play|scene"
    r"|characters?|prompts?|templates?|formats?|layout|few-shot|examples?|labels?|markers?|tokens?"
    r"|assistant\w*|bots?|models?|repl(?:y|ies)|respon\w+|answers?|messages?|logs?|continue|complete"
    r"|translat\w+|rewrit\w+|rephrase\w*|edit|proofread|improve\w*|rate|grade|judge|evaluate\w*|compare"
    r"|classif\w+|summari\w+|correct\w*|following|below|above|this|these|story|quote\w*)\b"
    r"|\u5bf9\u8bdd|\u804a\u5929|\u56de\u7b54|\u56de\u590d|\u7ffb\u8bd1|\u52a9\u624b|\u6839\u636e|\u4ee5\u4e0b|\u4e0b\u9762",
    re.IGNORECASE,
)
"""Words of a request whose material may be somebody's turn."""
_ABOUT_THE_ABOVE = re.compile(
    r"\b(?:assistant|answer|response|reply|dialog\w*|conversation|chat|above)\b"
    r"|\b(?:is|was) (?:this|that|it)\b",
    re.IGNORECASE,
)
_OTHER_LABEL = re.compile(r"^[ \t>*#-]{0,6}[A-Z][\w' -]{0,24}:", re.MULTILINE)

_TURNS = frozenset({"human", "user", "assistant", "instruction", "response"})

_USER_HEADER = re.compile(
    r"\A\s{0,8}\#{2,4}[ ]?(?:human|user|instruction)[ ]?(?::|\n)\s{0,8}(?=\S)",
    re.VERBOSE | re.IGNORECASE,
)
_USER_WORD = re.compile(r"\A\s{0,8}user[ \t]*\n\s{1,8}(?=\S)")
_USER_LABEL = re.compile(
    r"\A\s{0,8}(?:\*\*)?(?:human|user|instruction)(?:\*\*)?:(?:\*\*)?\s{1,8}(?=\S)", re.IGNORECASE
)
_REQUEST = re.compile(
    r"(?:can|could|would|will|please|what|how|why|who|whom|whose|where|when|which|is|are|was|were|do|does"
    r"|did|should|i|i'm|i've|i'd|my|we|write|explain|give|tell|list|name|describe|create|make|generate|find"
    r"|solve|calculate|compute|suggest|recommend|help|show|provide|compare|define|design|plan|draft|discuss"
    r"|analy[sz]e|implement|develop|convert|act|imagine|let's|hi|hello|hey)\b",
    re.IGNORECASE,
)
_END_TOKEN = re.compile(r"(?:\s*(?:</s>|<eos>))+\s*\Z")
_SEPARATOR = re.compile(r"\n[ \t]*\#{3,4}\s*\Z")
_TAIL = 200
_MOST_TURNS = 8
_ANSWER_FIRST = re.compile(
    r"\A\s{0,8}(?:assistant|model)[ \t]*\n[ \t]*\n(?!\s*(?i:this|that|the) word\b)(?=\s*\S)"
)


class NextTurnCleaner(Cleaner):
    """Cut an instruction where the assistant's turn begins, and take the user's label off its front.

    It cuts only behind a whole sentence, and only where neither the words before the cut nor the last
    words after it speak of turns, answers or texts. Labels in an open code block stay.
    """

    name: ClassVar[str] = "next_turn"
    default: ClassVar[bool] = True

    def clean(self, text: str) -> str | Reject:
        """Return the user's own words, or ``Reject("assistant_turn")`` when there are none."""
        for _ in range(_MOST_TURNS):
            left = _users_words(text)
            if left is None or left == text:
                return Reject("assistant_turn") if left is None else text
            text = left
        return Reject("assistant_turn")  # headers within headers: nobody's instruction


def _users_words(text: str) -> str | None:
    """``text`` without one label, one later turn and one end; None when the assistant begins."""
    if (found := _ANSWER_FIRST.match(text)) and _is_sentence(_first_paragraph(text[found.end() :])):
        return None
    start = _opening(text)
    cut = _assistant_turn(text, start)
    body = text if cut is None else text[:cut].rstrip()
    # With an answer cut off, the label in front is a turn's for certain.
    if start and cut is None and not _may_lose_its_label(body, start):
        return text
    left = _without_end(body[start:])
    return left if left.strip() else text


def _opening(text: str) -> int:
    """Where the user's words begin behind a label; 0 without one."""
    found = _USER_HEADER.match(text) or _USER_WORD.match(text) or _USER_LABEL.match(text)
    return found.end() if found else 0


def _may_lose_its_label(body: str, start: int) -> bool:
    rest = body[start:]
    if _OTHER_LABEL.search(rest) or not _ends_whole(rest):
        return False
    if _USER_LABEL.match(body) and body[:start].lstrip(" *")[:1].isupper() and rest[:1].islower():
        return False  # "Human: is this term offensive?" asks about the word
    return not _USER_LABEL.match(body) or _REQUEST.match(rest) is not None


def _assistant_turn(text: str, start: int) -> int | None:
    for found in _HEADER_WORD.finditer(text, start):
        before, after = text[start : found.start()], text[found.end() :]
        if _word_is_a_header(found, before, after):
            return found.start()
    for found in _LABEL.finditer(text, start):
        before, after = text[start : found.start()], text[found.end() :]
        # "Response: essay, first person" says how to respond; a sentence begins with a capital.
        says_how = (
            found[0].strip(" \t*:").lower() == "response" and after.lstrip(" *_")[:1].islower()
        )
        return found.start() if not says_how and _is_next_turn(before, after) else None
    return None


def _word_is_a_header(found: re.Match[str], before: str, after: str) -> bool:
    if not _ends_whole(before) or _in_code(before):
        return False
    if found["glued"] is None:  # a word in a list is no header: an answer is a sentence
        if _ABOUT_ROLES.search(before):
            return False
        return _is_sentence(_first_paragraph(after)) and not _ABOUT_THE_ABOVE.search(_last(after))
    if before.rstrip()[-1:] != ".":
        return True
    # `google.assistant` ends a line as well; then the user goes on in the first person.
    own_words = re.search(r"\b(?:I|my|me)\b|\?", after[:_TAIL])
    return after.startswith("\n\n") and bool(after.strip()) and not own_words


def _is_next_turn(before: str, after: str) -> bool:
    if not _ends_whole(before) or _in_code(before) or _ABOUT_ROLES.search(before):
        return False
    if _USER_LABEL.search(before) or not any(map(str.isalnum, after)):
        return False
    if _HOW_TO_ANSWER.match(after):
        return False
    if _has_fields(before) or _has_fields(after):
        return False
    return not after.rstrip().endswith(":") and not _ABOUT_THE_ABOVE.search(_last(after))


def _has_fields(text: str) -> bool:
    """Whether lines begin with labels that are no turn's: a form, a list of people."""
    labels = (found[0].strip(" \t>*#-:").lower() for found in _OTHER_LABEL.finditer(text))
    return any(label not in _TURNS for label in labels)


def _without_end(text: str) -> str:
    """``text`` without an end-of-sequence token or a separator that was spelled out."""
    tail = text[-_TAIL:]
    if (found := _END_TOKEN.search(tail)) and "<s>" not in text:
        kept = text[: len(text) - len(tail) + found.start()]
        return kept if _ends_whole(kept) else text
    if (found := _SEPARATOR.search(tail)) and _ends_whole(tail[: found.start()]):
        return text[: len(text) - len(tail) + found.start()].rstrip()
    return text


def _ends_whole(text: str) -> bool:
    return text[-_TAIL:].rstrip(_CLOSING).endswith(tuple(_WHOLE))


def _in_code(before: str) -> bool:
    return before.count("```") % 2 == 1


def _is_sentence(paragraph: str) -> bool:
    return paragraph.rstrip(_CLOSING).endswith((*_WHOLE, ":")) or len(paragraph.split()) > 6


def _first_paragraph(text: str) -> str:
    return text.lstrip().partition("\n\n")[0][:2000]


def _last(text: str) -> str:
    """The last paragraph, when there are several: a request may stand behind an answer."""
    head, _, last = text.rstrip().rpartition("\n\n")
    return last[:2000] if head.strip() else ""
