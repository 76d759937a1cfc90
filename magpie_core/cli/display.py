"""The live display of a run: counts, rates and ETA in a terminal; plain lines anywhere else."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from time import monotonic

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table

from magpie_core.backend import Backend
from magpie_core.cli.live import LiveDisplay, clock, one_line
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
    """Shows a run while it goes on."""

    def start(self, tally: Tally, engines: list[Backend]) -> None:
        """Begin to show ``tally``."""
        if not self.quiet:
            self._rates, self._tally, self._engines = Rates(tally, engines), tally, engines
            self.show()

    def render(self) -> Group:
        """A bar, what the engine does, what was rejected."""
        tally = self._tally
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
        return Group(top, one_line(engine), one_line(f"rejected: {rejected(tally)}"))

    def plain_line(self) -> str:
        """The same, and no bar."""
        tally = self._tally
        instructions, tokens, eta = self._rates.read()
        return (
            f"{tally.accepted}/{tally.wanted} accepted, rejected: {rejected(tally)}, "
            f"{instructions:.1f} instructions/s, {tokens:.0f} tokens/s, "
            f"engine {self._rates.idle():.0%} idle, ETA {clock(eta)}"
        )


def rejected(tally: Tally, most: int = 5) -> str:
    """Rejections by reason, the commonest first."""
    total = tally.rejected.total()
    reasons: dict[str, int] = {}
    for (_step, reason), count in tally.rejected.most_common():
        reasons[reason] = reasons.get(reason, 0) + count
    shown = ", ".join(f"{reason} {count}" for reason, count in list(reasons.items())[:most])
    failed = f"; {tally.failed} failed" if tally.failed else ""
    return f"{total}" + (f" ({shown})" if shown else "") + failed
