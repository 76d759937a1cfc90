"""Something shown on the terminal while work goes on: redrawn in place, or plain lines anywhere else.

Knows neither the work nor its numbers.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

PLAIN_EVERY_SECONDS = 10.0


class LiveDisplay(ABC):
    """Shows what ``render`` gives in a terminal, else now and then what ``plain_line`` does.

    A display has a ``start`` of its own, which is told what there is to show and calls ``show``.
    """

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet
        self._live: Live | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def render(self) -> RenderableType:
        """What a terminal shows now."""

    @abstractmethod
    def plain_line(self) -> str:
        """The same in one line of text."""

    def show(self) -> None:
        """Begin to show."""
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(
                get_renderable=self.render,
                console=self.console,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()
        else:
            self._thread = threading.Thread(target=self._plain_lines, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Take the display away; twice is once."""
        self._ended.set()
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._thread is not None:
            self._thread.join(timeout=1)
            self._thread = None

    def _plain_lines(self) -> None:
        while not self._ended.wait(PLAIN_EVERY_SECONDS):
            self.console.print(Text(self.plain_line()), soft_wrap=True)


def one_line(text: str) -> Text:
    """``text`` on one line, however narrow the terminal is."""
    return Text(text, overflow="ellipsis", no_wrap=True)


def clock(seconds: float | None) -> str:
    """``1:02:03`` or ``2:03``; ``-:--`` when unknown."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
