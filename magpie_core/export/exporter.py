"""The role of an output format: records in index order in, one file out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from magpie_core.record import Record


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

    @abstractmethod
    def write(self, records: Iterable[Record], path: Path) -> int:
        """Write ``records`` to ``path`` and return how many rows were written."""
