"""What Ray costs a run: the same records in one process and with workers on Ray, on the real engine.

Sides, in turns, each in processes of its own with one thread an engine: one process; one worker on Ray; two
workers on Ray. Every engine has the same number in flight and the same batch, so that each record costs it
the same. Of each side, from the first request to the last record: seconds, and seconds of processor time of
everything it runs, by who used it: ours (driver, coordinator, workers), and Ray's own daemons, which take
about the same each second whatever is done. On a machine that others use processor time is the one to look
at: waiting for a processor is not in it. Prints one JSON object.

    python benchmarks/on_ray.py -n 240 --rounds 3
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

THREADS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.2


class Meter(threading.Thread):
    """Processor seconds of this process and of all that come from it, from ``begin`` on.

    Looked at again and again: of a process that ended, what it had used by then counts.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._used: dict[int, Used] = {}
        self._before: dict[int, Used] = {}
        self._over = threading.Event()

    def begin(self) -> None:
        """Count from now on."""
        self._before = _used()
        self.start()

    def end(self) -> dict[str, float]:
        """Stop, and say how many seconds it were."""
        self._over.set()
        self.join()
        sums = {"ours": 0.0, "daemons": 0.0}
        for pid, now in self._used.items():
            before = self._before.get(pid)
            sums["ours" if now.ours else "daemons"] += now.seconds - (
                before.seconds if before else 0.0
            )
        return {name: round(one, 2) for name, one in sums.items()}

    def run(self) -> None:
        """Look until it is enough."""
        while True:
            for pid, now in _used().items():
                was = self._used.get(pid)  # one that ended has no title any more
                self._used[pid] = Used(now.seconds, now.ours or (was is not None and was.ours))
            if self._over.wait(LOOK_SECONDS):
                return


class Used(NamedTuple):
    """Of one process so far."""

    seconds: float
    ours: bool
    """Whether it is this one or an actor, not one of Ray's daemons."""


def _used() -> dict[int, Used]:
    """Processor seconds by process: this one and its descendants."""
    stats: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            stats[int(entry.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS
    wanted = {os.getpid()}
    while more := {pid for pid, (parent, _) in stats.items() if parent in wanted} - wanted:
        wanted |= more
    return {
        pid: Used(stats[pid][1], pid == os.getpid() or _is_actor(pid))
        for pid in wanted
        if pid in stats
    }


def _is_actor(pid: int) -> bool:
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return title.startswith((b"ray::LedWorker", b"ray::Coordinator"))  # not those Ray keeps ready


def one_side(workers: int, records: int, in_flight: int) -> dict[str, Any]:
    """Make ``records`` with so many workers on Ray, 0 for none."""
    from magpie_core.plan import make_plan
    from magpie_core.plugins import load_plugins
    from magpie_core.run.recipe import parse_recipe
    from magpie_core.session import Observer, execute
    from magpie_ray.runner import RayRunner

    recipe = parse_recipe(
        f"[run]\ncheckpoint = 'tiny'\nn = {records}\nin_flight = {in_flight}\npilot = 0\n"
        f"[engine]\ndevice = 'cpu'\ndtype = 'float32'\nmax_batch = {in_flight}\n"
    )
    plugins = load_plugins()
    plan = make_plan(recipe, plugins)
    runner = RayRunner(workers=workers, address="local") if workers else None
    meter = Meter()
    observer = Observer(started=lambda tally, engines: meter.begin())
    with tempfile.TemporaryDirectory() as folder:
        work = execute(plan, plugins, Path(folder) / "run", observer, runner=runner)
        outcome = asyncio.run(work)
        processor = meter.end()
    return {
        "seconds": round(outcome.seconds, 2),
        "processor_seconds": processor,
        "tokens": outcome.tally.tokens,
        "attempts": outcome.tally.attempts,
    }


def measured(side: int, asked: argparse.Namespace) -> dict[str, Any]:
    """One side in a process of its own."""
    command = [sys.executable, __file__, "--side", str(side), "-n", str(asked.n)]
    begin = time.monotonic()
    done = subprocess.run(
        [*command, "--in-flight", str(asked.in_flight)],
        env={**os.environ, **THREADS},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    said["from_start_to_end"] = round(time.monotonic() - begin, 1)
    print(f"{side} on Ray: {said}", file=sys.stderr, flush=True)
    return said


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=240)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side is not None:
        print(json.dumps(one_side(asked.side, asked.n, asked.in_flight)))
        return
    before = os.getloadavg()[0]
    rounds = [{side: measured(side, asked) for side in (0, 1, 2)} for _ in range(asked.rounds)]

    def seconds(side: int) -> list[float]:
        return [round(one[side]["seconds"] / one[0]["seconds"], 3) for one in rounds]

    def processor(side: int) -> list[float]:
        used = "processor_seconds"
        return [round(one[side][used]["ours"] / one[0][used]["ours"], 3) for one in rounds]

    print(
        json.dumps(
            {
                "records": asked.n,
                "in_flight_each": asked.in_flight,
                "load": [round(before, 1), round(os.getloadavg()[0], 1)],
                "processor_one_worker": processor(1),
                "processor_two_workers": processor(2),
                "median_processor_one_worker": statistics.median(processor(1)),
                "median_processor_two_workers": statistics.median(processor(2)),
                "seconds_one_worker": seconds(1),
                "seconds_two_workers": seconds(2),
                "rounds": [
                    {"one process": one[0], "one worker": one[1], "two workers": one[2]}
                    for one in rounds
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
