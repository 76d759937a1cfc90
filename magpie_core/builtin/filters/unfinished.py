"""Samples that never ended: the engine cut them at ``max_tokens``."""

from __future__ import annotations

from typing import ClassVar

from magpie_core.filters import Draft, Filter, Stage


class UnfinishedFilter(Filter):
    """Turn down texts whose sample ran into ``max_tokens`` before a stop."""

    name: ClassVar[str] = "unfinished"
    stages: ClassVar[tuple[Stage, ...]] = ("instruction", "response")

    instruction: bool = True
    """Whether a cut instruction is turned down."""
    response: bool = True
    """Whether a cut response is turned down; switch it off to keep long answers up to the cut."""

    def reject(self, draft: Draft) -> str | None:
        """Return ``no_stop``, or None to keep."""
        wanted = self.instruction if draft.response is None else self.response
        return "no_stop" if wanted and draft.finish_reason == "length" else None
