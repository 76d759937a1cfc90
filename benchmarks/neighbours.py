"""The exact near-duplicate search against the published way: a flat FAISS index, 500 neighbours a row.

Each side is a process of its own, so that its peak memory is its own too; what the process holds before
the search, the embeddings included, is taken off. Prints one JSON object a size.

    python benchmarks/neighbours.py embeddings.npy --rows 100000 --flat
    python benchmarks/neighbours.py --rows 100000 200000 400000      drawn vectors, the growth alone
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

THRESHOLD = 0.05
DIMENSION = 384
CENTRES = 2000
EVERY_SECONDS = 0.02


def found_file(side: str) -> Path:
    """Where a side leaves what it found, for the comparison."""
    return Path(tempfile.gettempdir(), f"magpie-neighbours-{side}.npz")


def resident_bytes(field: str = "RssAnon") -> int:
    """Memory of this process that is no file's."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if field in line).split()[1])


def vectors(file: str, rows: int):
    """The first ``rows`` embeddings of ``file``; rows that are more are drawn around those that are there."""
    import numpy as np

    draw = np.random.default_rng(0)
    if file:
        there = np.load(file, mmap_mode="r")[:rows]
    else:
        there = draw.standard_normal((CENTRES, DIMENSION)).astype(np.float32)
    result = np.empty((rows, there.shape[1]), np.float32)
    result[: len(there)] = there[:rows]
    for begin in range(len(there), rows, 65_536):
        end = min(begin + 65_536, rows)
        near = there[draw.integers(0, len(there), end - begin)]
        near = near / np.linalg.norm(near, axis=1, keepdims=True)
        aside = draw.standard_normal(near.shape).astype(np.float32)
        result[begin:end] = near + 0.5 * aside / np.linalg.norm(aside, axis=1, keepdims=True)
    result /= np.linalg.norm(result, axis=1, keepdims=True)
    return result


def measure(side: str, file: str, rows: int) -> dict[str, object]:
    """One search in this process: seconds, peak memory above what was there, and a summary."""
    import numpy as np

    from magpie_core.neighbours.exact import search
    from magpie_core.testing.flat_search import flat_search

    some = vectors("", 3000)
    (search if side == "exact" else flat_search)(some, THRESHOLD)  # libraries and thread pools
    data = vectors(file, rows)
    before, peak, ended = resident_bytes(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(EVERY_SECONDS):
            peak = max(peak, resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    begin = time.perf_counter()
    found = (search if side == "exact" else flat_search)(data, THRESHOLD)
    seconds = time.perf_counter() - begin
    ended.set()
    watcher.join()
    distance, count, first = (
        (found.distance, found.count, found.first) if side == "exact" else found
    )
    np.savez(found_file(side), distance=distance, count=count, first=first)
    return {
        "side": side,
        "rows": rows,
        "seconds": round(seconds, 2),
        "memory_with_embeddings_in_matrices": round((peak - before) / data.nbytes + 1, 2),
        "near": int((count > 0).sum()),
    }


def main() -> None:
    """Measure each size, and the published way beside it when asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", nargs="?", default="", help="float32 embeddings, .npy")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--flat", action="store_true", help="the published way too")
    parser.add_argument("--side", choices=["exact", "flat"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(measure(options.side, options.file, options.rows[0])))
        return
    for rows in options.rows:
        sides = ["exact", "flat"] if options.flat else ["exact"]
        done = {}
        for side in sides:
            command = [sys.executable, __file__, *([options.file] if options.file else [])]
            command += ["--rows", str(rows), "--side", side]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            done[side] = json.loads(said)
            print(said, end="", flush=True)
        if options.flat:
            print(json.dumps({"rows": rows} | compare(done)), flush=True)


def compare(done: dict[str, dict[str, float]]) -> dict[str, object]:
    """How much faster, and where the two differ."""
    import numpy as np

    exact, flat = (np.load(found_file(side)) for side in ("exact", "flat"))
    return {
        "ratio": round(done["flat"]["seconds"] / done["exact"]["seconds"], 2),
        "counts_differ": int((exact["count"] != flat["count"]).sum()),
        "counts_differ_below_499": int(
            ((exact["count"] != flat["count"]) & (exact["count"] < 499)).sum()
        ),
        "firsts_differ": int((exact["first"] != flat["first"]).sum()),
        "distance_off_by": float(np.abs(exact["distance"] - flat["distance"]).max()),
    }


if __name__ == "__main__":
    main()
