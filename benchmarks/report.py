"""Time and size of ``magpie report``, and how soon its page can be read: many records, six sets.

The run is made first, which is not timed: made-up words, tags, a third as many rejections, events, and
vectors of 384 dimensions. The report is a process of its own, measured from start to exit; its memory is
the most that was resident. The page is opened in Chromium, where there is one, three times: until its
first figure is drawn and its records can be read. Prints one JSON object.

    python benchmarks/report.py -n 100000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from selection import make, measured

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.neighbours.cache import PART, Cache
from magpie_core.record import Rejection
from magpie_core.run.folder import RunFolder

DIMENSIONS = 384
GROUPS = 200
REASONS = ("ends_with_colon", "duplicate", "too_long", "junk_characters", "greeting", "repetition")
LANGUAGES = ("EN",) * 12 + ("DE", "FR", "ES", "ZH")


def make_whole(run: Path, n: int) -> None:
    """A run with everything a report shows."""
    make(run, n)
    dice, numbers = random.Random(2), np.random.default_rng(2)
    with RunFolder.open(run, write=True) as folder:
        for index in range(n, n + n // 3):
            reason = dice.choice(REASONS)
            text = "a made-up text that was turned down " * dice.randint(1, 9)
            folder.append(
                Rejection(index=index, step="instruction", reason=reason, filter=reason, text=text)
            )
    with (run / "events.jsonl").open("w") as events:
        for seconds in range(0, 36_000, 30):
            done = n * seconds // 36_000
            line = {
                "time": f"2026-01-31T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z",
                "step": "generate",
                "event": "progress" if seconds else "started",
                "seconds": seconds,
                "pid": 1,
                "accepted": done,
                "rejected": done // 3,
                "sampled_tokens": 300 * done,
                "prompt_tokens": 60 * done,
            }
            events.write(json.dumps(line) + "\n")
    centres = numbers.normal(size=(GROUPS, DIMENSIONS))
    cache = Cache(run / "embeddings" / "minilm", "made up")
    with open_source(run) as source, Columns(source, "tags/language", {"made": "up"}) as language:
        texts = []
        for record in source.records():
            language.add(record.id, {"language": dice.choice(LANGUAGES)})
            texts.append(record.instruction)
            if len(texts) == PART:
                cache.add(texts, _vectors(numbers, centres, len(texts)))
                texts = []
        if texts:
            cache.add(texts, _vectors(numbers, centres, len(texts)))


def _vectors(numbers: np.random.Generator, centres: Any, rows: int) -> Any:
    vectors = centres[numbers.integers(0, GROUPS, rows)] + numbers.normal(size=(rows, DIMENSIONS))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def opening_seconds(page: Path, times: int = 3) -> list[float]:
    """Until the page's first figure is drawn, each time in a fresh window; empty without a browser."""
    path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if path is None:
        return []
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(times):
            window = browser.new_context().new_page()
            begin = time.monotonic()
            window.goto(page.as_uri())
            window.wait_for_selector("html[data-ready]", state="attached")
            window.wait_for_selector(".chart[data-drawn]", state="attached")
            taken.append(round(time.monotonic() - begin, 2))
            window.close()
        browser.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-n", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="make the run here, or use the one that is here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="magpie-bench-") as folder:
        run = given.keep or Path(folder, "run")
        if not run.exists():
            make_whole(run, given.n)
        page = Path(folder, "report.html")
        load = os.getloadavg()[0]
        told = measured(["report", str(run), "-o", str(page), "-q"])
        found = {
            "records": given.n,
            **told,
            "megabytes": round(page.stat().st_size / 1e6, 2),
            "opening_seconds": opening_seconds(page),
            "cores": os.cpu_count(),
            "load_before": round(load, 1),
            "python": sys.version.split()[0],
        }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
