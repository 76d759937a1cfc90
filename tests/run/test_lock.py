"""One writer, whoever it is and however it ends."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from magpie_core.errors import RunFolderError, RunLockedError, StorageError
from magpie_core.run.lock import HOLDER, LOCK, RunLock, read_holder, writer

HOLD = """
import sys, time, pathlib
from magpie_core.run.lock import RunLock
lock = RunLock(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
time.sleep(60)
"""
HOLD_AND_FORK = HOLD.replace(
    'print("held"',
    # the parent waits until the child runs, past what is done in it right after the fork
    "import os; ready, say = os.pipe(); child = os.fork()\n"
    "if child == 0: os.write(say, b'x'); time.sleep(60); os._exit(0)\n"
    "os.read(ready, 1); print(child",
)


@pytest.fixture
def holder(tmp_path):
    started = []

    def start(script=HOLD):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_message_says_who_holds_it(tmp_path, holder):
    process, _ = holder()
    with pytest.raises(RunLockedError) as caught:
        RunLock(tmp_path).acquire()
    message = caught.value.message
    assert (
        f"`{tmp_path}` is in use by process {process.pid} on host `{os.uname().nodename}`"
        in message
    )
    assert "since 20" in message
    assert f"magpie status {tmp_path}" in caught.value.hint


def test_a_killed_holder_is_no_obstacle(tmp_path, holder):
    process, _ = holder()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert read_holder(tmp_path).pid == process.pid
    lock = RunLock(tmp_path).acquire()
    assert read_holder(tmp_path).pid == os.getpid()
    lock.release()


def test_who_writes_is_known_without_the_lock(tmp_path, holder):
    assert writer(tmp_path) is None
    process, _ = holder()
    assert writer(tmp_path).pid == process.pid
    process.kill()
    process.wait()
    assert read_holder(tmp_path).pid == process.pid
    assert writer(tmp_path) is None, "what a killed process left is no writer"
    lock = RunLock(tmp_path).acquire()
    assert writer(tmp_path).pid == os.getpid()
    lock.release()
    assert writer(tmp_path) is None


def test_a_child_that_outlives_a_killed_holder_does_not_keep_the_lock(tmp_path, holder):
    """Engines fork workers; a killed run must not leave its lock with one of them."""
    process, child = holder(HOLD_AND_FORK)
    try:
        process.send_signal(signal.SIGKILL)
        process.wait()
        RunLock(tmp_path).acquire().release()
    finally:
        os.kill(int(child), signal.SIGKILL)


def test_one_process_cannot_hold_it_twice(tmp_path):
    first = RunLock(tmp_path).acquire()
    with pytest.raises(RunLockedError, match=f"process {os.getpid()} "):
        RunLock(tmp_path).acquire()
    first.release()
    first.release()
    RunLock(tmp_path).acquire().release()
    assert read_holder(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid":1}', b"\xff"])
def test_a_broken_holder_file_only_costs_the_name(tmp_path, content):
    first = RunLock(tmp_path).acquire()
    (tmp_path / HOLDER).write_bytes(content)
    with pytest.raises(RunLockedError, match="in use by another process"):
        RunLock(tmp_path).acquire()
    first.release()


def test_a_refusal_does_not_wait(tmp_path, monkeypatch):
    first = RunLock(tmp_path).acquire()
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waited for the lock"))
    with pytest.raises(RunLockedError):
        RunLock(tmp_path).acquire()
    first.release()


def test_a_holder_file_that_cannot_be_written_frees_the_lock(tmp_path, monkeypatch):
    def refuse(*args):
        raise StorageError("full")

    monkeypatch.setattr("magpie_core.run.lock.write_atomic", refuse)
    with pytest.raises(StorageError):
        RunLock(tmp_path).acquire()
    monkeypatch.undo()
    RunLock(tmp_path).acquire().release()


@pytest.mark.parametrize(
    ("number", "error", "text"),
    [
        (errno.EROFS, StorageError, "cannot lock .*read-only"),
        (errno.ENOLCK, RunFolderError, "offers no locks"),
    ],
)
def test_file_systems_that_refuse(tmp_path, monkeypatch, number, error, text):
    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(error, match=text):
        RunLock(tmp_path).acquire()


def test_the_lock_file_stays(tmp_path):
    """Removing it would let two processes lock two files of one name."""
    RunLock(tmp_path).acquire().release()
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]
