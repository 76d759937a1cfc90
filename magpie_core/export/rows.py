"""Formats that are one JSON object for each record: JSON Lines, or one array in a ``.json`` file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from magpie_core.export.exporter import Exporter
from magpie_core.record import Record
from magpie_core.run.encode import encode


class JsonRows(Exporter):
    """Writes ``row(record)`` for each record, one line each.

    A path that ends in ``.json`` gets one JSON array instead, still streamed: trainers read both,
    and judge by the name. Text is UTF-8, unescaped; a lone surrogate becomes U+FFFD.
    """

    suffix = ".jsonl"

    @abstractmethod
    def row(self, record: Record) -> dict[str, Any]:
        """The object for ``record``; keys stay in this order."""

    def write(self, records: Iterable[Record], path: Path) -> int:
        """Write line by line; nothing but the line at hand is in memory."""
        array = path.suffix.lower() == ".json"
        rows = 0
        with path.open("wb") as file:
            if array:
                file.write(b"[")
            for record in records:
                if array:
                    file.write(b",\n" if rows else b"\n")
                file.write(encode(self.row(record)))
                if not array:
                    file.write(b"\n")
                rows += 1
            if array:
                file.write(b"\n]\n")
        return rows
