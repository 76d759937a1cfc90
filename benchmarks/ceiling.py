"""Tokens per second of a run against its ceiling: the bare engine given all the requests at once.

First a run; then the same engine, opened anew, gets every instruction prompt and every response prompt
of that run in one go, with the same sampling. Nothing is cleaned, filtered, written or waited for.
Prints one JSON object.

    python benchmarks/ceiling.py --backend vllm -n 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from magpie_core.engines import open_engines
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.sampling import sample_seed
from magpie_core.session import execute


@dataclass
class Speed:
    """Tokens sampled, and how long it took from the first request to the last answer."""

    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        """Tokens per second."""
        return self.tokens / self.seconds


def pipeline(plan: Plan, plugins: Plugins, folder: Path) -> Speed:
    """A run."""
    outcome = asyncio.run(execute(plan, plugins, folder))
    return Speed(outcome.tally.tokens, outcome.seconds)


def bare_engine(plan: Plan, plugins: Plugins, folder: Path) -> Speed:
    """All the requests of that run at once."""
    run = RunFolder.open(folder, write=False)
    asks, answers = plan.instruction, plan.response
    seed = plan.recipe.run.seed
    attempts = run.settled().largest + 1
    prompt = asks.prompts.for_instruction()
    requests = [
        (prompt, replace(asks.sampling, seed=sample_seed(seed, index, "instruction")))
        for index in range(attempts)
    ]
    requests += [
        (
            answers.prompts.for_response(record.instruction),
            replace(answers.sampling, seed=sample_seed(seed, record.index, "response")),
        )
        for record in run.records()
    ]

    async def all_at_once() -> Speed:
        [engine] = await open_engines(plan, plugins, lambda what: None)
        seeded = engine.capabilities.seeds
        begin = time.monotonic()
        done = await asyncio.gather(
            *(engine.complete(ids, s if seeded else replace(s, seed=None)) for ids, s in requests)
        )
        seconds = time.monotonic() - begin
        await engine.close()
        return Speed(sum(len(one.token_ids) for [one] in done), seconds)

    return asyncio.run(all_at_once())


def main() -> None:
    """Measure both, in turns, and print the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkpoint", default="tiny")
    parser.add_argument("--backend", default="transformers")
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    plugins = load_plugins()
    ours, bare = [], []
    for number in range(options.rounds):
        recipe = parse_recipe(
            f'run = {{checkpoint = "{options.checkpoint}", backend = "{options.backend}", '
            f"n = {options.n}, seed = {number}, pilot = 0}}\n"
            'engine.dtype = "float32"\ninstruction.max_tokens = 512\nresponse.max_tokens = 512\n'
        )
        plan = make_plan(recipe, plugins)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run"
            ours.append(pipeline(plan, plugins, path))
            bare.append(bare_engine(plan, plugins, path))
    report = {
        "backend": options.backend,
        "records": options.n,
        "run_tokens_per_second": [round(one.rate) for one in ours],
        "bare_tokens_per_second": [round(one.rate) for one in bare],
        "tokens": [[a.tokens, b.tokens] for a, b in zip(ours, bare, strict=True)],
        "ratio": round(
            sum(a.rate / b.rate for a, b in zip(ours, bare, strict=True)) / options.rounds, 3
        ),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
