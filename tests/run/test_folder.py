"""A run folder: made whole, opened safely, read back in order."""

import errno
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magpie_core.errors import MagpieError, RunFolderError, RunLockedError, StorageError
from magpie_core.record import Failure, Provenance, Record, Rejection
from magpie_core.run.folder import FORMAT_VERSION, RunFolder


def record(index, text="r"):
    provenance = Provenance(
        run="k", seed=1, instruction_tokens=2, response_tokens=3, response_finish="stop"
    )
    return Record(
        id=f"m-{index}", index=index, instruction="i", response=text, provenance=provenance
    )


def rejection(index):
    return Rejection(index=index, step="instruction", reason="short", filter="length", text="t")


def failure(index):
    return Failure(index=index, step="response", error="e", attempts=3)


@pytest.fixture
def made(tmp_path):
    def make(name="run", *items):
        with RunFolder.create(tmp_path / name, {"run": {"seed": 1}}) as run:
            for item in items:
                run.append(item)
        return tmp_path / name

    return make


class TestCreate:
    def test_the_manifest_comes_back_as_written(self, tmp_path):
        manifest = {
            "run": {"seed": 2**64, "note": "two\nlines \x00 \ud800", "none": None},
            "stops": [1, None, {"a": None, "b": Path("x/y")}],
            "format": 99,
        }
        with RunFolder.create(tmp_path / "run", manifest) as run:
            assert run.manifest == {
                "format": FORMAT_VERSION,
                "run": {"seed": 2**64, "note": "two\nlines \x00 \ufffd"},
                "stops": [1, {"b": "x/y"}],
            }
        assert RunFolder.open(tmp_path / "run", write=False).manifest == run.manifest

    def test_folders_above_are_made(self, tmp_path):
        RunFolder.create(str(tmp_path / "a" / "b"), {}).close()
        assert (tmp_path / "a" / "b" / "run.toml").exists()

    def test_a_run_is_never_created_over(self, made):
        path = made("my run", record(0))
        with pytest.raises(RunFolderError, match="is a run already") as caught:
            RunFolder.create(path, {})
        assert caught.value.hint == f"magpie resume '{path}'"
        assert len(list(RunFolder.open(path, write=False).records())) == 1

    def test_a_file_is_left_alone(self, tmp_path):
        (tmp_path / "file").write_text("mine")
        for path in (tmp_path / "file", tmp_path / "file" / "below"):
            with pytest.raises(RunFolderError) as caught:
                RunFolder.create(path, {})
            assert "-o" in caught.value.hint
        assert (tmp_path / "file").read_text() == "mine"

    def test_somebodys_data_is_left_alone(self, tmp_path):
        (tmp_path / "thesis.tex").write_text("mine")
        with pytest.raises(RunFolderError, match=r"holds `thesis.tex`"):
            RunFolder.create(tmp_path, {})
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]

    def test_records_without_a_manifest_are_somebodys_data(self, tmp_path):
        (tmp_path / "records").mkdir()
        (tmp_path / "records" / "part-00000.jsonl").write_text("{}\n")
        with pytest.raises(RunFolderError, match="not empty"):
            RunFolder.create(tmp_path, {})

    def test_what_an_interrupted_creation_leaves_is_taken_over(self, tmp_path):
        for name in ("records", "rejects", "failures"):
            (tmp_path / name).mkdir()
        for name in (".magpie.lock", ".magpie.holder.json", ".magpie-0123.toml"):
            (tmp_path / name).write_text("{")
        RunFolder.create(tmp_path, {}).close()
        RunFolder.open(tmp_path, write=True).close()

    def test_an_interrupted_creation_is_no_run_and_no_obstacle(self, tmp_path, monkeypatch):
        def full(*args):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StorageError):
            RunFolder.create(tmp_path / "run", {})
        monkeypatch.undo()
        with pytest.raises(RunFolderError):
            RunFolder.open(tmp_path / "run", write=True)
        RunFolder.create(tmp_path / "run", {}).close()

    def test_a_failed_creation_gives_the_lock_back(self, tmp_path):
        with pytest.raises(MagpieError, match="complex"):
            RunFolder.create(tmp_path, {"a": {"b": 1j}})
        RunFolder.create(tmp_path, {}).close()

    def test_two_at_once(self, tmp_path):
        with RunFolder.create(tmp_path / "run", {}):
            (tmp_path / "run" / "run.toml").rename(tmp_path / "aside")
            with pytest.raises(RunLockedError):
                RunFolder.create(tmp_path / "run", {})

    def test_a_disk_that_refuses(self, tmp_path, monkeypatch):
        def refuse(*args, **kwargs):
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(Path, "mkdir", refuse)
        with pytest.raises(StorageError, match="read-only file system"):
            RunFolder.create(tmp_path / "run", {})

    def test_a_name_that_is_too_long(self, tmp_path):
        for act in (
            lambda path: RunFolder.create(path, {}),
            lambda path: RunFolder.open(path, write=False),
        ):
            with pytest.raises(RunFolderError, match="too long"):
                act(tmp_path / ("x" * 300))


