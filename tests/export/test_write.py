"""An export is whole or not there, and in the order of the indexes."""

import errno
import io
import json
import os
import resource
import signal
from pathlib import Path

import pytest

from magpie_core.errors import StorageError, UsageError
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.parquet import ParquetExporter
from magpie_core.export.sharegpt import ShareGptExporter
from magpie_core.export.write import export, export_to_stream
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder


def record(index, text="r"):
    return Record(id=f"id-{index}", index=index, instruction="i", response=text)


@pytest.fixture
def run(tmp_path):
    with RunFolder.create(tmp_path / "run", {}) as run:
        for index in (4, 0, 2, 0, 7):
            run.append(record(index))
        yield run


def indexes(path):
    return [json.loads(line)["index"] for line in path.read_text().splitlines()]


def test_a_run_is_exported_by_index_each_once(run, tmp_path):
    out = tmp_path / "out.jsonl"
    assert export(run, JsonlExporter(), out) == 4
    assert indexes(out) == [0, 2, 4, 7]


@pytest.mark.parametrize(("limit", "expected"), [(0, []), (2, [0, 2]), (99, [0, 2, 4, 7])])
def test_limit_takes_the_lowest_indexes(run, tmp_path, limit, expected):
    assert export(run, JsonlExporter(), tmp_path / "out", limit=limit) == len(expected)
    assert indexes(tmp_path / "out") == expected


def test_limit_reads_no_further_than_it_must(tmp_path):
    source = iter([record(i) for i in range(5)])
    export(source, JsonlExporter(), tmp_path / "out", limit=2)
    assert next(source).index == 2


def test_a_negative_limit_is_refused(run, tmp_path):
    with pytest.raises(UsageError, match="`-1`"):
        export(run, JsonlExporter(), tmp_path / "out", limit=-1)


def test_a_json_name_survives_the_temporary_file(run, tmp_path):
    export(run, ShareGptExporter(), tmp_path / "out.json")
    assert len(json.loads((tmp_path / "out.json").read_text())) == 4


def test_missing_folders_are_made(run, tmp_path):
    export(run, JsonlExporter(), tmp_path / "a" / "b" / "out.jsonl")
    assert (tmp_path / "a" / "b" / "out.jsonl").exists()


