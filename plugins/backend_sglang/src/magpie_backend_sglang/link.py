"""The role of a way to one engine: an own child process, or a server. Sends requests as they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from magpie_backend_sglang.facts import EngineFacts
from magpie_core import MagpieError


class LinkDownError(MagpieError):
    """The engine behind a link is gone.

    Args:
        message: what happened.
        hint: where to look.
        suspect: whether the engine went while it worked on this very request, which may be why.
    """

    def __init__(self, message: str, *, hint: str | None = None, suspect: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.suspect = suspect


class Link(ABC):
    """A way to one engine."""

    facts: EngineFacts
    pending: int = 0
    """Requests that the engine has not answered or let go of."""

    @abstractmethod
    async def generate(self, request: dict[str, Any]) -> dict[str, Any]:
        """SGLang's answer to ``request``. When the caller is cancelled, the engine is told to stop.

        Raises:
            RequestError: refused; BackendError: failed; LinkDownError: the engine is gone.
        """

    @abstractmethod
    async def score(self, request: dict[str, Any]) -> dict[str, Any]:
        """The same for a score."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the engine; an own one ends."""
