"""Records out of a run, through an exporter, into a file that is whole or not there."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.record import Record
from magpie_core.run.atomic import replacing, storage_errors
from magpie_core.run.folder import RunFolder


def export(
    run_or_records: RunFolder | Iterable[Record],
    exporter: Exporter,
    out: Path,
    *,
    limit: int | None = None,
    overwrite: bool = False,
) -> int:
    """Write ``out`` and return the number of rows.

    A run's records come by ascending index, each index once, so that timing does not change what is
    exported; other records come as they are given. The rows go to a temporary file beside ``out``
    that takes its name at the end: whatever stops an export, an interrupt included, ``out`` is as before.

    Args:
        run_or_records: a run, or any records; both are read lazily.
        exporter: the format.
        out: the file; missing folders above it are made.
        limit: stop after so many rows.
        overwrite: replace ``out`` when it exists.

    Raises:
        UsageError: ``out`` exists or is a folder, or ``limit`` is negative.
        StorageError: the disk refused.
    """
    out = Path(out)
    if limit is not None and limit < 0:
        raise UsageError(f"cannot export `{limit}` rows", hint="--limit takes 0 or more")
    with storage_errors(out):
        _refuse_existing(out, overwrite)
    records: Iterable[Record] = run_or_records if not isinstance(run_or_records, RunFolder) else ()
    if isinstance(run_or_records, RunFolder):
        records = run_or_records.records_in_order()
    with storage_errors(out):
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise UsageError(
                f"`{out.parent}` is not a folder", hint="choose another --out"
            ) from error
        with replacing(out) as temporary:
            rows = exporter.write(_first(records, limit), temporary)
            _refuse_existing(out, overwrite)  # again: an export may take long
    return rows


def _first(records: Iterable[Record], limit: int | None) -> Iterator[Record]:
    return islice(records, limit)


def _refuse_existing(out: Path, overwrite: bool) -> None:
    if out.is_dir():
        raise UsageError(
            f"`{out}` is a folder", hint=f"name a file: --out {shlex.quote(str(out / 'data'))}…"
        )
    if out.exists() and not overwrite:
        raise UsageError(f"`{out}` exists", hint="choose another --out, or add --overwrite")
