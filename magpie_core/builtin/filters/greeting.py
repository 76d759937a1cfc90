"""Instructions in the assistant's voice: the model did not write a user's turn."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from msgspec import Meta

from magpie_core.builtin.filters.greeting_phrases import ASSISTANT_OPENINGS
from magpie_core.filters import Draft, Filter

# A greeting is at the start or nowhere: the rest of a long text is not read.
_HEAD = 500
# Curly quotes become straight ones, emphasis goes: "**Hello!** How can I help you?"
_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d\u00a0", "''\"\" ", "*_")

# What a skipped header leaves of itself: "assistant\nHow may I help?"
_HEADER = re.compile(r"\A(?:assistant|model)[ \t]*\n\s{0,8}")


class GreetingFilter(Filter):
    """Turn down instructions that open like an assistant: help offered, an introduction, "Sure!".

    A greeting by a user ("Hello, can you help me with fractions?") stays, and so does a text that
    only quotes or mentions an offer of help.
    """

    name: ClassVar[str] = "greeting"

    openings: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    """More openings to turn down, compared without case; for languages not known here."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``assistant_greeting``, or None to keep."""
        head = draft.text[:_HEAD].translate(_PLAIN).casefold().lstrip("#>~ \t\r\n\ufeff")
        head = _HEADER.sub("", head)
        if ASSISTANT_OPENINGS.match(head):
            return "assistant_greeting"
        if any(head.startswith(opening.casefold()) for opening in self.openings):
            return "assistant_greeting"
        return None
