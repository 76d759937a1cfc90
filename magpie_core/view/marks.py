"""What a reader thinks of records: keep, drop, a note. A set of columns like any other, in ``tags/marks``.

Each change is one line, on disk before the page hears of it; the last line of a record counts. The lock
is held for that moment only, so that several people can mark the same run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from magpie_core.dataset.columns import LATEST, PARTS, Columns, check_current, read_added
from magpie_core.dataset.source import Source
from magpie_core.errors import MagpieError, RunLockedError, UsageError
from magpie_core.run.atomic import storage_errors
from magpie_core.view.permission import refusing

FOLDER = "tags/marks"
MARK = "mark"
NOTE = "mark_note"
MARKS = ("keep", "drop")
LONGEST_NOTE = 10_000
"""Characters of a note."""
MOST_UNDONE = 1_000
PATIENCE = 2.0
"""Seconds to wait for somebody else's lock, which is held for milliseconds."""
SETTINGS = {"made_by": "magpie view", LATEST: True}

Marking = tuple[str | None, str | None]
"""A mark and a note; None for none."""
UNMARKED: Marking = (None, None)
Stamp = list[tuple[str, int, int]]
"""Name, size and time of each file: equal as long as nobody has written."""


class Marks:
    """The marks of a source, as they are on disk; thread-safe.

    Raises:
        UsageError: they belong to a file that was changed since. StorageError: they cannot be read.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._folder = source.place / FOLDER
        self._lock = threading.Lock()
        self._undo: list[tuple[str, Marking, Marking]] = []
        self._seen: Stamp = []
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
        self._seen = (
            self._stamp()
        )  # before they are read: what comes meanwhile is seen the next time
        if not self._folder.is_dir():
            self.all = {}
            return
        check_current(self._source, self._folder)
        self.all = {one.id: _marking(one.columns) for one in read_added(self._folder)}

    def of(self, id: str) -> Marking:
        """What is said of the record ``id``."""
        return self.all.get(id, UNMARKED)

    def set(self, id: str, mark: str | None, note: str | None) -> Marking:
        """Say something else of the record ``id``; what it is now, as others may have said something, too.

        Of mark and note only the one counts that is another than this reader knew: who drops a record leaves
        the note that somebody else has written meanwhile.

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
            known = self.of(id)
            with self._writing() as columns:
                before = self.of(id)
                said = (
                    before[0] if mark == known[0] else mark,
                    before[1] if note == known[1] else note,
                )
                self._add(columns, id, said)
            self._undo.append((id, before, said))
            del self._undo[:-MOST_UNDONE]
            return said

    def undo(self) -> tuple[str, Marking] | None:
        """Take back the newest change of this session; the record and what is said of it now, or None.

        A record of which somebody else has said something since stays as it is.
        """
        with self._lock:
            if not self._undo:
                return None
            with self._writing() as columns:
                while self._undo:
                    id, before, said = self._undo[-1]
                    if self.of(id) == said:
                        self._add(columns, id, before)
                        self._undo.pop()
                        return id, before
                    self._undo.pop()
            return None

    @contextmanager
    def _writing(self) -> Iterator[Columns]:
        """The set, to be written to, with what others have said until now."""
        if (why := self.read_only) is not None:
            raise MagpieError(why)
        with self._columns() as columns:
            self._take_in()
            yield columns

    def _add(self, columns: Columns, id: str, marking: Marking) -> None:
        columns.add(id, {MARK: marking[0], NOTE: marking[1]})
        columns.sync()
        self.all[id] = marking
        self._seen = self._stamp()

    def _columns(self) -> Columns:
        """The set, to be written to; where somebody else is at it, in a moment."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return Columns(self._source, FOLDER, SETTINGS)
            except RunLockedError:
                if time.monotonic() >= until:
                    raise
            time.sleep(0.01)

    def _take_in(self) -> None:
        """Read again where somebody else has written."""
        if self._stamp() != self._seen:
            self.refresh()

    def _stamp(self) -> Stamp:
        found = []
        for path in sorted(self._folder.glob(PARTS)):
            with storage_errors(path, "read"):
                state = path.stat()
            found.append((path.name, state.st_size, state.st_mtime_ns))
        return found

    @property
    def folder(self) -> Path:
        """Where they stand."""
        return self._folder


def _marking(columns: dict[str, Any]) -> Marking:
    mark, note = columns.get(MARK), columns.get(NOTE)
    return (mark if mark in MARKS else None), (note if isinstance(note, str) else None)
