"""What the language tagger gains by its batches: the same detector, one row at a time against batches.

Two pairs of sides, in turns, over the same instructions (the embedded model's training tasks in three
languages, and the texts our contracts share):

- ``label``: lingua's ``detect_language_of`` in a loop, against the tagger without ``mixed``, which gives the
  confidence besides.
- ``all columns``: the tagger given one record at a time, against batches of its own size.

Labels must be equal. Prints one JSON object.

    python benchmarks/language.py -n 50000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins" / "tiny" / "training"))

from magpie_core import Record
from magpie_core.testing.texts import LEGITIMATE_INSTRUCTIONS
from magpie_tagger_language import LanguageTagger
from magpie_tagger_language.detector import Detector, detector_for
from tiny_training.generator import Generator

EVERY_NTH = 50
"""One instruction in so many is one of the shared texts: other languages, code, tables."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all-columns", type=int, default=10_000, help="rows of the second pair")
    args = parser.parse_args()
    texts = instructions(args.n)
    begin = perf_counter()
    detector = detector_for((), False)
    detector.tell(texts[:2000], mixed=True)  # the models load when they are first needed
    loaded = perf_counter() - begin
    load = os.getloadavg()[0]
    label = pair(lambda: loop(detector, texts), lambda: tagged(texts, mixed=False), args.rounds)
    some = texts[: args.all_columns]
    columns = pair(
        lambda: [one for text in some for one in tagged([text], mixed=True)],
        lambda: tagged(some, mixed=True),
        args.rounds,
    )
    print(
        json.dumps(
            {
                "instructions": len(texts),
                "cores": len(os.sched_getaffinity(0)),
                "load_before": round(load, 2),
                "loading_seconds": round(loaded, 1),
                "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "label": label,
                "all_columns": {"instructions": len(some), **columns},
            }
        )
    )


def instructions(count: int) -> list[str]:
    generator = Generator(seed=5)
    return [
        LEGITIMATE_INSTRUCTIONS[k // EVERY_NTH % len(LEGITIMATE_INSTRUCTIONS)]
        if k % EVERY_NTH == 0
        else generator.turn().instruction
        for k in range(count)
    ]


def loop(detector: Detector, texts: Sequence[str]) -> list[str | None]:
    found = [detector._detector.detect_language_of(text) for text in texts]
    return [one.iso_code_639_1.name if one else None for one in found]


def tagged(texts: Sequence[str], *, mixed: bool) -> list[str | None]:
    """Through the tagger, batch after batch, as ``magpie tag`` asks it."""
    tagger = LanguageTagger(mixed=mixed)
    records = [Record(id="", index=0, instruction=text, response="") for text in texts]

    async def all_batches() -> list[str | None]:
        labels: list[str | None] = []
        for first in range(0, len(records), tagger.batch):
            batch = await tagger.tag(records[first : first + tagger.batch], None)
            labels += [one["language"] for one in batch if isinstance(one, dict)]
        return labels

    return asyncio.run(all_batches())


def pair(
    one_by_one: Callable[[], list[str | None]],
    batches: Callable[[], list[str | None]],
    rounds: int,
) -> dict[str, object]:
    ratios, slow, fast = [], [], []
    different = 0
    for _ in range(rounds):
        begin = perf_counter()
        left = one_by_one()
        middle = perf_counter()
        right = batches()
        end = perf_counter()
        slow.append(middle - begin)
        fast.append(end - middle)
        ratios.append(slow[-1] / fast[-1])
        different += sum(a != b for a, b in zip(left, right, strict=True))
    return {
        "one_by_one_seconds": [round(one, 2) for one in slow],
        "batches_seconds": [round(one, 2) for one in fast],
        "ratios": [round(one, 2) for one in ratios],
        "ratio": round(statistics.median(ratios), 2),
        "different_labels": different,
    }


if __name__ == "__main__":
    main()
