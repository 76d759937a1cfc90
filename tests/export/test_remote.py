"""Exports to URLs: whole or not there, with clear errors, and without keys. Several files likewise."""

from __future__ import annotations

import json

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from magpie_core.errors import MissingEngineError, StorageError, UsageError
from magpie_core.export.jsonl import JsonlExporter
from magpie_core.export.parquet import ParquetExporter
from magpie_core.export.place import number_of, numbered
from magpie_core.export.write import export
from magpie_core.record import Record

URL = "memory://bucket/data.jsonl"


class Shelf(MemoryFileSystem):
    """Not one of the stores that show a file when it is complete; what comes to it can be made to fail."""

    protocol = "shelf"
    store: dict = {}
    pseudo_dirs = [""]
    refusals: dict[str, Exception] = {}
    seen: list[str] = []

    @classmethod
    def _strip_protocol(cls, path):
        path = path.removeprefix("shelf://").strip("/")
        return f"/{path}" if path else ""

    def put_file(self, lpath, rpath, **kwargs):
        super().put_file(lpath, rpath, **kwargs)
        self.seen.append(rpath)
        if error := self.refusals.get(rpath.rpartition("/")[2][-10:]):
            raise error

    def exists(self, path, **kwargs):
        if error := self.refusals.get("exists"):
            raise error
        return super().exists(path, **kwargs)


@pytest.fixture(autouse=True)
def stores():
    fsspec.register_implementation("shelf", Shelf, clobber=True)
    for kind in (MemoryFileSystem, Shelf):
        kind.store.clear()
        kind.pseudo_dirs[:] = [""]
    Shelf.refusals.clear()
    Shelf.seen.clear()
    yield
    MemoryFileSystem.store.clear()


def records(count=5, **extra):
    return [
        Record(id=f"id-{i}", index=i, instruction="i", response="r", extra=extra)
        for i in range(count)
    ]


def there(kind=MemoryFileSystem):
    return sorted(kind.store)


def rows(path, kind=MemoryFileSystem):
    return [json.loads(line)["index"] for line in kind.store[path].getvalue().splitlines()]


@pytest.mark.parametrize(
    ("url", "kind"), [(URL, MemoryFileSystem), ("shelf://bucket/data.jsonl", Shelf)]
)
def test_a_url_gets_the_file_and_nothing_else(url, kind):
    assert export(records(), JsonlExporter(), url) == 5
    assert there(kind) == ["/bucket/data.jsonl"]
    assert rows("/bucket/data.jsonl", kind) == [0, 1, 2, 3, 4]
    with pytest.raises(UsageError, match=r"`.*data.jsonl` exists"):
        export(records(2), JsonlExporter(), url)
    assert len(rows("/bucket/data.jsonl", kind)) == 5
    export(records(2), JsonlExporter(), url, overwrite=True)
    assert rows("/bucket/data.jsonl", kind) == [0, 1]
    assert there(kind) == ["/bucket/data.jsonl"]


def test_the_name_comes_when_all_is_there():
    export(records(), JsonlExporter(), "shelf://bucket/data.jsonl")
    (uploaded,) = Shelf.seen
    assert uploaded.startswith("/bucket/.magpie-")


def test_an_export_that_breaks_uploads_nothing():
    def breaks():
        yield from records(3)
        raise RuntimeError("in the middle")

    for size in (None, 5):
        with pytest.raises(RuntimeError, match="in the middle"):
            export(breaks(), JsonlExporter(), "shelf://bucket/data.jsonl", shard_rows=size)
    assert there(Shelf) == Shelf.seen == []


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (PermissionError("Access Denied"), "Access Denied", "environment"),
        (FileNotFoundError("The specified bucket does not exist"), "bucket", "make the bucket"),
        (OSError("the connection was reset\nby peer"), "connection was reset", "try again"),
        (type("NoCredentialsError", (Exception,), {})("Unable to locate"), "Unable", "environment"),
        (ValueError(), "ValueError", "try again"),
    ],
)
def test_what_a_store_refuses_is_said_and_leaves_nothing(error, said, hint):
    Shelf.refusals["data.jsonl"] = error
    with pytest.raises(StorageError, match=said) as caught:
        export(records(), JsonlExporter(), "shelf://bucket/data.jsonl")
    assert "`shelf://bucket/data.jsonl`" in caught.value.message
    assert "\n" not in caught.value.message
    assert hint in (caught.value.hint or "")
    assert there(Shelf) == []


def test_a_store_that_cannot_be_asked_is_found_before_the_rows_are_read():
    Shelf.refusals["exists"] = PermissionError("no")
    left = iter(records())
    with pytest.raises(StorageError, match="cannot look at"):
        export(left, JsonlExporter(), "shelf://bucket/data.jsonl")
    assert len(list(left)) == 5


def test_half_a_file_is_noticed(monkeypatch):
    def half(self, lpath, rpath, **kwargs):
        self.pipe_file(rpath, b"half")

    monkeypatch.setattr(Shelf, "put_file", half)
    with pytest.raises(StorageError, match=r"4 of .* bytes arrived"):
        export(records(), JsonlExporter(), "shelf://bucket/data.jsonl")


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIA:hush@bucket/data.jsonl",
        "s3://AKIA@bucket/data.jsonl",
        "sftp://me:hush@host/data.jsonl",
        "az://box/data.jsonl?sig=hush",
        "gs://bucket/data.jsonl?access_token=hush",
    ],
)
def test_keys_in_a_url_are_refused_and_not_repeated(url):
    with pytest.raises(UsageError, match="holds a key or a password") as caught:
        export(records(), JsonlExporter(), url)
    assert "hush" not in f"{caught.value.message}{caught.value.hint}"
    assert "environment" in (caught.value.hint or "")


