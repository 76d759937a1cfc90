"""What steps added to a few records, for reading them: stops as soon as all of them were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from magpie_core.dataset.added import TALK, with_columns
from magpie_core.dataset.columns import current_folders, read_added
from magpie_core.dataset.source import Source
from magpie_core.export.columns import column_name
from magpie_core.record import REASONING, Record

SAID = (*TALK, REASONING)
"""Columns that are part of the conversation."""


def columns_of(
    source: Source, records: Sequence[Record]
) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Each of ``records`` with its longest conversation, and its columns by the names exports give them.

    Raises:
        UsageError: columns belong to a file that was changed since.
        StorageError: they cannot be read.
    """
    sets = {
        name.rpartition("/")[2]: _found(source, folder, records)
        for name, folder in current_folders(source).items()
    }
    names = [
        {column_name(name) for record in records for name in record.extra},
        *({name for columns in found.values() for name in columns} for found in sets.values()),
    ]
    shared = {
        name
        for name, holders in Counter(name for one in names for name in one).items()
        if holders > 1
    }
    for record in records:
        whole = with_columns(
            record,
            [(name, found[record.id]) for name, found in sets.items() if record.id in found],
            shared,
        )
        yield whole, {name: value for name, value in whole.extra.items() if name not in SAID}


def _found(source: Source, folder: Path, records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    wanted = {record.id for record in records}
    found: dict[str, dict[str, Any]] = {}
    if not wanted:
        return found
    for one in read_added(folder, source.on_damage):
        if one.id in wanted:
            found[one.id] = one.columns
            if len(found) == len(wanted):
                break
    return found
