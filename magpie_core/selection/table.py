"""The records of a source and every set of columns beside it, as one table in DuckDB. Chooses nothing.

Only the columns that somebody asks for are loaded, and what is too much for memory goes to a temporary
folder, so memory stays bounded whatever the source's size; the records themselves are
read from the source once more when they are written. A set's columns wait beside them as JSON, so what is
written is what the tagger said.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec.structs import replace

from magpie_core.dataset.columns import column_folders, read_added
from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.export.columns import column_name
from magpie_core.plugins import nearest
from magpie_core.record import Record
from magpie_core.run.encode import encode
from magpie_core.selection.catalog import ALIASES, OWN, Catalog, Column
from magpie_core.selection.database import database_errors, open_database
from magpie_core.selection.expression import (
    SIZED,
    Name,
    Node,
    cast,
    constant,
    named,
    nothing,
    rewritten,
    with_sizes,
)
from magpie_core.selection.labelling import bring_to_scale
from magpie_core.selection.sink import Sink

TOLD_EVERY = 2_000
STREAMED = 8_192
"""Rows of an answer in memory at a time."""
CORE = ("id", "index", "instruction", "response", "system")
PROVENANCE = ("run", "instruction_tokens", "response_tokens", "response_finish")
"""What of a record's provenance can be asked for; its seed needs 64 bits without a sign."""

_OURS = re.compile(r"\b(?:own_\d+|set_\d+_\d+|size_\d)\b")
"""Names of columns that nobody gave."""

Progress = Callable[[str, int, int | None], None]
"""Told what is being read or written, how many so far, and of how many (None: unknown)."""


