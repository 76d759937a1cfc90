"""A chat format as training needs it: what is learned ends with the token that ends an answer. Text only.

``ChatFormat`` knows prompts, which end where an answer begins. Training writes answers too, so what stands
between an answer and the next question is cut in three: the end that the model must learn to write, the
white space after it, and the opening of the user's turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

import msgspec

from magpie_core.chat.format import SYSTEM_SLOT, ChatFormat, SystemRole
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Role, Turn

_TOKEN = re.compile(r"(?<!<)<[^<>\s]+>(?!>)")
"""What special tokens look like; ``<<SYS>>`` is plain text."""


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """The texts a finished conversation is written with."""

    opening: str
    """Before the first question."""
    before_system: str | None
    """The same, up to the system prompt, where one is given; None where there is no place for one."""
    after_system: str
    next_question: str
    """Opening of every later question."""
    to_answer: str
    """Between a question and its answer."""
    ask: str
    """What stands for ``to_answer`` where an answer is still to be written."""
    answer_end: str
    """What ends an answer, and is learned with it."""
    after_answer: str
    """White space behind that."""
    system_role: SystemRole
    trims: tuple[Role, ...] = ()

    @property
    def end_token(self) -> str:
        """The token that ends an answer."""
        return self.answer_end.strip()

    @property
    def special_tokens(self) -> list[str]:
        """What looks like a special token in any of the texts, each once."""
        texts = (self.opening, self.before_system or "", self.after_system, self.next_question)
        found = _TOKEN.findall("\n".join((*texts, self.to_answer, self.answer_end)))
        return list(dict.fromkeys(found))

    def render(self, turns: Sequence[Turn]) -> str:
        """A finished conversation, as ``training_template`` writes it.

        Raises:
            ChatTemplateError: there is a system prompt and no place for one.
        """
        body = list(turns)
        text = self.opening
        if body[0].role == "system":
            system = self._said(body.pop(0))
            if self.before_system is not None:
                text = self.before_system + system + self.after_system
            elif self.system_role != "dropped":
                raise ChatTemplateError("this chat format has no place for a system prompt")
        for number, turn in enumerate(body):
            if turn.role == "user":
                text += (self.next_question if number else "") + self._said(turn)
            else:
                end = self.answer_end + self.after_answer
                text += self.to_answer + self._said(turn) + end
        return text

    def _said(self, turn: Turn) -> str:
        return turn.content.strip() if turn.role in self.trims else turn.content


def pieces_of(format: ChatFormat) -> Pieces:
    """Cut ``format`` for training.

    An answer that is to be written is asked for as answers were learned: a template that opens the answer
    with reasoning, but keeps none in the history, would otherwise ask for what no answer began with.

    Raises:
        ChatTemplateError: nothing ends an answer in it.
    """
    header = _question_opening(format)
    between = format.turn_append[: len(format.turn_append) - len(header)]
    answer_end = between.rstrip()
    if not answer_end:
        raise ChatTemplateError(
            "no text ends an answer in this chat format, so a model would never learn to stop",
            hint="choose another one: --chat-template chatml",
        )
    slotted = format.pre_query_with_system
    before, _, after = slotted.partition(SYSTEM_SLOT) if slotted else ("", "", "")
    asked, learned = format.user_to_assistant, format.user_to_assistant_history
    return Pieces(
        opening=format.pre_query,
        before_system=before if slotted else None,
        after_system=after,
        next_question=header,
        to_answer=learned,
        ask=asked if learned.startswith(asked) else learned,
        answer_end=answer_end,
        after_answer=between[len(answer_end) :],
        system_role=format.system_role,
        trims=format.trims,
    )


def _question_opening(format: ChatFormat) -> str:
    """The part of ``turn_append`` that opens the user's turn: what it has in common with the very first one.

    A BOS that stands once, at the beginning, is no part of it; one that opens every turn is.
    """
    bare, append = format.pre_query_bare, format.turn_append
    if bare and append.endswith(bare):
        return bare
    once = bare.removeprefix(format.bos or "")
    pairs = zip(reversed(once), reversed(append), strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return append[len(append) - shared :]
