"""An index that is open to be asked: SQL in, rows out, from any thread. Knows no page.

It is a ``Table`` of the selection, so an expression means here what it means to ``magpie select``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.selection.catalog import Catalog, Column
from magpie_core.selection.database import MEMORY, database_errors
from magpie_core.selection.expression import Expression, Node, Parser
from magpie_core.selection.scales import SCALES
from magpie_core.selection.summaries import with_summaries
from magpie_core.selection.table import Table
from magpie_core.view.facets import labels_of
from magpie_core.view.marks import FOLDER as MARKS
from magpie_core.view.marks import MARK, NOTE, Marking
from magpie_core.view.warming import Warming

if TYPE_CHECKING:
    from magpie_core.selection.database import Database


class Index(Table):
    """The index of one source, read-only; marks are the only thing in it that changes."""

    def __init__(self, source: Source, path: Path, makers: dict[str, str] | None = None) -> None:
        """Open ``path``, which ``build`` wrote.

        Args:
            source: what it is an index of.
            path: of the database.
            makers: taggers by the column they add, for hints.
        """
        import duckdb

        self.source = source
        self.path = path
        self._marking = threading.Lock()
        self._warming: Warming | None = None
        self._spilled = TemporaryDirectory(prefix="magpie-view-")
        self._parsing = duckdb.connect(":memory:", config={"enable_external_access": "false"})
        self._parser = Parser(self._parsing)
        # Not a connection to the file: DuckDB would take one that is open for one that has taken its place.
        self.database: Database = duckdb.connect(":memory:")
        try:
            self.about = self._attach(path)
        except BaseException:
            self.close()
            raise
        columns = [_column(one) for one in self.about["columns"]]
        columns += [Column(one, MARKS, one, "text") for one in (MARK, NOTE)]
        self.catalog = Catalog(source.path, columns, makers=makers)
        self.by_label = labels_of(columns)
        self._lock = threading.Lock()
        self._summaries: dict[str, float | None] = {}

    def _attach(self, path: Path) -> dict[str, Any]:
        """Look into the file at ``path`` from here, and at no other; what it says of itself."""
        run = self.database.execute
        run(f"SET memory_limit = '{MEMORY}'")
        run("SET enable_progress_bar = false")
        run("SET temp_directory = ?", [self._spilled.name])
        place = str(path).replace("'", "''")
        run(f"ATTACH '{place}' AS saved (READ_ONLY)")
        for name in ("row", "text", "rejected"):
            run(f"CREATE VIEW {name} AS SELECT * FROM saved.{name}")
        for scale in SCALES.values():  # an expression names the type it compares with
            if scale.ordered:
                labels = ", ".join(f"'{one}'" for one in scale.labels)
                run(f"CREATE TYPE {scale.type} AS ENUM ({labels})")
        run(f"CREATE TABLE marks (n BIGINT PRIMARY KEY, {MARK} VARCHAR, {NOTE} VARCHAR)")
        found = run("SELECT document FROM saved.about").fetchone()
        run("SET enable_external_access = false")
        run("SET python_enable_replacements = false")
        run("SET lock_configuration = true")
        assert found is not None
        about: dict[str, Any] = msgspec.json.decode(found[0])
        return about

    @property
    def rows(self) -> int:
        """Records in it."""
        return int(self.about["rows"])

    @property
    def rejected(self) -> int:
        """Rejections in it."""
        return int(self.about["rejected"])

    @property
    def notes(self) -> list[str]:
        """What a reader should know of the columns."""
        return list(self.about["notes"])

    def note(self, text: str) -> None:
        """Nothing: a page shows no such remark."""

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of the answer; ``values`` stand for ``?``.

        Raises:
            UsageError, StorageError: see ``database_errors``.
        """
        with self.asking() as cursor:
            return cursor.execute(sql, list(values)).fetchall()

    @contextmanager
    def asking(self) -> Iterator[Database]:
        """A cursor for one thread, with DuckDB's refusals in the house's words.

        Raises:
            UsageError, StorageError: see ``database_errors``.
        """
        cursor = self.database.cursor()
        try:
            with database_errors():
                yield cursor
        except UsageError as error:
            raise self.in_their_words(error) from error
        finally:
            cursor.close()

    def warm(self) -> None:
        """Read what a search reads, beside everything else: then the first is as fast as the next."""
        self._warming = Warming(self.database.cursor())

    def condition(self, text: str) -> str:
        """``magpie select``'s ``--where`` as SQL over this index.

        Raises:
            UsageError: it is no such expression, or names what is not there.
        """
        with self._lock:  # one parser, one connection
            return self._sql(self._parser.parse(text))

    def set_marks(self, marks: dict[int, Marking]) -> None:
        """Take the place of all marks; by ``n``."""
        with self.asking() as cursor:
            cursor.execute("DELETE FROM marks")
            if marks:
                cursor.executemany(
                    "INSERT INTO marks VALUES (?, ?, ?)",
                    [[n, mark, note] for n, (mark, note) in marks.items()],
                )

    def set_mark(self, n: int, marking: Marking) -> None:
        """Say something else of one record; two at once would be a conflict of DuckDB's."""
        with self._marking, self.asking() as cursor:
            cursor.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", [n, *marking])

    def close(self) -> None:
        """Close the database; twice is once."""
        if self._warming is not None:
            self._warming.stop()
        with suppress(Exception):
            self.database.close()
            self._parsing.close()
        self._spilled.cleanup()

    def in_their_words(self, error: UsageError) -> UsageError:
        """``error`` with columns by their own names."""
        names = {one.sql: one.name for one in self.catalog.columns if one.sql}
        message = error.message
        for sql in sorted(names, key=len, reverse=True):
            if sql.startswith(("own_", "set_", "size_")):
                message = message.replace(sql, names[sql])
        return UsageError(message, hint=error.hint)

    def _sql(self, expression: Expression) -> str:
        return self._parser.sql(with_summaries(self.bound(expression.node), self._summary))

    def _summary(self, node: Node) -> float | None:
        """The number that an aggregate over all records gives."""
        sql = self._parser.sql(node)
        if sql not in self._summaries:
            self._summaries[sql] = self.query(
                f"SELECT ({sql})::DOUBLE FROM {self.tables(sql)} LIMIT 1"
            )[0][0]
        return self._summaries[sql]

    def tables(self, sql: str) -> str:
        """What has to be joined so that ``sql`` can be asked; by the names that stand in it."""
        joined = "row"
        if "instruction" in sql or "response" in sql:
            joined += " JOIN text USING (n)"
        if MARK in sql:
            joined += " LEFT JOIN marks USING (n)"
        return joined


def _column(said: dict[str, Any]) -> Column:
    scale = SCALES[said["name"].lower()] if said["scale"] else None
    return Column(said["name"], said["owner"], said["sql"], said["kind"], scale)
