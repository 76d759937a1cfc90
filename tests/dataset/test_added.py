"""Columns that steps added, joined to records when they are written: none lost, none taken for another."""

import json
import sqlite3

import pytest

from magpie_core.dataset.added import AddedColumns
from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.errors import StorageError
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.sharegpt import ShareGptExporter
from magpie_core.export.write import export
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder


@pytest.fixture
def run(tmp_path):
    with RunFolder.create(tmp_path / "run", {"key": "abc"}) as run:
        for index in range(4):
            extra = {"gate": index} if index == 2 else {}
            run.append(
                Record(id=f"abc-{index}", index=index, instruction="i", response="r", extra=extra)
            )
    return tmp_path / "run"


def add(path, name, **columns):
    with open_source(path) as source, Columns(source, name, {}) as open_columns:
        for id, values in columns.items():
            open_columns.add(id.replace("_", "-"), values)


def exported(run, tmp_path, exporter=JsonlExporter):
    with RunFolder.open(run, write=False) as folder:
        export(folder, exporter(), tmp_path / "out.jsonl", overwrite=True)
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def test_an_export_has_what_was_added(run, tmp_path):
    add(run, "tags/quality", abc_1={"input_quality": "good"}, abc_0={"input_quality": None})
    add(run, "neighbours/minilm", abc_1={"repeat_count": 3}, abc_9={"repeat_count": 1})
    rows = exported(run, tmp_path)
    assert [(row.get("input_quality", "-"), row.get("repeat_count")) for row in rows] == [
        (None, None),
        ("good", 3),
        ("-", None),
        ("-", None),
    ]
    assert all(
        row.keys() == {"id", "conversations"} for row in exported(run, tmp_path, ShareGptExporter)
    )


def test_names_that_several_have_say_whose_they_are(run, tmp_path):
    """As `magpie select` writes them: one name in every row, also where only one record has the other."""
    add(run, "tags/a", abc_0={"gate": 1, "x": 1, "run": "mine"})
    add(run, "tags/b", abc_0={"x": 2, "only": 3})
    rows = exported(run, tmp_path)
    assert {k: rows[0][k] for k in ("a.gate", "a.x", "b.x", "only", "a.run")} == {
        "a.gate": 1,
        "a.x": 1,
        "b.x": 2,
        "only": 3,
        "a.run": "mine",
    }
    assert "gate" not in rows[0]
    assert rows[2]["gate"] == 2


def test_a_line_that_cannot_be_read_is_named_and_the_rest_used(run, tmp_path):
    add(run, "tags/a", abc_0={"x": 1}, abc_1={"x": 2})
    part = run / "tags" / "a" / "part-00000.jsonl"
    part.write_bytes(b"{corrupt\n" + part.read_bytes().split(b"\n", 1)[1])
    damage = []
    with RunFolder.open(run, write=False) as folder:
        folder.on_damage = lambda path, row, reason: damage.append((path, row))
        export(folder, JsonlExporter(), tmp_path / "out.jsonl")
    assert damage == [(part, 1)]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row.get("x") for row in rows] == [None, 2, None, None]


def test_damaged_records_are_named_once_beside_columns(run, tmp_path):
    add(run, "tags/a", abc_0={"x": 1})
    part = run / "records" / "part-00000.jsonl"
    lines = part.read_bytes().split(b"\n")
    part.write_bytes(b"\n".join([lines[0], b"{corrupt", *lines[2:]]))
    damage = []
    with RunFolder.open(run, write=False) as folder:
        folder.on_damage = lambda path, row, reason: damage.append(row)
        assert export(folder, JsonlExporter(), tmp_path / "out.jsonl") == 3
    assert damage == [2]


def test_nothing_is_opened_where_nothing_was_added(run, monkeypatch):
    monkeypatch.setattr(sqlite3, "connect", None)
    with open_source(run) as source, AddedColumns(source.place, source.records) as added:
        records = list(source.records())
        assert [added.with_them(one) for one in records] == records


def test_a_full_temporary_folder_is_said(run, monkeypatch):
    add(run, "tags/a", abc_0={"x": 1})

    def refuse(*args):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", refuse)
    with open_source(run) as source, pytest.raises(StorageError, match="disk is full") as caught:
        AddedColumns(source.place, source.records)
    assert "TMPDIR" in caught.value.hint
