"""A column that is not there, found before a million rows are read.

What the first rows have is known at once. A name that is not among them may still come later, but only if
the files hold it: their bytes are searched, which takes a hundredth of the time of reading the rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from magpie_core.dataset.columns import current_folders, read_added
from magpie_core.dataset.source import FileSource, Source
from magpie_core.errors import UsageError
from magpie_core.export.columns import column_name
from magpie_core.record import Record
from magpie_core.run.atomic import storage_errors
from magpie_core.run.parts import read_parts
from magpie_core.selection.catalog import ALIASES, OWN, Catalog, Column
from magpie_core.selection.expression import SIZED, Name
from magpie_core.selection.loading import CORE, PROVENANCE

FIRST = 500
"""Rows that are looked at of the source, and of each set."""
_BLOCK = 4 * 1024**2
_SPACES = 16
"""Room for quotes and for white space before the colon, where a key stands across two blocks."""


def check_names(
    source: Source, names: Iterable[Name], makers: Mapping[str, str] | None = None
) -> None:
    """See that every column may be there; that it is, only the whole source can tell.

    Args:
        source: nothing of it is told to ``on_damage``: whoever reads all of it does that.
        names: columns an expression speaks of.
        makers: see ``Catalog``.

    Raises:
        UsageError: one is nowhere; what is there, and what is like it. Or a set is of a file that was
            changed since.
    """
    names = list(names)
    if not names:
        return
    folders = current_folders(source)
    catalog = Catalog(source.path, list(_first_columns(source, folders)), makers=makers)
    for name in sorted(names):
        try:
            catalog.find(name)
        except UsageError:
            if not any(_may_hold(path, name[-1]) for path in _files(source, folders, name)):
                raise


def _first_columns(source: Source, folders: Mapping[str, Path]) -> Iterator[Column]:
    own = {*CORE, *PROVENANCE, *SIZED.values()}
    own |= {column_name(key) for one in islice(_records(source), FIRST) for key in one.extra}
    yield from (Column(name, OWN) for name in sorted(own))
    for owner, folder in folders.items():
        there = {key for one in islice(read_added(folder), FIRST) for key in one.columns}
        yield from (Column(name, owner) for name in sorted(there))


def _records(source: Source) -> Iterator[Record]:
    if not isinstance(source, FileSource):  # a run would read all of them to put them in order
        yield from read_parts(source.path / "records", Record)
        return
    told, source.on_damage = source.on_damage, None
    try:
        yield from source.records()
    finally:
        source.on_damage = told


def _files(source: Source, folders: Mapping[str, Path], name: Name) -> Iterator[Path]:
    """Files that may hold the column: those of the set it names, or all of them."""
    owner = ".".join(name[:-1]).lower()
    if owner in ("", OWN):
        if isinstance(source, FileSource):
            yield source.path
        else:
            yield from (source.path / "records").glob("part-*.jsonl")
    for called, folder in folders.items():
        if owner in ("", called.lower(), called.rpartition("/")[2].lower()):
            yield from folder.glob("part-*.jsonl")


def _may_hold(path: Path, name: str) -> bool:
    """Whether the file may hold a column called ``name``, in whatever case."""
    name = name.lower()
    wanted = {name, name.removeprefix("extra_"), ALIASES.get(name, name)}
    if path.suffix.lower() == ".parquet":
        from pyarrow import parquet

        return bool(wanted & {one.lower() for one in parquet.read_schema(path).names})
    if not all(one.isascii() and json.dumps(one) == f'"{one}"' for one in wanted):
        return True  # a file may write it in several ways
    key = re.compile(rf'"(?:{"|".join(map(re.escape, sorted(wanted)))})"\s*:'.encode())
    overlap = max(map(len, wanted)) + _SPACES
    with storage_errors(path, "read"), path.open("rb") as file:
        before = b""
        while block := file.read(_BLOCK):
            block = before + block.lower()
            if key.search(block):
                return True
            before = block[-overlap:]
    return False
