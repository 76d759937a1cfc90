"""A chat template for training, written from the pieces of a chat format. Reads no template.

Templates of released checkpoints do not say which words are the model's own. Trainers that learn from
answers alone ask the template for that (``{% generation %}``), so one is written that says it, and that
writes finished conversations as the checkpoint's own does.
"""

from __future__ import annotations

import json
import re
from typing import Literal

from magpie_core.record import Role
from magpie_core.training.pieces import Pieces

_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")


def marks_answers(template: str) -> bool:
    """Whether ``template`` says which words are the model's own."""
    return _MARKS.search(template) is not None


def training_template(pieces: Pieces) -> str:
    """A Jinja template that writes conversations with ``pieces`` and marks what is learned.

    Every statement trims the white space around it, so that it writes the same with and without Jinja's
    own trimming.
    """
    said = {role: _said(pieces, role) for role in ("system", "user", "assistant")}
    return "\n".join(
        [
            "{#- Written by `magpie recipe`: answers, with the token that ends them, are marked. -#}",
            "{%- if messages[0]['role'] == 'system' -%}",
            *_system(pieces, said["system"]),
            "  {%- set talk = messages[1:] -%}",
            "{%- else -%}",
            f"  {{{{- {_text(pieces.opening)} -}}}}",
            "  {%- set talk = messages -%}",
            "{%- endif -%}",
            "{%- for message in talk -%}",
            "  {%- if message['role'] == 'user' -%}",
            "    {%- if not loop.first -%}",
            f"      {{{{- {_text(pieces.next_question)} -}}}}",
            "    {%- endif -%}",
            f"    {{{{- {said['user']} -}}}}",
            "  {%- else -%}",
            f"    {{{{- {_text(pieces.to_answer)} -}}}}",
            "    {%- generation -%}",
            f"      {{{{- {said['assistant']} + {_text(pieces.answer_end)} -}}}}",
            "    {%- endgeneration -%}",
            *([f"    {{{{- {_text(pieces.after_answer)} -}}}}"] if pieces.after_answer else []),
            "  {%- endif -%}",
            "{%- endfor -%}",
            "{%- if add_generation_prompt -%}",
            f"  {{{{- {_text(pieces.ask)} -}}}}",
            "{%- endif -%}",
        ]
    )


def _system(pieces: Pieces, said: str) -> list[str]:
    if pieces.before_system is not None:
        before, after = _text(pieces.before_system), _text(pieces.after_system)
        return [f"  {{{{- {before} + {said} + {after} -}}}}"]
    if pieces.system_role == "dropped":
        return [f"  {{{{- {_text(pieces.opening)} -}}}}"]
    return ["  {{- raise_exception('this chat format has no place for a system prompt') -}}"]


def _said(pieces: Pieces, role: Literal["system", "user", "assistant"]) -> str:
    trimmed: tuple[Role, ...] = pieces.trims
    words = "messages[0]['content']" if role == "system" else "message['content']"
    return f"({words} | trim)" if role in trimmed else words


def _text(text: str) -> str:
    """``text`` as a string in Jinja, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
