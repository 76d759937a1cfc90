"""Progress of work on rows: a bar with rate and ETA in a terminal; plain lines anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.text import Text

from magpie_core.cli.console import stderr
from magpie_core.cli.live import PLAIN_EVERY_SECONDS, clock

EVERY = 0.1
"""Seconds between two looks at the bar: rows come by the ten thousand a second."""


@contextmanager
def counting(what: str, total: int | None, *, quiet: bool = False) -> Iterator[Callable[[], None]]:
    """Show how many rows are done while the block runs, on stderr.

    Args:
        what: shown in front: ``importing``.
        total: about how many there are; None when unknown.
        quiet: show nothing.

    Yields:
        A function to call after each row.
    """
    console = stderr(quiet=quiet)
    if not quiet and console.is_terminal and not console.is_dumb_terminal:
        with _bar(console, what, total) as advance:
            yield advance
    else:
        yield _lines(console, what, total)


@contextmanager
def _bar(console: Console, what: str, total: int | None) -> Iterator[Callable[[], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    said = TextColumn("{task.fields[said]}")
    with Progress(*columns, said, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, said="")
        yield _ticker(
            EVERY,
            total,
            lambda done, said: progress.update(task, completed=done, said=said),
        )


def _lines(console: Console, what: str, total: int | None) -> Callable[[], None]:
    of = f"/{total:,}" if total else ""
    return _ticker(
        PLAIN_EVERY_SECONDS,
        total,
        lambda done, said: console.print(Text(f"{what} {done:,}{of}, {said}"), soft_wrap=True),
    )


def _ticker(
    every: float, total: int | None, show: Callable[[int, str], None]
) -> Callable[[], None]:
    begin = last = monotonic()
    done = 0

    def tick() -> None:
        nonlocal done, last
        done += 1
        now = monotonic()
        if now - last < every:
            return
        last = now
        rate = done / max(now - begin, 1e-6)
        left = max(total - done, 0) / rate if total else None
        show(done, f"{rate:,.0f}/s, ETA {clock(left)}")

    return tick