class TestOpen:
    def test_a_missing_run_names_its_neighbours(self, made, tmp_path):
        made("first-run")
        made("other")
        with pytest.raises(RunFolderError) as caught:
            RunFolder.open(tmp_path / "frist-run", write=False)
        assert "(runs in " in caught.value.message
        assert "first-run, other" in caught.value.message
        assert caught.value.hint == f"did you mean `{tmp_path / 'first-run'}`?"

    def test_a_missing_run_without_neighbours(self, tmp_path):
        with pytest.raises(RunFolderError, match="no run folder") as caught:
            RunFolder.open(tmp_path / "missing" / "run", write=True)
        assert caught.value.hint
        assert list(tmp_path.iterdir()) == []

    def test_the_manifest_instead_of_its_folder(self, made):
        path = made()
        with pytest.raises(RunFolderError) as caught:
            RunFolder.open(path / "run.toml", write=False)
        assert caught.value.hint == f"did you mean `{path}`?"

    def test_a_file_or_the_folder_above(self, made, tmp_path):
        path = made()
        (tmp_path / "data.jsonl").write_text("{}")
        with pytest.raises(RunFolderError, match="is a file"):
            RunFolder.open(tmp_path / "data.jsonl", write=False)
        with pytest.raises(RunFolderError, match="not a run folder") as caught:
            RunFolder.open(tmp_path, write=False)
        assert caught.value.hint == f"did you mean `{path}`?"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"format = 1\n[run\n", "line 2"),
            (b"\xff", "utf-8"),
            (b"", "no `format` number"),
            (b'format = "1"\n', "no `format` number"),
            (b"format = true\n", "no `format` number"),
            (b"format = 2\n", "has format 2, this magpie knows up to 1"),
            (b"format = 0\n", "has format 0, this magpie reads 1"),
        ],
    )
    @pytest.mark.parametrize("write", [True, False])
    def test_a_manifest_that_cannot_be_used(self, made, content, message, write):
        path = made()
        (path / "run.toml").write_bytes(content)
        with pytest.raises(RunFolderError, match=message) as caught:
            RunFolder.open(path, write=write)
        assert str(path) in caught.value.message
        assert caught.value.hint

    def test_one_writes_and_many_read(self, made):
        path = made("run", record(0))
        with RunFolder.open(path, write=True) as run:
            run.append(record(1))
            with pytest.raises(RunLockedError):
                RunFolder.open(path, write=True)
            reader = RunFolder.open(path, write=False)
            assert [one.index for one in reader.records()] == [0, 1]
            with pytest.raises(RunFolderError, match="not open for writing"):
                reader.append(record(2))
        RunFolder.open(path, write=True).close()

    def test_torn_lines_are_cut_for_the_writer_only(self, made):
        path = made("run", record(0), rejection(1), failure(2))
        for name in ("records", "rejects", "failures"):
            with (path / name / "part-00000.jsonl").open("ab") as file:
                file.write(b'{"index":')
        reader = RunFolder.open(path, write=False)
        assert [one.index for one in reader.records()] == [0]
        assert (reader.recovered, reader.damaged) == (0, 0)
        with RunFolder.open(path, write=True) as run:
            assert run.recovered == 3
        with RunFolder.open(path, write=True) as run:
            assert run.recovered == 0


