"""Everything we know of a record, as Parquet. The columns of ``jsonl``, with types."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.errors import PluginError
from magpie_core.export.columns import CORE, added, flat
from magpie_core.export.exporter import Exporter
from magpie_core.export.kinds import TURNS, arrow_type, as_json, fitted, note_kinds
from magpie_core.export.place import Files
from magpie_core.record import Provenance, Record
from magpie_core.run.encode import encode

GROUP_BYTES = 16 * 1024**2
GROUP_ROWS = 10_000


class ParquetExporter(Exporter):
    """Row groups of about 16 MiB of text; ``conversations`` is a list of ``from`` and ``value``.

    Parquet wants every column's type before the first row, and a plugin's column may first show, or
    widen from integer to text, in the last one. So records go to an unnamed temporary file beside
    the target first, and their columns are noted on the way: memory stays flat, the disk is used
    twice. A column of one kind of scalar, or of lists of one kind, or of messages, keeps it;
    anything else becomes JSON text.
    """

    name = "parquet"
    all_columns = True
    suffix = ".parquet"
    description = "every column, typed and compressed (datasets, DuckDB, pandas)"

    def takes(self, record: Record) -> bool:
        """Every record: one without a response has an empty one, and no turn for it."""
        return True

    def write(self, records: Iterable[Record], path: Path) -> int:
        """Spool, note the columns, then write row group by row group.

        Raises:
            PluginError: pyarrow is not installed.
        """
        return self.write_several(records, lambda: nullcontext(path), sys.maxsize)

    def write_several(self, records: Iterable[Record], files: Files, size: int) -> int:
        """As ``write``; all files have the same columns, of the same types."""
        try:
            import pyarrow as pa  # 100 ms and 40 MB that other commands need not pay
            import pyarrow.parquet as pq
        except ImportError as error:
            raise PluginError(
                f"Parquet needs pyarrow, which cannot be imported: {error}",
                hint="pip install 'magpie-core[parquet]', or export --to jsonl",
            ) from error

        kinds: dict[str, str] = {}
        rows = 0
        with ExitStack() as first:
            path = first.enter_context(files())
            spool = first.enter_context(tempfile.TemporaryFile(dir=path.parent))
            for record in records:
                line = encode(record)
                spool.write(line + b"\n")
                if record.extra:
                    note_kinds(kinds, as_json(added(record)))
                rows += 1
            spool.seek(0)
            schema = _schema(pa, kinds)
            _write_file(pa, pq, path, schema, kinds, islice(spool, size))
            for _ in range(size, rows, size):
                with files() as path:
                    _write_file(pa, pq, path, schema, kinds, islice(spool, size))
        return rows


def _write_file(
    pa: Any, pq: Any, path: Path, schema: Any, kinds: dict[str, str], lines: Iterable[bytes]
) -> None:
    # Compressing needs no Python: the next group is read meanwhile.
    with pq.ParquetWriter(path, schema) as writer, ThreadPoolExecutor(1) as pool:
        writing: Future[None] | None = None
        for group in _groups(lines):
            data = [row | fitted(row, kinds) for row in map(flat, group)]
            table = pa.Table.from_pylist(data, schema=schema)
            if writing is not None:
                writing.result()
            writing = pool.submit(writer.write_table, table)
        if writing is not None:
            writing.result()


def _groups(lines: Iterable[bytes]) -> Iterator[list[Record]]:
    decode = msgspec.json.Decoder(Record).decode
    group: list[Record] = []
    size = 0
    for line in lines:
        group.append(decode(line))
        size += len(line)
        if size >= GROUP_BYTES or len(group) >= GROUP_ROWS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _schema(pa: Any, kinds: dict[str, str]) -> Any:
    types = dict.fromkeys(CORE, pa.string())
    types["index"] = pa.int64()
    types["conversations"] = arrow_type(pa, TURNS)
    for field in msgspec.structs.fields(Provenance):
        # A seed may use all of 64 bits.
        kind = "uint" if field.name == "seed" else field.type.__name__
        types[field.name] = arrow_type(pa, kind)
    types |= {column: arrow_type(pa, kind) for column, kind in kinds.items()}
    return pa.schema(list(types.items()))
