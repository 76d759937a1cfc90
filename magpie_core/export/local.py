"""A file on this machine: whole or not there."""

from __future__ import annotations

import re
import shlex
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import count
from pathlib import Path

from magpie_core.errors import UsageError
from magpie_core.export.place import Files, Place, number_of, numbered
from magpie_core.run.atomic import replacing, storage_errors
from magpie_core.run.folder import RunFolder

_LOST_SLASH = re.compile(r"[a-z][a-z0-9+.-]+:/[^/]")


class LocalFile(Place):
    """A file on this machine. Several of them appear together when the last is written."""

    def __init__(self, out: Path, overwrite: bool) -> None:
        self._out = out
        self._overwrite = overwrite

    def check(self, *, several: bool) -> None:
        """See ``Place``."""
        with storage_errors(self._out):
            if several:
                self._check_several()
            else:
                self._target()

    def check_is_none_of(self, run: RunFolder) -> None:
        """See ``Place``."""
        with storage_errors(self._out):
            if run.owns(self._out):
                raise UsageError(
                    f"`{self._out}` belongs to the run itself",
                    hint=f"--out {shlex.quote(str(run.path / 'exports' / self._out.name))}",
                )

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """See ``Place``: a temporary file beside it, which takes its name."""
        with storage_errors(self._out):
            target = self._target()
            self._make_folder()
            with replacing(target) as temporary:
                yield temporary
                self._target()  # again: an export may take long

    @contextmanager
    def writing_several(self) -> Iterator[Files]:
        """See ``Place``."""
        with storage_errors(self._out):
            self._check_several()
            self._make_folder()
            numbers, written = count(), 0
            with ExitStack() as in_place:

                def file() -> AbstractContextManager[Path]:
                    nonlocal written
                    written += 1
                    target = self._out.with_name(numbered(self._out.name, next(numbers)))
                    return nullcontext(in_place.enter_context(replacing(target)))

                yield file
                self._check_several()
            for left_over in self._numbered():
                number = number_of(self._out.name, left_over.name)
                if number is not None and number >= written:
                    left_over.unlink()

    def _make_folder(self) -> None:
        try:
            self._out.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise UsageError(
                f"`{self._out.parent}` is not a folder", hint="choose another --out"
            ) from error

    def _check_several(self) -> None:
        there = self._numbered()
        if there and not self._overwrite:
            raise UsageError(
                f"`{there[0]}` exists", hint="choose another --out, or add --overwrite"
            )
        for one in there:
            _target(one, overwrite=True)

    def _numbered(self) -> list[Path]:
        folder, name = self._out.parent, self._out.name
        if not folder.is_dir():
            return []
        return sorted(one for one in folder.iterdir() if number_of(name, one.name) is not None)

    def _target(self) -> Path:
        if _LOST_SLASH.match(str(self._out)) and not self._out.parent.exists():
            raise UsageError(
                f"`{self._out}` looks like a URL with one slash too few, and is no file on this machine",
                hint=f"--out {shlex.quote(str(self._out).replace(':/', '://', 1))}, or a path without "
                f"`{str(self._out).partition(':')[0]}:`",
            )
        return _target(self._out, self._overwrite)


def _target(out: Path, overwrite: bool) -> Path:
    """The path to write to: ``out``, or the file it is a link to."""
    try:
        mode = out.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if out.is_symlink():
            raise UsageError(
                f"`{out}` is a link to nothing", hint="remove the link, or choose another --out"
            ) from None
        return out
    if stat.S_ISDIR(mode):
        raise UsageError(
            f"`{out}` is a folder", hint=f"name a file: --out {shlex.quote(str(out / 'data'))}…"
        )
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"`{out}` is a device or a pipe, not a file", hint="write to standard output: --out -"
        )
    if not overwrite:
        raise UsageError(f"`{out}` exists", hint="choose another --out, or add --overwrite")
    return out.resolve() if out.is_symlink() else out
