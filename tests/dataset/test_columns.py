"""Columns beside a source: nothing lost, nothing twice, one writer, and only for what they were made from."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from magpie_core.dataset.columns import (
    Columns,
    Lines,
    column_folders,
    read_added,
    read_missed,
    read_settings,
)
from magpie_core.dataset.source import open_source
from magpie_core.errors import PluginError, RunFolderError, RunLockedError, UsageError
from magpie_core.record import Record
from magpie_core.run import workers
from magpie_core.run.folder import RunFolder

ROWS = 400


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text("".join(f'{{"id": "r{k}", "prompt": "Q{k}"}}\n' for k in range(ROWS)))
    return path


def added(source, name="tags/t"):
    return [one.id for one in read_added(source.place / name)]


def test_they_stand_beside_a_file_and_inside_a_run(file, tmp_path):
    before = file.read_bytes()
    with Columns(open_source(file), "tags/t", {}) as columns:
        columns.add("r0", {"x": 1})
    assert (tmp_path / "data.jsonl.magpie" / "tags" / "t" / "part-00000.jsonl").exists()
    assert file.read_bytes() == before
    with RunFolder.create(tmp_path / "run", {"key": "k"}) as run:
        run.append(Record(id="k-0", index=0, instruction="i", response="r"))
    with Columns(open_source(tmp_path / "run"), "tags/t", {}) as columns:
        columns.add("k-0", {"x": 1})
    assert column_folders(tmp_path / "run") == {"tags/t": tmp_path / "run" / "tags" / "t"}


def test_the_next_session_knows_what_is_done_and_tries_failures_again(file):
    source = open_source(file)
    with Columns(source, "tags/t", {"a": 1}) as columns:
        columns.add("r0", {"x": "数学"})
        columns.fail("r1", "no")
        columns.fail("r2", "no")
    with Columns(source, "tags/t", {"a": 1}) as columns:
        assert columns.done == {"r0"}
        columns.add("r1", {"x": None})
        columns.add("r0", {"x": "again"})
    folder = source.place / "tags/t"
    assert {one.id: one.columns for one in read_added(folder)} == {
        "r0": {"x": "数学"},
        "r1": {"x": None},
    }
    assert read_missed(folder) == {"r2": "no"}


WRITE = """
import sys
from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
with open_source(sys.argv[1]) as source, Columns(source, "tags/t", {"a": 1}) as columns:
    for record in source.records():
        if record.id not in columns.done:
            columns.add(record.id, {"text": record.instruction * 50})
            print(record.id, flush=True)
    print("end", flush=True)
    input()
