"""What benchmarks share: plugins beside the installed ones, a plan, a run in a throw-away folder."""

from __future__ import annotations

import asyncio
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace

from magpie_core import (
    Backend,
    Completion,
    EngineSettings,
    EngineStats,
    Sampling,
    hookimpl,
)
from magpie_core.plan import make_plan
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.run.recipe import parse_recipe
from magpie_core.session import execute


def as_with_real_models() -> None:
    """Give vLLM's engine the process of its own that every checkpoint gets but a tiny one."""
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "1")


@dataclass
class Run:
    """What a run did."""

    accepted: int
    attempts: int
    tokens: int
    response_tokens: int
    seconds: float
    """From the first request to the last record."""
    seconds_with_start: float
    """The engine's start included."""
    cpu_seconds: float
    busy_seconds: float


def plugins_with_varied_lengths(backend: str) -> Plugins:
    """All installed plugins, and ``varied``: the named backend with drawn lengths (means 32 and 96)."""
    kind = load_plugins().backends()[backend]
    return plugins_with(register_backends=lambda: [with_varied_lengths(kind, 32, 96)])


def plugins_with(**hooks: Callable[[], Any]) -> Plugins:
    """All installed plugins, and one that implements ``hooks`` (names without ``magpie_``)."""
    named = {f"magpie_{name}": hookimpl(hook) for name, hook in hooks.items()}
    return load_plugins({"benchmark": SimpleNamespace(**named)})


def run(recipe: str, plugins: Plugins) -> Run:
    """Run a recipe (TOML) in a folder that is thrown away."""
    plan = make_plan(parse_recipe(recipe), plugins)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        begin, cpu = time.monotonic(), time.process_time()
        outcome = asyncio.run(execute(plan, plugins, path))
        whole, cpu = time.monotonic() - begin, time.process_time() - cpu
    tally = outcome.tally
    return Run(
        accepted=tally.accepted,
        attempts=tally.attempts,
        tokens=tally.tokens,
        response_tokens=tally.response_tokens,
        seconds=outcome.seconds,
        seconds_with_start=whole,
        cpu_seconds=cpu,
        busy_seconds=outcome.busy_seconds,
    )


def with_varied_lengths(kind: type[Backend], instruction_mean: int, response_mean: int) -> Any:
    """``kind`` under the name ``varied``, with sample lengths as real models have them.

    The embedded model's answers are all short. Here the length of each sample is drawn, by its seed, from
    a geometric distribution (cut at eight times the mean), and no stop token ends it earlier. What is
    greedy is an answer.
    """

    class Varied(Backend):
        name = "varied"
        capabilities = kind.capabilities

        def __init__(self, engine: Backend) -> None:
            self.engine = engine
            self.capabilities = engine.capabilities

        @classmethod
        async def open(cls, settings: EngineSettings) -> Varied:
            return cls(await kind.open(settings))

        async def complete(
            self, prompt: Sequence[int], sampling: Sampling, n: int = 1
        ) -> list[Completion]:
            mean = instruction_mean if sampling.temperature else response_mean
            draw = random.Random(f"{sampling.seed} {len(prompt)} {sum(prompt)}").random()
            length = min(8 * mean, 1 + int(math.log(1 - draw) / math.log(1 - 1 / mean)))
            told = replace(sampling, max_tokens=length, stop_token_ids=(), stop_strings=())
            return [
                replace(one, finish_reason="stop")
                for one in await self.engine.complete(prompt, told, n)
            ]

        @property
        def capacity(self) -> int:
            return self.engine.capacity

        @property
        def max_context(self) -> int | None:
            return self.engine.max_context

        def stats(self) -> EngineStats:
            return self.engine.stats()

        def versions(self) -> dict[str, str]:
            return self.engine.versions()

        async def close(self) -> None:
            await self.engine.close()

    return Varied
