"""What benchmarks share: plugins beside the installed ones, a plan, a run in a throw-away folder."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from magpie_core import hookimpl
from magpie_core.plan import make_plan
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.run.recipe import parse_recipe
from magpie_core.session import execute


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
