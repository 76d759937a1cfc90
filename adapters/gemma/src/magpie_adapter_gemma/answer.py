"""Gemma 2 often writes a question and, in the same turn, its answer. Knows no model, only the text."""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core import Cleaner, Reject

_MARKS = r"[*_#> \t]{0,8}"
_QUESTION = re.compile(rf"\s{{0,8}}{_MARKS}(?:Question|QUESTION)[*_ \t]{{0,4}}:[*_]{{0,4}}(?!\w)")
_KINDS = "(?:Possible|Correct|Sample|Short|Suggested|Expected|Example|Model) "
_LABEL = re.compile(
    # on a line of its own or at its start, in bold or not
    rf"^(?P<line>{_MARKS})(?:{_KINDS})?(?:Answers?|ANSWER)[*_ \t]{{0,4}}:[*_]{{0,4}}(?!\w)"
    # a heading needs no colon
    rf"|^(?:\*\*|__|#{{1,4}} )(?:{_KINDS})?(?:Answers?|Solution)(?:\*\*|__)?[ \t]*$"
    rf"|^[>#]{{0,4}}[ \t]{{0,4}}(?P<bold>\*\*|__)Solution(?:\*\*:|:\*\*|__:|:__)"
    # behind a sentence of the same line
    r"|(?<=[.?!\u3002\uff1f\uff01][ \t])(?P<inline>[*_]{0,3})Answer[*_]{0,3}:[*_]{0,3}(?!\w)",
    re.MULTILINE,
)
_OPENING = re.compile(
    r"^(?:\*\*)?(?:Here(?:'s|\u2019s| is) (?:how(?! (?:I|we|my)\b)|why|what you need|a (?:[\w-]+,? ){0,3}"
    r"(?:breakdown|guide|explanation|overview|rundown|answer))\b"
    r"|Let(?:'s|\u2019s) (?:break (?:it|this|that|down)|dive in|delve into|explore))\b",
    re.MULTILINE,
)
"""How it opens an answer without a label, in a paragraph of its own."""
_COMPLETE_OPENING = re.compile(
    r"(?:\*\*)?(?:Here(?:'s|\u2019s| is) an? (?:[\w-]+,? ){0,3}(?:breakdown|explanation|answer)"
    r"|Let(?:'s|\u2019s) break (?:it|this|that) down)(?:\*\*)?[:.]"
)
_TOPIC_WORD = re.compile(
    r"\b(?!(?:what|when|where|which|that|this|have|does|with|from|your|their|them|most|best)\b)[a-z]{4,}"
)
_ORDER = re.compile(
    r"(?:[.!?][ \t]+|^[ \t]*)(?:Explain|Write|Show|Prove|Justify|Describe|Compare|Tell|Translate|Rewrite"
    r"|Check|Rate|Give|Find|Please|Now|Can you|Could you)\b",
    re.MULTILINE,
)
"""A sentence that orders something behind the answer."""
_OWN = re.compile(
    r"\b(?:this|these|those|following|below|above|here|my|our|mine|ours|I'm|I've|improve|shorten|rewrite"
    r"|edit|proofread|review)\b",
    re.IGNORECASE,
)
"""A question that points at something: the paragraph behind it may be the user's."""
_ANY_LABEL = re.compile(r"^[*_#> \t]{0,8}(?:Question|Answer|Q|A)[*_ \t]{0,4}:", re.I | re.M)
_ABOUT_ANSWERS = re.compile(
    r"\b(?:answer\w*|solution\w*|respon\w+|repl(?:y|ies)|questions?|student\w*|grad(?:e|ing)|evaluat\w+"
    r"|rat(?:e|ing)|review\w*|improv\w+|rewrit\w+|rephras\w+|paraphras\w+|edit\w*|translat\w+|proofread"
    r"|wrong|mistake\w*|errors?|correct\w*|check\w*|verif\w+|dialog\w*|conversation\w*|format\w*"
    r"|template\w*|examples?|text|passage|summary|summari\w+|classif\w+|labels?|quiz\w*|flash ?cards?|faq"
    r"|jeopardy|homework|exam|tests?|riddles?|jokes?)\b"
    r"|\b(?:is|are|does|do) (?:this|that|these|those|my)\b",  # "Is this proof right?": it stands below
    re.IGNORECASE,
)
_ABOUT_THE_ABOVE = re.compile(
    r"\b(?:the|this|that|my|your|his|her|its|above|given)\s+(?:\w+\s+)?(?:question|answer|solution)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"(?:please|can you|could you|now|write|rewrite|translate|explain|rate|grade|check|verify|evaluate"
    r"|convert|summari[sz]e|generate|create|give|provide|continue|classify|improve|correct|make|turn"
    r"|show|prove|justify|describe|discuss|compare|tell|list|argue|defend|find|why|how|is|was|do|does)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(
    # a blank to fill in, a preposition, an adverb or a verb that says how to answer …
    r"[*_ \t\r\n]*(?:[\[{<(]|\.{3}|\u2026|_{2}"
    r"|(?:in|with|using|as|only|just|by|please|briefly|exactly|either|max\w*|min\w*|at (?:most|least)|up to"
    r"|less than|no more than|between|true or false|use|give|write|explain|choose|pick|select|circle|state"
    r"|provide|be|keep|think|justify|do not|don't)\b"
    # … the kind of thing that is wanted …
    r"|(?:an?|one|two|three|your|the)?[ \t]?(?:\w+[ \t])?(?:number|letter|word|sentence|paragraph|integer"
    r"|digit|name|date|option|list|table|json|percentage|essay|bullet points?)s?\b(?![ \t]+(?:is|are|was))"
    # … or a choice: "yes/no", "stop / go on", "A, B, C or D", "SPAM or HAM"
    r"|\d+[ \t]?(?:-|\u2013|to)[ \t]?\d+[ \t]?%?$|[^\n]{0,60}\bplease\b"
    r"|[^\n/]{1,40}(?:[ \t]/[ \t][^\n/]{1,40}){1,6}$"
    r"|(?:\w+[ \t]?/[ \t]?)+\w+[ \t.?]*$|(?:\w+,[ \t])*\w+,?[ \t]or[ \t]\w+[ \t.?]*$)",
    re.IGNORECASE | re.MULTILINE,
)
"""What says how to answer rather than answers: "Answer: in one word", "Answer: yes or no"."""
_GOES_ON_IN_LOWER_CASE = re.compile(r"[*_ \t]*(?![a-e][.)])[a-z]")
"""Gemma's answers begin with a capital or a number; who tells it how to answer goes on as in a sentence."""
_LONE_WORD = re.compile(r"[^\W\d_]{2,}[.!]?")
"""Behind a plain label it may be a language or a style to answer in: "Answer: German"."""
_LONE_VERDICT = re.compile(r"[*_ \t]*(?:yes|no|true|false)[.! \t]*", re.IGNORECASE)
_CHOICES = re.compile(r"(?:\n[ \t]*[*_(]{0,3}[A-Ea-e1-5][.):][^\n]{1,200}){2,8}\s*\Z")
_QUOTES = ("```", "'''", '"""')
_QUESTION_MARKS = ("?", "\uff1f")
_SENTENCE_ENDS = (".", "!", "\u3002", "\uff01", *_QUESTION_MARKS)
_CLOSING = "*_ \t\r\n\"'\u201d)"


class Gemma2AnswerCleaner(Cleaner):
    """Cut an instruction before the answer that it goes on to give.

    An answer is known by a single label (``Answer:``, ``**Solution:**``) or by how Gemma opens one
    ("Here's a breakdown …") behind a whole question. It is cut only where nothing shows that it belongs
    to the task: no word about answers before it, no open code block around it, no blank, choice or
    format to answer in, no request behind it. What is in doubt stays, such as a lone "Answer: yes".
    """

    name: ClassVar[str] = "gemma2_answer"

    def clean(self, text: str) -> str | Reject:
        """Return the instruction without its answer, and without the label before the question."""
        label = _LABEL.search(text)
        if label is None:
            return _before_opening(text)
        opening = _QUESTION.match(text)
        start = opening.end() if opening and opening.end() <= label.start() else 0
        body, answer = text[start : label.start()].strip(), text[label.end() :]
        bold = "*" in label[0] or "_" in label[0] or "#" in label[0]
        whole = _is_question(body, bold=bold, labelled=start > 0)
        if label["inline"] is not None and not start:
            whole = False
        doubtful = not (bold or start) and _LONE_WORD.fullmatch(answer.strip())
        if whole and not doubtful and _is_only_an_answer(answer):
            return _before_opening(body)  # the label may stand further in
        return text


def _before_opening(text: str) -> str:
    found = _OPENING.search(text)
    if found is None:
        return text
    body, answer = text[: found.start()], text[found.start() :]
    own_paragraph = body.endswith("\n\n") and not _OWN.search(body) and _is_about(answer, body)
    if (
        own_paragraph
        and _is_question(body, bold=False, labelled=False)
        and _is_only_an_answer(answer)
    ):
        return body.strip()
    return text


def _is_about(answer: str, question: str) -> bool:
    """Whether the answer's opening names what was asked, or names nothing else: "Here's a breakdown:"."""
    if _COMPLETE_OPENING.match(answer):
        return True
    first = answer.partition("\n")[0]
    asked = set(_TOPIC_WORD.findall(question.lower()))
    return not asked.isdisjoint(_TOPIC_WORD.findall(first.lower()))


def _is_question(body: str, *, bold: bool, labelled: bool) -> bool:
    """Whether ``body`` is a whole instruction that does not ask about an answer."""
    bare = _CHOICES.sub("", body).rstrip(_CLOSING)
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
    if _LONE_VERDICT.fullmatch(stripped) or _GOES_ON_IN_LOWER_CASE.match(answer):
        return False
    if stripped.endswith(_QUESTION_MARKS) or _LABEL.search(answer) or _ANY_LABEL.search(answer):
        return False
    last = stripped.rpartition("\n")[2].strip() if "\n" in stripped else ""
    return not (_REQUEST.match(last) or _ORDER.search(answer) or _ABOUT_THE_ABOVE.search(answer))
