"""Render messages through a tokenizer's own chat template, with errors a user can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magpie_core.chat.derive import Render, derive
from magpie_core.chat.format import ChatFormat
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Turn


def template_renderer(tokenizer: Any, **variables: Any) -> Render:
    """A function that renders messages through ``tokenizer``'s template.

    Args:
        tokenizer: a transformers tokenizer; its sandbox runs the template.
        variables: passed to the template, such as ``date_string`` or ``enable_thinking``.
    """

    def render(turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            text = tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=add_generation_prompt, **variables
            )
        except Exception as error:  # a template is somebody's program: it may raise anything
            raise ChatTemplateError(
                f"the chat template raises on {'/'.join(t.role for t in turns)} messages: `{error}`",
                hint="pass the family's registered format: --family NAME --format registered",
            ) from error
        return str(text)

    return render


def derive_from_tokenizer(tokenizer: Any, **variables: Any) -> ChatFormat:
    """Derive the chat format of a tokenizer's template.

    Raises:
        ChatTemplateError: there is no template, or it cannot be taken apart.
    """
    if not tokenizer.chat_template:
        raise ChatTemplateError(
            "the checkpoint has no chat template, so it is a base model or one with a format of its own",
            hint="choose an instruct checkpoint, or name its format: --family NAME --format registered",
        )
    return derive(template_renderer(tokenizer, **variables), bos=tokenizer.bos_token)
