"""How many records a second one coordinator leads: processor time per record, without Ray's calls.

python plugins/ray/benchmarks/coordinator.py [--workers 1000] [--records 100000]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from magpie_core.plan import make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.contents import contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_ray.coordinator import Coordinator
from magpie_ray.messages import Begin, Counts, Decide, Ended, Leave, Meet, Report

TOGETHER = 20
"""Records a worker begins and ends between two calls."""


async def lead(workers: int, records: int, path: Path) -> float:
    """Processor seconds of ``records`` records."""
    recipe = parse_recipe(f"[run]\ncheckpoint = 'tiny'\nbackend = 'fake'\nn = {records}")
    plugins = load_plugins()
    plan = make_plan(recipe, plugins)
    with RunFolder.create(path, contents(plan, plugins, {})):
        coordinator = Coordinator(str(path), b"")
        coordinator.begin(plan, RunFolder.open(path, write=False))
        await coordinator._leader().remember()
        for number in range(workers):
            await coordinator.join(number)
        begin = time.process_time()
        await asyncio.gather(*(work(coordinator, number) for number in range(workers)))
        return time.process_time() - begin


async def work(coordinator: Coordinator, number: int) -> None:
    """A worker whose engine takes no time."""
    asked, events = TOGETHER, []
    while True:
        words = await coordinator.exchange(number, Report(events, asked, Counts()))
        events = []
        begun = [index for word in words if isinstance(word, Begin) for index in word.indexes]
        for index in begun:
            events += [Meet(index, f"What is {index}?"), Leave(index), Decide(index)]
            events.append(Ended(index, accepted=True))
        asked += len(begun)
        if any(type(word).__name__ == "End" for word in words):
            return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--records", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = asyncio.run(lead(asked.workers, asked.records, Path(folder) / "run"))
    print(f"{1e6 * seconds / asked.records:.0f} µs of a processor for each record")