class TestAppendAndRead:
    def test_each_goes_to_its_folder_and_comes_back(self, tmp_path):
        with RunFolder.create(tmp_path, {}) as run:
            assert list(run.records()) == list(run.rejections()) == list(run.failures()) == []
            run.append(record(0))
            run.append(rejection(1))
            run.append(failure(2))
            run.sync()
            assert list(run.records()) == [record(0)]
            assert list(run.rejections()) == [rejection(1)]
            assert list(run.failures()) == [failure(2)]
        assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {
            "records",
            "rejects",
            "failures",
        }

    def test_text_never_reaches_a_path(self, tmp_path):
        with RunFolder.create(tmp_path / "run", {}) as run:
            evil = Record(id="../../x", index=0, instruction="/etc/passwd", response="\0")
            run.append(evil)
            assert list(run.records()) == [evil]
        assert [path.name for path in tmp_path.iterdir()] == ["run"]

    def test_closed_is_closed(self, made):
        run = RunFolder.open(made(), write=True)
        run.close()
        run.close()
        for act in (lambda: run.append(record(0)), lambda: run.write_manifest({})):
            with pytest.raises(RunFolderError, match="not open for writing"):
                act()

    def test_a_failing_close_still_frees_the_lock(self, made, monkeypatch):
        run = RunFolder.open(made(), write=True)
        run.append(record(0))
        run.append(rejection(1))

        def refuse(*args):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageError):
            run.close()
        monkeypatch.undo()
        with RunFolder.open(run.path, write=True) as run:
            assert run.settled().largest == 1

    def test_the_manifest_can_be_replaced(self, made):
        path = made()
        with RunFolder.open(path, write=True) as run:
            run.write_manifest({"run": {"seed": 2}})
            assert run.manifest["run"] == {"seed": 2}
        assert RunFolder.open(path, write=False).manifest["run"] == {"seed": 2}

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 400))
    def test_in_order_each_once_the_first_wins(self, tmp_path_factory, indexes, roll):
        path = tmp_path_factory.mktemp("runs")
        with pytest.MonkeyPatch.context() as patch, RunFolder.create(path, {}) as run:
            patch.setattr(os, "fsync", lambda descriptor: None)
            first = {}
            for at, index in enumerate(indexes):
                one = record(index, f"{at} é")
                first.setdefault(index, one)
                run.append(one)
                if at % (1 + roll % 5) == 0:
                    run._writers[Record]._roll_bytes = roll
            assert list(run.records_in_order()) == [first[index] for index in sorted(first)]
            assert [one.index for one in run.records()] == indexes

    def test_rejections_in_order(self, made):
        path = made("run", *(rejection(index) for index in (5, 0, 3, 0)))
        with RunFolder.open(path, write=False) as run:
            assert [one.index for one in run.rejections_in_order()] == [0, 3, 5]

    def test_what_a_run_owns(self, made, tmp_path):
        (tmp_path / "link").symlink_to(made())
        run = RunFolder.open(tmp_path / "link", write=False)
        for name in ("records/x.jsonl", "rejects", "failures/a/b", "run.toml", ".magpie.lock"):
            assert run.owns(run.path / name), name
            assert run.owns(tmp_path / "run" / name), name
        for path in (run.path / "exports/x.jsonl", run.path / "x", tmp_path / "records", tmp_path):
            assert not run.owns(path), path

    def test_many_parts_need_few_open_files(self, tmp_path, monkeypatch):
        monkeypatch.setattr("magpie_core.run.order._OPEN_FILES", 2)
        order = random.Random(1).sample(range(40), 40)
        with RunFolder.create(tmp_path, {}) as run:
            for index in order:
                run.append(record(index))
                run._writers[Record]._roll_bytes = 300
            assert len(list((tmp_path / "records").iterdir())) > 10
            assert [one.index for one in run.records_in_order()] == list(range(40))

    def test_damage_is_counted_once_by_every_reading(self, made):
        path = made("run", record(3), rejection(1))
        with (path / "records" / "part-00000.jsonl").open("ab") as file:
            file.write(
                b'{"index":0}\nnot json\n{"index":-1,"id":"a","instruction":"","response":""}\n'
            )
            file.write(b'{"index":9223372036854775808,"id":"a","instruction":"","response":""}\n')
        run, seen = RunFolder.open(path, write=False), []
        run.on_damage = lambda path, number, reason: seen.append((path.name, number))
        for _ in range(2):
            assert [one.index for one in run.records()] == [3]
            assert run.damaged == 4
        assert [one.index for one in run.records_in_order()] == [3]
        assert run.damaged == 4
        assert list(run.rejections()) == [rejection(1)]
        assert run.damaged == 0
        assert run.settled().damaged == 4
        assert seen[:4] == [("part-00000.jsonl", number) for number in (2, 3, 4, 5)]

    def test_settled(self, made):
        items = [record(0), record(0), rejection(0), rejection(1), rejection(5), failure(5)]
        path = made("run", *items, failure(7), failure(0), record(9))
        settled = RunFolder.open(path, write=False).settled()
        assert list(settled.accepted) == [0, 9]
        assert list(settled.rejected) == [1, 5]
        assert list(settled.failed) == [7]
        assert settled.reasons == {("instruction", "length", "short"): 2}
        assert (settled.duplicates, settled.largest, settled.damaged) == (2, 9, 0)
