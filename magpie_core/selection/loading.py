"""Reads a source and every set of columns beside it into tables of DuckDB, and joins them. Asks nothing.

Only the columns that somebody will ask for are loaded, and what is too much for memory goes to a temporary
folder, so memory stays bounded whatever the source's size. A set's columns wait beside them as JSON, so what
is written later is what the tagger said.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magpie_core.dataset.columns import current_folders, read_added
from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import UsageError
from magpie_core.export.columns import column_name
from magpie_core.run.encode import encode
from magpie_core.selection.catalog import ALIASES, OWN, Column
from magpie_core.selection.expression import SIZED, Name
from magpie_core.selection.labelling import bring_to_scale
from magpie_core.selection.sink import Sink

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

TOLD_EVERY = 2_000
CORE = ("id", "index", "instruction", "response", "system")
PROVENANCE = ("run", "instruction_tokens", "response_tokens", "response_finish")
"""What of a record's provenance can be asked for; its seed needs 64 bits without a sign."""

Progress = Callable[[str, int, int | None], None]
"""Told what is being read or written, how many so far, and of how many (None: unknown)."""


@dataclass
class Loaded:
    """What was read. The table ``records``, one for each set, and the view ``joined`` over all of them."""

    rows: int = 0
    """Records."""
    columns: list[Column] = field(default_factory=list)
    sets: dict[str, str] = field(default_factory=dict)
    """The table of each set, by the set's name (``tags/quality``)."""
    names: dict[str, set[str]] = field(default_factory=dict)
    """Names of all columns by who has them: a set, or ``OWN``."""
    notes: list[str] = field(default_factory=list)
    """What a user should know of the columns: different kinds of values, labels that are no one's."""


def load(
    source: Source, database: Database, wanted: Iterable[Name], progress: Progress, *, keep: bool
) -> Loaded:
    """Read everything, and close the database to the world outside.

    Args:
        source: where from.
        database: where to; empty.
        wanted: columns that will be asked for.
        progress: told how far it is.
        keep: whether the sets' columns will be written, and must be kept for it.

    Raises:
        UsageError: the source holds no record, or a set is of a file that was changed since.
        StorageError: something cannot be read.
    """
    names = {one[-1].lower() for one in wanted}
    names |= {ALIASES[one] for one in names & set(ALIASES)}
    return _Loading(source, database, names, progress, keep=keep).carry_out()


class _Loading:
    def __init__(
        self,
        source: Source,
        database: Database,
        names: set[str],
        progress: Progress,
        *,
        keep: bool,
    ) -> None:
        self.source = source
        self.database = database
        self.names = names
        self.progress = progress
        self.keep = keep
        self.loaded = Loaded()

    def carry_out(self) -> Loaded:
        folders = current_folders(self.source)
        self._records()
        for number, (name, folder) in enumerate(folders.items()):
            self._set(f"set_{number}", name, folder)
        for column in self.loaded.columns:
            table = self.loaded.sets.get(column.owner, "records")
            if note := bring_to_scale(self.database, table, column):
                self.loaded.notes.append(note)
        self._join()
        return self.loaded

    def _records(self) -> None:
        fixed = {"pos": "int", "id": "text", "size_0": "int", "size_1": "int"}
        sink = Sink(self.database, "records", fixed)
        slots: dict[str, str] = {"id": "id"}
        seen: set[str] = set()

        def slot(name: str) -> str | None:
            if name not in slots:
                seen.add(name)
                slots[name] = f"own_{len(slots)}" if name.lower() in self.names else ""
            return slots[name]

        provenance = [one for one in PROVENANCE if one in self.names]
        core = [one for one in CORE[1:] if one in self.names]
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
                self.progress("reading records", sink.rows, None)
        sink.flush()
        self.progress("reading records", sink.rows, None)
        if not sink.rows:
            run = isinstance(self.source, RunSource)
            path = shlex.quote(str(self.source.path))
            raise UsageError(
                f"`{self.source.path}` holds no record",
                hint=f"see what was rejected: magpie show {path} --rejected" if run else None,
            )
        seen |= {*CORE, *PROVENANCE}
        self.loaded.rows = sink.rows
        self.loaded.names[OWN] = seen
        self.loaded.columns += [
            self._found(one, OWN, slots.get(one, ""), sink) for one in sorted(seen)
        ]
        self.loaded.columns += [
            Column(name, OWN, f"size_{number}", "int") for number, name in enumerate(SIZED.values())
        ]

    def _set(self, table: str, owner: str, folder: Path) -> None:
        sink = Sink(self.database, table, {"id": "text", "raw": "text"})
        slots: dict[str, str] = {}
        asked: list[tuple[str, str]] = []
        for one in read_added(folder, self.source.on_damage):
            row: dict[str, Any] = {"id": one.id}
            if not one.columns.keys() <= slots.keys():
                for key in [new for new in one.columns if new not in slots]:
                    slots[key] = f"{table}_{len(slots)}" if key.lower() in self.names else ""
                asked = [(key, held) for key, held in slots.items() if held]
            for key, held in asked:
                row[held] = one.columns.get(key)
            size = 100
            if self.keep:
                row["raw"] = raw = encode(one.columns).decode()
                size = len(raw)
            sink.add(row, size)
            if sink.rows % TOLD_EVERY == 0:
                self.progress(f"reading {owner}", sink.rows, None)
        sink.flush()
        self.progress(f"reading {owner}", sink.rows, None)
        self.loaded.sets[owner] = table
        self.loaded.names[owner] = set(slots)
        self.loaded.columns += [
            self._found(name, owner, held, sink) for name, held in slots.items()
        ]

    def _found(self, name: str, owner: str, sql: str, sink: Sink) -> Column:
        kind = sink.kinds.get(sql, "null")
        if kind == "mixed":
            self.loaded.notes.append(
                f"`{name}` of {owner} holds values of different kinds: compared as text"
            )
        if sql and sql not in sink.kinds:  # asked for, but no row had a value
            self.database.execute(f"ALTER TABLE {sink.table} ADD COLUMN {sql} VARCHAR")
        return Column(name, owner, sql, kind)

    def _join(self) -> None:
        columns, sets = self.loaded.columns, self.loaded.sets
        asked = {one.owner for one in columns if one.sql}
        joins = [
            f"LEFT JOIN {table} ON {table}.id = records.id"
            for owner, table in sets.items()
            if owner in asked
        ]
        selected = [
            f"{sets.get(one.owner, 'records')}.{one.sql}"
            for one in columns
            if one.sql and one.sql not in ("id", "pos")
        ]
        selected = ["records.pos", "records.id", *dict.fromkeys(selected)]
        self.database.execute(
            f"CREATE VIEW joined AS SELECT {', '.join(selected)} FROM records {' '.join(joins)}"
        )
        self.database.execute("SET enable_external_access = false")
        self.database.execute("SET python_enable_replacements = false")
        self.database.execute("SET lock_configuration = true")
