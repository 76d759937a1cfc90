"""``magpie run --backend sglang`` on the real engine and the real server, both killed half-way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sglang", reason="SGLang is not installed here: see install.sh")

import psutil

pytestmark = [pytest.mark.engine, pytest.mark.slow]

MAGPIE = [sys.executable, "-c", "from magpie_core.cli import main; main()"]
N = 60
RECIPE = """
[run]
family = "llama3"
checkpoint = "tiny"
backend = "sglang"
n = {n}
pilot = 0
in_flight = 8
[instruction]
max_tokens = 64
[response]
max_tokens = 64
temperature = 1.0
[engine]
{engine}
"""


def environment() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1", "COLUMNS": "200"}


def settled(run: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in run.glob("*/part-*.jsonl"))


def lines(run: Path, kind: str) -> list[dict[str, Any]]:
    text = "".join(path.read_text("utf-8") for path in sorted((run / kind).glob("*.jsonl")))
    return [json.loads(one) for one in text.splitlines()]


def run_until_killed(recipe: Path, run: Path, kill: Callable[[int], None]) -> tuple[int, str, int]:
    """Start the run and ``kill`` what it depends on after a few lines: exit code, stderr, lines kept."""
    process = subprocess.Popen(
        [*MAGPIE, "run", str(recipe), "-o", str(run)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 180
    while process.poll() is None and settled(run) < 5 and time.monotonic() < end:
        time.sleep(0.02)
    if process.poll() is None:
        kill(process.pid)
    _, said = process.communicate(timeout=120)
    return process.returncode, said, settled(run)


def assert_whole(run: Path) -> None:
    """Nothing lost, nothing twice."""
    records = lines(run, "records")
    assert len(records) == N
    every = [one["index"] for kind in ("records", "rejects") for one in lines(run, kind)]
    assert len(every) == len(set(every)), "an index is there twice"
    assert sorted(every) == list(range(len(every))), "an index is missing"
    texts = {one["instruction"] for one in records}
    assert len(texts) == N, "an instruction is there twice"
    assert all(one["response"] for one in records)


def resume(run: Path) -> str:
    done = subprocess.run(
        [*MAGPIE, "resume", str(run)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def kill_scheduler(pid: int) -> None:
    below = psutil.Process(pid).children(recursive=True)
    [scheduler] = [one for one in below if "scheduler" in " ".join(one.cmdline())]
    os.kill(scheduler.pid, signal.SIGKILL)


def test_the_engine_dies_and_the_run_goes_on(tmp_path: Path, cpu_options: dict[str, Any]) -> None:
    recipe, run = tmp_path / "recipe.toml", tmp_path / "run"
    options = ", ".join(f"{name} = {json.dumps(value)}" for name, value in cpu_options.items())
    engine = f'device = "cpu"\nmax_batch = 16\noptions = {{ {options} }}'
    recipe.write_text(RECIPE.format(n=N, engine=engine))
    code, said, kept = run_until_killed(recipe, run, kill_scheduler)
    assert code == 6, said
    assert "the SGLang engine ended" in said
    assert f"magpie resume {run}" in said
    assert "Traceback" not in said
    assert "note seeds: backend `sglang` draws samples without seeds" in said
    assert kept >= 5
    assert len(lines(run, "records")) < N
    assert "another run gives other samples" in resume(run)
    assert_whole(run)
    versions = tomllib.loads((run / "run.toml").read_text())["versions"]
    assert versions["sglang-mode"] == "engine"
    assert versions["sglang-seeds"].startswith("none")


def test_the_server_dies_and_the_run_goes_on(tmp_path: Path, server: Any) -> None:
    recipe, run = tmp_path / "recipe.toml", tmp_path / "run"
    recipe.write_text(RECIPE.format(n=N, engine=f'options = {{ url = "{server.url}" }}'))
    code, said, kept = run_until_killed(recipe, run, lambda pid: server.kill())
    assert code == 6, said
    assert f"the SGLang server at {server.url} is gone" in said
    assert f"magpie resume {run}" in said
    assert "Traceback" not in said
    assert kept >= 5
    assert len(lines(run, "records")) < N
    server.start()
    resume(run)
    assert_whole(run)
    assert tomllib.loads((run / "run.toml").read_text())["versions"]["sglang-mode"] == "server"