"""


def start(file):
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_kills_lose_nothing_and_repeat_nothing(file):
    draw, printed = random.Random(3), []
    for _ in range(4):
        process = start(file)
        first = process.stdout.readline()
        time.sleep(draw.uniform(0, 0.005))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        printed += (first + rest).split("\n")[:-1]
    process = start(file)
    printed += process.communicate("\n")[0].split()
    assert process.returncode == 0
    done = added(open_source(file))
    assert sorted(done) == sorted(set(done)) == sorted(f"r{k}" for k in range(ROWS))
    printed = [one for one in printed if one != "end"]
    assert len(printed) == len(set(printed))


def test_a_second_writer_is_refused_while_the_first_lives(file):
    process = start(file)
    while process.stdout.readline() != "end\n":
        pass
    with pytest.raises(RunLockedError) as caught:
        Columns(open_source(file), "tags/t", {"a": 1})
    said = f"the columns `tags/t` of `{file}` are being written by process {process.pid} "
    assert caught.value.message.startswith(said)
    assert "the same command again" in (caught.value.hint or "")
    assert "magpie status" not in caught.value.hint
    with Columns(open_source(file), "tags/other", {"a": 1}):
        pass
    process.kill()
    process.communicate()
    with Columns(open_source(file), "tags/t", {"a": 1}) as columns:
        assert len(columns.done) == ROWS


def test_a_torn_line_is_cut_and_a_corrupt_one_passed_over(file):
    source = open_source(file)
    with Columns(source, "tags/t", {}) as columns:
        for id in ("r0", "r1", "r2"):
            columns.add(id, {"x": id})
    part = source.place / "tags/t/part-00000.jsonl"
    lines = part.read_bytes().split(b"\n")
    lines[1] = b'{"id": "r1", "col\x00'
    part.write_bytes(b"\n".join(lines) + b'{"id":"r9","col')
    with Columns(source, "tags/t", {}) as columns:
        assert columns.done == {"r0", "r2"}
        columns.add("r3", {"x": 1})
    damage = []
    found = read_added(part.parent, lambda file, line, reason: damage.append((file.name, line)))
    assert [one.id for one in found] == ["r0", "r2", "r3"]
    assert damage == [("part-00000.jsonl", 2)]


def test_a_file_that_changed_is_refused(file):
    with Columns(open_source(file), "tags/t", {}) as columns:
        columns.add("r0", {"x": 1})
    file.write_text(file.read_text().replace("Q7", "changed"))
    with pytest.raises(UsageError, match="changed since") as caught:
        Columns(open_source(file), "tags/t", {})
    assert caught.value.hint.startswith("move it away: mv ")


def test_other_settings_are_named(file):
    source = open_source(file)
    with Columns(source, "tags/t", {"model": "a", "n": 1}) as columns:
        columns.add("r0", {"x": 1})
    with pytest.raises(UsageError, match="model = 'a', not 'b'"):
        Columns(source, "tags/t", {"model": "b", "n": 1})
    with Columns(source, "tags/t", {"n": 1, "model": "a"}):
        pass
    assert read_settings(source.place / "tags/t")["settings"] == {"model": "a", "n": 1}


def test_settings_that_cannot_be_read_are_said(file):
    source = open_source(file)
    with Columns(source, "tags/t", {}) as columns:
        columns.add("r0", {"x": 1})
    (source.place / "tags/t/columns.toml").write_text("a =")
    with pytest.raises(RunFolderError, match="cannot be read"):
        Columns(source, "tags/t", {})


def test_a_column_json_cannot_hold_is_refused_and_leaves_nothing(file):
    source = open_source(file)
    with Columns(source, "tags/t", {}) as columns:
        with pytest.raises(PluginError, match="cannot hold"):
            columns.add("r0", {"x": object()})
        columns.add("r1", {"x": 1})
        assert columns.done == {"r1"}
    assert added(source) == ["r1"]


def test_a_refusal_frees_the_lock(file):
    source = open_source(file)
    with Columns(source, "tags/t", {"a": 1}) as columns:
        columns.add("r0", {"x": 1})
    for _ in range(2):
        with pytest.raises(UsageError):
            Columns(source, "tags/t", {"a": 2})
    with Columns(source, "tags/t", {"a": 1}):
        assert os.path.exists(source.place)


def test_where_no_line_was_written_nothing_stays(file):
    source = open_source(file)
    with Columns(source, "tags/t", {"a": 1}) as columns:
        assert (columns.folder / "columns.toml").exists()
    assert not source.place.exists()
    with Columns(source, "tags/t", {"a": 1}) as columns:
        columns.fail("r0", "no")
    with Columns(source, "tags/u", {"a": 2}):
        pass
    assert read_missed(source.place / "tags/t") == {"r0": "no"}
    assert [one.name for one in (source.place / "tags").iterdir()] == ["t"]


def test_failures_alone_bind_nothing_and_those_of_other_settings_are_forgotten(file):
    """A checkpoint that can say nothing of any record must not be in the way of one that can."""
    source = open_source(file)
    for settings, wanted in (({"a": 1}, {"r0": "no", "r1": "no"}), ({"a": 2}, {"r1": "no"})):
        for id in wanted:
            with Columns(source, "tags/t", settings) as columns:
                columns.fail(id, "no")
        assert read_missed(columns.folder) == wanted
    with Columns(source, "tags/t", {"a": 2}) as columns:
        columns.add("r1", {"x": 1})
    assert read_missed(columns.folder) == {}
    with pytest.raises(UsageError, match="a = 2, not 1"):
        Columns(source, "tags/t", {"a": 1})


def test_settings_that_a_killed_process_left_without_a_line_bind_nothing(file):
    source = open_source(file)
    folder = source.place / "tags/t"
    folder.mkdir(parents=True)
    (folder / "columns.toml").write_text("format = 1\n[settings]\na = 1\n")
    (folder / "part-00000.jsonl").touch()
    with Columns(source, "tags/t", {"a": 2}) as columns:
        columns.add("r0", {"x": 1})
    assert read_settings(folder)["settings"] == {"a": 2}


def test_closing_twice_is_closing_once(file):
    source = open_source(file)
    first = Columns(source, "tags/t", {})
    first.close()
    with Columns(source, "tags/t", {}) as second:
        first.close()
        with pytest.raises(RunLockedError):
            Columns(source, "tags/t", {})
        second.add("r0", {"x": 1})
    assert read_settings(source.place / "tags/t")["settings"] == {}


@contextmanager
def held(folder, name):
    lock = workers.hold(folder, name)
    try:
        yield
    finally:
        lock.release()


def test_several_workers_write_columns_that_one_holds(file, monkeypatch):
    monkeypatch.setattr(
        "magpie_core.dataset.columns.await_end", lambda path: workers.await_end(path, 0.0)
    )
    source = open_source(file)
    folder = source.place / "tags/t"
    with Columns(source, "tags/t", {}):
        for name in ("w000", "w001"):
            with held(folder, name), Lines(folder, name) as lines:
                lines.add(f"r-{name}", {"x": 1})
                lines.fail(f"f-{name}", "why not")
    assert added(source) == ["r-w000", "r-w001"]
    assert read_missed(folder) == {"f-w000": "why not", "f-w001": "why not"}
    part = folder / "part-w001-00000.jsonl"
    whole = part.read_bytes()
    part.write_bytes(whole + b'{"id": "r7", "col')
    with held(folder, "w001"), pytest.raises(RunLockedError, match="whose leader is gone"):
        Columns(source, "tags/t", {})  # it may be writing that line
    with Columns(source, "tags/t", {}) as columns:
        assert columns.done == {"r-w000", "r-w001"}
    assert part.read_bytes() == whole
    assert not (folder / workers.PLACE).exists()
