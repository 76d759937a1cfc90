"""Where output goes: data and results to stdout, progress and notices to stderr."""

from __future__ import annotations

from rich.console import Console


def stdout() -> Console:
    """Console for results. Never wraps what a program may read."""
    return Console(highlight=False, soft_wrap=True)


def stderr(*, quiet: bool = False) -> Console:
    """Console for progress and notices."""
    return Console(stderr=True, highlight=False, quiet=quiet)


def visible(text: str) -> str:
    """``text`` with control characters made visible, so that no row can drive the terminal."""
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)
