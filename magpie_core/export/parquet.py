"""Everything we know of a record, as Parquet. The columns of ``jsonl``, with types."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.errors import PluginError
from magpie_core.export.columns import CORE, added, flat
from magpie_core.export.exporter import Exporter
from magpie_core.export.place import Files
from magpie_core.record import Provenance, Record
from magpie_core.run.encode import encode

GROUP_BYTES = 16 * 1024**2
GROUP_ROWS = 10_000
_PLAIN = frozenset({type(None), bool, int, float, str})
_INT64 = range(-(2**63), 2**63)


class ParquetExporter(Exporter):
    """Row groups of about 16 MiB of text; ``conversations`` is a list of ``from`` and ``value``.

    Parquet wants every column's type before the first row, and a plugin's column may first show, or
    widen from integer to text, in the last one. So records go to an unnamed temporary file beside
    the target first, and their columns are noted on the way: memory stays flat, the disk is used
    twice. A column of one kind of scalar, or of lists of one kind, keeps it; anything else becomes JSON text.
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
                    _note_kinds(kinds, added(record))
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
            data = [_row(record, kinds) for record in group]
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


def _row(record: Record, kinds: dict[str, str]) -> dict[str, Any]:
    row = flat(record)
    for column, kind in kinds.items():
        value = row.get(column)
        if value is None:
            continue
        if kind == "json":
            row[column] = encode(value).decode()
        elif kind == "float":  # Arrow refuses large integers here
            row[column] = float(value)
        elif kind == "list float":
            row[column] = [one if one is None else float(one) for one in value]
    return row


def _note_kinds(kinds: dict[str, str], columns: dict[str, Any]) -> None:
    for column, value in columns.items():
        if type(value) not in _PLAIN:  # encoded, numpy's scalars are plain numbers
            value = msgspec.json.decode(encode(value))
        kind = _kind(value)
        if kinds.get(column) != kind:
            kinds[column] = _wider(kinds.get(column, "null"), kind)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        inner = reduce(_wider, map(_kind, value), "null")
        return "json" if inner == "json" or inner.startswith("list") else f"list {inner}"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if value in _INT64 else "json"
    return {float: "float", str: "str"}.get(type(value), "json")


def _wider(one: str, other: str) -> str:
    """The narrowest kind that holds both."""
    if one == other or other == "null":
        return one
    if one == "null":
        return other
    if {one, other} == {"int", "float"}:
        return "float"
    if one.startswith("list ") and other.startswith("list "):
        inner = _wider(one.removeprefix("list "), other.removeprefix("list "))
        return "json" if inner == "json" else f"list {inner}"
    return "json"


def _schema(pa: Any, kinds: dict[str, str]) -> Any:
    scalars = {
        "bool": pa.bool_(),
        "int": pa.int64(),
        "float": pa.float64(),
        "str": pa.string(),
        "json": pa.string(),
        "null": pa.null(),
    }
    types = dict.fromkeys(CORE, pa.string())
    types["index"] = pa.int64()
    types["conversations"] = pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))
    for field in msgspec.structs.fields(Provenance):
        # A seed may use all of 64 bits.
        types[field.name] = pa.uint64() if field.name == "seed" else scalars[field.type.__name__]
    for column, kind in kinds.items():
        inner = kind.removeprefix("list ")
        types[column] = scalars[inner] if inner == kind else pa.list_(scalars[inner])
    return pa.schema(list(types.items()))
