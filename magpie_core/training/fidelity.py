"""Whether the template that is trained in writes the data as the checkpoint's own does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from magpie_core.chat.template import template_renderer
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Turn
from magpie_core.training.pieces import Pieces

_AROUND = 40
"""Characters shown from where two texts part."""


def first_difference(
    tokenizer: Any, pieces: Pieces, conversations: Iterable[Sequence[Turn]]
) -> str | None:
    """Where the two first part, for people; None where all conversations are written the same.

    White space at the very end does not count: nothing is learned there.
    """
    render = template_renderer(tokenizer)
    for turns in conversations:
        try:
            own = render(turns, add_generation_prompt=False)
            ours = pieces.render(turns)
        except ChatTemplateError as error:
            return error.message
        if own.rstrip() != ours.rstrip():
            at = next(
                (k for k, (a, b) in enumerate(zip(own, ours, strict=False)) if a != b),
                min(len(own), len(ours)),
            )
            return f"{own[at : at + _AROUND]!r} there, {ours[at : at + _AROUND]!r} here"
    return None
