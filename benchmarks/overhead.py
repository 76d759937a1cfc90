"""What a record costs besides the engine: CPU time and memory of everything that is ours.

Runs the whole pipeline (prompts, cleaners, filters, duplicates, run folder) on an engine that answers at
once, for growing numbers of records, each in a process of its own. Prints one JSON object.

    python benchmarks/overhead.py --records 1000 10000 100000 1000000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from typing import Self

from engines import Run, plugins_with, run

from magpie_core import Backend, Capabilities, Completion, EngineSettings, Sampling

WARM_UP = 200
"""Records before the clock starts: imports, compiled expressions, the tokenizer's caches."""
ANSWER = (
    "A river that crosses a desert loses water to the sun and to the sand. The Nile, the Indus and the "
    "Colorado do it all the same, because rain and snow far away keep filling them."
)


class InstantEngine(Backend):
    """Answers before it is asked: a different question each time, and always the same answer."""

    name = "instant"
    capabilities = Capabilities(seeds=True, first_token_rules=True, penalties=True)
    answer = Completion(token_ids=tuple(range(20, 60)), text=ANSWER, finish_reason="stop")
    tokens = tuple(range(20, 35))
    asked = opening = 0

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """There is nothing to load."""
        return cls()

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """A question to the pre-query, the answer to anything longer."""
        await asyncio.sleep(0)
        if not self.opening:
            type(self).opening = len(prompt)  # the first to ask wants an instruction
        if len(prompt) > self.opening:
            return [self.answer]
        self.asked += 1
        text = f"How does river number {self.asked} cross a desert without drying up?"
        return [Completion(token_ids=self.tokens, text=text, finish_reason="stop")]


def measure(records: int) -> dict[str, float]:
    """One run of ``records`` in this process."""
    plugins = plugins_with(register_backends=lambda: [InstantEngine])

    def run_of(n: int) -> Run:
        return run(
            f'run = {{checkpoint = "tiny", backend = "instant", n = {n}, pilot = 0}}', plugins
        )

    run_of(WARM_UP)
    memory = _peak_mib()
    done = run_of(records)
    return {
        "records": records,
        "cpu_seconds": round(done.cpu_seconds, 2),
        "cpu_ms_per_record": round(1000 * done.cpu_seconds / records, 4),
        "wall_seconds": round(done.seconds, 2),
        "peak_mib_before": round(memory, 1),
        "peak_mib": round(_peak_mib(), 1),
    }


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure each number of records in a fresh process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--records", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure(options.records[0])))
        return
    rows = []
    for records in options.records:
        command = [sys.executable, __file__, "--here", "--records", str(records)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(json.loads(done.stdout))
        print(rows[-1], file=sys.stderr)
    print(json.dumps({"overhead": rows}, indent=2))


if __name__ == "__main__":
    main()