class Table:
    """A source's records, to be asked; a context manager that frees the temporary folder."""

    def __init__(self, source: Source, progress: Progress | None = None) -> None:
        """Open an empty database.

        Raises:
            MissingEngineError: duckdb or pyarrow is not installed.
        """
        self.source = source
        self.database, self._folder = open_database()
        self.rows = 0
        """Records that were read."""
        self.notes: list[str] = []
        """What a user should know of the columns: different kinds of values, labels that are no one's."""
        self._progress = progress or (lambda what, count, total: None)
        self._sets: dict[str, str] = {}
        self._names: dict[str, set[str]] = {}
        self._columns: list[Column] = []
        self.catalog = Catalog(source.path, [])

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
        names = {one[-1].lower() for one in wanted}
        names |= {ALIASES[one] for one in names & set(ALIASES)}
        with database_errors():
            self._load_records(names)
            for number, (name, folder) in enumerate(column_folders(self.source.place).items()):
                self._load_set(f"set_{number}", name, folder, names, keep=keep)
            self._bring_to_scales()
            self._join()
        self.catalog = Catalog(self.source.path, self._columns, prefer=prefer, makers=makers)

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
            names = {one.sql: one.name for one in self._columns}
            message = _OURS.sub(lambda found: names.get(found[0], found[0]), error.message)
            raise UsageError(message, hint=error.hint) from error

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
        names = self._names_when_written()
        picked = self._picked(chosen)
        place = next(picked, None)
        for count, record in enumerate(self.source.records()):
            if count % TOLD_EVERY == 0:
                self._progress("writing", count, self.rows)
            if place is None:
                return
            if record.index != place[0]:
                continue
            added = {
                names[owner, key]: value
                for owner, raw in zip(self._sets, place[1:], strict=True)
                if raw is not None
                for key, value in msgspec.json.decode(raw).items()
            }
            yield replace(record, extra={**record.extra, **added}) if added else record
            place = next(picked, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and remove it."""
        self.database.close()
        self._folder.cleanup()

    def _load_records(self, names: set[str]) -> None:
        fixed = {"pos": "int", "id": "text", "size_0": "int", "size_1": "int"}
        sink = Sink(self.database, "records", fixed)
        slots: dict[str, str] = {"id": "id"}
        seen: set[str] = set()

        def slot(name: str) -> str | None:
            if name not in slots:
                seen.add(name)
                slots[name] = f"own_{len(slots)}" if name.lower() in names else ""
            return slots[name]

        provenance = [one for one in PROVENANCE if one in names]
        core = [one for one in CORE[1:] if one in names]
        for record in self.source.records():
            row: dict[str, Any] = {
                "pos": record.index,
                "id": record.id,
                "size_0": len(record.response),
                "size_1": len(record.instruction),
            }
            for name in core:
                row[slot(name) or name] = getattr(record, name)
            for name in provenance:
                row[slot(name) or name] = getattr(record.provenance, name, None)
            for key, value in record.extra.items():
                if held := slot(column_name(key)):
                    row[held] = value
            sink.add(row, row["size_0"] + row["size_1"])
            if sink.rows % TOLD_EVERY == 0:
                self._progress("reading records", sink.rows, None)
        sink.flush()
        self._progress("reading records", sink.rows, None)
        self.rows = sink.rows
        if not sink.rows:
            path = shlex.quote(str(self.source.path))
            raise UsageError(
                f"`{self.source.path}` holds no record",
                hint=f"see what is there: magpie status {path}",
            )
        seen |= {*CORE, *PROVENANCE}
        self._names[OWN] = seen
        self._columns = [self._found(one, OWN, slots.get(one, ""), sink) for one in sorted(seen)]
        self._columns += [
            Column(name, OWN, f"size_{number}", "int") for number, name in enumerate(SIZED.values())
        ]

    def _load_set(
        self, table: str, owner: str, folder: Path, names: set[str], *, keep: bool
    ) -> None:
        sink = Sink(self.database, table, {"id": "text", "raw": "text"})
        slots: dict[str, str] = {}
        asked: list[tuple[str, str]] = []
        for one in read_added(folder, self.source.on_damage):
            row: dict[str, Any] = {"id": one.id}
            if not one.columns.keys() <= slots.keys():
                for key in [new for new in one.columns if new not in slots]:
                    slots[key] = f"{table}_{len(slots)}" if key.lower() in names else ""
                asked = [(key, held) for key, held in slots.items() if held]
            for key, held in asked:
                row[held] = one.columns.get(key)
            size = 100
            if keep:
                row["raw"] = raw = encode(one.columns).decode()
                size = len(raw)
            sink.add(row, size)
            if sink.rows % TOLD_EVERY == 0:
                self._progress(f"reading {owner}", sink.rows, None)
        sink.flush()
        self._progress(f"reading {owner}", sink.rows, None)
        self._sets[owner] = table
        self._names[owner] = set(slots)
        self._columns += [self._found(name, owner, held, sink) for name, held in slots.items()]

    def _found(self, name: str, owner: str, sql: str, sink: Sink) -> Column:
        kind = sink.kinds.get(sql, "null")
        if kind == "mixed":
            self.notes.append(
                f"`{name}` of {owner} holds values of different kinds: compared as text"
            )
        if sql and sql not in sink.kinds:  # asked for, but no row had a value
            self.database.execute(f"ALTER TABLE {sink.table} ADD COLUMN {sql} VARCHAR")
        return Column(name, owner, sql, kind)

    def _bring_to_scales(self) -> None:
        for column in self._columns:
            table = self._sets.get(column.owner, "records")
            if note := bring_to_scale(self.database, table, column):
                self.notes.append(note)

    def _join(self) -> None:
        asked = {one.owner for one in self._columns if one.sql}
        joins = [
            f"LEFT JOIN {table} ON {table}.id = records.id"
            for owner, table in self._sets.items()
            if owner in asked
        ]
        columns = [
            f"{self._sets.get(one.owner, 'records')}.{one.sql}"
            for one in self._columns
            if one.sql and one.sql not in ("id", "pos")
        ]
        columns = ["records.pos", "records.id", *dict.fromkeys(columns)]
        self.database.execute(
            f"CREATE VIEW joined AS SELECT {', '.join(columns)} FROM records {' '.join(joins)}"
        )
        self.database.execute("SET enable_external_access = false")
        self.database.execute("SET python_enable_replacements = false")
        self.database.execute("SET lock_configuration = true")

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
        raws = "".join(f", {table}.raw" for table in self._sets.values())
        joins = " ".join(
            f"LEFT JOIN {table} ON {table}.id = records.id" for table in self._sets.values()
        )
        sql = (
            f"SELECT records.pos{raws} FROM {chosen} JOIN records USING (pos) {joins} "
            "ORDER BY records.pos"
        )
        return self.stream(sql)

    def _names_when_written(self) -> dict[tuple[str, str], str]:
        holders: dict[str, int] = {}
        for names in self._names.values():
            for name in names:
                holders[name] = holders.get(name, 0) + 1
        return {
            (owner, name): f"{owner.rpartition('/')[2]}.{name}" if holders[name] > 1 else name
            for owner in self._sets
            for name in self._names[owner]
        }
