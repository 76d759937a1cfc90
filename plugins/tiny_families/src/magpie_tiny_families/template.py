"""A chat template, in jinja, that renders what a family's registered pieces say.

The makers' own templates are theirs; this one is written from the facts. It knows plain conversations:
an optional system prompt, then user and assistant in alternation; and ``enable_thinking``, where the
family has forms with and without reasoning. Dates are those of the facts.
"""

from __future__ import annotations

from collections.abc import Callable

from magpie_core.chat.format import SYSTEM_SLOT, ChatFormat

REFUSE_ORDER = "{{ raise_exception('Roles must alternate user/assistant/user/assistant/...') }}"
REFUSE_SYSTEM = "{{ raise_exception('System role not supported') }}"


def chat_template(chat: ChatFormat) -> str:
    """The template. Deriving a format from it gives ``chat`` back, but for ``bare`` forms."""
    system, user, assistant = (_words(role, chat) for role in ("system", "user", "assistant"))
    return "".join(
        [
            "{%- set has_system = messages and messages[0]['role'] == 'system' -%}",
            "{%- set turns = messages[1:] if has_system else messages -%}",
            "{%- for message in turns -%}",
            "{%- if message['role'] != ('user' if loop.index0 % 2 == 0 else 'assistant') -%}",
            REFUSE_ORDER,
            "{%- endif -%}",
            "{%- if message['role'] == 'user' -%}",
            _before_user(chat, system),
            "{{- " + user + " -}}",
            "{%- if not loop.last -%}" + _text(chat.user_to_assistant_history),
            "{%- elif add_generation_prompt -%}" + _forms(chat, "user_to_assistant", _text),
            "{%- else -%}" + _text(chat.user_end) + "{%- endif -%}",
            "{%- else -%}",
            "{{- " + assistant + " -}}",
            "{%- if loop.last -%}" + _text(_turn_end(chat)) + "{%- endif -%}",
            "{%- endif -%}",
            "{%- endfor -%}",
        ]
    )


def _before_user(chat: ChatFormat, system: str) -> str:
    """What comes before the user's words: at the start with or without a system prompt, and later."""
    plain, later = _forms(chat, "pre_query", _text), _text(chat.turn_append)
    if chat.system_role == "dropped":
        return _either("loop.first", plain, later)
    if chat.system_role == "refused" or chat.pre_query_with_system is None:
        refuse = "{%- if has_system -%}" + REFUSE_SYSTEM + "{%- endif -%}"
        return refuse + _either("loop.first", plain, later)

    def with_system(text: str) -> str:
        before, _, after = text.partition(SYSTEM_SLOT)
        return _text(before) + "{{- " + system + " -}}" + _text(after)

    if chat.system_role != "last_turn":
        given = _forms(chat, "pre_query_with_system", with_system)
        return _either("loop.first", _either("has_system", given, plain), later)
    added = with_system(chat.pre_query_with_system.removeprefix(chat.pre_query))
    last = _either("has_system and loop.last", added, "")
    return _either("loop.first", plain, later) + last


def _forms(chat: ChatFormat, piece: str, write: Callable[[str], str]) -> str:
    """A piece, and where the template is told to reason or not to, its form for that."""
    written = write(getattr(chat, piece))
    for form, told in (("no_think", "not enable_thinking"), ("think", "enable_thinking")):
        own = getattr(chat, f"{piece}_{form}")
        if own not in (None, getattr(chat, piece)):
            written = _either(f"enable_thinking is defined and {told}", write(own), written)
    return written


def _turn_end(chat: ChatFormat) -> str:
    """What ends a conversation that the assistant closes: what stands there before any next turn."""
    bos = chat.bos or ""
    return chat.turn_append.removesuffix(chat.pre_query_bare.removeprefix(bos)).removesuffix(bos)


def _words(role: str, chat: ChatFormat) -> str:
    content = "messages[0]['content']" if role == "system" else "message['content']"
    return f"{content} | trim" if role in chat.trims else content


def _text(text: str) -> str:
    """``text`` as a jinja string, so that jinja strips nothing of it."""
    quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return "{{- '" + quoted + "' -}}" if text else ""


def _either(condition: str, yes: str, no: str) -> str:
    return "{%- if " + condition + " -%}" + yes + "{%- else -%}" + no + "{%- endif -%}"
