"""Work that a user or a scheduler may stop at any moment. Knows nothing of the work."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from magpie_core.cli.live import LiveDisplay
from magpie_core.errors import EngineDeadError, LimitReachedError, StorageError

T = TypeVar("T")


def same_again(*folders: Path) -> str | None:
    """How to go on where the command finds again what it left in ``folders``; None where it left nothing."""
    return "the same command again goes on" if any(one.is_dir() for one in folders) else None


@contextmanager
def shown_until_stopped(
    display: LiveDisplay, console: Console, go_on: Callable[[], str | None]
) -> Iterator[None]:
    """Take ``display`` away when the block ends, and say how to go on where it was not its end.

    Args:
        display: of the work in the block; it may not have begun to show.
        console: for what is said.
        go_on: how to go on; None where nothing is kept yet to go on with.
    """
    try:
        yield
    except KeyboardInterrupt:
        display.stop()  # it would wipe the line that says how to go on
        if (how := go_on()) is not None:
            console.print(f"\nstopped; what is done is on disk, {how}", soft_wrap=True)
        raise
    except (EngineDeadError, LimitReachedError, StorageError) as error:
        if (how := go_on()) is not None:
            said = f"what is done is on disk, {how}"
            error.hint = f"{error.hint}; {said}" if error.hint else said
        raise
    finally:
        display.stop()


def run_interruptible(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end; SIGTERM ends it as Ctrl-C does.

    Raises:
        KeyboardInterrupt: one of the two came; ``work`` was cancelled and could put its things in order.
    """
    return asyncio.run(_until_terminated(work))


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    terminated = False

    def on_terminate() -> None:
        nonlocal terminated
        terminated = True
        if task is not None:
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, on_terminate)
    try:
        return await work
    except asyncio.CancelledError:
        if terminated:
            raise KeyboardInterrupt from None
        raise
