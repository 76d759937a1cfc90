"""What an interrupted step says: the same command goes on. For steps whose folders remember what is done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from magpie_core.cli.console import stderr


@contextmanager
def the_same_again(path: Path, *, quiet: bool = False) -> Iterator[None]:
    """Say after Ctrl-C, or SIGTERM, that what is in ``path`` is kept and how to go on."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if (path / "run.toml").exists():
            stderr(quiet=quiet).print(
                f"\nstopped; everything written to {path} is kept. Go on with the same command.",
                soft_wrap=True,
            )
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