def test_an_existing_file_is_replaced_only_when_asked(run, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    with pytest.raises(UsageError, match="exists") as caught:
        export(run, JsonlExporter(), out)
    assert "--overwrite" in caught.value.hint
    assert out.read_text() == "mine"
    assert export(run, JsonlExporter(), out, overwrite=True) == 4


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    out = tmp_path / "out.jsonl"

    def records():
        yield record(0)
        out.write_text("mine")

    with pytest.raises(UsageError, match="exists"):
        export(records(), JsonlExporter(), out)
    assert out.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


def test_what_is_no_file_is_never_replaced(run, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for out in (tmp_path / "pipe", tmp_path / "link", Path("/dev/null")):
        with pytest.raises(UsageError, match="is a device or a pipe") as caught:
            export(run, JsonlExporter(), out, overwrite=True)
        assert "--out -" in caught.value.hint
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()


def test_a_link_stays_and_its_file_is_replaced_when_asked(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file.jsonl").write_text("mine")
    out = tmp_path / "link.jsonl"
    out.symlink_to(Path("data", "file.jsonl"))
    with pytest.raises(UsageError, match="exists"):
        export(run, JsonlExporter(), out)
    assert export(run, JsonlExporter(), out, overwrite=True) == 4
    assert out.is_symlink()
    assert indexes(tmp_path / "data" / "file.jsonl") == [0, 2, 4, 7]


def test_a_link_to_nothing_is_refused(run, tmp_path):
    out = tmp_path / "link"
    out.symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match="link to nothing"):
        export(run, JsonlExporter(), out, overwrite=True)
    out.unlink()
    out.symlink_to(out)
    with pytest.raises(StorageError, match="too many levels"):
        export(run, JsonlExporter(), out, overwrite=True)


@pytest.mark.parametrize(
    "name", ["records/x.jsonl", "rejects/deep/x.jsonl", "failures/x", "run.toml", ".magpie.lock"]
)
def test_the_runs_own_files_are_refused(run, tmp_path, name):
    (tmp_path / "link").symlink_to(run.path / name)
    (run.path / ".magpie.lock").touch()
    before = sorted(run.path.rglob("*"))
    for out in (run.path / name, run.path / "exports" / ".." / name):
        with pytest.raises(UsageError, match="belongs to the run itself") as caught:
            export(run, JsonlExporter(), out, overwrite=True)
        assert "exports" in caught.value.hint
    with pytest.raises(UsageError):
        export(run, JsonlExporter(), tmp_path / "link", overwrite=True)
    assert sorted(run.path.rglob("*")) == before
    assert export(run, JsonlExporter(), run.path / "exports" / "x.jsonl") == 4


def test_a_run_without_records_writes_nothing(tmp_path):
    with RunFolder.create(tmp_path / "run", {}) as empty:
        with pytest.raises(UsageError, match="no records to export"):
            export(empty, JsonlExporter(), tmp_path / "folder" / "out")
        with pytest.raises(UsageError, match="no records to export"):
            export_to_stream(empty, JsonlExporter(), io.BytesIO())
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize(("limit", "told"), [(1, [3]), (4, []), (99, []), (None, [])])
def test_what_is_left_out_is_counted(run, tmp_path, limit, told):
    counts = []
    export(run, JsonlExporter(), tmp_path / "out", limit=limit, left_out=counts.append)
    export_to_stream(run, JsonlExporter(), io.BytesIO(), limit=limit, left_out=counts.append)
    assert counts == told * 2


def test_a_stream_gets_what_a_file_gets(run, tmp_path):
    stream = io.BytesIO()
    assert export_to_stream(run, JsonlExporter(), stream, limit=3) == 3
    export(run, JsonlExporter(), tmp_path / "out", limit=3)
    assert stream.getvalue() == (tmp_path / "out").read_bytes()


def test_a_stream_gets_nothing_when_the_export_breaks():
    def breaks():
        yield record(0)
        raise KeyboardInterrupt

    stream = io.BytesIO()
    with pytest.raises(KeyboardInterrupt):
        export_to_stream(breaks(), JsonlExporter(), stream)
    assert stream.getvalue() == b""


def test_a_folder_is_never_replaced(run, tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        export(run, JsonlExporter(), tmp_path, overwrite=True)


def test_a_file_in_the_way_of_the_folder(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is not a folder"):
        export(run, JsonlExporter(), tmp_path / "file" / "out.jsonl")


@pytest.mark.parametrize("exporter", [JsonlExporter, ParquetExporter])
def test_what_is_there_stays_when_the_export_breaks(tmp_path, exporter):
    out = tmp_path / "out"
    out.write_text("mine")

    def breaks():
        yield record(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(breaks(), exporter(), out, overwrite=True)
    assert out.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [out]


@pytest.fixture
def small_files():
    """Files may not grow past 64 KiB, as a stand-in for a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("exporter", [JsonlExporter, ParquetExporter])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, small_files, exporter):
    records = (record(i, os.urandom(2000).hex()) for i in range(100))
    with pytest.raises(StorageError) as caught:
        export(records, exporter(), tmp_path / "out")
    assert f"`{tmp_path / 'out'}`: file too large" in caught.value.message
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_parquet_too_says_when_only_its_own_file_is_refused(tmp_path, monkeypatch):
    """The spool fits, the file does not: pyarrow's error must keep the system's reason."""
    import pyarrow.parquet as pq

    def refuse(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", refuse)
    with pytest.raises(StorageError, match="no space left on device"):
        export([record(0)], ParquetExporter(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_said_before_the_rows_are_read(tmp_path):
    with pytest.raises(StorageError, match="too long"):
        export(iter(()), JsonlExporter(), tmp_path / ("x" * 300))
