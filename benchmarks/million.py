"""A run of a million records: time and memory from start to exit, and how soon resume and status answer.

The engine is ``fake`` without delay, so what is measured is ours; the texts are short and differ. Each
command is a process of its own, as a user starts it. Prints one JSON object.

    python benchmarks/million.py
    python benchmarks/million.py -n 100000
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from magpie_core.run.events import read_events

MAGPIE = str(Path(sys.executable).with_name("magpie"))
MISSING = 0.01
"""Share of the records, the last ones, that is cut off before a run is resumed."""
FAKE = ("--family", "llama3", "--checkpoint", "tiny", "--backend", "fake", "--pilot", "0")


def measured(*arguments: str) -> dict[str, float]:
    """Run ``magpie`` in a process of its own: wall time, processor time and the most that was resident."""
    print("magpie", *arguments, file=sys.stderr, flush=True)
    begin = time.monotonic()
    with open(os.devnull, "wb") as nothing:
        quiet = [(os.POSIX_SPAWN_DUP2, nothing.fileno(), 1)]
        child = os.posix_spawn(MAGPIE, [MAGPIE, *arguments], os.environ, file_actions=quiet)
        _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"magpie {' '.join(arguments)} failed")
    return {
        "seconds": round(time.monotonic() - begin, 2),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024, 1),
    }


def cut_off(run: Path, share: float) -> int:
    """Take the last records away, as if the disk had been lost before they were written; how many."""
    last = max((run / "records").glob("part-*.jsonl"))
    lines = last.read_bytes().splitlines(keepends=True)
    count = min(len(lines), round(share * records_in(run)))
    os.truncate(last, last.stat().st_size - sum(map(len, lines[len(lines) - count :])))
    return count


def records_in(run: Path) -> int:
    """Lines of the run's records."""
    return sum(one.read_bytes().count(b"\n") for one in (run / "records").glob("part-*.jsonl"))


def begun_after(run: Path) -> float:
    """Seconds from the last session's begin until it made records."""
    return [one["seconds"] for one in read_events(run) if one["event"] == "started"][-1]


def measure(run: Path, n: int) -> dict[str, Any]:
    """One run of ``n`` records, and what is asked of it afterwards."""
    path = str(run)
    found: dict[str, Any] = {"records": n, "load_before": round(os.getloadavg()[0], 1)}
    found["run"] = measured("run", *FAKE, "-n", str(n), "-o", path, "-q")
    found["resume_at_the_end"] = measured("resume", path, "-q")
    found["status"] = measured("status", path)
    found["status_json"] = measured("status", path, "--json")
    missing = cut_off(run, MISSING)
    found["resume_with_some_missing"] = {
        "missing": missing,
        **measured("resume", path, "-q"),
        "seconds_until_the_first": round(begun_after(run), 2),
    }
    if (there := records_in(run)) != n:
        raise SystemExit(f"{there} records where {n} were wanted")
    found["mib"] = round(sum(one.stat().st_size for one in run.rglob("*.jsonl")) / 1024**2)
    found["load_after"] = round(os.getloadavg()[0], 1)
    return found


def main() -> None:
    """Make the run and ask."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="make the run here, and leave it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="magpie-bench-") as folder:
        print(json.dumps(measure(given.keep or Path(folder, "run"), given.n), indent=2))


if __name__ == "__main__":
    main()
