"""The records of a source and the sets of columns beside it, to be asked in SQL. Chooses nothing.

``loading`` fills the tables; the records themselves are read from the source once more when they are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import msgspec

from magpie_core.choices import nearest
from magpie_core.dataset.added import with_columns
from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.record import Record
from magpie_core.selection.catalog import Catalog, Column
from magpie_core.selection.database import database_errors, open_database
from magpie_core.selection.expression import (
    Name,
    Node,
    cast,
    constant,
    named,
    nothing,
    rewritten,
    with_sizes,
)
from magpie_core.selection.loading import TOLD_EVERY, Loaded, Progress, load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STREAMED = 8_192
"""Rows of an answer in memory at a time."""
_OURS = re.compile(r"\b(?:own_\d+|set_\d+_\d+|size_\d)\b")
"""Names of columns that nobody gave."""


class Table:
    """A source's records, to be asked; a context manager that frees the temporary folder."""

    def __init__(self, source: Source, progress: Progress | None = None) -> None:
        """Open an empty database.

        Raises:
            MissingEngineError: duckdb or pyarrow is not installed.
        """
        self.source = source
        self.database, self._folder = open_database()
        self._progress = progress or (lambda what, count, total: None)
        self._loaded = Loaded()
        self.catalog = Catalog(source.path, [])

    @property
    def rows(self) -> int:
        """Records that were read."""
        return self._loaded.rows

    @property
    def notes(self) -> list[str]:
        """What a user should know of the columns: different kinds of values, labels that are no one's."""
        return self._loaded.notes

    def note(self, text: str) -> None:
        """Add to ``notes``; columns are called by their own names."""
        self._loaded.notes.append(self._in_their_words(text))

    def load(
        self,
        wanted: Iterable[Name],
        *,
        keep: bool,
        prefer: Sequence[str] = (),
        makers: Mapping[str, str] | None = None,
    ) -> None:
        """Read the source and its sets.

        Args:
            wanted: columns that will be asked for.
            keep: whether ``records`` will be called: the sets' columns are kept for it.
            prefer: see ``Catalog``.
            makers: see ``Catalog``.

        Raises:
            UsageError: the source holds no record, or ``prefer`` names no set.
            StorageError: something cannot be read, or the temporary folder is full.
        """
        with database_errors():
            self._loaded = load(self.source, self.database, wanted, self._progress, keep=keep)
        self.catalog = Catalog(self.source.path, self._loaded.columns, prefer=prefer, makers=makers)

    def column(self, name: Name) -> Column:
        """The column that ``name`` means, loaded.

        Raises:
            UsageError: see ``Catalog.find``.
        """
        return self.catalog.find(name)

    def bound(self, node: Node) -> Node:
        """An expression over the names people use as one over ``joined``.

        Raises:
            UsageError: a column that is not there, or a label that is no one of an ordered scale.
        """
        return rewritten(with_sizes(node), self._written, self._label)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Every row of the answer.

        Raises:
            UsageError, StorageError: see ``database_errors``.
        """
        try:
            with database_errors():
                return self.database.execute(sql).fetchall()
        except UsageError as error:
            raise UsageError(self._in_their_words(error.message), hint=error.hint) from error

    def numbers(self, sql: str) -> NDArray[np.int64]:
        """The one column of the answer, whole numbers without gaps."""
        import pyarrow as pa

        with database_errors():
            (column,) = self.database.sql(sql).to_arrow_table().columns
        found: NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
        return found

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of the answer, a few thousand in memory at a time."""
        with database_errors():
            for batch in self.database.sql(sql).to_arrow_reader(STREAMED):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def keep(self, table: str, positions: Sequence[int]) -> str:
        """Make a table of rows by their ``pos``."""
        import pyarrow as pa

        with database_errors():
            self.database.register("given", pa.table({"pos": pa.array(positions, type=pa.int64())}))
            self.database.execute(f"CREATE TABLE {table} AS SELECT * FROM given")
            self.database.unregister("given")
        return table

    def keep_ids(self, table: str, ids: Sequence[str]) -> str:
        """Make a table of rows by their ids; ids that are not there are left out."""
        import pyarrow as pa

        with database_errors():
            self.database.register("given", pa.table({"id": pa.array(ids, type=pa.string())}))
            self.database.execute(
                f"CREATE TABLE {table} AS SELECT pos, id FROM records SEMI JOIN given USING (id)"
            )
            self.database.unregister("given")
        return table

    def records(self, chosen: str) -> Iterator[Record]:
        """The records whose ``pos`` are in the table ``chosen``, in their order, with the sets' columns.

        A set's column goes by its own name, or by ``SET.column`` where the record or another set has one of
        that name too.
        """
        shared = self._shared_names()
        picked = self._picked(chosen)
        place = next(picked, None)
        for count, record in enumerate(self.source.records()):
            if count % TOLD_EVERY == 0:
                self._progress("writing", count, self.rows)
            if place is None:
                return
            if record.index != place[0]:
                continue
            found = (
                (owner.rpartition("/")[2], msgspec.json.decode(raw))
                for owner, raw in zip(self._loaded.sets, place[1:], strict=True)
                if raw is not None
            )
            yield with_columns(record, found, shared)
            place = next(picked, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and remove it."""
        self.database.close()
        self._folder.cleanup()

    def _in_their_words(self, text: str) -> str:
        names = {one.sql: one.name for one in self._loaded.columns}
        return _OURS.sub(lambda found: names.get(found[0], found[0]), text)

    def _written(self, name: Name) -> Node:
        column = self.column(name)
        # A column without any value has no type: as text it could not be compared with a number.
        return nothing() if column.kind == "null" else named(column.sql)

    def _label(self, name: Name, text: str) -> Node | None:
        column = self.column(name)
        if column.scale is None:
            return None
        found = column.scale.find(text)
        if not column.scale.ordered:
            return None if found is None else constant(found)
        if found is None:
            labels = column.scale.labels
            near = nearest(text.lower(), labels)
            raise UsageError(
                f"`{text}` is no label of `{column.name}` (in ascending order: {', '.join(labels)})",
                hint=f"did you mean '{near[0]}'?" if near else f"{column.name} >= '{labels[-2]}'",
            )
        return cast(found, column.scale.type)

    def _picked(self, chosen: str) -> Iterator[tuple[Any, ...]]:
        raws = "".join(f", {table}.raw" for table in self._loaded.sets.values())
        joins = " ".join(
            f"LEFT JOIN {table} ON {table}.id = records.id" for table in self._loaded.sets.values()
        )
        sql = (
            f"SELECT records.pos{raws} FROM {chosen} JOIN records USING (pos) {joins} "
            "ORDER BY records.pos"
        )
        return self.stream(sql)

    def _shared_names(self) -> set[str]:
        """Names of columns that several sets hold, the records' own among them."""
        holders = Counter(chain.from_iterable(self._loaded.names.values()))
        return {name for name, count in holders.items() if count > 1}
