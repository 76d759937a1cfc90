"""Records out of a run, through an exporter, into a file that is whole or not there, or into a stream."""

from __future__ import annotations

import shlex
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.record import Record
from magpie_core.run.atomic import replacing, storage_errors
from magpie_core.run.folder import RunFolder

LeftOut = Callable[[int], None]
"""Told how many more records there were than rows were asked for."""


def export(
    run_or_records: RunFolder | Iterable[Record],
    exporter: Exporter,
    out: Path,
    *,
    limit: int | None = None,
    overwrite: bool = False,
    left_out: LeftOut | None = None,
) -> int:
    """Write ``out`` and return the number of rows.

    A run's records come by ascending index, each index once, so that timing does not change what is
    exported; other records come as they are given. The rows go to a temporary file beside ``out``
    that takes its name at the end: whatever stops an export, an interrupt included, ``out`` is as before.

    Args:
        run_or_records: a run, or any records; both are read lazily.
        exporter: the format.
        out: the file, or a link to it; missing folders above it are made.
        limit: stop after so many rows.
        overwrite: replace ``out`` when it is a file already; nothing else is ever replaced.
        left_out: called afterwards when there are more records; counting reads them.

    Raises:
        UsageError: ``out`` exists, is no file or one of the run's own, the run holds no record, or
            ``limit`` is negative.
        StorageError: the disk refused.
    """
    out = Path(out)
    with storage_errors(out):
        target = _target(out, overwrite)
        if isinstance(run_or_records, RunFolder) and run_or_records.owns(target):
            raise UsageError(
                f"`{out}` belongs to the run itself",
                hint=f"--out {shlex.quote(str(run_or_records.path / 'exports' / out.name))}",
            )
    records = _records(run_or_records, limit)
    with storage_errors(out):
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise UsageError(
                f"`{out.parent}` is not a folder", hint="choose another --out"
            ) from error
        with replacing(target) as temporary:
            rows = exporter.write(_first(records, limit), temporary)
            _target(out, overwrite)  # again: an export may take long
    _count_rest(records, left_out)
    return rows


def export_to_stream(
    run_or_records: RunFolder | Iterable[Record],
    exporter: Exporter,
    stream: BinaryIO,
    *,
    limit: int | None = None,
    left_out: LeftOut | None = None,
) -> int:
    """As ``export``, into ``stream``, which gets its first byte when the last row is made.

    Raises:
        UsageError: the format is binary and ``stream`` a terminal; and as ``export``.
        StorageError: the disk that holds temporary files refused.
    """
    records = _records(run_or_records, limit)
    with TemporaryDirectory(prefix="magpie-") as folder:
        path = Path(folder, f"rows{exporter.suffix}")
        with storage_errors(path):
            rows = exporter.write(_first(records, limit), path)
        with path.open("rb") as file:
            if stream.isatty() and b"\0" in file.read(4096):
                raise UsageError(
                    f"`{exporter.name}` is binary and not written to a terminal",
                    hint=f"--out data{exporter.suffix}, or pipe it into a program",
                )
            file.seek(0)
            shutil.copyfileobj(file, stream)
            stream.flush()
    _count_rest(records, left_out)
    return rows


def _records(run_or_records: RunFolder | Iterable[Record], limit: int | None) -> Iterator[Record]:
    if limit is not None and limit < 0:
        raise UsageError(f"cannot export `{limit}` rows", hint="-n takes 1 or more")
    if not isinstance(run_or_records, RunFolder):
        return iter(run_or_records)
    records = run_or_records.records_in_order()
    first = next(records, None)
    if first is None:
        run = shlex.quote(str(run_or_records.path))
        raise UsageError("no records to export", hint=f"see what is there: magpie status {run}")
    return chain([first], records)


def _first(records: Iterator[Record], limit: int | None) -> Iterator[Record]:
    return records if limit is None else islice(records, min(limit, sys.maxsize))


def _count_rest(records: Iterator[Record], left_out: LeftOut | None) -> None:
    if left_out is not None and (rest := sum(1 for _ in records)):
        left_out(rest)


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
