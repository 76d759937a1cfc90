"""Whole runs from the command line: the same records whatever is in flight, and after the engine was killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed here")
pytest.importorskip("magpie_tiny", reason="the embedded model is not installed")

from magpie_backend_vllm.reaper import descendants

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PATIENCE = 1200.0
PROCESSES = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}


def command(path: Path, n: int, *more: str) -> list[str]:
    magpie = [sys.executable, "-c", "from magpie_core.cli import main; main()"]
    options = ["-o", str(path), "-n", str(n), "--seed", "7", "--max-batch", "32", *more]
    return [*magpie, "run", "--backend", "vllm", "--checkpoint", "tiny", *options]


def resume(path: Path) -> list[str]:
    return [sys.executable, "-c", "from magpie_core.cli import main; main()", "resume", str(path)]


def magpie(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from magpie_core.cli import main; main()", *arguments]
    return run(call, **environment)


def run(call: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        call, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **environment}
    )


@contextmanager
def begun(call: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A session in a terminal of its own, its engine in processes of its own."""
    with subprocess.Popen(
        call,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **PROCESSES},
        start_new_session=True,
    ) as session:
        try:
            yield session
        finally:
            session.kill()


def lines(path: Path, kind: str = "records") -> list[dict[str, Any]]:
    found = [
        json.loads(line)
        for part in sorted((path / kind).glob("*.jsonl"))
        for line in part.read_text("utf-8").splitlines()
    ]
    return sorted(found, key=lambda one: one["index"])


def test_the_records_do_not_depend_on_what_is_in_flight_or_where_the_engine_runs(
    tmp_path: Path,
) -> None:
    for bound, where in (("5", {}), ("80", PROCESSES)):
        done = run(command(tmp_path / bound, 50, "--in-flight", bound), **where)
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
    with begun(command(path, wanted)) as session:
        [core] = wait_for_records(session, path)
        theirs = descendants([session.pid])
        os.kill(core, signal.SIGKILL)
        out, error = session.communicate(timeout=60)
    assert_an_engines_death(session, error, path)
    assert out == ""
    assert_gone(theirs)
    kept = lines(path)
    assert 0 < len(kept) < wanted

    done = magpie("resume", str(path))
    assert done.returncode == 0, done.stderr
    assert_complete(path, wanted, kept)


def test_a_killed_session_and_one_that_is_interrupted_leave_nothing_and_lose_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run"
    wanted = 400
    with begun(command(path, wanted)) as session:
        wait_for_records(session, path)
        theirs = descendants([session.pid])
        session.kill()
        session.wait()
    assert_gone(theirs)
    first = lines(path)
    assert len(first) < wanted

    with begun(resume(path)) as session:
        wait_for_records(session, path, len(first) + 5)
        theirs = descendants([session.pid])
        os.killpg(session.pid, signal.SIGINT)  # Ctrl-C: the terminal tells all processes
        _, error = session.communicate(timeout=60)
    assert session.returncode == 130, error
    assert f"magpie resume {path}" in error.replace("\n", " ")
    assert "Traceback" not in error
    assert_gone(theirs)
    assert lines(path, "failures") == []
    second = lines(path)
    assert len(first) < len(second) < wanted

    done = magpie("resume", str(path))
    assert done.returncode == 0, done.stderr
    assert_complete(path, wanted, second)


def test_an_engine_that_is_told_to_end_fails_no_record(tmp_path: Path) -> None:
    """SIGTERM has it abort all requests before it goes, as if they had ended."""
    path = tmp_path / "run"
    with begun(command(path, 400)) as session:
        [core] = wait_for_records(session, path)
        os.kill(core, signal.SIGTERM)
        _, error = session.communicate(timeout=60)
    assert_an_engines_death(session, error, path)
    assert lines(path, "failures") == []


def test_ctrl_c_while_the_engine_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with begun(command(path, 100)) as session:
        [_] = wait_for_engines(session)
        theirs = descendants([session.pid])
        os.killpg(session.pid, signal.SIGINT)
        _, error = session.communicate(timeout=PATIENCE)
    assert session.returncode == 130, error
    assert "Traceback" not in error
    assert_gone(theirs)
    assert not path.exists(), "nothing was made, so nothing is left"


