r"""Answers and reasoning where a request should be.

Reasoning models begin to think in the user's turn ("Okay, so I need to figure out …"); others begin
with a solution ("Thus, the final answer is \boxed{42}."). A user who thinks aloud asks for something
in the end: whoever addresses somebody, or asks, is kept.
"""

from __future__ import annotations

import re
from typing import ClassVar

from magpie_core.filters import Draft, Filter

_HEAD = 2000
_STRAIGHT = str.maketrans("\u2018\u2019", "''")

_YOU = re.compile(r"\b(?:you|your)\b")
# "please", or a sentence that begins with an order; a numbered step is none.
_ORDERS = re.compile(
    r"\b(?:please|help me|i(?:'d| would) like)\b"
    r"|(?:\A|(?<!\n\d)(?<!\n\d\d)[.!]\s{1,2}|\n)(?:write|explain|name|tell|give|list|find"
    r"|show|prove|solve|translate|describe|compare|summari[sz]e|rewrite|fix|make|create|suggest|discuss|draft"
    r"|calculate|compute|determine|evaluate|simplify|identify|classify|complete|continue|correct|edit|improve"
    r"|proofread|check|put|change|turn|convert|rephrase|paraphrase|shorten|expand|analy[sz]e|plan|design"
    r"|generate|recommend|help|add|remove|sort|choose|pick|rank|answer|imagine|act|pretend)\b"
)
_ASKS = re.compile(r"[?\uff1f]")

_THINK_TAG = re.compile(
    r"\A\s*(?:<think>[ \t]*\n|<think>[^<]{20,}</think>|</think>[ \t]*(?:\n|(?<=>)\w))"
    r"|^</think>[ \t]*$"
    r"|\A[*_# ]{0,6}(?:thinking|thought|reasoning) process[*_ ]{0,3}:[*_ ]{0,3}\n",
    re.MULTILINE | re.IGNORECASE,
)
_HESITATION = r"(?:okay|ok|alright|all right|hmm+|so|well)\b[,.!\u2026 ]{1,3}(?:so,? )?"
_ABOUT_THE_USER = re.compile(
    rf"(?:{_HESITATION})?the user (?:is (?:asking|looking)|wants|asked|asks|just (?:said|asked|sent|wrote)"
    r"|said|sent|has (?:asked|sent|provided)|provided|gave|probably|might|seems|'s (?:question|query))\b"
)
_ASIDE = re.compile(
    r"[(\[]the user (?:has|did|does|is|wants)(?: not|n't)?\b[^()\[\]?]{0,400}[)\]]\s{0,8}\Z"
)
"""A remark on the user, in brackets from end to end."""
_PLANS = re.compile(
    r"\bi (?:should|need to|can|could|will|must|'ll|think|know|recall)\b|\blet me\b"
)
_THINKS_ALOUD = re.compile(
    rf"{_HESITATION}(?:i'm trying to|i am trying to|i need to|i have|i've got|i have to|let me|let's see"
    r"|we need to|we have|first)\b"
)
_SECOND_THOUGHT = re.compile(
    r"\blet me (?:start|think|recall|see|read|try|check|break|figure|double|first|consider|re-?read|verify)"
    r"|\bwait,|\bhmm\b|\bi (?:remember|recall)\b"
)
_SENTENCE_START = re.compile(r"(?:\A|[.!?\u2026]\s{1,2}|\n)(?:wait,|hmm\b|let me |actually, )")
_STEPS = re.compile(
    r"(?:\A|[.!\u2026]\s{1,2}|\n)(?:first|next|then|finally|after that),? "
    r"(?:i|we)(?:'ll| need to| have to| will| can| must| should)\b"
)
_CHINESE = re.compile(
    r"(?:好的|好|嗯|首先)[，,]\s*(?:我现在(?:需要|要)(?:解决|回答|处理|分析|计算|弄清)"
    r"|用户(?:问|想|让|要求|提到|的问题)|让我(?:想想|来?分析|先))"
)

_SOLUTION = re.compile(
    r"to (?:solve|find|determine|answer|tackle) (?:this|the) [\w ]{1,40}, (?:we|let's|i) "
    r"(?:need to|can|will|must|have to|should|'ll|first|start|use)"
    r"|(?:thus|therefore|hence|in conclusion), "
    r"(?:[^?.\n]{0,200}=[^?.\n]{0,60}\.?\s{0,8}\Z|[^?]{0,400}(?:\\boxed|\banswer\b))"
    r"|[*#_ ]{0,6}(?:final answer|answer|solution)[*_ ]{0,3}[:*]"
)
_SETS_TO_WORK = re.compile(
    r"(?:okay|ok|alright|all right)[,.!] (?:let's|here(?:'s| is| are)|this is) "
)
_WORK = re.compile(r"\*\*|^\#{1,4} |^1\. |\bhere(?:'s| is| are) (?:an?|the|some)\b", re.MULTILINE)
_FINAL = re.compile(
    r"final answer(?: is)?[:*\s$.]{0,12}\\boxed\{[^}\s]"
    # the last sentence draws the conclusion, or states the answer as a formula
    r"|(?:\A|[.!]\s{1,2}|\n)(?:therefore|thus|hence|so),? [^?\n]{0,200}\\boxed\{[^}\s][^?\n]{0,60}\Z"
    r"|(?:[.!]\s{1,2}|\n)the answer is: ?\$[^$\n]{1,60}\$\.?\s{0,8}\Z"
)


class AnswerFilter(Filter):
    """Turn down instructions that reason or answer, and ask nothing."""

    name: ClassVar[str] = "answer"

    def reject(self, draft: Draft) -> str | None:
        """Return ``reasoning``, ``bare_answer``, or None to keep."""
        text = draft.text.strip()
        fenced = "```" in text
        if (found := _THINK_TAG.search(text)) and not (fenced and found.start()):
            return "reasoning"
        head = text[:_HEAD].translate(_STRAIGHT).casefold()
        if _reasons(head):
            return "reasoning"
        return "bare_answer" if _answers(head, text[-_HEAD:].casefold()) else None


def _reasons(head: str) -> bool:
    if _CHINESE.match(head) or _ASIDE.match(head):
        return True
    if _ORDERS.search(head):
        return False
    if _ABOUT_THE_USER.match(head):  # a developer's trouble with a user ends in a question
        plans = _PLANS.search(head) and not head.endswith(("?", "\uff1f"))
        return bool(plans) or not _asks(head)
    if _THINKS_ALOUD.match(head):
        return _SECOND_THOUGHT.search(head) is not None and not _YOU.search(head)
    if _asks(head):
        return False
    return len(_SENTENCE_START.findall(head)) > 1 or len(_STEPS.findall(head)) > 1


def _answers(head: str, tail: str) -> bool:
    if _asks(head) or _ORDERS.search(head):
        return False
    if set_to_work := _SETS_TO_WORK.match(head):
        return _WORK.search(head, set_to_work.end()) is not None
    return bool(_SOLUTION.match(head) or _FINAL.search(tail))


def _asks(head: str) -> bool:
    return bool(_ASKS.search(head) or _YOU.search(head))
