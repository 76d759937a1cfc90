"""Tokens per second of a run against its ceiling: the bare engine given all the requests at once.

A first run, whose time does not count, says which requests there are. Then, in turns, each on an engine
opened anew: the run again, and the bare engine with every prompt of that run in one go and the same
sampling. Nothing is cleaned, filtered, written or waited for there. The bare engine gets the requests in
the order of their records, so that its batches hold instructions and responses as a run's do, and once
more with all instructions first: on vLLM a batch of greedy requests alone skips the sampler.
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

from engines import as_with_real_models
from msgspec.structs import replace

from magpie_core import Sampling
from magpie_core.engines import open_engines
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import parse_recipe
from magpie_core.sampling import sample_seed
from magpie_core.session import execute

Request = tuple[list[int], Sampling]


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


def requests_of(plan: Plan, folder: Path) -> tuple[list[Request], list[Request]]:
    """What a run asked for: by record, and all instructions before all responses."""
    run = RunFolder.open(folder, write=False)
    asks, answers = plan.instruction, plan.response
    seed = plan.recipe.run.seed
    prompt = asks.prompts.for_instruction()
    instructions: list[tuple[int, Request]] = [
        (index, (prompt, replace(asks.sampling, seed=sample_seed(seed, index, "instruction"))))
        for index in range(run.settled().largest + 1)
    ]
    responses: list[tuple[int, Request]] = [
        (
            record.index,
            (
                answers.prompts.for_response(record.instruction),
                replace(answers.sampling, seed=sample_seed(seed, record.index, "response")),
            ),
        )
        for record in run.records()
    ]
    by_phase = instructions + responses
    by_record = sorted(by_phase, key=lambda one: one[0])
    return [one for _, one in by_record], [one for _, one in by_phase]


def bare_engine(plan: Plan, plugins: Plugins, requests: list[Request]) -> Speed:
    """All of them at once."""

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
    """Measure all, in turns, and print the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkpoint", default="tiny")
    parser.add_argument("--backend", default="transformers")
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    as_with_real_models()
    plugins = load_plugins()
    recipe = parse_recipe(
        f'run = {{checkpoint = "{options.checkpoint}", backend = "{options.backend}", '
        f"n = {options.n}, seed = 1, pilot = 0}}\n"
        'engine.dtype = "float32"\ninstruction.max_tokens = 512\nresponse.max_tokens = 512\n'
    )
    plan = make_plan(recipe, plugins)
    with tempfile.TemporaryDirectory() as folder:
        pipeline(plan, plugins, Path(folder) / "first")
        by_record, by_phase = requests_of(plan, Path(folder) / "first")
    sides: dict[str, list[Speed]] = {"run": [], "bare": [], "bare_by_phase": []}
    for number in range(options.rounds):
        for side in list(sides)[:: -1 if number % 2 else 1]:
            if side == "run":
                with tempfile.TemporaryDirectory() as folder:
                    speed = pipeline(plan, plugins, Path(folder) / "run")
            else:
                speed = bare_engine(plan, plugins, by_record if side == "bare" else by_phase)
            sides[side].append(speed)
    report = {
        "backend": options.backend,
        "records": options.n,
        "tokens": {side: speeds[0].tokens for side, speeds in sides.items()},
        "tokens_per_second": {
            side: [round(one.rate) for one in speeds] for side, speeds in sides.items()
        },
        "ratio": round(_rate(sides["run"]) / _rate(sides["bare"]), 3),
        "ratio_to_phases": round(_rate(sides["run"]) / _rate(sides["bare_by_phase"]), 3),
    }
    print(json.dumps(report, indent=2))


def _rate(speeds: list[Speed]) -> float:
    return sum(one.tokens for one in speeds) / sum(one.seconds for one in speeds)


if __name__ == "__main__":
    main()
