"""The role of an output format: records in index order in, one file out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from magpie_core.record import Record

if TYPE_CHECKING:
    from magpie_core.export.place import Files


def has_answer(record: Record) -> bool:
    """Whether the assistant says anything in it: prompts that were brought in have no answer."""
    return bool(record.response.strip()) or any(
        turn.role == "assistant" and turn.content.strip() for turn in record.turns
    )


class Exporter(ABC):
    """Writes records to one file.

    ``write`` streams: it must not hold all records in memory. The caller gives it a temporary path
    and moves the file into place when it returns, so a failed export leaves nothing behind::

        class TextExporter(Exporter):
            name = "text"
            suffix = ".txt"

            def write(self, records, path):
                with path.open("w", encoding="utf-8") as file:
                    return sum(1 for r in records if file.write(r.response + chr(10)))
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    """File suffix, with the dot."""
    description: ClassVar[str] = ""
    needs: ClassVar[str] = "a response"
    """What a record must have to be taken, for messages."""
    otherwise: ClassVar[str] = "--to jsonl and --to parquet keep them"
    """How to have what is left out, for messages."""
    all_columns: ClassVar[bool] = False
    """Whether a row has every column of its record."""

    def takes(self, record: Record) -> bool:
        """Whether ``record`` becomes a row; others are left out before ``write``, counted and said.

        A format for training takes what somebody answered. One that keeps every column may take all.
        """
        return has_answer(record)

    @abstractmethod
    def write(self, records: Iterable[Record], path: Path) -> int:
        """Write ``records`` to ``path`` and return how many rows were written."""

    def write_several(self, records: Iterable[Record], files: Files, size: int) -> int:
        """Write ``records`` to files of ``size`` records each, the last of fewer; return how many rows.

        A format whose files must agree, as on the types of their columns, does so itself.

        Args:
            records: as for ``write``; without any there is one file that holds none.
            files: hands out the next one.
            size: one or more.
        """
        rows = 0
        for group in groups_of(records, size):
            with files() as path:
                rows += self.write(group, path)
        return rows


def groups_of(records: Iterable[Record], size: int) -> Iterator[Iterator[Record]]:
    """``records`` in groups, each to be read before the next; one empty group where there are none."""
    left = iter(records)
    yield islice(left, size)
    for first in left:
        yield chain([first], islice(left, size - 1))
