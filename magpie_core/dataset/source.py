"""Where records come from: a run folder, or a file of conversations that somebody else made."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from magpie_core.dataset.files import read_rows
from magpie_core.dataset.naming import Naming
from magpie_core.dataset.rows import records_of
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.record import Record
from magpie_core.run.atomic import storage_errors
from magpie_core.run.find import FILES
from magpie_core.run.folder import RunFolder
from magpie_core.run.manifest import NAME
from magpie_core.run.parts import OnDamage

SUFFIXES = FILES
BESIDE = ".magpie"
"""What is added to ``data.jsonl`` stands in the folder ``data.jsonl.magpie``."""


class Source(ABC):
    """Records in a fixed order, each id once; a context manager that closes.

    Steps read them here and put what they add into ``place``, never into the source itself.
    """

    def __init__(self, path: Path, place: Path) -> None:
        self.path = path
        """As the user gave it."""
        self.place = place
        """Folder for what steps add (``tags/``, ``neighbours/`` …); it may not exist yet."""
        self.damaged = 0
        """Rows the last reading could not read, and skipped."""
        self.on_damage: OnDamage | None = None
        """Told of each of them, when set: file, row from 1, reason."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """Stays the same while ids mean the same records: a run's key, or a digest of a file."""

    @abstractmethod
    def records(self) -> Iterator[Record]:
        """Every record; ``extra`` holds the columns that are no part of the conversation."""

    def close(self) -> None:
        """Free what is held."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, path: Path, row: int, reason: str) -> None:
        self.damaged += 1
        if self.on_damage:
            self.on_damage(path, row, reason)


class RunSource(Source):
    """The accepted records of a run, by index."""

    def __init__(self, path: Path) -> None:
        self._folder = RunFolder.open(path, write=False)
        self._folder.on_damage = self._note
        super().__init__(path, path)

    @property
    def identity(self) -> str:
        """The run's key: more records may come, but none changes.

        Raises:
            RunFolderError: run.toml was edited and has none.
        """
        key = self._folder.manifest.get("key")
        if not isinstance(key, str) or not key:
            raise RunFolderError(
                f"`{self.path / NAME}` holds no key",
                hint="restore the line `key = …`; ids begin with it",
            )
        return key

    def records(self) -> Iterator[Record]:
        """Every record, by ascending index."""
        self.damaged = 0
        return self._folder.records_in_order()

    def owns(self, path: Path) -> bool:
        """Whether a file at ``path`` would be one of the run's own."""
        return self._folder.owns(path)

    def close(self) -> None:
        """Close the folder."""
        self._folder.close()


class FileSource(Source):
    """The conversations of a JSON Lines, JSON or Parquet file, in its order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, path.with_name(path.name + BESIDE))
        self.naming: Naming | None = None
        """Where its conversations stand, for a file of no form we know; set before reading."""
        self._identity = ""

    @property
    def identity(self) -> str:
        """Digest of the file's bytes."""
        if not self._identity:
            with storage_errors(self.path, "read"), self.path.open("rb") as file:
                self._identity = hashlib.file_digest(file, "blake2b").hexdigest()[:24]
        return self._identity

    def records(self) -> Iterator[Record]:
        """Every row that holds a conversation; its number from 0 is the record's index."""
        self.damaged = 0
        return records_of(read_rows(self.path, self._note), self.path, self._note, self.naming)


def open_source(path: Path | str) -> Source:
    """Open a run folder or a file.

    Raises:
        RunFolderError: a folder that is no run, or nothing at all.
        UsageError: a file of a kind that is not read.
    """
    path = Path(path)
    with storage_errors(path, "read"):
        if path.is_file() and path.name != NAME:
            if path.suffix.lower() not in SUFFIXES:
                raise UsageError(
                    f"`{path}` is no data we read (known: a run folder, {', '.join(SUFFIXES)})",
                    hint="magpie tag runs/first, or a file: magpie tag data.jsonl",
                )
            return FileSource(path)
    return RunSource(path)
