"""What a reader thinks of records: keep, drop, a note. A set of columns like any other, in ``tags/marks``.

Each change is one line, on disk before the page hears of it; the last line of a record counts. The lock
is held for that moment only, so that several people can mark the same run.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from magpie_core.dataset.columns import LATEST, Columns, check_current, read_added
from magpie_core.dataset.source import Source
from magpie_core.errors import MagpieError, UsageError
from magpie_core.view.permission import refusing

FOLDER = "tags/marks"
MARK = "mark"
NOTE = "mark_note"
MARKS = ("keep", "drop")
LONGEST_NOTE = 10_000
"""Characters of a note."""
MOST_UNDONE = 1_000
SETTINGS = {"made_by": "magpie view", LATEST: True}

Marking = tuple[str | None, str | None]
"""A mark and a note; None for none."""
UNMARKED: Marking = (None, None)


class Marks:
    """The marks of a source, as they are on disk; thread-safe.

    Raises:
        UsageError: they belong to a file that was changed since. StorageError: they cannot be read.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._folder = source.place / FOLDER
        self._lock = threading.Lock()
        self._undo: list[tuple[str, Marking]] = []
        self.all: dict[str, Marking] = {}
        """By id; a record that was never marked is not in it."""
        self.refresh()

    @property
    def read_only(self) -> str | None:
        """Why nothing can be marked, in words for a person; None where it can."""
        place = refusing(self._folder)
        return (
            None if place is None else f"you may not write to `{place}`, so nothing can be marked"
        )

    def refresh(self) -> None:
        """Take in what others have marked since."""
        if not self._folder.is_dir():
            self.all = {}
            return
        check_current(self._source, self._folder)
        self.all = {one.id: _marking(one.columns) for one in read_added(self._folder)}

    def of(self, id: str) -> Marking:
        """What is said of the record ``id``."""
        return self.all.get(id, UNMARKED)

    def set(self, id: str, mark: str | None, note: str | None) -> Marking:
        """Say something else of the record ``id``.

        Raises:
            UsageError: a mark that is none, or a note that is too long.
            RunLockedError: somebody else is marking at this very moment.
            StorageError: the disk refused.
        """
        if mark is not None and mark not in MARKS:
            raise UsageError(f"`{mark}` is no mark (known: {', '.join(MARKS)})")
        note = (note or "").strip() or None
        if note is not None and len(note) > LONGEST_NOTE:
            raise UsageError(f"a note has {LONGEST_NOTE:,} characters at most, not {len(note):,}")
        with self._lock:
            before = self.of(id)
            self._write(id, (mark, note))
            self._undo.append((id, before))
            del self._undo[:-MOST_UNDONE]
            return mark, note

    def undo(self) -> tuple[str, Marking] | None:
        """Take back the newest change of this session; the record and what is said of it now, or None."""
        with self._lock:
            if not self._undo:
                return None
            id, before = self._undo[-1]
            self._write(id, before)
            self._undo.pop()
            return id, before

    def _write(self, id: str, marking: Marking) -> None:
        if (why := self.read_only) is not None:
            raise MagpieError(why)
        with Columns(self._source, FOLDER, SETTINGS) as columns:
            columns.add(id, {MARK: marking[0], NOTE: marking[1]})
        self.all[id] = marking

    @property
    def folder(self) -> Path:
        """Where they stand."""
        return self._folder


def _marking(columns: dict[str, Any]) -> Marking:
    mark, note = columns.get(MARK), columns.get(NOTE)
    return (mark if mark in MARKS else None), (note if isinstance(note, str) else None)
