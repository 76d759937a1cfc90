"""The clock of the machine jumps, by a year in both directions: nothing that is measured or limited notices."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from magpie_core.run.folder import RunFolder
from magpie_core.testing.processes import start_magpie, wait_for

JUMPS = """
import datetime, itertools, time
YEAR = 365 * 86400
jump = itertools.cycle({}).__next__
real, real_ns = time.time, time.time_ns
time.time = lambda: real() + jump() * YEAR
time.time_ns = lambda: real_ns() + jump() * YEAR * 10**9
class jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(real() + jump() * YEAR, tz)
import magpie_core.run.events, magpie_core.run.lock, magpie_core.run.contents, magpie_core.run.kind
import magpie_core.chat.template
for module in (magpie_core.run.events, magpie_core.run.lock, magpie_core.run.contents,
               magpie_core.run.kind, magpie_core.chat.template):
    module.datetime = jumping
"""
BACK_AND_FORTH = JUMPS.format("(0, 1, -1)")


def test_limits_watchdog_rates_and_locks_do_not_look_at_it(fake, tmp_path):
    run = tmp_path / "run"
    process = start_magpie(
        *(
            "run",
            *fake,
            "-n",
            "60",
            "-o",
            run,
            "--json",
            "--json-log",
            "--engine-option",
            "delay=0.02",
        ),
        *("--max-hours", "1", "--max-budget", "1", "--price-per-gpu-hour", "1"),
        *("--engine-timeout", "5", "--in-flight", "4"),
        first=BACK_AND_FORTH,
    )
    out, said = process.communicate()
    assert process.returncode == 0, said
    summary = json.loads(out)
    assert summary["accepted"] == 60
    assert 0 < summary["seconds"] < 600
    assert summary["records_per_second"] > 0.1
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert all(0 <= one["seconds"] < 600 for one in events)
    assert [one["seconds"] for one in events] == sorted(one["seconds"] for one in events)
    times = [
        one["time"]
        for one in (json.loads(x) for x in (run / "events.jsonl").read_text().splitlines())
    ]
    assert times != sorted(times), "the clock did not jump, so nothing was shown"


@pytest.mark.parametrize("years", [-30, 30])
def test_a_lock_neither_expires_nor_outlives_its_process(magpie, fake, tmp_path, years):
    run = tmp_path / "run"
    process = start_magpie(
        *("run", *fake, "-n", "500", "-o", run, "--engine-option", "delay=0.3"),
        *("--in-flight", "1"),
        first=JUMPS.format(f"({years},)"),
    )
    try:
        assert wait_for(lambda: any(run.glob("records/part-*")), process)
        said = magpie("resume", run)
        assert said.code == 5
        assert f"in use by process {process.pid}" in said.err
        assert "running" in magpie("status", run).out
    finally:
        process.kill()
        process.communicate()
    with RunFolder.open(run, write=True):
        pass


def test_nothing_is_measured_with_a_clock_that_can_be_set():
    """``time.time`` may tell the hour, never how long something took."""
    root = Path(__file__).parents[2] / "magpie_core"
    for path in root.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            called = isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "time.time",
                "time.time_ns",
            )
            taken = isinstance(node, ast.ImportFrom) and node.module == "time"
            names = {one.name for one in node.names} if taken else set()
            assert not called, f"{path}:{node.lineno}: monotonic() measures"
            assert not names & {"time", "time_ns"}, f"{path}:{node.lineno}: monotonic() measures"
