"""What an interrupted step says: the same command goes on. For steps whose folders remember what is done."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from magpie_core.cli.console import stderr


@contextmanager
def said_when_stopped(said: Callable[[], str | None], *, quiet: bool = False) -> Iterator[None]:
    """Say ``said()`` after Ctrl-C, or SIGTERM; nothing where it gives None."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if (text := said()) is not None:
            stderr(quiet=quiet).print(f"\nstopped; {text}", soft_wrap=True)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def the_same_again(path: Path, *, quiet: bool = False) -> Iterator[None]:
    """Say after Ctrl-C, or SIGTERM, that what is in ``path`` is kept and how to go on."""

    def said() -> str | None:
        if not (path / "run.toml").exists():
            return None
        return f"everything written to {path} is kept. Go on with the same command."

    with said_when_stopped(said, quiet=quiet):
        yield


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
