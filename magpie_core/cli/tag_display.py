"""The live display of ``magpie tag``: counts, rate and ETA in a terminal; plain lines anywhere else."""

from __future__ import annotations

import threading
from time import monotonic

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from magpie_core.backend import Backend
from magpie_core.cli.display import PLAIN_EVERY_SECONDS, clock
from magpie_core.tagging.tally import TaggerTally, TagTally


class TagDisplay:
    """Shows tagging while it goes on; ``stop`` takes it away."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet
        self._live: Live | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, tally: TagTally, engines: list[Backend]) -> None:
        """Begin to show ``tally``."""
        if self.quiet:
            return
        self._tally, self._engines, self._begin = tally, engines, monotonic()
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(
                get_renderable=self._render,
                console=self.console,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()
        else:
            self._thread = threading.Thread(target=self._plain_lines, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Take the display away."""
        self._ended.set()
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._thread is not None:
            self._thread.join(timeout=1)
            self._thread = None

    def _rate(self) -> tuple[float, float | None]:
        """Tags/s since the beginning, and the seconds left (None: unknown)."""
        settled, elapsed = self._tally.settled, max(monotonic() - self._begin, 1e-6)
        left = self._tally.wanted - settled
        return settled / elapsed, left * elapsed / settled if settled else None

    def _render(self) -> Group:
        rate, eta = self._rate()
        table = Table.grid(padding=(0, 1))
        for one in self._tally.taggers:
            bar = ProgressBar(total=max(one.wanted, 1), completed=one.settled, width=24)
            table.add_row(one.name, bar, Text(counts(one), overflow="ellipsis", no_wrap=True))
        line = f"{rate:.1f} tags/s, ETA {clock(eta)}" + self._engine_line()
        return Group(table, Text(line, overflow="ellipsis", no_wrap=True))

    def _engine_line(self) -> str:
        stats = [engine.stats() for engine in self._engines]
        if not stats:
            return ""
        running, waiting = (
            sum(one.running for one in stats),
            sum(one.waiting for one in stats),
        )
        return f"; engine: {running} running, {waiting} waiting"

    def _plain_lines(self) -> None:
        while not self._ended.wait(PLAIN_EVERY_SECONDS):
            rate, eta = self._rate()
            said = "; ".join(f"{one.name} {counts(one)}" for one in self._tally.taggers)
            line = f"{said}; {rate:.1f} tags/s, ETA {clock(eta)}{self._engine_line()}"
            self.console.print(Text(line), soft_wrap=True)


def counts(one: TaggerTally) -> str:
    """How far a tagger is, with what went wrong."""
    line = f"{one.settled:,}/{one.wanted:,}"
    if one.before:
        line += f" (and {one.before:,} before)"
    asides = {"failed": one.failed, "asked again": one.retried, "cut": one.cut}
    return line + "".join(f", {number:,} {what}" for what, number in asides.items() if number)
