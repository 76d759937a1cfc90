"""What steps added to records, to be written with them. Waits on disk, so that memory stays flat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec.structs import replace

from magpie_core.dataset.columns import column_folders, read_added
from magpie_core.errors import StorageError
from magpie_core.export.columns import CORE, column_name
from magpie_core.record import REASONINGS, WHOLE, Record
from magpie_core.run.atomic import TEMPORARY, storage_errors
from magpie_core.run.encode import encode
from magpie_core.run.parts import OnDamage

if TYPE_CHECKING:
    import sqlite3

TALK = (WHOLE, REASONINGS)
"""Columns that belong together: they are a conversation's, whoever made it longer."""


class AddedColumns:
    """The columns in ``tags/`` and ``neighbours/``, by id; a context manager that frees what it holds.

    They go by the names that ``magpie select`` writes too: a set's column has its own name, or ``SET.column``
    where the records or another set have one of that name. So the records' own names are needed first.

    Args:
        place: the folder the sets stand in, see ``Source.place``.
        records: read through once for the names of their columns, if there is any set.
        on_damage: told of each line of a set that cannot be read.

    Raises:
        StorageError: a set cannot be read, or the temporary folder is full.
    """

    def __init__(
        self,
        place: Path,
        records: Callable[[], Iterable[Record]],
        on_damage: OnDamage | None = None,
    ) -> None:
        self._stack = ExitStack()
        self._database: sqlite3.Connection | None = None
        folders = column_folders(place)
        self._sets = [name.rpartition("/")[2] for name in folders]
        if not folders:
            return
        try:
            with _refusals():
                self._database = self._opened()
                held = [
                    self._load(f"set_{number}", folder, on_damage)
                    for number, folder in enumerate(folders.values())
                ]
        except BaseException:
            self.close()
            raise
        own = {*CORE, *(column_name(name) for record in records() for name in record.extra)}
        holders = Counter(chain(own, *held))
        self._shared = {name for name, count in holders.items() if count > 1}

    def with_them(self, record: Record) -> Record:
        """``record`` with what was added to it."""
        if self._database is None:
            return record
        found = []
        for number, owner in enumerate(self._sets):
            row = self._database.execute(
                f"SELECT columns FROM set_{number} WHERE id = ?", (_key(record.id),)
            ).fetchone()
            if row is not None:
                found.append((owner, msgspec.json.decode(row[0])))
        return with_columns(record, found, self._shared)

    def _opened(self) -> sqlite3.Connection:
        import sqlite3

        with storage_errors("a temporary folder"):
            folder = self._stack.enter_context(TemporaryDirectory(prefix=TEMPORARY))
        database = self._stack.enter_context(closing(sqlite3.connect(Path(folder, "added.db"))))
        # It is thrown away at the end, whatever happens: nothing needs to survive.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        return database

    def _load(self, table: str, folder: Path, on_damage: OnDamage | None) -> set[str]:
        """Put the set in ``folder`` into a table; the names of its columns."""
        assert self._database is not None
        names: set[str] = set()

        def rows() -> Iterator[tuple[bytes, bytes]]:
            for one in read_added(folder, on_damage):
                names.update(one.columns)
                yield _key(one.id), encode(one.columns)

        self._database.execute(
            f"CREATE TABLE {table} (id BLOB PRIMARY KEY, columns BLOB) WITHOUT ROWID"
        )
        self._database.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows())
        return names

    def close(self) -> None:
        """Remove what waits on disk; twice is once."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def with_columns(
    record: Record, sets: Iterable[tuple[str, Mapping[str, Any]]], shared: Container[str]
) -> Record:
    """``record`` with the columns of ``sets``; of several whole conversations the longest, with its thoughts.

    Args:
        record: as it is in its source.
        sets: name and columns of each set that has any for it.
        shared: names that several hold, which become ``SET.column``.
    """
    added: dict[str, Any] = {}
    longest: Mapping[str, Any] = record.extra
    for owner, columns in sets:
        talks = isinstance(columns.get(WHOLE), list)
        if talks and _length(columns) > _length(longest):
            longest = columns
        for name, value in columns.items():
            if not (talks and name in TALK):
                added[f"{owner}.{name}" if name in shared else name] = value
    if longest is not record.extra:
        added |= {name: longest.get(name) for name in TALK if name in {*longest, *record.extra}}
    return replace(record, extra={**record.extra, **added}) if added else record


def _length(columns: Mapping[str, Any]) -> int:
    whole = columns.get(WHOLE)
    return len(whole) if isinstance(whole, list) else 0


@contextmanager
def _refusals() -> Iterator[None]:
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(
            f"cannot keep columns in a temporary folder: {error}",
            hint="free some space there, or choose another one: TMPDIR=FOLDER",
        ) from error


def _key(id: str) -> bytes:
    return id.encode("utf-8", "surrogatepass")
