"""Notices an engine that hangs: nothing fails, and nothing comes any more."""

from __future__ import annotations

from collections.abc import Callable

from magpie_core.errors import EngineDeadError

PATIENCE_MINUTES = 60.0
"""Longer than 32,768 tokens, the longest answers that model cards ask for, take at 10 tokens a second."""


class Watchdog:
    """Looks whether anything comes while records are in the making.

    Engines hand a sample over when it is whole, so patience must be longer than the longest one takes.

    Args:
        minutes: of patience; 0 for no end of it.
    """

    def __init__(self, minutes: float = PATIENCE_MINUTES) -> None:
        self._minutes = minutes
        self._counted: Callable[[], tuple[int, ...]] | None = None
        self._waiting: Callable[[], int] = lambda: 0
        self._seen: tuple[int, ...] = ()
        self._since = 0.0

    def started(self, counted: Callable[[], tuple[int, ...]], waiting: Callable[[], int]) -> None:
        """Work begins.

        Args:
            counted: numbers of which one changes whenever something comes.
            waiting: records that something is to come for; where there are none, nobody hangs.
        """
        self._counted, self._waiting = counted, waiting

    def look(self, seconds: float) -> None:
        """So long after the session's begin.

        Raises:
            EngineDeadError: nothing came for too long, or the engine does not open.
        """
        if not self._minutes:
            return
        if self._counted is None:
            # Loading has nothing to do with how long an answer takes: a short patience is not meant for it.
            patience = max(self._minutes, PATIENCE_MINUTES)
            if seconds >= 60 * patience:
                raise EngineDeadError(
                    f"the engine is not open after {patience:g} minutes",
                    hint="a larger --engine-timeout if loading it may take so long",
                )
            return
        now, waiting = self._counted(), self._waiting()
        if now != self._seen or not waiting:
            self._seen, self._since = now, seconds
        elif seconds - self._since >= 60 * self._minutes:
            raise EngineDeadError(
                f"no engine has answered for {self._minutes:g} minutes, with {waiting:,} records "
                "in the making",
                hint="a larger --engine-timeout if answers may take so long",
            )
