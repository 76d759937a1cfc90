"""Where output goes: data and results to stdout, progress and notices to stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from magpie_core.secrecy import struck

if TYPE_CHECKING:
    from magpie_core.dataset.source import Source
    from magpie_core.export.exporter import Exporter
    from magpie_core.run.folder import RunFolder
    from magpie_core.run.parts import OnDamage

NAMED_DAMAGE = 3
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but newline and tab
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the reading direction
    "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]"  # no characters: surrogates, private use
)


class _Notices(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads the notices any more: that is no reason to end what they are about."""
        self.quiet = True


def stdout(*, wrap: bool = False) -> Console:
    """Console for results, text as it is: no markup, no emoji codes. Wraps only what people read."""
    return Console(markup=False, emoji=False, highlight=False, soft_wrap=not wrap)


def stderr(*, quiet: bool = False) -> Console:
    """Console for progress and notices, text as it is."""
    return _Notices(stderr=True, markup=False, emoji=False, highlight=False, quiet=quiet)


def print_json(document: Any, *, indent: int | None = None) -> None:
    """One JSON document on stdout, for programs; escaped where stdout is not UTF-8."""
    encoding = getattr(sys.stdout, "encoding", None) or ""
    escaped = encoding.lower().replace("-", "").replace("_", "") != "utf8"
    click.echo(json.dumps(document, ensure_ascii=escaped, indent=indent))


def visible(text: str) -> str:
    """``text`` with what could drive the terminal escaped; every script stays as it is written."""
    return _UNSAFE.sub(_escape, text.replace("\r\n", "\n"))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"
    )


def warn(text: str) -> None:
    """One line on stderr, whatever its length; without keys."""
    click.echo(f"warning: {visible(struck(text))}", err=True)


def note(text: str, *, quiet: bool = False) -> None:
    """What is worth knowing, on stderr: one line in a pipe, broken between words in a terminal.

    A line that holds a command is left to the terminal to break: then it can be pasted.
    """
    console = stderr(quiet=quiet)
    by_words = console.is_terminal and "magpie " not in text
    console.print(f"note: {visible(text)}", soft_wrap=not by_words)


def note_unanswered(count: int, exporter: Exporter, *, quiet: bool) -> None:
    """Say that records without a response, or a pair, were left out, and how to keep them."""
    note(
        f"{count:,} records without {exporter.needs} left out, `{exporter.name}` has no place for "
        f"them; {exporter.otherwise}",
        quiet=quiet,
    )


@contextmanager
def damage_named(folder: RunFolder | Source, *, quiet: bool = False) -> Iterator[None]:
    """Name the first damaged lines read inside the block, by file and line, and count the others."""
    with damage_reporter(quiet=quiet) as folder.on_damage:
        yield


@contextmanager
def damage_reporter(*, quiet: bool = False) -> Iterator[OnDamage]:
    """As ``damage_named``, for a step that opens what it reads itself: it is given what to call."""
    seen = 0

    def note(path: Path, number: int, reason: str) -> None:
        nonlocal seen
        seen += 1
        if seen <= NAMED_DAMAGE and not quiet:
            warn(f"{path}:{number}: damaged line passed over: {reason}")

    yield note
    if seen > NAMED_DAMAGE and not quiet:
        warn(f"{seen - NAMED_DAMAGE:,} more damaged lines passed over")
