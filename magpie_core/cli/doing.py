"""What goes on, with rate and ETA, where several pieces of work follow each other. Knows none of them."""

from __future__ import annotations

import time
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from magpie_core.cli.live import PLAIN_EVERY_SECONDS, clock


class Doing:
    """Shows one line that changes in a terminal, plain lines now and then anywhere else, nothing if quiet.

    A context manager: in a terminal it shows while the block runs.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begin = self._last = time.monotonic()
        self._doing = ""
        self._live: Status | None = None

    def told(self, what: str, count: int, total: int | None) -> None:
        """What is being done, how many so far, and of how many (None: unknown)."""
        if self._console.quiet:
            return
        now = time.monotonic()
        if what != self._doing:
            self._doing, self._begin = what, now
        rate = count / max(now - self._begin, 1e-6)
        line = f"{what} … {count:,}" if count else f"{what} …"
        if total is not None and count:
            line += f"/{total:,}, ETA {clock((total - count) / max(rate, 1e-6))}"
        line += f" ({rate:,.0f}/s)" if count else ""
        if self._live is not None:
            self._live.update(Text(line))
        elif now - self._last >= PLAIN_EVERY_SECONDS:
            self._last = now
            self._console.print(line, soft_wrap=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.quiet:
            self._live = Status(Text("opening …"), console=self._console)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
