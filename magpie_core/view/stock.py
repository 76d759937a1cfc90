"""What a source consists of on disk, so that an index of it is used again only while nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from magpie_core.dataset.columns import NAME as SETTINGS
from magpie_core.dataset.columns import PARTS, column_folders
from magpie_core.dataset.source import FileSource, Source
from magpie_core.run.atomic import storage_errors
from magpie_core.run.encode import encode
from magpie_core.view.marks import FOLDER as MARKS

VERSION = 1
"""Raised when an index of this version would be misread by an older one, or the other way round."""
_BLOCK = 4 * 1024**2


def set_folders(source: Source) -> dict[str, Path]:
    """Every set of columns beside ``source`` but the marks, which change while they are looked at."""
    return {name: one for name, one in column_folders(source.place).items() if name != MARKS}


def signature(source: Source) -> str:
    """A digest that changes with the size or the time of any file that the index is made of.

    Raises:
        StorageError: a file cannot be looked at.
    """
    import duckdb

    said = [VERSION, duckdb.__version__]
    found = []
    for path in sorted(_files(source)):
        with storage_errors(path, "read"):
            state = path.stat()
        found.append([str(path.resolve()), state.st_size, state.st_mtime_ns])
    return hashlib.blake2b(encode([said, found]), digest_size=16).hexdigest()


def lines(folder: Path) -> int:
    """Lines in the parts of ``folder``, for a progress bar; counting takes a hundredth of reading."""
    total = 0
    for path in folder.glob(PARTS):
        with storage_errors(path, "read"), path.open("rb") as file:
            while block := file.read(_BLOCK):
                total += block.count(b"\n")
    return total


def _files(source: Source) -> Iterator[Path]:
    if isinstance(source, FileSource):
        yield source.path
    else:
        for name in ("records", "rejects"):
            yield from (source.path / name).glob(PARTS)
    for folder in set_folders(source).values():
        yield folder / SETTINGS
        yield from folder.glob(PARTS)
