"""``magpie show``: read records in the terminal."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from magpie_core.cli.showing import Printer
    from magpie_core.dataset.source import Source
    from magpie_core.record import Record

EXAMPLES = """
\b
Examples:
  magpie show runs/first
  magpie show runs/first -n 20 --skip 100
  magpie show runs/first --selection best
  magpie show runs/first --rejected
  magpie show data.jsonl --full | less
"""
SHORTENED = 1200
"""Characters of each text, unless --full is given."""


@click.command(name="show", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-n", type=click.IntRange(min=1), default=5, show_default=True, help="How many.")
@click.option("--skip", type=click.IntRange(min=0), default=0, help="How many to pass over first.")
@click.option("--selection", metavar="NAME", help="Only the records that `magpie select` chose.")
@click.option("--rejected", is_flag=True, help="Show what was rejected, and why.")
@click.option("--full", is_flag=True, help="Do not shorten long texts.")
def command(
    run: Path, n: int, skip: int, selection: str | None, rejected: bool, full: bool
) -> None:
    """Read the records of a run or a file, in index order, or what was rejected.

    Whole conversations, with the columns that `magpie tag` and others added.
    """
    from magpie_core.cli.console import stdout
    from magpie_core.cli.showing import Printer
    from magpie_core.errors import UsageError

    if rejected and selection is not None:
        raise UsageError(
            "--selection chooses among accepted records, --rejected shows the others",
            hint=f"magpie show {shlex.quote(str(run))} --rejected",
        )
    printer = Printer(stdout(wrap=True), None if full else SHORTENED)
    stop = min(skip + n, sys.maxsize)
    first = min(skip, sys.maxsize)
    if rejected:
        shown = _print_rejections(printer, run, first, stop)
    else:
        shown = _print_records(printer, run, selection, first, stop)
    if not shown:
        what = "rejected records" if rejected else "records"
        stdout().print(f"no {what} to show in {shlex.quote(str(run))}")


def _print_rejections(printer: Printer, run: Path, first: int, stop: int) -> int:
    from magpie_core.cli.console import damage_named
    from magpie_core.run.folder import RunFolder

    with RunFolder.open(run, write=False) as folder, damage_named(folder):
        rejections = list(islice(folder.rejections_in_order(), first, stop))
        for one in rejections:
            printer.rejection(one)
    return len(rejections)


def _print_records(
    printer: Printer, run: Path, selection: str | None, first: int, stop: int
) -> int:
    from magpie_core.cli.console import damage_named
    from magpie_core.dataset.beside import columns_of
    from magpie_core.dataset.source import open_source

    with open_source(run) as source, damage_named(source):
        records = list(islice(_chosen(source, selection), first, stop))
        for record, columns in columns_of(source, records):
            printer.record(record, columns)
    return len(records)


def _chosen(source: Source, selection: str | None) -> Iterator[Record]:
    if selection is None:
        return source.records()
    from magpie_core.selection.store import read_ids

    ids = set(read_ids(source, selection))
    return (record for record in source.records() if record.id in ids)
