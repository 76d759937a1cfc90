"""Rows of a data file: JSON Lines, one JSON array, or Parquet. Knows no conversation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from magpie_core.errors import MissingEngineError, UsageError
from magpie_core.run.atomic import storage_errors
from magpie_core.run.encode import encode
from magpie_core.run.parts import OnDamage

T = TypeVar("T")
Row = dict[str, Any]
BATCH = 4096
"""Rows of a Parquet file in memory at a time."""
_NOT_JSON = re.compile(rb"\b(?:NaN|Infinity)\b")


def read_rows(path: Path, on_damage: OnDamage) -> Iterator[tuple[int, Row]]:
    """Every row with its number from 0; one that cannot be read goes to ``on_damage`` (from 1).

    Raises:
        UsageError: the whole file is not what its name says.
        MissingEngineError: Parquet without pyarrow.
        StorageError: it cannot be read.
    """
    suffix = path.suffix.lower()
    with storage_errors(path, "read"):
        if suffix == ".parquet":
            yield from _parquet(path, on_damage)
        elif _begins_with_list(path):  # some write an array into a file named .jsonl
            yield from _array(path, on_damage)
        else:
            yield from _lines(path, on_damage)


def _lines(path: Path, on_damage: OnDamage) -> Iterator[tuple[int, Row]]:
    decode = msgspec.json.Decoder(Row).decode
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if line.isspace():
                continue
            try:
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
                row = _lenient(decode, text)
            except (ValueError, RecursionError) as error:
                on_damage(path, number + 1, str(error))
                continue
            yield number, row


def _lenient(decode: Callable[[bytes], T], text: bytes) -> T:
    """``text`` decoded; ``NaN`` and ``Infinity``, which Python's ``json`` writes and JSON lacks, are None."""
    try:
        return decode(text)
    except ValueError:
        if not _NOT_JSON.search(text):
            raise
        return decode(encode(json.loads(text, parse_constant=lambda _: None)))


def _begins_with_list(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _array(path: Path, on_damage: OnDamage) -> Iterator[tuple[int, Row]]:
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        rows = _lenient(msgspec.json.Decoder(list[msgspec.Raw]).decode, text)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() != ".json":  # lines, the first of which is no object
            yield from _lines(path, on_damage)
            return
        raise UsageError(
            f"`{path}` is no JSON: {error}",
            hint="store it as JSON Lines, one object a line: .jsonl",
        ) from error
    decode = msgspec.json.Decoder(Row).decode
    for number, raw in enumerate(rows):
        try:
            row = decode(raw)
        except (ValueError, RecursionError) as error:
            on_damage(path, number + 1, str(error))
            continue
        yield number, row


def _parquet(path: Path, on_damage: OnDamage) -> Iterator[tuple[int, Row]]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingEngineError(
            "reading Parquet needs pyarrow", hint="pip install 'magpie-core[parquet]'"
        ) from error
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from _rows_of(batch, number, path, on_damage)
                number += batch.num_rows
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's, not the file's
            raise
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"`{path}` is no Parquet file we can read: {reason}", hint="write the file again"
        ) from error


def _rows_of(batch: Any, first: int, path: Path, on_damage: OnDamage) -> Iterator[tuple[int, Row]]:
    """The rows of a batch; when one of them has a value Python cannot hold, each by itself."""
    try:
        yield from enumerate(batch.to_pylist(), first)
        return
    except (ValueError, OverflowError):  # text that is no UTF-8, a year beyond 9999
        pass
    for number in range(batch.num_rows):
        try:
            (row,) = batch.slice(number, 1).to_pylist()
        except (ValueError, OverflowError) as error:
            on_damage(path, first + number + 1, str(error))
            continue
        yield first + number, row
