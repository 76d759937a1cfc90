"""Chat-template markers inside a text: the model went on in another role or quotes it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from magpie_core.filters import Draft, Filter, Stage

Marker = Annotated[str, Meta(min_length=1)]

MARKERS: tuple[str, ...] = (
    "<end_of_turn>",
    "<start_of_turn>",
    "<<SYS>>",
    "<|assistant|>",
    "<|begin_of_text|>",
    "<|end_header_id|>",
    "<|end|>",
    "<|header_end|>",
    "<|header_start|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eot|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<|im_start|>",
    "<|start_header_id|>",
    "<|start|>",
    "<|system|>",
    "<|user|>",
    "<\uff5cAssistant\uff5c>",
    "<\uff5cUser\uff5c>",
    "[/INST]",
    "[INST]",
)
"""Markers no text needs: a trainer that tokenises them would open a turn, so even a question about
them is turned down."""

LINE_MARKERS: tuple[str, ...] = (
    "### Assistant:",
    "### Human:",
    "### Instruction:",
    "### Response:",
)
"""Plain-text role headers, turned down only where a line begins with them."""


class RoleMarkerFilter(Filter):
    """Turn down texts that hold the marker of a role; a word like "assistant" is none."""

    name: ClassVar[str] = "role_marker"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction", "response")

    markers: tuple[Marker, ...] = MARKERS
    """Texts to look for anywhere, letter for letter. A list in a recipe replaces this one."""
    line_markers: tuple[Marker, ...] = LINE_MARKERS
    """Texts to look for at the start of a line."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``role_marker``, or None to keep."""
        text = draft.text
        if any(marker in text for marker in self.markers):
            return "role_marker"
        if any(text.startswith(marker) or f"\n{marker}" in text for marker in self.line_markers):
            return "role_marker"
        return None
