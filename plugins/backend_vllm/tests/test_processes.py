"""Nothing is left behind, whichever way our process goes. No vLLM needed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from magpie_backend_vllm.reaper import descendants, identity, kill

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")

STARTS_TWO_GENERATIONS = """
import multiprocessing, os, subprocess, sys, time
from magpie_backend_vllm.processes import Watch

def engine(pipe):
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    pipe.send(worker.pid)
    time.sleep(1000)

if __name__ == "__main__":
    ours, theirs = multiprocessing.Pipe()
    with Watch() as nothing:
        process = multiprocessing.get_context("fork").Process(target=engine, args=(theirs,))
        process.start()
        worker = ours.recv()
    print(process.pid, worker, flush=True)
    time.sleep(1000)
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + 10
    while not all(map(gone, pids)):
        assert time.monotonic() < end, "an engine process lives on"
        time.sleep(0.02)


def test_killing_our_process_kills_the_engine_and_its_workers(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(STARTS_TWO_GENERATIONS)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        pids = [int(one) for one in ours.stdout.readline().split()]
        assert len(pids) == 2
        assert not any(map(gone, pids))
        ours.send_signal(signal.SIGKILL)
        ours.wait()
        wait_until_gone(pids)


def test_children_of_children_are_found() -> None:
    code = (
        "import subprocess, sys, time\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n"
        "print(inner.pid, flush=True)\n"
        "time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as outer:
        assert outer.stdout is not None
        inner = int(outer.stdout.readline())
        assert inner in descendants([outer.pid])
        assert {outer.pid, inner} <= set(descendants([os.getpid()]))
        kill([identity(outer.pid), identity(inner)])
        outer.wait()
        wait_until_gone([inner])


def test_a_process_that_only_has_the_same_id_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"]) as other:
        name = identity(other.pid)
        kill([f"{other.pid}:1", f"{other.pid}:", "999999999:5"])
        assert other.poll() is None
        kill([name])
        assert other.wait() == -9
