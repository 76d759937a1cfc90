"""A response prompt's ids as the messages a chat endpoint wants: the checkpoint's template, read backwards.

The prompt was made by the template from one user's message, with a system prompt or without. The same
template is rendered around marks, cut at them, and what stands between is read off. What is left of the
ids' text is exactly what the pipeline put in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from magpie_backend_openai.codec import Codec
from magpie_core import EngineDeadError, RequestError, UsageError
from magpie_core.chat.template import DAYS
from magpie_core.chat.thinking import SWITCHES

SYSTEM, USER = "MagpieSystemMark", "MagpieUserMark"
HEADER = 5
"""Characters by which the end of a user's header is known: ``user:``, ``[INST]``."""
Message = dict[str, str]


@dataclass(frozen=True)
class Form:
    """How the template writes one message, told about reasoning or not."""

    variables: tuple[tuple[str, bool], ...]
    opening: str
    """What stands before the user's words."""
    ending: str
    """What stands after them: the answer begins there."""
    plain: re.Pattern[str]
    with_system: re.Pattern[str] | None
    default_system: str | None


class Messages:
    """Reads prompts back into messages.

    Raises:
        UsageError: the checkpoint has no chat template that could be read backwards.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._forms = [one for told in _variables() if (one := self._form(dict(told))) is not None]
        if not self._forms:
            raise UsageError(
                f"checkpoint `{codec.checkpoint.name}` has no chat template, and a chat endpoint needs "
                "to know which part of a prompt is whose message",
                hint="name a checkpoint with one, or use --engine-option api=completions",
            )

    def read(self, ids: Sequence[int]) -> tuple[list[Message], dict[str, bool]]:
        """The messages that ``ids`` were made of, and the template's variables.

        Raises:
            EngineDeadError: it is a pre-query, which no chat endpoint can continue; all others will be.
            RequestError: it is not one message in the checkpoint's format.
        """
        text = self._codec.written(ids)
        for form in self._forms:
            system, user = self._parts(form, text)
            if user is None or any(one in user for one in self._codec.control_texts):
                continue
            messages = [{"role": "user", "content": user}]
            if system is not None and system != form.default_system:
                messages.insert(0, {"role": "system", "content": system})
            return messages, dict(form.variables)
        if self._is_pre_query(text):
            raise EngineDeadError(
                "a chat endpoint answers messages and cannot continue a pre-query, so it writes no "
                "instructions",
                hint="use --engine-option api=completions, or keep this server for responses: "
                '[response_engine] with backend = "openai" and options = { url = "…", api = "chat" }',
            )
        raise RequestError("the prompt is not one user's message in the checkpoint's chat format")

    def _is_pre_query(self, text: str) -> bool:
        """Whether it ends where a user's words begin, after whatever system prompt."""
        if any(text.endswith(one.ending) for one in self._forms):
            return False
        headers = {one.opening.rstrip()[-HEADER:] for one in self._forms}
        return any(text.rstrip().endswith(header) for header in headers)

    def _parts(self, form: Form, text: str) -> tuple[str | None, str | None]:
        if form.with_system is not None and (found := form.with_system.fullmatch(text)):
            return found["system"], found["user"]
        found = form.plain.fullmatch(text)
        return None, found["user"] if found else None

    def _form(self, variables: dict[str, bool]) -> Form | None:
        plain = self._render([("user", USER)], variables)
        if plain is None or plain.count(USER) != 1:
            return None
        opening, ending = plain.split(USER)
        pattern = _undated(opening) + "(?P<user>.*)" + _undated(ending)
        with_system = self._system_pattern(variables, opening)
        found = with_system.fullmatch(plain) if with_system else None
        return Form(
            variables=tuple(variables.items()),
            opening=opening,
            ending=ending,
            plain=re.compile(pattern, re.DOTALL),
            with_system=with_system,
            default_system=found["system"] if found else None,
        )

    def _system_pattern(self, variables: dict[str, bool], opening: str) -> re.Pattern[str] | None:
        """None where the system prompt is not told from the user's words: it goes along with them."""
        text = self._render([("system", SYSTEM), ("user", USER)], variables)
        if text is None or text.count(SYSTEM) != 1 or text.count(USER) != 1:
            return None
        before, _, rest = text.partition(SYSTEM)
        if USER not in rest:
            return None
        between, _, after = rest.partition(USER)
        if not between.strip():
            return None
        return re.compile(
            f"{_undated(before)}(?P<system>.*?){_undated(between)}(?P<user>.*){_undated(after)}",
            re.DOTALL,
        )

    def _render(self, turns: list[tuple[str, str]], variables: dict[str, bool]) -> str | None:
        messages = [{"role": role, "content": content} for role, content in turns]
        if self._codec.checkpoint.chat_template is None:
            return None
        try:
            text: Any = self._codec.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, **variables
            )
        except Exception:  # a template is somebody's program: it may raise anything
            return None
        # as the tokenizer would give it back, so that both sides passed through it
        return self._codec.written(self._codec.encode(str(text)))


def _variables() -> list[tuple[tuple[str, bool], ...]]:
    """Untold first, then reasoning off and on: where a switch changes nothing, it is not passed on."""
    return [(), *(tuple((name, state) for name in SWITCHES) for state in (False, True))]


def _undated(text: str) -> str:
    """A pattern for ``text`` in which today's date may be another day's: a run keeps its first day."""
    pattern = re.escape(text)
    for form in DAYS:
        pattern = pattern.replace(re.escape(datetime.now().strftime(form)), r"[\w, -]{6,20}")
    return pattern
