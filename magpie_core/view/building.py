"""Writes the index that a page asks: a table of columns, one of texts, one of rejections. Asks nothing.

``row``  one line a record: ``n`` from 0 in the source's order, id, sizes, the beginnings of its texts, its
         own columns and those of the sets beside it (``raw_0`` … hold what each set says, as it was written).
``text`` ``n``, the two texts, all turns in lower case to search in, and the rest of the record as JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magpie_core.dataset.columns import check_current, read_added
from magpie_core.dataset.conversation import conversation_of
from magpie_core.dataset.source import RunSource, Source
from magpie_core.export.columns import column_name
from magpie_core.record import Record
from magpie_core.run.encode import encode
from magpie_core.run.folder import RunFolder
from magpie_core.selection.catalog import OWN, Column
from magpie_core.selection.expression import SIZED
from magpie_core.selection.labelling import bring_to_scale
from magpie_core.selection.loading import CORE, PROVENANCE, TOLD_EVERY, Progress
from magpie_core.selection.sink import Sink
from magpie_core.view.facets import facets_of
from magpie_core.view.stock import lines, set_folders

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

HEAD = 240
"""Characters of a text that a list shows."""
TEXTS = ("instruction", "response")
COMMITTED = 100_000
"""Rows of texts in one transaction."""


def build(source: Source, database: Database, progress: Progress, signature: str) -> None:
    """Read everything into ``database``, which is empty and writable.

    Raises:
        UsageError: a set is of a file that was changed since.
        StorageError: something cannot be read, or the disk is full.
    """
    _Building(source, database, progress).carry_out(signature)


class _Building:
    def __init__(self, source: Source, database: Database, progress: Progress) -> None:
        self.source = source
        self.database = database
        self.progress = progress
        self.columns: list[Column] = []
        self.notes: list[str] = []
        self.sets: dict[str, str] = {}
        """The column that holds what a set says as JSON, by the set's name."""

    def carry_out(self, signature: str) -> None:
        self.database.execute("ATTACH ':memory:' AS staging")
        rows = self._records()
        folders = set_folders(self.source)
        for number, (name, folder) in enumerate(folders.items()):
            check_current(self.source, folder)
            self._set(number, name, folder)
        for column in self.columns:
            if note := bring_to_scale(self.database, _table(column, folders), column):
                self.notes.append(note)
        self.progress("putting columns together", 0, None)
        self._join(len(folders))
        document = {
            "signature": signature,
            "rows": rows,
            "rejected": self._rejections(),
            "sets": self.sets,
            "notes": self.notes,
            "columns": [
                {
                    "name": one.name,
                    "owner": one.owner,
                    "sql": one.sql,
                    "kind": one.kind,
                    "scale": one.scale is not None,
                }
                for one in self.columns
            ],
            "facets": facets_of(self.database, self.columns),
        }
        self.database.execute("CREATE TABLE about (document VARCHAR)")
        self.database.execute("INSERT INTO about VALUES (?)", [encode(document).decode()])

    def _records(self) -> int:
        fixed = {"n": "int", "id": "text", "size_0": "int", "size_1": "int"}
        fixed |= {"head_0": "text", "head_1": "text", "own_0": "int", "own_1": "text"}
        sink = Sink(self.database, "staging.own", fixed)
        slots = {"index": "own_0", "system": "own_1"}
        whole = {"n": "int", "instruction": "text", "response": "text"}
        # Trying out what compresses a text best takes longer than all the rest; this one is read fastest.
        self.database.execute("SET force_compression = 'fsst'")
        # Large transactions: a small batch would be written to a log first, and then once more.
        other = self.database.cursor().begin()
        texts = Sink(other, "text", {**whole, "searched": "text", "raw": "text"})
        total = None
        if isinstance(self.source, RunSource):
            total = lines(self.source.path / "records")
        for n, record in enumerate(self.source.records()):
            row: dict[str, Any] = {
                "n": n,
                "id": record.id,
                "size_0": len(record.response),
                "size_1": len(record.instruction),
                "head_0": record.instruction[:HEAD],
                "head_1": record.response[:HEAD],
                "own_0": record.index,
                "own_1": record.system,
            }
            for name in PROVENANCE if record.provenance is not None else ():
                row[_slot(slots, name)] = getattr(record.provenance, name)
            for key, value in record.extra.items():
                row[_slot(slots, column_name(key))] = value
            sink.add(row, 600)
            text = _text_row(n, record)
            texts.add(text, 3 * (row["size_0"] + row["size_1"]))
            if n % TOLD_EVERY == 0:
                self.progress("reading records", n, total)
            if n % COMMITTED == COMMITTED - 1:  # what is not committed stays in memory
                texts.flush()
                other.commit().begin()
        sink.flush()
        texts.flush()
        other.commit()
        self.database.execute("CHECKPOINT")
        self.database.execute("SET force_compression = 'auto'")
        self.columns.append(Column("id", OWN, "id", "text"))
        self.columns += [Column(name, OWN, name, "text") for name in TEXTS]
        self.columns += [self._found(name, OWN, sql, sink) for name, sql in sorted(slots.items())]
        missing = {*CORE, *PROVENANCE} - {one.name for one in self.columns}
        self.columns += [Column(name, OWN) for name in sorted(missing)]
        self.columns += [
            Column(name, OWN, f"size_{number}", "int") for number, name in enumerate(SIZED.values())
        ]
        return sink.rows

    def _set(self, number: int, owner: str, folder: Path) -> None:
        raw = f"raw_{number}"
        sink = Sink(self.database, f"staging.set_{number}", {"id": "text", raw: "text"})
        slots: dict[str, str] = {}
        total = lines(folder)
        for one in read_added(folder, self.source.on_damage):
            said = encode(one.columns).decode()
            row: dict[str, Any] = {"id": one.id, raw: said}
            for key, value in one.columns.items():
                if key not in slots:
                    slots[key] = f"set_{number}_{len(slots)}"
                row[slots[key]] = value
            sink.add(row, 2 * len(said) + 100)
            if sink.rows % TOLD_EVERY == 0:
                self.progress(f"reading {owner}", sink.rows, total)
        sink.flush()
        self.sets[owner] = raw
        self.columns += [self._found(name, owner, sql, sink) for name, sql in slots.items()]

    def _found(self, name: str, owner: str, sql: str, sink: Sink) -> Column:
        kind = sink.kinds.get(sql, "null")
        if kind == "mixed":
            self.notes.append(
                f"`{name}` of {owner} holds values of different kinds: compared as text"
            )
        return Column(name, owner, sql if sql in sink.kinds else "", kind)

    def _join(self, sets: int) -> None:
        selected = "".join(f", set_{at}.* EXCLUDE (id)" for at in range(sets))
        joins = " ".join(
            f"LEFT JOIN staging.set_{at} AS set_{at} ON set_{at}.id = own.id" for at in range(sets)
        )
        self.database.execute(
            f"CREATE TABLE row AS SELECT own.*{selected} FROM staging.own AS own {joins} ORDER BY own.n"
        )
        self.database.execute("DETACH staging")

    def _rejections(self) -> int:
        fixed = {"n": "int", "place": "int", "step": "text", "reason": "text", "judge": "text"}
        fixed |= {"text": "text", "instruction": "text"}
        sink = Sink(self.database, "rejected", fixed)
        if isinstance(self.source, RunSource):
            with RunFolder.open(self.source.path, write=False) as folder:
                folder.on_damage = self.source.on_damage
                for n, one in enumerate(folder.rejections_in_order()):
                    row: dict[str, Any] = {
                        "n": n,
                        "place": one.index,
                        "step": one.step,
                        "reason": one.reason,
                    }
                    row |= {"judge": one.filter, "text": one.text, "instruction": one.instruction}
                    sink.add(row, len(one.text))
                    if n % TOLD_EVERY == 0:
                        self.progress("reading what was rejected", n, None)
        sink.flush()
        return sink.rows


def _slot(slots: dict[str, str], name: str) -> str:
    if name not in slots:
        slots[name] = f"own_{len(slots)}"
    return slots[name]


def _table(column: Column, folders: dict[str, Path]) -> str:
    names = list(folders)
    return "staging.own" if column.owner == OWN else f"staging.set_{names.index(column.owner)}"


def _text_row(n: int, record: Record) -> dict[str, Any]:
    said = "\n".join(turn.content for turn in conversation_of(record))
    rest = {"system": record.system, "extra": record.extra, "provenance": record.provenance}
    return {
        "n": n,
        "instruction": record.instruction,
        "response": record.response,
        "searched": said.lower(),
        "raw": encode(rest).decode(),
    }
