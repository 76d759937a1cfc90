"""The live display of a run: counts, rates and ETA in a terminal; plain lines anywhere else."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from time import monotonic

from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table

from magpie_core.backend import Backend
from magpie_core.cli.live import LiveDisplay, clock, one_line
from magpie_core.spending import FREE, Prices, Used
from magpie_core.steps.tally import Tally

WINDOW_SECONDS = 15.0


class Rates:
    """Recent rates from counters that only grow."""

    def __init__(self, tally: Tally, engines: Sequence[Backend] = ()) -> None:
        self.tally = tally
        self.engines = engines
        self.begin = monotonic()
        self._samples: deque[tuple[float, int, int, float]] = deque()
        self._sample()

    def _sample(self) -> tuple[float, int, int, float]:
        tally = self.tally
        busy = sum(engine.stats().busy_seconds for engine in self.engines)
        now = (monotonic(), tally.instructions, tally.tokens, busy)
        self._samples.append(now)
        while len(self._samples) > 2 and now[0] - self._samples[0][0] > WINDOW_SECONDS:
            self._samples.popleft()
        return now

    def idle(self) -> float:
        """Share of the last seconds in which no engine was inside the model, between 0 and 1."""
        now, first = self._sample(), self._samples[0]
        span = max(now[0] - first[0], 1e-6)
        return min(1.0, max(0.0, 1.0 - (now[3] - first[3]) / span))

    def read(self) -> tuple[float, float, float | None]:
        """Instructions/s, tokens/s over the last seconds, and the seconds left (None: unknown)."""
        now, first = self._sample(), self._samples[0]
        span = max(now[0] - first[0], 1e-6)
        gained = self.tally.accepted - self.tally.resumed
        elapsed = max(now[0] - self.begin, 1e-6)
        left = self.tally.wanted - self.tally.accepted
        eta = left * elapsed / gained if gained else None
        return (now[1] - first[1]) / span, (now[2] - first[2]) / span, eta


class RunDisplay(LiveDisplay):
    """Shows a run while it goes on, and counts what it uses.

    Args:
        console: to draw on.
        quiet: draw nothing.
        prices: of what it uses; what it costs is shown where anything has one.
    """

    def __init__(self, console: Console, *, quiet: bool, prices: Prices = FREE) -> None:
        super().__init__(console, quiet=quiet)
        self._prices = prices
        self._opened = monotonic()
        self._engines: list[Backend] = []
        self._tally: Tally | None = None

    def used(self) -> Used:
        """Tokens of the engines so far."""
        stats = [engine.stats() for engine in self._engines]
        return Used(
            sum(one.prompt_tokens for one in stats), sum(one.sampled_tokens for one in stats)
        )

    def done(self) -> str:
        """How far the run is."""
        if self._tally is None:
            return "nothing done yet"
        return f"{self._tally.accepted:,} of {self._tally.wanted:,} records"

    def start(self, tally: Tally, engines: list[Backend]) -> None:
        """Begin to show ``tally``."""
        self._engines, self._tally = engines, tally
        if not self.quiet:
            self._rates = Rates(tally, engines)
            self.show()

    def render(self) -> Group:
        """A bar, what the engine does, what was rejected."""
        tally = self._rates.tally
        instructions, tokens, eta = self._rates.read()
        stats = [engine.stats() for engine in self._engines]
        top = Table.grid(padding=(0, 1))
        top.add_row(
            ProgressBar(total=max(tally.wanted, 1), completed=tally.accepted, width=24),
            f"{tally.accepted:,}/{tally.wanted:,} accepted",
            f"ETA {clock(eta)}",
        )
        engine = (
            f"{instructions:.1f} instructions/s, {tokens:,.0f} tokens/s; "
            f"engine: {sum(one.running for one in stats)} running, "
            f"{sum(one.waiting for one in stats)} waiting, {self._rates.idle():.0%} idle"
        )
        lines = [engine + self._cost(), f"rejected: {rejected(tally)}", *_workers(tally)]
        return Group(top, *map(one_line, lines))

    def plain_line(self) -> str:
        """The same, and no bar."""
        tally = self._rates.tally
        instructions, tokens, eta = self._rates.read()
        return "; ".join(
            [
                f"{tally.accepted}/{tally.wanted} accepted, rejected: {rejected(tally)}, "
                f"{instructions:.1f} instructions/s, {tokens:.0f} tokens/s, "
                f"engine {self._rates.idle():.0%} idle, ETA {clock(eta)}{self._cost()}",
                *_workers(tally),
            ]
        )

    def _cost(self) -> str:
        """What was spent, and what it would be in all at this rate; nothing where nothing has a price."""
        if not self._prices.known:
            return ""
        spent = self._prices.of(monotonic() - self._opened, *self.used())
        tally = self._rates.tally
        gained = tally.accepted - tally.resumed
        whole = spent * (tally.wanted - tally.resumed) / gained if gained else None
        return f"; spent {spent:.2f}" + ("" if whole is None else f" of about {whole:.2f}")


def _workers(tally: Tally) -> list[str]:
    """How many workers there are; nothing where this process does it all itself."""
    if not tally.workers and not tally.lost:
        return []
    return [f"{tally.workers} workers" + (f", {tally.lost} lost" if tally.lost else "")]


def rejected(tally: Tally, most: int = 5) -> str:
    """Rejections by reason, the commonest first."""
    total = tally.rejected.total()
    reasons: dict[str, int] = {}
    for (_step, reason), count in tally.rejected.most_common():
        reasons[reason] = reasons.get(reason, 0) + count
    shown = ", ".join(f"{reason} {count}" for reason, count in list(reasons.items())[:most])
    failed = f"; {tally.failed} failed" if tally.failed else ""
    return f"{total}" + (f" ({shown})" if shown else "") + failed
