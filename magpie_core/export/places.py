"""Where an export is written to: a file that is whole or not there, or several that are numbered.

Knows this machine's files; ``remote.py`` knows the others.
"""

from __future__ import annotations

import re
import shlex
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import count
from pathlib import Path

from magpie_core.errors import UsageError
from magpie_core.run.atomic import replacing, storage_errors
from magpie_core.run.folder import RunFolder

Files = Callable[[], AbstractContextManager[Path]]
"""Hands out the next file: a path to write to, whose block ends when it is written."""
_URL = "://"
_LOST_SLASH = re.compile(r"[a-z][a-z0-9+.-]+:/[^/]")
DIGITS = 5


def place_of(out: Path | str, *, overwrite: bool) -> Place:
    """The place that ``out`` names: a path, or the URL of a file elsewhere.

    Raises:
        UsageError: such a URL cannot be written to.
        MissingEngineError: the package for it is not installed.
    """
    if isinstance(out, str) and is_url(out):
        from magpie_core.export.remote import local_path, remote_file

        path = local_path(out)
        return remote_file(out, overwrite=overwrite) if path is None else LocalFile(path, overwrite)
    return LocalFile(Path(out), overwrite)


def is_url(out: str) -> bool:
    """Whether ``out`` names a file by its protocol, ``s3://bucket/data.parquet``."""
    return _URL in out


def numbered(name: str, number: int) -> str:
    """``data-00003.parquet`` for ``data.parquet``; ``*`` stands for any number."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{number:0{DIGITS}d}.{suffix}" if dot and stem else f"{name}-{number:0{DIGITS}d}"


def number_of(name: str, file: str) -> int | None:
    """The number that makes ``file`` of ``name``; None where none does."""
    found = re.search(rf"-(\d{{{DIGITS},}})(?:\.[^.]*)?$", file)
    if found is None or numbered(name, int(found[1])) != file:
        return None
    return int(found[1])


class Place(ABC):
    """One file to be, or several."""

    @abstractmethod
    def check(self, *, several: bool) -> None:
        """Refuse to write where something is that must not be replaced.

        Args:
            several: whether numbered files are meant.

        Raises:
            UsageError: it is there, or cannot be a file.
            StorageError: it cannot be looked at.
        """

    @abstractmethod
    def check_is_none_of(self, run: RunFolder) -> None:
        """Refuse to write into ``run``'s own files.

        Raises:
            UsageError: it would be one of them.
        """

    @abstractmethod
    def writing(self) -> AbstractContextManager[Path]:
        """A path to write to; when the block ends well, what is there becomes the file.

        Raises:
            UsageError, StorageError: as ``check``; and the disk, or the store, refused.
        """

    @abstractmethod
    def writing_several(self) -> AbstractContextManager[Files]:
        """The same for several; when the block ends well, they are the only numbered ones there."""


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
                f"`{self._out}` looks like a URL, and only files on this machine are written here",
                hint="magpie export RUN --to parquet --out s3://bucket/data.parquet",
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
