"""Conversations as token ids, in a checkpoint's own chat format. Knows no engine and no tagger."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from magpie_core.chat.derive import USER_ONE
from magpie_core.chat.format import ChatFormat
from magpie_core.chat.prompts import Prompts
from magpie_core.chat.template import date_variables, template_renderer
from magpie_core.chat.thinking import SWITCHES, with_thinking
from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import ChatTemplateError
from magpie_core.family import Family
from magpie_core.record import Turn
from magpie_core.resolve import choose_format, stop_strings, stop_token_ids


class Prompter:
    """Writes what an engine is asked, or what it is to score.

    A conversation that ends with a user turn is written by the pieces of the chat format, reasoning
    switched off where the template has a switch. Any other, and all of a template that cannot be taken
    apart (a guard's, say), is rendered by the template itself.

    Args:
        checkpoint: whose tokenizer and template are used.
        chat: its format; None where there is none to be had.
        date: ``date_string`` for templates that write a date.
    """

    def __init__(self, checkpoint: Checkpoint, chat: ChatFormat | None, date: str | None) -> None:
        self._checkpoint = checkpoint
        self._prompts = Prompts(chat, checkpoint.tokenizer) if chat else None
        self._variables: dict[str, Any] = dict(date_variables(date))

    def text(self, turns: Sequence[Turn]) -> str:
        """What asks for the next turn after ``turns``."""
        if self._prompts is not None and turns[-1].role == "user":
            return self._prompts.chat.render(turns)
        template = self._checkpoint.chat_template or ""
        off = {name: False for name in SWITCHES if name in template}
        return self._rendered(turns, generation_prompt=True, **off)

    def question(self, turns: Sequence[Turn]) -> list[int]:
        """Ids of ``text(turns)``: what the template writes is all there is, no second BOS is added."""
        if self._prompts is not None and turns[-1].role == "user":
            return self._prompts.for_turns(turns)
        return self._encode(self.text(turns))

    def whole_text(self, turns: Sequence[Turn]) -> str:
        """A finished conversation as the template writes it, nothing asked for at its end."""
        return self._rendered(turns, generation_prompt=False)

    def whole(self, turns: Sequence[Turn]) -> list[int]:
        """Ids of ``whole_text(turns)``.

        Raises:
            ChatTemplateError: the template raises, or there is none.
        """
        return self._encode(self.whole_text(turns))

    def fingerprint(self, *, whole: bool) -> str:
        """Twelve hex digits over what decides the prompts: of questions, or of ``whole`` conversations."""
        if self._prompts is not None and not whole:
            return self._prompts.chat.fingerprint
        decisive = f"{self._checkpoint.chat_template}{sorted(self._variables.items())}"
        return hashlib.sha256(decisive.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def _rendered(self, turns: Sequence[Turn], *, generation_prompt: bool, **more: Any) -> str:
        tokenizer = self._checkpoint.tokenizer
        if not self._checkpoint.chat_template:
            raise ChatTemplateError(
                f"`{self._checkpoint.name}` has no chat template to write a whole conversation with",
                hint="choose a checkpoint that has one",
            )
        parts = self._takes_parts
        render = template_renderer(tokenizer, as_parts=parts, **self._variables, **more)
        return render(turns, add_generation_prompt=generation_prompt)

    @cached_property
    def _takes_parts(self) -> bool:
        """Whether messages must be lists of parts: given a text, such a template writes nothing of it.

        The model card of Llama Guard 3 1B gives parts; a guard that is shown nothing finds everything safe.

        Raises:
            ChatTemplateError: it writes what a user says in neither form.
        """
        for parts in (False, True):
            render = template_renderer(
                self._checkpoint.tokenizer, as_parts=parts, **self._variables
            )
            with suppress(ChatTemplateError):
                text = render([Turn("user", USER_ONE)], add_generation_prompt=True)
                # A list that a template writes as it is stands there with its quotes.
                listed = parts and any(f"{mark}{USER_ONE}{mark}" in text for mark in "'\"")
                if USER_ONE.casefold() in text.casefold() and not listed:
                    return parts
        raise ChatTemplateError(
            f"the chat template of `{self._checkpoint.name}` leaves out what users say",
            hint="choose a checkpoint with a chat template that writes the conversation",
        )

    def _encode(self, text: str) -> list[int]:
        return list(self._checkpoint.tokenizer.encode(text, add_special_tokens=False))


def make_prompter(
    checkpoint: Checkpoint,
    family: Family | None,
    wanted: str | None,
    date: str | None,
    notices: list[str],
) -> tuple[Prompter, tuple[int, ...], tuple[str, ...]]:
    """A prompter, and what ends an answer: stop token ids and stop strings.

    Args:
        checkpoint: the one that judges.
        family: its family, if known.
        wanted: ``derived`` or ``registered``, as for a run.
        date: for templates that write one.
        notices: lines are added where something was decided for the user.

    Raises:
        ChatTemplateError: there is neither a chat template nor a family whose facts may serve.
        UsageError: ``registered`` was asked for and the family is unknown.
    """
    try:
        chat = choose_format(checkpoint, family, wanted, date_variables(date), notices)
    except ChatTemplateError:
        if not checkpoint.chat_template:
            raise
        prompter = Prompter(checkpoint, None, date)
        # A template of no use is named before a weight is loaded.
        prompter.whole_text([Turn("user", USER_ONE)])
        return prompter, checkpoint.end_token_ids, ()
    if chat.user_to_assistant_no_think is not None:
        chat = with_thinking(chat, False)  # a label needs no reasoning, and a schema forbids it
    stops = stop_token_ids(checkpoint, family, chat), stop_strings(checkpoint, family, chat)
    return Prompter(checkpoint, chat, date), *stops
