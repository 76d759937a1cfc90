"""Time and memory of ``magpie select --out``: a run of many records with five sets of columns, to Parquet.

The run is made first, which is not timed. Each selection is a process of its own, measured from start to
exit; its memory is the most that was resident. Prints one JSON object.

    python benchmarks/selection.py -n 1000000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from magpie_core.dataset.columns import Columns
from magpie_core.dataset.source import open_source
from magpie_core.record import Provenance, Record
from magpie_core.run.folder import RunFolder
from magpie_core.selection.scales import SCALES

MAGPIE = str(Path(sys.executable).with_name("magpie"))
CHARACTERS = 1_000
"""Mean length of a response; they are between nothing and twice that."""
SELECTIONS = {
    "all": ["--where", "length(response) >= 0"],
    "a third": [
        "--where",
        "input_quality >= 'average' AND min_neighbor_distance > 0 AND instruct_reward > -5 "
        "AND NOT instruction LIKE '%:'",
    ],
    "texts": ["--where", "response LIKE '%word%' AND NOT instruction LIKE '%:'"],
    "balanced": ["--balance", "task_category,difficulty", "-n", "300000", "--shuffle"],
}


def record(index: int, dice: random.Random, words: list[str]) -> Record:
    """A record of made-up words."""
    end = ":" if index % 20 == 0 else "?"
    return Record(
        id=f"0123456789ab-{index}",
        index=index,
        instruction=f"{' '.join(dice.choices(words, k=12))} {index}{end}",
        response=" ".join(dice.choices(words, k=dice.randint(0, 2 * CHARACTERS // 7))),
        provenance=Provenance(
            run="0123456789ab",
            seed=index,
            instruction_tokens=15,
            response_tokens=200,
            response_finish="stop",
        ),
    )


def columns(dice: random.Random, words: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What five steps add to one record."""
    labels = {name: dice.choice(scale.labels) for name, scale in SCALES.items()}
    judge = "a judge"
    sentence = " ".join(dice.choices(words, k=15))
    yield (
        "tags/quality",
        {
            "input_quality": labels["input_quality"],
            "quality_explanation": sentence,
            "quality_generator": judge,
        },
    )
    yield (
        "tags/difficulty",
        {
            "intent": sentence,
            "knowledge": sentence,
            "difficulty": labels["difficulty"],
            "difficulty_generator": judge,
        },
    )
    yield (
        "tags/category",
        {
            "task_category": labels["task_category"],
            "other_task_category": ["Math"],
            "task_category_generator": judge,
        },
    )
    yield "tags/reward", {"instruct_reward": dice.gauss(0, 5), "reward_model": judge}
    yield (
        "neighbours/minilm",
        {
            "min_neighbor_distance": dice.random(),
            "repeat_count": 0,
            "min_similar_conversation_id": None,
        },
    )


def make(run: Path, n: int) -> None:
    """Write the run and its sets."""
    dice = random.Random(1)
    words = [
        "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(3, 9)))
        for _ in range(5_000)
    ]
    words.append("word")
    with RunFolder.create(run, {"key": "0123456789ab", "run": {"n": n}}) as folder:
        for index in range(n):
            folder.append(record(index, dice, words))
    open_sets: dict[str, Columns] = {}
    with open_source(run) as source:
        for index in range(n):
            for name, added in columns(dice, words):
                if name not in open_sets:
                    open_sets[name] = Columns(source, name, {"made": "up"})
                open_sets[name].add(f"0123456789ab-{index}", added)
    for one in open_sets.values():
        one.close()


def measured(arguments: list[str]) -> dict[str, float]:
    """Run ``magpie`` in a process of its own."""
    begin = time.monotonic()
    child = os.posix_spawn(MAGPIE, [MAGPIE, *arguments], os.environ)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"magpie {' '.join(arguments)} failed")
    return {
        "seconds": round(time.monotonic() - begin, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_gib": round(used.ru_maxrss / 1024**2, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-n", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="make the run here, or use the one that is here")
    parser.add_argument("--only", choices=SELECTIONS, action="append")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="magpie-bench-") as folder:
        run = given.keep or Path(folder, "run")
        if not run.exists():
            make(run, given.n)
        found: dict[str, Any] = {"records": given.n}
        for name in given.only or SELECTIONS:
            out = Path(folder, "chosen.parquet")
            told = measured(
                ["select", str(run), *SELECTIONS[name], "--out", str(out), "--overwrite", "-q"]
            )
            found[name] = {**told, "mib": round(out.stat().st_size / 1024**2)}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
