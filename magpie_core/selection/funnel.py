"""How many records each step of a selection kept and removed. Plain data."""

from __future__ import annotations

from typing import Any

import msgspec


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One step."""

    step: str
    """``where``, ``diverse``, ``top``, ``balance``, ``quota`` or ``sample``."""
    condition: str
    """What it asked for."""
    before: int
    """Records it was given."""
    kept: int
    unknown: int = 0
    """Of the removed ones, those for which it had no answer: no value in a column it looks at."""

    @property
    def removed(self) -> int:
        """Records it removed."""
        return self.before - self.kept

    @property
    def share(self) -> float:
        """Share of what it was given that it kept, 0 to 1."""
        return self.kept / self.before if self.before else 0.0


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """All steps, in their order."""

    read: int
    """Records in the source."""
    damaged: int = 0
    """Rows that could not be read, and are not among them."""
    stages: list[Stage] = []
    correlation: dict[str, float | None] = {}
    """Pearson's correlation of the response's length in characters and ``instruct_reward``: ``passed``
    the conditions, ``selected``. Empty without such a column, None where it is not defined."""

    @property
    def selected(self) -> int:
        """Records that are left."""
        return self.stages[-1].kept if self.stages else self.read

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "read": self.read,
            "damaged": self.damaged,
            "stages": [
                {
                    "step": one.step,
                    "condition": one.condition,
                    "before": one.before,
                    "kept": one.kept,
                    "removed": one.removed,
                    "unknown": one.unknown,
                    "share": round(one.share, 6),
                }
                for one in self.stages
            ],
            "selected": self.selected,
            "length_reward_correlation": self.correlation,
        }