def test_two_engines_in_processes_of_their_own(checkpoint: str, tmp_path: Path) -> None:
    path, other = tmp_path / "run", tmp_path / "other"
    shutil.copytree(checkpoint, other)
    wanted = 150
    with begun(command(path, wanted, "--respond-with", str(other))) as session:
        engines = wait_for_records(session, path)
        assert len(engines) == 2
        theirs = descendants([session.pid])
        os.kill(engines[1], signal.SIGKILL)
        _, error = session.communicate(timeout=60)
    assert_an_engines_death(session, error, path)
    assert_gone(theirs)
    kept = lines(path)
    assert 0 < len(kept) < wanted

    done = run(resume(path), **PROCESSES)
    assert done.returncode == 0, done.stderr
    assert_complete(path, wanted, kept)


OPENS = """
import asyncio, sys
from magpie_backend_vllm import VllmBackend
from magpie_core import EngineSettings
asyncio.run(VllmBackend.open(EngineSettings(checkpoint=sys.argv[1])))
"""
RUNS = """
import asyncio, pathlib, sys
from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import parse_recipe
from magpie_core.session import execute
plugins = load_plugins()
recipe = parse_recipe(f'run = {{checkpoint = "{sys.argv[1]}", backend = "vllm", n = 3}}')
asyncio.run(execute(make_plan(recipe, plugins), plugins, pathlib.Path(sys.argv[2])))
"""


@pytest.mark.parametrize("source", [OPENS, RUNS], ids=["opens an engine", "runs a session"])
def test_a_script_that_its_engines_processes_run_again_is_told(
    source: str, checkpoint: str, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(source)
    done = run([sys.executable, str(script), checkpoint, str(tmp_path / "run")], **PROCESSES)
    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("magpie_core.errors.BackendError: this script opens an engine")
    assert 'if __name__ == "__main__":' in last
    assert "bootstrapping" not in done.stderr, "the script went on in the engine's process"


def assert_an_engines_death(session: subprocess.Popen[str], error: str, path: Path) -> None:
    assert session.returncode == 6, error
    # Whichever is seen first: the death of the process, or vLLM's own error about it.
    told = ("a process of the vLLM engine ended", "the vLLM engine stopped: ")
    assert any(one in error for one in told), error
    assert f"magpie resume {path}" in error.replace("\n", " ")
    assert "Traceback" not in error


def assert_gone(processes: list[int]) -> None:
    end = time.monotonic() + 20  # multiprocessing's resource tracker takes a moment to follow us
    while left := [pid for pid in processes if alive(pid)]:
        assert time.monotonic() < end, f"left behind: {[name_of(pid) for pid in left]}"
        time.sleep(0.05)


def assert_complete(path: Path, wanted: int, kept: list[dict[str, Any]]) -> None:
    """Nothing is missing, nothing is there twice, and what was there before is as it was."""
    records = lines(path)
    assert len(records) == wanted
    assert [one for one in records if one["index"] in {k["index"] for k in kept}] == kept
    settled = [one["index"] for kind in ("records", "rejects") for one in lines(path, kind)]
    assert sorted(settled) == list(range(len(settled))), "an index is missing or there twice"
    assert len({one["id"] for one in records}) == wanted


def wait_for_records(session: subprocess.Popen[str], path: Path, many: int = 5) -> list[int]:
    """The process ids of the session's engines, once it has written something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert session.poll() is None, session.communicate()[1]
        if len(lines(path)) >= many:
            return engines_of(session)
        time.sleep(0.02)
    raise AssertionError("no record was written")


def wait_for_engines(session: subprocess.Popen[str]) -> list[int]:
    """The same as soon as there are any, which is long before they are ready."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert session.poll() is None, session.communicate()[1]
        if found := engines_of(session):
            return found
        time.sleep(0.02)
    raise AssertionError("no engine was started")


def engines_of(session: subprocess.Popen[str]) -> list[int]:
    named = {pid: name_of(pid) for pid in descendants([session.pid])}
    return [pid for pid, name in named.items() if "EngineCore" in name]


def name_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
