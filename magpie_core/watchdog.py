"""Notices an engine that hangs: nothing fails, and nothing comes any more."""

from __future__ import annotations

from magpie_core.errors import EngineDeadError
from magpie_core.steps.tally import Tally

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
        self._tally: Tally | None = None
        self._seen: tuple[int, ...] = ()
        self._since = 0.0

    def started(self, tally: Tally) -> None:
        """Work begins; ``tally`` changes from now on."""
        self._tally = tally

    def look(self, seconds: float) -> None:
        """So long after the session's begin.

        Raises:
            EngineDeadError: nothing came for too long.
        """
        tally = self._tally
        if tally is None or not self._minutes:
            return
        now = (tally.instructions, tally.tokens, tally.attempts, tally.in_flight)
        if now != self._seen or not tally.in_flight:
            self._seen, self._since = now, seconds
        elif seconds - self._since >= 60 * self._minutes:
            raise EngineDeadError(
                f"no engine has answered for {self._minutes:g} minutes, with {tally.in_flight} records "
                "in the making",
                hint="a larger --engine-timeout if answers may take so long",
            )