@pytest.mark.parametrize("url", ["memory://", "memory:///", "memory://a/", "simplecache::s3://b/c"])
def test_a_url_that_names_no_file_is_refused(url):
    with pytest.raises(UsageError, match="names no file"):
        export(records(), JsonlExporter(), url)


def test_an_unknown_protocol_and_a_missing_package_are_named():
    with pytest.raises(UsageError, match="`memry://`") as unknown:
        export(records(), JsonlExporter(), "memry://bucket/data.jsonl")
    assert unknown.value.hint == "did you mean `memory://`?"
    fsspec.register_implementation("mist", "not_installed_anywhere.Mist", clobber=True)
    with pytest.raises(MissingEngineError, match="`mist://`") as missing:
        export(records(), JsonlExporter(), "mist://bucket/data.jsonl")
    assert missing.value.hint == "pip install not_installed_anywhere"


def test_a_file_url_is_a_file_here(tmp_path):
    out = tmp_path / "some folder" / "data.jsonl"
    assert export(records(), JsonlExporter(), f"file://{out}") == 5
    assert len(out.read_text().splitlines()) == 5
    assert [one.name for one in out.parent.iterdir()] == ["data.jsonl"]


def test_a_path_that_lost_a_slash_is_no_folder(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="looks like a URL"):
        export(records(), JsonlExporter(), Path("s3://bucket/data.jsonl"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_several_files_have_all_rows_in_order(tmp_path, elsewhere):
    out = URL if elsewhere else str(tmp_path / "data.jsonl")
    files = [f"data-0000{number}.jsonl" for number in range(3)]

    def found():
        if elsewhere:
            return {one.rpartition("/")[2]: rows(one) for one in there()}
        return {
            one.name: [json.loads(line)["index"] for line in one.read_text().splitlines()]
            for one in sorted(tmp_path.iterdir())
        }

    assert export(records(5), JsonlExporter(), out, shard_rows=2) == 5
    assert found() == dict(zip(files, [[0, 1], [2, 3], [4]], strict=True))
    with pytest.raises(UsageError, match=r"data-00000\.jsonl` exists"):
        export(records(5), JsonlExporter(), out, shard_rows=2)
    export(records(3), JsonlExporter(), out, shard_rows=2, overwrite=True)
    assert found() == dict(zip(files, [[0, 1], [2]], strict=False)), "an old third one is gone"
    export([], JsonlExporter(), out, shard_rows=2, overwrite=True)
    assert found() == {files[0]: []}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_several_files_are_taken_back_when_one_fails(tmp_path, elsewhere):
    def breaks():
        yield from records(5)
        raise RuntimeError("in the middle")

    out = URL if elsewhere else str(tmp_path / "data.jsonl")
    with pytest.raises(RuntimeError):
        export(breaks(), JsonlExporter(), out, shard_rows=2)
    assert there() == []
    assert list(tmp_path.iterdir()) == []


def test_parquet_files_agree_on_their_columns(tmp_path):
    import pyarrow.parquet as pq

    mixed = [*records(2), *records(2, score=1), *records(1, score=0.5)]
    export(mixed, ParquetExporter(), tmp_path / "data.parquet", shard_rows=2)
    files = sorted(tmp_path.iterdir())
    assert [pq.read_metadata(one).num_rows for one in files] == [2, 2, 1]
    assert len({str(pq.read_schema(one)) for one in files}) == 1
    assert pq.read_table(tmp_path)["score"].to_pylist() == [None, None, 1.0, 1.0, 0.5]


def test_files_of_no_rows_are_refused(tmp_path):
    with pytest.raises(UsageError, match="files of `0` rows"):
        export(records(), JsonlExporter(), tmp_path / "data.jsonl", shard_rows=0)


@pytest.mark.parametrize("name", ["data.parquet", "data", ".data", "a-00001.b", "a.b.c"])
@pytest.mark.parametrize("number", [0, 7, 99_999, 123_456])
def test_numbers_are_read_back(name, number):
    assert number_of(name, numbered(name, number)) == number
    assert number_of(name, name) is None
    assert number_of(f"x{name}", numbered(name, number)) is None


def test_the_command_writes_to_a_url_and_to_several_files(magpie, fake_run, tmp_path):
    said = magpie("export", fake_run, "--to", "jsonl", "--out", URL)
    assert said.code == 0
    assert f"12 rows as jsonl in {URL}" in said.out
    assert len(rows("/bucket/data.jsonl")) == 12
    out = tmp_path / "data.jsonl"
    said = magpie("export", fake_run, "--to", "messages", "--shard-rows", 5, "--out", out)
    assert said.code == 0
    assert "data-00000.jsonl and those after it" in said.out
    assert len(list(tmp_path.glob("data-*.jsonl"))) == 3
    assert magpie("export", fake_run, "--to", "jsonl", "--shard-rows", 5, "--out", "-").code == 2


def test_the_command_says_what_to_install(magpie, fake_run):
    fsspec.register_implementation("mist", "not_installed_anywhere.Mist", clobber=True)
    said = magpie("export", fake_run, "--to", "jsonl", "--out", "mist://bucket/data.jsonl")
    assert said.code == 3
    assert "hint: pip install not_installed_anywhere" in said.err


@pytest.mark.parametrize("protocol", ["file", "FILE", "Local"])
def test_a_url_of_this_machine_names_a_path_however_it_is_written(tmp_path, protocol):
    assert export(records(), JsonlExporter(), f"{protocol}://{tmp_path}/data.jsonl") == 5
    assert len((tmp_path / "data.jsonl").read_text().splitlines()) == 5
