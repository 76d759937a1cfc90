"""An engine for tests of taggers: it says what it is told to, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from magpie_core.record import Turn


@dataclass
class ScriptedEngine:
    """Implements ``TaggerEngine`` without a checkpoint.

    Args:
        answers: what it answers, one after the other and again from the first; an error is raised.
        scores: what it says of every conversation.
    """

    answers: Sequence[str | Exception] = ("",)
    scores: Sequence[float] = (0.0,)
    checkpoint: str = "scripted"
    asked: list[list[Turn]] = field(default_factory=list)
    """Every conversation it was given."""
    schemas: list[dict[str, Any] | None] = field(default_factory=list)
    """The schema of every question."""

    async def answer(
        self, turns: Sequence[Turn], *, schema: dict[str, Any] | None = None, **how: Any
    ) -> str:
        """The next answer, whatever else is asked for."""
        said = self.answers[len(self.asked) % len(self.answers)]
        self.asked.append(list(turns))
        self.schemas.append(schema)
        if isinstance(said, Exception):
            raise said
        return said

    def fitted(
        self,
        write: Callable[[Mapping[str, str]], Sequence[Turn]],
        texts: Mapping[str, str],
        **how: Any,
    ) -> list[Turn]:
        """Everything fits."""
        return list(write(texts))

    async def score(self, turns: Sequence[Turn]) -> list[float]:
        """The scores."""
        self.asked.append(list(turns))
        return list(self.scores)
