"""What a chat template writes when it is told to reason before an answer, or not to. Knows no model.

Templates are told by a variable. There is no standard for its name, so the known ones are tried, and
what counts is whether the prompt changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

import msgspec

from magpie_core.chat.format import ANSWERED, ChatFormat
from magpie_core.errors import ChatTemplateError

SWITCHES = ("enable_thinking", "thinking")
"""Names that templates give the variable which switches reasoning on (true) and off (false)."""
OPENED = re.compile(r"<(think|thinking|thought|reasoning)>\s*\Z")
"""A generation prompt that ends so has opened the reasoning by itself."""


def with_thinking_forms(
    chat: ChatFormat,
    template: str,
    derive_told: Callable[[Mapping[str, bool]], ChatFormat],
    given: Collection[str] = (),
) -> ChatFormat:
    """``chat`` with the forms in which its template asks for an answer with reasoning and without.

    Args:
        chat: the format as the template renders it untold.
        template: source of the template.
        derive_told: derives the format with these variables set; may raise ChatTemplateError.
        given: variables that are set already, so that they decide nothing here.
    """
    names = [n for n in SWITCHES if n not in given and re.search(rf"\b{n}\b", template)]
    if names:
        with suppress(ChatTemplateError):
            on, off = (derive_told(dict.fromkeys(names, state)) for state in (True, False))
            if any(getattr(on, piece) != getattr(off, piece) for piece in ANSWERED):
                forms = {**_form(chat, on, "think"), **_form(chat, off, "no_think")}
                return msgspec.structs.replace(chat, **forms)
    if OPENED.search(chat.user_to_assistant):
        return msgspec.structs.replace(chat, user_to_assistant_think=chat.user_to_assistant)
    return chat


def _form(chat: ChatFormat, told: ChatFormat, name: str) -> dict[str, str | None]:
    """The pieces of one form; none where it takes no system prompt and the untold format does."""
    if told.pre_query_with_system is None and chat.pre_query_with_system is not None:
        return {}
    openings = {
        f"{piece}_{name}": getattr(told, piece)
        for piece in ("pre_query", "pre_query_with_system")
        if getattr(told, piece) != getattr(chat, piece)
    }
    return {f"user_to_assistant_{name}": told.user_to_assistant, **openings}


def with_thinking(chat: ChatFormat, wanted: bool) -> ChatFormat:
    """``chat`` with answers asked for with reasoning, or without.

    Raises:
        ChatTemplateError: there is no such form.
    """
    think, no_think = chat.user_to_assistant_think, chat.user_to_assistant_no_think
    if (think if wanted else no_think) is not None:
        return msgspec.structs.replace(chat, thinking=wanted)
    flag = f"--thinking {'on' if wanted else 'off'}"
    whose = "the chat template" if chat.source == "derived" else "the registered format"
    if think is not None:
        raise ChatTemplateError(
            f"{flag}: {whose} knows no answer without reasoning: it opens every one with {think!r}",
            hint="leave --thinking out, or let another checkpoint answer: --respond-with CHECKPOINT",
        )
    if no_think is not None:
        raise ChatTemplateError(
            f"{flag}: {whose} knows no answer with reasoning, only {no_think!r}",
            hint="leave --thinking out, or use the template's own format: --format derived",
        )
    switches = ", ".join(f"`{name}`" for name in SWITCHES)
    raise ChatTemplateError(
        f"{flag}: {whose} has no switch for reasoning (it obeys none of {switches}) and opens every "
        f"answer with {chat.user_to_assistant!r}",
        hint="leave --thinking out, or let another checkpoint answer: --respond-with CHECKPOINT",
    )
