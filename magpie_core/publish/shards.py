"""Rows into Parquet shards. Waits on disk, so that memory stays flat; knows no record and no format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Self

import msgspec

from magpie_core.errors import PluginError
from magpie_core.export.kinds import arrow_type, fitted, note_kinds
from magpie_core.run.encode import encode

GROUP_ROWS = 1000
"""Small row groups: the hub's viewer reads one of them for the page that it shows."""


class Shards:
    """Takes rows in any order of splits, and writes them at the end; a context manager that frees the disk.

    Args:
        folder: the layout's root.
        under: folder of the shards in it: ``data``.
        most_bytes: about how much text (JSON) one shard holds.
    """

    def __init__(self, folder: Path, under: str, most_bytes: int) -> None:
        self.kinds: dict[str, str] = {}
        """Of each column, over all splits, so that every split has the same ones."""
        self.rows: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._spools: dict[str, IO[bytes]] = {}
        self._folder, self._under, self._most = folder, under, most_bytes
        self._stack = ExitStack()

    def add(self, split: str, row: dict[str, Any]) -> None:
        """Keep one row (JSON values)."""
        if split not in self._spools:
            spool = TemporaryFile(dir=self._folder)  # noqa: SIM115  (the stack closes it)
            self._spools[split] = self._stack.enter_context(spool)
            self.rows[split] = self._bytes[split] = 0
        line = encode(row) + b"\n"
        self._spools[split].write(line)
        self.rows[split] += 1
        self._bytes[split] += len(line)
        note_kinds(self.kinds, row)

    def write(self) -> Iterator[tuple[Path, int]]:
        """Write the shards, ``data/train-00000-of-00003.parquet`` …; each with its rows, when it is whole.

        Raises:
            PluginError: pyarrow is not installed.
        """
        pa, parquet = _pyarrow()
        # The hub's viewer cannot show a column that never holds anything.
        self.kinds = {column: kind for column, kind in self.kinds.items() if kind != "null"}
        types = pa.schema([(column, arrow_type(pa, kind)) for column, kind in self.kinds.items()])
        for split, spool in self._spools.items():
            count = max(1, math.ceil(self._bytes[split] / self._most))
            each = math.ceil(self.rows[split] / count)
            count = math.ceil(self.rows[split] / each)  # rounding up may leave the last one empty
            spool.seek(0)
            rows = map(msgspec.json.decode, spool)
            for number in range(count):
                name = f"{split}-{number:05d}-of-{count:05d}.parquet"
                path = self._folder / self._under / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with parquet.ParquetWriter(path, types, write_page_index=True) as writer:
                    for group in _groups(islice(rows, each)):
                        data = [fitted(row, self.kinds) for row in group]
                        writer.write_table(pa.Table.from_pylist(data, schema=types))
                yield path, min(each, self.rows[split] - number * each)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _groups(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(rows)
    while group := list(islice(rows, GROUP_ROWS)):
        yield group


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise PluginError(
            f"Parquet needs pyarrow, which cannot be imported: {error}",
            hint="pip install 'magpie-core[parquet]'",
        ) from error
    return pa, pq
