"""The most memory that each step takes, for a quarter of the records and for all: what grows with them.

Runs of records with made-up words and the columns of five sets are made first, which is not measured. Each
step is a process of its own, measured from start to exit; what asks an engine asks the ``fake`` one, which
answers at once. Prints one JSON object.

    python benchmarks/streams.py -n 200000
    python benchmarks/streams.py -n 200000 --only select dedup-minhash
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from million import FAKE, measured
from selection import make

ANSWERS = """
[taggers.grade]
prompt = "Grade this: {response}"
columns = { grade = "integer" }
"""
GRADES = "texts=" + json.dumps([f'{{"grade": {one}}}' for one in range(1, 10)])
ENGINE = ("--checkpoint", "tiny", "--family", "llama3", "--backend", "fake")
PAIRS = ("trl-preference", "axolotl-preference", "handbook-preference")
EMBEDDED = 20_000
"""Rows that a processor embeds in a minute or two; ``neighbours.py`` measures the search of many more."""


def steps(folder: Path, n: int) -> Iterator[tuple[str, list[str]]]:
    """Each step's name and command, in an order in which each finds what it needs."""
    run = str(folder / "run")
    recipe = folder / "recipe.toml"
    recipe.write_text(ANSWERS)
    every = ["-n", str(n)]  # the runs that were made say nothing of how many were wanted
    graded = ["--recipe", str(recipe)]
    yield "run", ["run", *FAKE, "-n", str(n), "-o", str(folder / "made"), "-q"]
    for name in ("sharegpt", "messages", "alpaca", "jsonl", "parquet"):
        out = folder / f"{name}.{'parquet' if name == 'parquet' else 'jsonl'}"
        yield f"export-{name}", ["export", run, *every, "--to", name, "--out", str(out), "-q"]
    several = ["--to", "parquet", "--shard-rows", str(n // 10), "--out", str(folder / "s.parquet")]
    yield "export-shards", ["export", run, *every, *several, "-q"]
    for name in ("sharegpt.jsonl", "parquet.parquet"):
        out = folder / f"imported-{name}"
        yield f"import-{name}", ["import", str(folder / name), "-o", str(out), "-q"]
    imported = str(folder / "imported-sharegpt.jsonl")
    yield "merge", ["merge", run, imported, "-o", str(folder / "merged"), "-q"]
    where = [
        "--where",
        "input_quality >= 'average'",
        "--top",
        str(n // 2),
        "--by",
        "instruct_reward",
    ]
    yield "select", ["select", run, *where, "--out", str(folder / "chosen.parquet"), "-q"]
    yield "split", ["split", run, "--test", "0.1", "--out", str(folder / "split"), "-q"]
    yield (
        "tag",
        ["tag", run, "grade", *graded, *ENGINE, "--engine-option", GRADES, "-q"],
    )
    yield "extend", ["extend", imported, "--turns", "2", *ENGINE, "-q"]
    rated = ["--reward", "tiny", "--reward-backend", "fake", "--reward-option", GRADES]
    samples = ["--samples", "2", "--by", "grade", *graded, *ENGINE]
    yield "prefer", ["prefer", run, *samples, *rated, "-q"]
    for name in PAIRS:
        yield (
            f"export-{name}",
            ["export", run, *every, "--to", name, "--out", str(folder / name), "-q"],
        )
    yield "dedup-minhash", ["dedup", imported, "--minhash", "-q"]
    yield "status", ["status", run]
    if n <= EMBEDDED:
        yield "dedup-minilm", ["dedup", imported, "--embedder", "minilm", "-q"]
        yield "diversity", ["diversity", imported, "--embedder", "minilm", "-q"]


def main() -> None:
    """Make the runs, and take each step at both sizes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", type=int, default=200_000)
    parser.add_argument("--only", nargs="*", metavar="STEP", help="besides, those that it needs")
    given = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="magpie-bench-") as place:
        for n in (given.n // 4, given.n):
            folder = Path(place, str(n))
            folder.mkdir()
            make(folder / "run", n)
            for name, command in steps(folder, n):
                if given.only and not any(name.startswith(one) for one in given.only):
                    continue
                found.setdefault(name, {})[str(n)] = measured(*command)
                print(name, found[name], os.getloadavg()[0], file=sys.stderr, flush=True)
    for sizes in found.values():
        if len(sizes) == 2:
            small, large = (one["peak_mib"] for one in sizes.values())
            sizes["bytes_a_record"] = round((large - small) * 1024**2 / (given.n * 0.75))
    print(json.dumps({"records": given.n, "steps": found}, indent=2))


if __name__ == "__main__":
    main()
