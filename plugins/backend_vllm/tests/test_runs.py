"""Whole runs from the command line: the same records whatever is in flight, and after the engine was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")
pytest.importorskip("magpie_tiny", reason="the embedded model is not installed")

from magpie_backend_vllm.reaper import descendants

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PATIENCE = 240.0
PROCESSES = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}


def command(path: Path, n: int, *more: str) -> list[str]:
    magpie = [sys.executable, "-c", "from magpie_core.cli import main; main()"]
    options = ["-o", str(path), "-n", str(n), "--seed", "7", "--max-batch", "32", *more]
    return [*magpie, "run", "--backend", "vllm", "--checkpoint", "tiny", *options]


def magpie(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from magpie_core.cli import main; main()", *arguments]
    return run(call, **environment)


def run(call: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        call, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **environment}
    )


def lines(path: Path, kind: str = "records") -> list[dict[str, Any]]:
    found = [
        json.loads(line)
        for part in sorted((path / kind).glob("*.jsonl"))
        for line in part.read_text("utf-8").splitlines()
    ]
    return sorted(found, key=lambda one: one["index"])


def test_the_records_do_not_depend_on_what_is_in_flight(tmp_path: Path) -> None:
    for bound in ("5", "80"):
        done = run(command(tmp_path / bound, 50, "--in-flight", bound))
        assert done.returncode == 0, done.stderr
        assert "50 records" in done.stdout
    few, many = lines(tmp_path / "5"), lines(tmp_path / "80")
    assert len(few) == 50
    assert few == many
    assert len({one["instruction"] for one in few}) == 50
    manifest = (tmp_path / "5" / "run.toml").read_text("utf-8")
    assert 'vllm = "' in manifest
    assert 'dtype = "float32"' in manifest

    more = magpie("resume", str(tmp_path / "5"), "-n", "60")
    assert more.returncode == 0, more.stderr
    assert lines(tmp_path / "5")[:50] == few


def test_a_killed_engine_process_ends_the_run_and_resume_completes_it(tmp_path: Path) -> None:
    path = tmp_path / "run"
    wanted = 150
    with subprocess.Popen(
        command(path, wanted),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **PROCESSES},
    ) as session:
        try:
            core = wait_for_records(session, path)
            theirs = descendants([session.pid])
            os.kill(core, signal.SIGKILL)
            out, error = session.communicate(timeout=60)
        finally:
            session.kill()
    assert session.returncode == 6, error
    # Whichever is seen first: the death of the process, or vLLM's own error about it.
    told = ("a process of the vLLM engine ended", "the vLLM engine stopped: ")
    assert any(one in error for one in told), error
    assert f"magpie resume {path}" in error.replace("\n", " ")
    assert "Traceback" not in error
    assert out == ""
    end = time.monotonic() + 20  # multiprocessing's resource tracker takes a moment to follow us
    while left := [pid for pid in theirs if alive(pid)]:
        assert time.monotonic() < end, f"left behind: {[name_of(pid) for pid in left]}"
        time.sleep(0.05)
    kept = lines(path)
    assert 0 < len(kept) < wanted

    done = magpie("resume", str(path))
    assert done.returncode == 0, done.stderr
    records = lines(path)
    assert len(records) == wanted
    assert [one for one in records if one["index"] in {k["index"] for k in kept}] == kept
    settled = [one["index"] for kind in ("records", "rejects") for one in lines(path, kind)]
    assert sorted(settled) == list(range(len(settled))), "an index is missing or there twice"
    assert len({one["id"] for one in records}) == wanted


def wait_for_records(session: subprocess.Popen[str], path: Path) -> int:
    """The process id of the session's engine, once it has written something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert session.poll() is None, session.communicate()[1]
        if len(lines(path)) >= 5:
            named = {pid: name_of(pid) for pid in descendants([session.pid])}
            return next(pid for pid, name in named.items() if "EngineCore" in name)
        time.sleep(0.02)
    raise AssertionError("no record was written")


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
