"""Records per second against the layout of the published scripts, on the same engine.

The layout: one script loads the engine and asks for instructions in rounds of 200, waiting for the
longest of each round; a second script loads the engine again and asks for responses in batches of 200,
waiting again. Here each is a process of its own that drives the same backend with the same prompts,
sampling and duplicates check as the run of ours. Sample lengths are drawn (means 32 and 96 tokens), since
the embedded model's own hardly differ; filters are off, since drawn lengths leave no sentences to judge.
Prints one JSON object.

    python benchmarks/published_layout.py --backend transformers -n 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from engines import as_with_real_models, plugins_with_varied_lengths
from msgspec.structs import replace

from magpie_core import Backend, Completion, Draft, Sampling
from magpie_core.engines import open_engines
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import load_plugins
from magpie_core.run.recipe import parse_recipe
from magpie_core.session import execute

ROUND = 200


@dataclass
class Measured:
    """One side, one round."""

    accepted: int
    seconds: float
    """Without loading the engine."""
    seconds_with_start: float
    """From the start of the first process to the end of the last."""


async def batch(
    engine: Backend, prompts: list[list[int]], sampling: Sampling, seed: int
) -> list[Completion]:
    """One batch, and the wait for its longest."""
    seeded = engine.capabilities.seeds
    jobs = (
        engine.complete(ids, replace(sampling, seed=seed + k if seeded else None))
        for k, ids in enumerate(prompts)
    )
    return [one for [one] in await asyncio.gather(*jobs)]


async def instructions(plan: Plan, engine: Backend, out: Path) -> int:
    """Rounds of instructions until enough passed the filters; each round is written before the next."""
    wanted, found, number = plan.recipe.run.n, {}, 0
    prompt = plan.instruction.prompts.for_instruction()
    while len(found) < wanted:
        seed = plan.recipe.run.seed + ROUND * number
        for done in await batch(engine, [prompt] * ROUND, plan.instruction.sampling, seed):
            draft = Draft(index=0, instruction=done.text, finish_reason=done.finish_reason)
            if plan.judges.instruction(draft) is None:
                found[draft.instruction] = None
        out.write_text(json.dumps(list(found)))
        number += 1
    return len(found)


async def responses(plan: Plan, engine: Backend, source: Path) -> int:
    """Batches of responses, each written before the next."""
    asked: list[str] = json.loads(source.read_text())[: plan.recipe.run.n]
    accepted: list[dict[str, str]] = []
    for start in range(0, len(asked), ROUND):
        chunk = asked[start : start + ROUND]
        prompts = [plan.response.prompts.for_response(one) for one in chunk]
        for one, done in zip(
            chunk, await batch(engine, prompts, plan.response.sampling, start), strict=True
        ):
            draft = Draft(
                index=0,
                instruction=one,
                response=done.text.strip(),
                finish_reason=done.finish_reason,
            )
            if plan.judges.response(draft) is None:
                accepted.append({"instruction": one, "response": draft.response or ""})
        source.with_suffix(".done.json").write_text(json.dumps(accepted))
    return len(accepted)


def one_script(options: argparse.Namespace) -> None:
    """What each process does: one of the two scripts, or the run of ours."""
    plugins = plugins_with_varied_lengths(options.backend)
    plan = make_plan(parse_recipe(options.recipe), plugins)
    if options.script == "magpie":
        outcome = asyncio.run(execute(plan, plugins, options.between))
        print("\n" + json.dumps({"count": outcome.tally.accepted, "seconds": outcome.seconds}))
        return

    async def work() -> dict[str, float]:
        [engine] = await open_engines(plan, plugins, lambda what: None)
        begin = time.monotonic()
        step = instructions if options.script == "instructions" else responses
        count = await step(plan, engine, options.between)
        seconds = time.monotonic() - begin
        await engine.close()
        return {"count": count, "seconds": seconds}

    print("\n" + json.dumps(asyncio.run(work())))


def published(backend: str, recipe: str, folder: Path) -> Measured:
    """Both scripts, one after the other."""
    return _in_processes(backend, recipe, folder / "texts.json", ("instructions", "responses"))


def ours(backend: str, recipe: str, folder: Path) -> Measured:
    """One run."""
    return _in_processes(backend, recipe, folder / "run", ("magpie",))


def _in_processes(backend: str, recipe: str, between: Path, scripts: tuple[str, ...]) -> Measured:
    begin, seconds, count = time.monotonic(), 0.0, 0
    for script in scripts:
        command = [sys.executable, __file__, "--script", script, "--recipe", recipe]
        done = subprocess.run(
            [*command, "--between", str(between), "--backend", backend],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"failed ({done.returncode}):\n{done.stderr[-3000:]}")
        said = json.loads(done.stdout.strip().splitlines()[-1])
        seconds, count = seconds + said["seconds"], said["count"]
    return Measured(count, round(seconds, 2), round(time.monotonic() - begin, 2))


def main() -> None:
    """Measure both, in turns, and print the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--checkpoint", default="tiny")
    parser.add_argument("--backend", default="transformers")
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--script", help=argparse.SUPPRESS)
    parser.add_argument("--recipe", help=argparse.SUPPRESS)
    parser.add_argument("--between", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    as_with_real_models()
    if options.script:
        one_script(options)
        return
    sides: dict[str, list[Measured]] = {"published": [], "magpie": []}
    for number in range(options.rounds):
        recipe = (
            f'run = {{checkpoint = "{options.checkpoint}", backend = "varied", n = {options.n}, '
            f"seed = {number}, pilot = 0}}\n"
            f'engine = {{dtype = "float32", max_batch = {ROUND}}}\n'
            + "".join(f"filters.{name}.enabled = false\n" for name in load_plugins().filters())
        )
        with tempfile.TemporaryDirectory() as folder:
            sides["published"].append(published(options.backend, recipe, Path(folder)))
        with tempfile.TemporaryDirectory() as folder:
            sides["magpie"].append(ours(options.backend, recipe, Path(folder)))
    report = {
        "backend": options.backend,
        "records": options.n,
        "ratio_with_start": round(_ratio(sides, "seconds_with_start"), 2),
        "ratio_without_start": round(_ratio(sides, "seconds"), 2),
        **{name: [asdict(one) for one in rounds] for name, rounds in sides.items()},
    }
    print(json.dumps(report, indent=2))


def _ratio(sides: dict[str, list[Measured]], seconds: str) -> float:
    def rate(rounds: list[Measured]) -> float:
        return sum(one.accepted for one in rounds) / sum(getattr(one, seconds) for one in rounds)

    return rate(sides["magpie"]) / rate(sides["published"])


if __name__ == "__main__":
    main()
