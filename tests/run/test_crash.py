"""Real processes, really killed: what was appended is there, and another can go on."""

import random
import resource
import signal
import subprocess
import sys
import time

import pytest

from magpie_core.errors import RunLockedError, StorageError
from magpie_core.record import Record
from magpie_core.run.folder import RunFolder

APPEND = """
import sys
from magpie_core.record import Record, Rejection
from magpie_core.run.folder import RunFolder
with RunFolder.open(sys.argv[1], write=True) as run:
    done = run.settled()
    index = done.largest
    while True:
        index += 1
        if index % 3:
            run.append(Record(id=str(index), index=index, instruction="i", response="x" * (index % 7000)))
        else:
            run.append(Rejection(index=index, step="instruction", reason="r", filter="f", text="é" * 50))
        print(index, flush=True)
"""


def start(path):
    return subprocess.Popen(
        [sys.executable, "-c", APPEND, str(path)], stdout=subprocess.PIPE, text=True
    )


def test_ten_kills_lose_nothing_and_repeat_nothing(tmp_path):
    path, draw, reported = tmp_path / "run", random.Random(7), -1
    RunFolder.create(path, {}).close()
    for _ in range(10):
        process = start(path)
        first = process.stdout.readline()
        time.sleep(draw.uniform(0, 0.08))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        printed = [int(line) for line in (first + rest).split("\n")[:-1]]
        settled = RunFolder.open(path, write=False).settled()
        assert printed[0] in (reported + 1, reported + 2)  # one may have been stored, not printed
        reported = printed[-1]
        assert settled.largest in (reported, reported + 1)
        assert len(settled.accepted) + len(settled.rejected) == settled.largest + 1
        assert settled.duplicates == settled.damaged == 0
        reported = settled.largest
    with RunFolder.open(path, write=True) as run:
        records = list(run.records_in_order())
    assert all(len(one.response) == one.index % 7000 for one in records)


def test_a_second_process_is_kept_out_until_the_first_is_gone(tmp_path):
    RunFolder.create(tmp_path / "run", {}).close()
    process = start(tmp_path / "run")
    process.stdout.readline()
    try:
        with pytest.raises(RunLockedError, match=f"process {process.pid} "):
            RunFolder.open(tmp_path / "run", write=True)
        assert next(RunFolder.open(tmp_path / "run", write=False).rejections()).index == 0
    finally:
        process.kill()
        process.communicate()
    RunFolder.open(tmp_path / "run", write=True).close()


def test_a_limit_on_file_sizes_ends_with_whole_lines(tmp_path):
    """The kernel takes what still fits and refuses the rest, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    run = RunFolder.create(tmp_path / "run", {})
    stored = 0

    def fill():
        nonlocal stored
        while True:
            run.append(Record(id="a", index=stored, instruction="i", response="x" * 999))
            stored += 1

    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
        with pytest.raises(StorageError, match="file too large") as caught:
            fill()
        assert "ulimit" in caught.value.hint
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert stored > 50
    assert (tmp_path / "run" / "records" / "part-00000.jsonl").read_bytes().endswith(b"}\n")
    run.append(Record(id="a", index=stored, instruction="i", response="there is room again"))
    run.close()
    settled = RunFolder.open(tmp_path / "run", write=False).settled()
    assert list(settled.accepted) == list(range(stored + 1))
    assert settled.damaged == 0
