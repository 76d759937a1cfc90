"""Render messages through a tokenizer's own chat template, with errors a user can act on.

Some templates write today's date, so the same checkpoint makes other prompts every day. ``date_string``
fixes the day, by its own name for the templates that look for it and by the clock for all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from magpie_core.chat.derive import Render, derive
from magpie_core.chat.format import ChatFormat
from magpie_core.chat.thinking import with_thinking_forms
from magpie_core.errors import ChatTemplateError
from magpie_core.record import Turn

CLOCK = "strftime_now"
"""The function by which templates ask for the date."""
DATE_STRING = "date_string"
"""The variable that templates which take a date look for."""
DAY = "%d %b %Y"
"""How those templates write a day: 20 Nov 2026."""
DAYS = (DAY, "%d %B %Y", "%Y-%m-%d", "%B %d, %Y", "%b %d, %Y")


def template_renderer(tokenizer: Any, *, as_parts: bool = False, **variables: Any) -> Render:
    """A function that renders messages through ``tokenizer``'s template.

    Args:
        tokenizer: a transformers tokenizer; its sandbox runs the template.
        as_parts: give each message as a list of one text part, as templates of models that see want it.
        variables: passed to the template, such as ``date_string`` or ``enable_thinking``.
    """
    day = _day(variables.get(DATE_STRING))

    def render(turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
        messages = [
            {
                "role": turn.role,
                "content": [{"type": "text", "text": turn.content}] if as_parts else turn.content,
            }
            for turn in turns
        ]
        try:
            with _clock_at(day):
                text = tokenizer.apply_chat_template(
                    messages,
                    tokenize=False,
                    add_generation_prompt=add_generation_prompt,
                    **variables,
                )
        except Exception as error:  # a template is somebody's program: it may raise anything
            raise ChatTemplateError(
                f"the chat template raises on {'/'.join(t.role for t in turns)} messages: `{error}`",
                hint="pass the family's registered format: --family NAME --format registered",
            ) from error
        return str(text)

    return render


def derive_from_tokenizer(tokenizer: Any, **variables: Any) -> ChatFormat:
    """Derive the chat format of a tokenizer's template, the forms with and without reasoning included.

    Raises:
        ChatTemplateError: there is no template, or it cannot be taken apart.
    """
    if not tokenizer.chat_template:
        raise ChatTemplateError(
            "the checkpoint has no chat template, so it is a base model or one with a format of its own",
            hint="choose an instruct checkpoint, or name its format: --family NAME --format registered",
        )

    def told(more: Mapping[str, Any]) -> ChatFormat:
        render = template_renderer(tokenizer, **{**variables, **more})
        return derive(render, bos=tokenizer.bos_token)

    return with_thinking_forms(told({}), str(tokenizer.chat_template), told, variables)


def writes_date(tokenizer: Any, **variables: Any) -> bool:
    """Whether the template, given ``variables``, writes today's date, so that tomorrow it writes another."""
    if CLOCK not in str(tokenizer.chat_template):
        return False
    if not hasattr(_clock_module(), "datetime"):
        return True  # a transformers whose clock cannot be set: better said once too often
    formats = []
    for day in (datetime(2001, 2, 3, 4, 5, 6), datetime(2012, 11, 10, 9, 8, 7)):
        with _clock_at(day):
            formats.append(_derived(tokenizer, **variables))
    return formats[0] != formats[1]


def honours_date_string(tokenizer: Any) -> bool:
    """Whether the template writes ``date_string`` where it is given one."""
    if DATE_STRING not in str(tokenizer.chat_template):
        return False
    one, other = (_derived(tokenizer, date_string=text) for text in ("MagpieDay", "MagpieOther"))
    return one != other


def date_variables(day: str | None) -> dict[str, str]:
    """Variables that make a template write ``day``; none when no day is given."""
    return {DATE_STRING: day} if day else {}


def today() -> str:
    """Today's date as templates write it; it fixes those that ask the clock, too."""
    return datetime.now().strftime(DAY)


def ignores_date(tokenizer: Any, day: str) -> bool:
    """Whether the template writes the same on whatever day, or cannot be made to write this one."""
    set_by_clock = _day(day) is not None and writes_date(tokenizer)
    return not (set_by_clock or honours_date_string(tokenizer))


def _derived(tokenizer: Any, **variables: Any) -> ChatFormat | None:
    with suppress(ChatTemplateError):
        return derive_from_tokenizer(tokenizer, **variables)
    return None


def _day(text: object) -> datetime | None:
    """The day that ``text`` names, if it is written in a known way."""
    for form in DAYS:
        with suppress(ValueError, TypeError):
            return datetime.strptime(text, form)  # type: ignore[arg-type]
    return None


def _clock_module() -> Any:
    from transformers.utils import chat_template_utils

    return chat_template_utils


@contextmanager
def _clock_at(day: datetime | None) -> Iterator[None]:
    """Let templates read ``day`` from the clock; transformers offers no way to tell them."""
    module = _clock_module()
    original = getattr(module, "datetime", None)
    if day is None or original is None:
        yield
        return
    module.datetime = type("Clock", (datetime,), {"now": staticmethod(lambda *_: day)})
    try:
        yield
    finally:
        module.datetime = original
