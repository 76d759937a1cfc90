"""How long ``magpie view`` takes to answer over a run of many records: pages, filters, sorts, searches.

The run is that of ``selection.py``. The command is started twice, without its index and with it; then it is
asked over HTTP, as the page asks it. Nothing is asked twice, so that nothing is remembered, but where the
name says so. Prints one JSON object, milliseconds.

    python benchmarks/view.py -n 1000000
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selection import MAGPIE, make

from magpie_core.selection.scales import SCALES


class Viewer:
    """A running ``magpie view``."""

    def __init__(self, run: Path, cache: Path) -> None:
        begin = time.monotonic()
        self._process = subprocess.Popen(
            [MAGPIE, "view", str(run), "--no-open", "-q"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise SystemExit("magpie view did not start")
        self.seconds = round(time.monotonic() - begin, 1)
        """Until it answered."""
        self._address = urlsplit(line)
        self._headers = {
            "x-magpie-token": self._address.fragment.removeprefix("token="),
            "origin": f"http://{self._address.netloc}",
            "content-type": "application/json",
        }
        self._connection = http.client.HTTPConnection(self._address.netloc, timeout=600)

    def ask(self, path: str, **body: Any) -> tuple[float, Any]:
        """Milliseconds, and the answer."""
        begin = time.perf_counter()
        self._connection.request("POST", f"/api/{path}", json.dumps(body), self._headers)
        answer = json.loads(self._connection.getresponse().read())
        took = 1000 * (time.perf_counter() - begin)
        if "error" in (answer or {}):
            raise SystemExit(f"{path} {body}: {answer['error']}")
        return took, answer

    def close(self) -> tuple[float, float]:
        """End it; processor seconds, and the most that was resident in GiB."""
        self._process.send_signal(signal.SIGTERM)  # a shell's background job ignores Ctrl-C
        _, _, used = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        return round(used.ru_utime + used.ru_stime, 1), round(used.ru_maxrss / 1024**2, 2)


def asked(dice: random.Random, n: int) -> dict[str, list[dict[str, Any]]]:
    """What is asked for, by name: bodies of ``/api/page``."""
    pages = [{"start": dice.randrange(n)} for _ in range(30)]
    labels = [
        {"labels": {name: [label]}} for name, scale in SCALES.items() for label in scale.labels
    ]
    ranges = [
        {"ranges": {"instruct_reward": sorted((dice.gauss(0, 5), dice.gauss(0, 5)))}}
        for _ in range(15)
    ]
    both = [
        {**dice.choice(labels), **one, "sort": "min_neighbor_distance", "descending": True}
        for one in ranges
    ]
    where = [
        f"input_quality >= 'good' AND instruct_reward > {dice.gauss(0, 5)}",
        f"difficulty BETWEEN 'easy' AND 'hard' AND min_neighbor_distance > {dice.random()}",
        f"length(response) > {dice.randrange(2000)}",
        "instruct_reward >= quantile_cont(instruct_reward, 0.9)",
        "NOT instruction LIKE '%:'",
        "task_category = 'Math' AND instruction LIKE '%?'",
    ]
    sorts = [
        {"sort": name, "descending": down}
        for name in ("instruct_reward", "min_neighbor_distance", "input_quality", "difficulty",
                     "length of response", "length of instruction")
        for down in (False, True)
    ]  # fmt: skip
    return {
        "a page": pages,
        "a label": [{"asked": one} for one in labels],
        "a range": [{"asked": one} for one in ranges],
        "a label, a range and a sort": [{"asked": one} for one in both],
        "a page of it, again": [{"asked": one, "start": 500} for one in both[-5:]],
        "a where on columns": [{"asked": {"where": one}} for one in where[:4]],
        "a where on texts": [{"asked": {"where": one}} for one in where[4:]],
        "a sort": [{"asked": one} for one in sorts],
    }


def searches(viewer: Viewer, dice: random.Random, n: int) -> dict[str, list[float]]:
    """Words of the texts: whole ones, their beginnings, two at once; then a filter over what was found."""
    found: dict[str, list[float]] = {"a search": [], "a filter of what was found": []}
    for number in range(8):
        head = viewer.ask("page", start=dice.randrange(n), size=1)[1]["rows"][0]["response"]
        words = head.split()[:2] or ["word"]
        text = [words[0], " ".join(words), words[0][:3] + "zq", "word"][number % 4]
        found["a search"].append(viewer.ask("page", asked={"search": text + " " * number})[0])
        body = {"search": text + " " * number, "labels": {"input_quality": ["good"]}}
        found["a filter of what was found"].append(viewer.ask("page", asked=body)[0])
    return found


def told(times: Iterable[float]) -> dict[str, float]:
    """Half of them and all of them, in milliseconds."""
    times = list(times)
    return {"p50": round(statistics.median(times)), "max": round(max(times)), "of": len(times)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-n", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="make the run here, or use the one that is here")
    given = parser.parse_args()
    dice = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="magpie-bench-") as folder:
        run = given.keep or Path(folder, "run")
        if not run.exists():
            make(run, given.n)
        cache = Path(folder, "cache")
        found: dict[str, Any] = {"records": given.n, "load before": round(os.getloadavg()[0], 1)}
        viewer = Viewer(run, cache)
        processor, peak = viewer.close()
        found["first start"] = {
            "seconds": viewer.seconds,
            "processor_seconds": processor,
            "peak_gib": peak,
        }
        found["index_mib"] = round((run / ".view/index.duckdb").stat().st_size / 1024**2)
        viewer = Viewer(run, cache)
        found["second start"] = {"seconds": viewer.seconds}
        for name, bodies in asked(dice, given.n).items():
            found[name] = told(viewer.ask("page", **body)[0] for body in bodies)
        for name, times in searches(viewer, dice, given.n).items():
            found[name] = told(times)
        labels = [{"labels": {"difficulty": [one]}} for one in SCALES["difficulty"].labels]
        found["counts beside the labels"] = told(viewer.ask("counts", **one)[0] for one in labels)
        found["a record"] = told(
            viewer.ask("record", n=dice.randrange(given.n))[0] for _ in range(30)
        )
        found["a mark"] = told(
            viewer.ask("mark", n=dice.randrange(given.n), mark="keep")[0] for _ in range(10)
        )
        _, found["peak_gib"] = viewer.close()
        found["load after"] = round(os.getloadavg()[0], 1)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    sys.exit(main())
