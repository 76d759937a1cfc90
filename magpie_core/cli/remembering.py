"""Says how far a resumed run is with embedding what is on disk, where that takes long."""

from __future__ import annotations

from time import monotonic

from rich.console import Console
from rich.text import Text

from magpie_core.cli.live import PLAIN_EVERY_SECONDS, clock


class Remembering:
    """Prints a line now and then; to be called with how many are done and of how many."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begin = self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` instructions are embedded; from any thread."""
        now = monotonic()
        if not self._begin:
            self._begin = self._last = now
        if now - self._last < PLAIN_EVERY_SECONDS:
            return
        self._last = now
        rate = done / max(now - self._begin, 1e-6)
        eta = clock(max(total - done, 0) / rate) if done else clock(None)
        self._console.print(
            Text(f"embedding what is on disk: {done:,}/{total:,}, {rate:,.0f}/s, ETA {eta}"),
            soft_wrap=True,
        )
