"""Why an engine's process ended, out of what it wrote. No vLLM needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_backend_vllm.report import LOG, last_error, value_for

PREFIX = "(EngineCore pid=123) ERROR 11-21 04:44:11 [core.py:1510] "
OUT_OF_MEMORY = f"""
{PREFIX}EngineCore failed to start.
{PREFIX}Traceback (most recent call last):
{PREFIX}  File "core.py", line 3, in start
{PREFIX}ValueError: Free memory on device (1/79 GiB) is less than desired.
Process EngineCore:
Traceback (most recent call last):
  File "core.py", line 3, in start
ValueError: Free memory on device (1/79 GiB) is less than desired.
"""
IN_A_WORKER = """
(Worker_TP1 pid=7) ERROR 11-21 04:44:11 [multiproc.py:9] torch.OutOfMemoryError: CUDA out of memory.
(EngineCore pid=3) ERROR 11-21 04:44:12 [core.py:15] Exception: WorkerProc initialization failed due to an \
exception in a background process. See stack trace for root cause.
"""


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (OUT_OF_MEMORY, "ValueError", "Free memory on device (1/79 GiB) is less than desired."),
        (IN_A_WORKER, "OutOfMemoryError", "CUDA out of memory."),
        ("safetensors_rust.SafetensorError: cut", "SafetensorError", "cut"),
    ],
)
def test_the_last_error_that_says_something(
    text: str, kind: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text(text)
    error = last_error(tmp_path / "log")
    assert (type(error).__name__, str(error)) == (kind, words)


@pytest.mark.parametrize("text", [None, "", "killed\n", "WARNING: ValueError is a class\n"])
def test_a_log_that_names_no_error(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "log").write_text(text)
    assert last_error(tmp_path / "log") is None


@given(st.binary())
def test_any_bytes_are_a_log(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    log = tmp_path_factory.getbasetemp() / "any.log"
    log.write_bytes(b"ValueError: " + content)
    error = last_error(log)
    assert error is None or str(error)


def test_the_engines_processes_write_to_it_and_ours_does_not(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ours = (
        f"import os, subprocess, sys\nos.environ[{LOG!r}] = f'{{os.getpid()}}:{log}'\n"
        "import magpie_backend_vllm.report\nprint('ours', flush=True)\n"
        "subprocess.run([sys.executable, '-c', 'import magpie_backend_vllm.report; print(1); 1 / 0'])"
    )
    done = subprocess.run([sys.executable, "-c", ours], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("ours\n", "")
    assert str(last_error(log)) == "division by zero"
    assert "1" in log.read_text().splitlines(), "standard output goes there, too"
    assert value_for(log) == f"{os.getpid()}:{log}"
