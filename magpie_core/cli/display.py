"""The live display of a run: counts, rates and ETA in a terminal; plain lines anywhere else."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from time import monotonic

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from magpie_core.backend import Backend
from magpie_core.steps.tally import Tally

WINDOW_SECONDS = 15.0
PLAIN_EVERY_SECONDS = 10.0


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


class RunDisplay:
    """Shows a run while it goes on; a context manager around the generation."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet
        self._live: Live | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, tally: Tally, engines: list[Backend]) -> None:
        """Begin to show ``tally``."""
        if self.quiet:
            return
        self._rates, self._tally, self._engines = Rates(tally, engines), tally, engines
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

    def _render(self) -> Group:
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
        return Group(top, _one_line(engine), _one_line(f"rejected: {rejected(tally)}"))

    def _plain_lines(self) -> None:
        while not self._ended.wait(PLAIN_EVERY_SECONDS):
            tally = self._tally
            instructions, tokens, eta = self._rates.read()
            line = (
                f"{tally.accepted}/{tally.wanted} accepted, rejected: {rejected(tally)}, "
                f"{instructions:.1f} instructions/s, {tokens:.0f} tokens/s, "
                f"engine {self._rates.idle():.0%} idle, ETA {clock(eta)}"
            )
            self.console.print(Text(line), soft_wrap=True)


def _one_line(text: str) -> Text:
    return Text(text, overflow="ellipsis", no_wrap=True)


def rejected(tally: Tally, most: int = 5) -> str:
    """Rejections by reason, the commonest first."""
    total = tally.rejected.total()
    reasons: dict[str, int] = {}
    for (_step, reason), count in tally.rejected.most_common():
        reasons[reason] = reasons.get(reason, 0) + count
    shown = ", ".join(f"{reason} {count}" for reason, count in list(reasons.items())[:most])
    failed = f"; {tally.failed} failed" if tally.failed else ""
    return f"{total}" + (f" ({shown})" if shown else "") + failed


def clock(seconds: float | None) -> str:
    """``1:02:03`` or ``2:03``; ``-:--`` when unknown."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
