"""The records that are published, once through: rows to shards, figures to the card."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from magpie_core.dataset.added import AddedColumns
from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import UsageError
from magpie_core.export.exporter import Exporter
from magpie_core.publish.figures import Figures, Summary
from magpie_core.publish.metadata import DEFAULT
from magpie_core.publish.parts import NAMES, part_reader
from magpie_core.publish.request import Request
from magpie_core.publish.rows import RowMaker
from magpie_core.publish.shards import Shards
from magpie_core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

Told = Callable[[str, int, int | None], None]
"""What is being done, how many so far, of how many."""
MB = 1000**2


@dataclass
class Collected:
    """What was written, and what the card says of it."""

    files: dict[str, int] = field(default_factory=dict)
    """Path below the layout's root, and its rows."""
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    patterns: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: Summary = field(default_factory=lambda: Summary(0))
    without: dict[str, int] = field(default_factory=dict)
    """Records that a configuration does not take."""
    unsplit: int = 0
    """Records in none of the files of a split."""


def collect(
    source: Source, exporters: Mapping[str, Exporter], request: Request, folder: Path, told: Told
) -> Collected:
    """Write the shards of every configuration into ``folder``.

    Args:
        source: a run or a file.
        exporters: of each format; the first is the default configuration.
        request: which records, which splits.
        folder: exists, and holds no shards.
        told: called now and then.

    Raises:
        UsageError: nothing is left to publish, or a format has no rows.
        PluginError: pyarrow is not installed.
    """
    part = part_reader(request.splits)
    makers = {
        DEFAULT if number == 0 else name: RowMaker(one)
        for number, (name, one) in enumerate(exporters.items())
    }
    done, figures = Collected(), Figures()
    with ExitStack() as stack:
        shards = {
            name: stack.enter_context(Shards(folder, _folder(name), request.shard_mb * MB))
            for name in makers
        }
        for number, record in enumerate(stack.enter_context(records_of(source, request, told)), 1):
            told("reading", number, request.limit)
            split = part(record.id)
            if split is None:
                done.unsplit += 1
                continue
            for name, maker in makers.items():
                if maker.takes(record):
                    shards[name].add(split, maker.row(record))
                    if name == DEFAULT:
                        figures.note(record)
                else:
                    done.without[name] = done.without.get(name, 0) + 1
        _check_any(shards, makers, done, source)
        for name, one in shards.items():
            if not one.rows:
                continue
            total = sum(one.rows.values())
            written = 0
            for path, rows in one.write():
                done.files[path.relative_to(folder).as_posix()] = rows
                told("writing", written := written + rows, total)
            done.kinds[name] = one.kinds
            done.rows[name] = {split: one.rows[split] for split in NAMES if split in one.rows}
            done.patterns[name] = {
                split: f"{_folder(name)}/{split}-*.parquet" for split in done.rows[name]
            }
    done.summary = figures.summary()
    return done


@contextmanager
def records_of(source: Source, request: Request, told: Told) -> Iterator[Iterator[Record]]:
    """The records that are asked for, with the columns that were added to them.

    Raises:
        UsageError: there is no such selection.
    """
    if request.selection is not None:
        from magpie_core.selection.select import selected

        with selected(source, request.selection, told) as selection:
            yield islice(selection.records(), request.limit)
        return
    with AddedColumns(source.place, source.records, source.on_damage) as added:
        yield islice(map(added.with_them, source.records()), request.limit)


def _folder(name: str) -> str:
    return "data" if name == DEFAULT else name


def _check_any(
    shards: Mapping[str, Shards], makers: Mapping[str, RowMaker], done: Collected, source: Source
) -> None:
    if shards[DEFAULT].rows:
        return
    if done.unsplit and not done.without:
        raise UsageError(
            f"none of the {done.unsplit:,} records of `{source.path}` is in the files of the split",
            hint="split this data: magpie split RUN --test 0.05 --out FOLDER",
        )
    exporter = makers[DEFAULT].exporter
    if count := done.without.get(DEFAULT, 0):
        raise UsageError(
            f"none of {count:,} records has {exporter.needs}, which `{exporter.name}` needs",
            hint="`--to parquet` keeps all records",
        )
    run = shlex.quote(str(source.path)) if isinstance(source, RunSource) else None
    raise UsageError(
        f"no records to publish in `{source.path}`", hint=f"magpie status {run}" if run else None
    )
