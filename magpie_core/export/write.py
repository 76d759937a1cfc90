"""Records out of a run, through an exporter, into files that are whole or not there, or into a stream."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from magpie_core.dataset.added import AddedColumns
from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.export.places import place_of
from magpie_core.record import Record
from magpie_core.run.atomic import storage_errors
from magpie_core.run.folder import RunFolder

LeftOut = Callable[[int], None]
"""Told how many records are not in the file, when there are any."""


def export(
    run_or_records: RunFolder | Iterable[Record],
    exporter: Exporter,
    out: Path | str,
    *,
    limit: int | None = None,
    shard_rows: int | None = None,
    overwrite: bool = False,
    left_out: LeftOut | None = None,
    unanswered: LeftOut | None = None,
) -> int:
    """Write ``out`` and return the number of rows.

    A run's records come by ascending index, each index once, so that timing does not change what is
    exported, and with the columns that were added to them; other records come as they are given. The
    rows go to a temporary file beside ``out`` that takes its name at the end: whatever stops an export, an
    interrupt included, ``out`` is as before. One that is elsewhere is uploaded at the end.

    Args:
        run_or_records: a run, or any records; both are read lazily.
        exporter: the format.
        out: the file, or a link to it; missing folders above it are made. As text also a URL that fsspec
            can write to, ``s3://bucket/data.parquet``.
        limit: stop after so many rows.
        shard_rows: write several files of so many rows each, ``out`` with a number before its suffix.
        overwrite: replace ``out`` when it is a file already, or all numbered ones; nothing else is ever
            replaced.
        left_out: called afterwards when there are more records; counting reads them.
        unanswered: called afterwards when there were records on the way that the format does not take.

    Raises:
        UsageError: ``out`` exists, is no file or one of the run's own, the run holds no record or none
            that the format takes, or ``limit`` or ``shard_rows`` cannot be.
        MissingEngineError: the package for such URLs is not installed.
        StorageError: the disk or the store refused.
    """
    if shard_rows is not None and shard_rows < 1:
        raise UsageError(f"cannot write files of `{shard_rows}` rows", hint="--shard-rows 100000")
    place = place_of(out, overwrite=overwrite)
    place.check(several=shard_rows is not None)
    if isinstance(run_or_records, RunFolder):
        place.check_is_none_of(run_or_records)
    with _taken(run_or_records, exporter, limit) as records:
        wanted = _first(records, limit)
        if shard_rows is None:
            with place.writing() as path:
                rows = exporter.write(wanted, path)
                records.check_any(rows)
        else:
            with place.writing_several() as files:
                rows = exporter.write_several(wanted, files, shard_rows)
                records.check_any(rows)
        _tell(records, left_out, unanswered)
    return rows


def export_to_stream(
    run_or_records: RunFolder | Iterable[Record],
    exporter: Exporter,
    stream: BinaryIO,
    *,
    limit: int | None = None,
    left_out: LeftOut | None = None,
    unanswered: LeftOut | None = None,
) -> int:
    """As ``export``, into ``stream``, which gets its first byte when the last row is made.

    Raises:
        UsageError: the format is binary and ``stream`` a terminal; and as ``export``.
        StorageError: the disk that holds temporary files refused.
    """
    with (
        _taken(run_or_records, exporter, limit) as records,
        TemporaryDirectory(prefix="magpie-") as folder,
    ):
        path = Path(folder, f"rows{exporter.suffix}")
        with storage_errors(path):
            rows = exporter.write(_first(records, limit), path)
            records.check_any(rows)
        with path.open("rb") as file:
            if stream.isatty() and b"\0" in file.read(4096):
                raise UsageError(
                    f"`{exporter.name}` is binary and not written to a terminal",
                    hint=f"--out data{exporter.suffix}, or pipe it into a program",
                )
            file.seek(0)
            shutil.copyfileobj(file, stream)
            stream.flush()
        _tell(records, left_out, unanswered)
    return rows


def none_answered(count: int, exporter: Exporter) -> UsageError:
    """The error for records that ``exporter`` takes none of."""
    return UsageError(
        f"none of {count:,} records has {exporter.needs}, which `{exporter.name}` needs",
        hint="`--to jsonl` and `--to parquet` keep all records",
    )


class _Taken(Iterator[Record]):
    """The records that an exporter takes; counts the others on the way."""

    def __init__(self, records: Iterable[Record], exporter: Exporter) -> None:
        self.others = 0
        self._records = iter(records)
        self._exporter = exporter

    def __next__(self) -> Record:
        for record in self._records:
            if self._exporter.takes(record):
                return record
            self.others += 1
        raise StopIteration

    def check_any(self, rows: int) -> None:
        """Refuse a file that is empty though there are records.

        Raises:
            UsageError: none of them was taken.
        """
        if not rows and self.others:
            raise none_answered(self.others, self._exporter)


@contextmanager
def _taken(
    run_or_records: RunFolder | Iterable[Record], exporter: Exporter, limit: int | None
) -> Iterator[_Taken]:
    if limit is not None and limit < 0:
        raise UsageError(f"cannot export `{limit}` rows", hint="-n takes 1 or more")
    if not isinstance(run_or_records, RunFolder):
        yield _Taken(run_or_records, exporter)
        return
    run = run_or_records
    with AddedColumns(run.path, lambda: _quietly(run), run.on_damage) as added:
        records = run.records_in_order()
        first = next(records, None)
        if first is None:
            path = shlex.quote(str(run.path))
            raise UsageError(
                "no records to export", hint=f"see what is there: magpie status {path}"
            )
        yield _Taken(map(added.with_them, chain([first], records)), exporter)


def _quietly(run: RunFolder) -> Iterator[Record]:
    """Its records, read for what is in them: damage is named when they are written."""
    before, run.on_damage = run.on_damage, None
    try:
        yield from run.records()
    finally:
        run.on_damage = before


def _first(records: Iterator[Record], limit: int | None) -> Iterator[Record]:
    return records if limit is None else islice(records, min(limit, sys.maxsize))


def _tell(records: _Taken, left_out: LeftOut | None, unanswered: LeftOut | None) -> None:
    if unanswered is not None and records.others:
        unanswered(records.others)
    if left_out is not None and (rest := sum(1 for _ in records)):
        left_out(rest)
