"""The role of where an export goes: one file that is whole or not there, or several that are numbered."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from magpie_core.run.folder import RunFolder

Files = Callable[[], AbstractContextManager[Path]]
"""Hands out the next file: a path to write to, whose block ends when it is written."""
DIGITS = 5


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
