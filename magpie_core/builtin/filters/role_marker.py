"""Chat-template markers inside a text: the model went on in another role or quotes it."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from msgspec import Meta

from magpie_core.filters import Draft, Filter, Stage

Marker = Annotated[str, Meta(min_length=1)]

MARKERS: tuple[str, ...] = (
    "<end_of_turn>",
    "<start_of_turn>",
    "<<SYS>>",
    "<</SYS>>",
    "<turn|>",
    "<|EOT|>",
    "<|assistant|>",
    "<|begin_of_text|>",
    "<|end_header_id|>",
    "<|end|>",
    "<|end_of_text|>",
    "<|header_end|>",
    "<|header_start|>",
    "<|endoftext|>",
    "<|eom_id|>",
    "<|eot_id|>",
    "<|eot|>",
    "<|fim_middle|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<|im_start|>",
    "<|python_tag|>",
    "<|start_header_id|>",
    "<|startoftext|>",
    "<|start|>",
    "<|system|>",
    "<|turn>",
    "<|user|>",
    "<\uff5cAssistant\uff5c>",
    "<\uff5cUser\uff5c>",
    "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "[/INST]",
    "[/SYSTEM_PROMPT]",
    "[INST]",
    "[SYSTEM_PROMPT]",
    "[TOOL_CALLS]",
)
"""Markers no text needs: conversations are rendered, then tokenised as a whole, here and by trainers.
The marker would become the control token it names, so even a question about one is turned down."""

_NAMES = (
    "im_start|im_end|im_sep|eot_id|eom_id|start_header_id|end_header_id|start_of_turn|end_of_turn"
)
# The shape that control tokens have, whole or with one bracket or bar missing.
_SHAPED = re.compile(
    r"<\|(?:im_|eo[tm]|end|start|begin|header|fim_|user|assistant|system|python_tag|tool|return|message"
    r"|channel|call|turn|vision_|image|video|audio|repo_name|file_sep|reserved_special_token)\w{0,30}\|>"
    rf"|<\|(?:{_NAMES})\b|\b(?:{_NAMES})\|>"
    r"|\|(?:end|user|assistant|system)\|>"
    r"|\[/INST\b(?!-)|\[ /INST ?\]"
)

_NEXT_SEQUENCE = re.compile(r"</s>\s{0,8}<s>")

LINE_MARKERS: tuple[str, ...] = (
    "Below is an instruction that describes a task",
    "Cutting Knowledge Date:",
    "### Assistant:",
    "### Human:",
    "### Instruction:",
    "### Response:",
)
"""Plain-text role headers and preambles of templates, turned down only where a line begins with them.
In a fenced block they are quoted, and stay: they are no tokens."""


class RoleMarkerFilter(Filter):
    """Turn down texts that hold the marker of a role; a word like "assistant" is none."""

    name: ClassVar[str] = "role_marker"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction", "response")

    markers: tuple[Marker, ...] = MARKERS
    """Texts to look for anywhere, letter for letter. A list in a recipe replaces this one,
    and switches off the search for markers that are broken or not listed."""
    line_markers: tuple[Marker, ...] = LINE_MARKERS
    """Texts to look for at the start of a line."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``role_marker``, or None to keep."""
        text = draft.text
        if any(marker in text for marker in self.markers):
            return "role_marker"
        if self.markers == MARKERS and (_SHAPED.search(text) or _goes_on(text)):
            return "role_marker"
        lines = _outside_blocks(text)
        return "role_marker" if any(f"\n{one}" in lines for one in self.line_markers) else None


def _goes_on(text: str) -> bool:
    """Whether a sequence ends that was not begun, and the next begins; HTML's ``<s>`` comes first."""
    end = _NEXT_SEQUENCE.search(text)
    return end is not None and text.find("<s>") > end.start()


def _outside_blocks(text: str) -> str:
    """``text`` behind a newline, without its fenced blocks; one that nobody closes is no block."""
    pieces = f"\n{text}".split("```")
    return "```".join(pieces[::2] if len(pieces) % 2 else [*pieces[::2], pieces[-1]])
