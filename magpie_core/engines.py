"""Open a plan's engines: one, two side by side, or two that take turns where both do not fit in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from magpie_core.backend import Backend, EngineSettings
from magpie_core.choices import pick
from magpie_core.errors import BackendError
from magpie_core.plan import Plan, Side
from magpie_core.plugins import Plugins
from magpie_core.run.recipe import EngineSection, check_secrets, engine_sections
from magpie_core.turns import Turns

ACCELERATORS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dri")
"""What Linux has where there is a GPU."""
MOST_OF_MEMORY = 0.8
"""Share of the free memory that weights may take; caches and everything else need the rest."""


def check_engine_options(plan: Plan, plugins: Plugins) -> None:
    """Let each backend refuse options, such as a key, before they are stored anywhere.

    Raises:
        UsageError: an option cannot be used.
    """
    check_secrets(plan.recipe)
    sides = (plan.instruction, plan.response)
    for side, section in zip(sides, engine_sections(plan.recipe), strict=False):
        pick("backend", side.backend, plugins.backends()).check_options(section.options)


async def open_engines(
    plan: Plan, plugins: Plugins, opening: Callable[[str], None]
) -> list[Backend]:
    """Open what the plan asks for.

    Args:
        plan: names the checkpoints and the backends.
        plugins: where the backends come from.
        opening: told what is about to be loaded.

    Returns:
        one engine, or that of the instructions and that of the responses.

    Raises:
        MagpieError: an engine cannot be opened; none is left open then.
    """
    sections = engine_sections(plan.recipe)
    sides = (plan.instruction, plan.response)

    async def opened(number: int) -> Backend:
        side = sides[number]
        opening(f"{side.checkpoint.name} with {side.backend}")
        return await _open(plan, plugins, side, sections[number])

    if len(sections) == 1:
        return [await opened(0)]
    in_turns = Turns(partial(opened, 0), partial(opened, 1))
    other = plan.recipe.response_engine
    wanted = other.turns if other is not None else None
    if wanted or (wanted is None and not _fit_together(sides, sections)):
        return await in_turns.start()
    first = await opened(0)
    try:
        return [first, await opened(1)]
    except BaseException as error:
        await first.close()
        if wanted is not None or not isinstance(error, BackendError):
            raise
        opening(f"them in turns, since the second did not open beside the first ({error.message})")
    return await in_turns.start()


async def open_response_engine(
    plan: Plan, plugins: Plugins, opening: Callable[[str], None]
) -> Backend:
    """Open the engine of the responses, and no other.

    Raises:
        MagpieError: it cannot be opened.
    """
    opening(f"{plan.response.checkpoint.name} with {plan.response.backend}")
    return await _open(plan, plugins, plan.response, engine_sections(plan.recipe)[-1])


async def _open(plan: Plan, plugins: Plugins, side: Side, section: EngineSection) -> Backend:
    backend = pick("backend", side.backend, plugins.backends())
    settings = EngineSettings(
        checkpoint=side.checkpoint.path,
        device=section.device,
        dtype=section.dtype,
        max_batch=section.max_batch,
        max_context=section.max_context,
        trust_remote_code=plan.recipe.run.trust_remote_code,
        options=dict(section.options),
    )
    return await backend.open(settings)


def _fit_together(sides: Sequence[Side], sections: Sequence[EngineSection]) -> bool:
    """Whether the weights of all sides fit in the machine's free memory; True where that cannot be told.

    On an accelerator nobody knows but the engine: there the second one is tried.
    """
    if not all(_on_cpu(section.device) for section in sections):
        return True
    weights = sum(_weight_bytes(Path(side.checkpoint.path)) for side in sides)
    free = _free_bytes()
    return free is None or weights <= MOST_OF_MEMORY * free


def _on_cpu(device: str) -> bool:
    """Whether an engine will run on the processor; without asking torch, which takes seconds to load."""
    if device != "auto":
        return device == "cpu"
    return sys.platform == "linux" and not any(map(os.path.exists, ACCELERATORS))


def _weight_bytes(folder: Path) -> int:
    kinds = ("*.safetensors", "*.bin")
    return sum(file.stat().st_size for kind in kinds for file in folder.glob(kind))


def _free_bytes() -> int | None:
    """What Linux says could be had without swapping; None elsewhere."""
    if not os.path.exists("/proc/meminfo"):
        return None
    for line in Path("/proc/meminfo").read_text("ascii", "replace").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None
