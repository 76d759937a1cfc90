"""Several workers write to one run: whose parts are whose, and who has to be gone first."""

from __future__ import annotations

import pytest

from magpie_core.errors import RunLockedError
from magpie_core.record import Rejection
from magpie_core.run.folder import RunFolder
from magpie_core.run.parts import read_writer
from magpie_core.run.workers import PLACE, await_end, worker_name


def rejection(index: int) -> Rejection:
    return Rejection(index=index, step="instruction", reason="short", filter="length", text="Why?")


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run"
    RunFolder.create(path, {"key": "k"}).close()
    return path


def test_workers_write_beside_who_holds_the_run(run):
    with RunFolder.open(run, write=True) as folder:
        folder.append(rejection(0))
        for number in (0, 1):
            with RunFolder.join(run, worker_name(number)) as joined:
                joined.append(rejection(number + 1))
    names = sorted(path.name for path in (run / "rejects").iterdir())
    assert names == ["part-00000.jsonl", "part-w000-00000.jsonl", "part-w001-00000.jsonl"]
    with RunFolder.open(run, write=False) as folder:
        assert [one.index for one in folder.rejections()] == [0, 1, 2]
    assert [one.index for one in read_writer(run / "rejects", "w001", Rejection)] == [2]


def test_two_cannot_be_the_same_worker(run):
    with RunFolder.join(run, "w000"):
        with pytest.raises(RunLockedError, match="`w000`"):
            RunFolder.join(run, "w000")


def test_a_run_is_not_opened_to_write_while_a_worker_lives(run, monkeypatch):
    monkeypatch.setattr("magpie_core.run.folder.await_end", lambda path: await_end(path, 0.0))
    with RunFolder.join(run, "w000"):
        with pytest.raises(RunLockedError, match="a worker whose leader is gone"):
            RunFolder.open(run, write=True)
        RunFolder.open(run, write=False).close()
    RunFolder.open(run, write=True).close()
    assert not (run / PLACE).exists()


def test_a_torn_line_of_a_worker_is_cut_by_the_next_session(run):
    with RunFolder.join(run, "w000") as joined:
        joined.append(rejection(0))
    part = run / "rejects/part-w000-00000.jsonl"
    whole = part.read_bytes()
    part.write_bytes(whole + b'{"index":1,"st')
    with RunFolder.open(run, write=True) as folder:
        assert folder.recovered == 1
    assert part.read_bytes() == whole


def test_a_later_worker_of_the_same_name_writes_on(run):
    for index in (0, 1):
        with RunFolder.join(run, "w000") as joined:
            joined.append(rejection(index))
    assert [path.name for path in (run / "rejects").iterdir()] == ["part-w000-00000.jsonl"]
    with RunFolder.open(run, write=False) as folder:
        assert [one.index for one in folder.rejections()] == [0, 1]
