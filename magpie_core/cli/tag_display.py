"""The live display of ``magpie tag``: counts, rate and ETA in a terminal; plain lines anywhere else."""

from __future__ import annotations

from time import monotonic

from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table

from magpie_core.backend import Backend
from magpie_core.cli.live import LiveDisplay, clock, one_line
from magpie_core.tagging.tally import TaggerTally, TagTally


class TagDisplay(LiveDisplay):
    """Shows tagging while it goes on, or work that is done as tagging is.

    Args:
        console: see ``LiveDisplay``.
        quiet: show nothing.
        unit: what is made.
    """

    def __init__(self, console: Console, *, quiet: bool, unit: str = "tags") -> None:
        super().__init__(console, quiet=quiet)
        self._unit = unit

    def start(self, tally: TagTally, engines: list[Backend]) -> None:
        """Begin to show ``tally``."""
        if not self.quiet:
            self.turn_to(tally, engines)
            self.show()

    def turn_to(self, tally: TagTally, engines: list[Backend]) -> None:
        """Show ``tally`` from now on, its rate since now."""
        self._tally, self._engines, self._begin = tally, engines, monotonic()

    def render(self) -> Group:
        """A bar for each tagger, then the rate and what the engine does."""
        table = Table.grid(padding=(0, 1))
        for one in self._tally.taggers:
            bar = ProgressBar(total=max(one.wanted, 1), completed=one.settled, width=24)
            table.add_row(one.name, bar, one_line(counts(one)))
        return Group(table, one_line(self._pace()))

    def plain_line(self) -> str:
        """The same, and no bars."""
        said = "; ".join(f"{one.name} {counts(one)}" for one in self._tally.taggers)
        return f"{said}; {self._pace()}"

    def _pace(self) -> str:
        """Tags/s since the beginning, what is left of the time, and the engine."""
        settled, elapsed = self._tally.settled, max(monotonic() - self._begin, 1e-6)
        left = self._tally.wanted - settled
        eta = left * elapsed / settled if settled else None
        pace = f"{settled / elapsed:.1f} {self._unit}/s, ETA {clock(eta)}{self._engine()}"
        if not self._tally.workers and not self._tally.lost:
            return pace
        lost = f", {self._tally.lost} lost" if self._tally.lost else ""
        return f"{pace}; {self._tally.workers} workers{lost}"

    def _engine(self) -> str:
        stats = [engine.stats() for engine in self._engines]
        if not stats:
            return ""
        running, waiting = sum(one.running for one in stats), sum(one.waiting for one in stats)
        return f"; engine: {running} running, {waiting} waiting"


def counts(one: TaggerTally) -> str:
    """How far a tagger is, with what went wrong."""
    line = f"{one.settled:,}/{one.wanted:,}"
    if one.before:
        line += f" (and {one.before:,} before)"
    asides = {"failed": one.failed, "asked again": one.retried, "cut": one.cut}
    return line + "".join(f", {number:,} {what}" for what, number in asides.items() if number)
