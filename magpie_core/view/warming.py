"""Reads the texts of an index beside everything else, so that the first search need not wait for the disk."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

SEARCH_IN_VAIN = "SELECT count(*) FROM text WHERE contains(searched, chr(0))"
"""What every search reads, and no hit to keep."""


class Warming:
    """Begins at once. Stop it before the database is closed.

    Args:
        cursor: of its own; closed at the end.
    """

    def __init__(self, cursor: Database) -> None:
        self._cursor = cursor
        # No daemon: a thread inside DuckDB would take the process with it when the interpreter goes.
        self._thread = threading.Thread(target=self._read, name="magpie-view-warming")
        self._thread.start()

    def stop(self) -> None:
        """Return when nothing is read any more."""
        while self._thread.is_alive():
            self._cursor.interrupt()  # of no use before the query has begun, so again
            self._thread.join(0.02)
        self._cursor.close()

    def _read(self) -> None:
        with suppress(Exception):  # stopped, or a disk that fails: whoever asks is told
            self._cursor.execute(SEARCH_IN_VAIN)
