"""What decides the text of a run's records: its key, and what a later session may not change."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from magpie_core.errors import UsageError
from magpie_core.hub import weights_identity
from magpie_core.run.encode import mend
from magpie_core.run.recipe import EngineSection, Recipe, engine_sections
from magpie_core.steps.judging import Judges
from magpie_core.steps.multi_round import follow_up_system

if TYPE_CHECKING:
    from magpie_core.plan import Side

DECISIVE_OPTIONS = ("lora", "quantization")
"""Engine options that choose other weights; the others a session may be given anew."""


class Decisive(Protocol):
    """A choice that decides which records there are, or what they say."""

    def decisive(self) -> Any:
        """What of it does, as TOML values."""


def run_key(
    recipe: Recipe,
    instruction: Side,
    response: Side,
    judges: Judges,
    asked: Mapping[str, Decisive | None],
) -> str:
    """Twelve hex digits over everything that decides the text of a record.

    Args:
        recipe: as the run was begun with it.
        instruction: the side that writes instructions.
        response: the side that answers.
        judges: cleaners and filters, in order.
        asked: choices that a run may do without, by name.
    """
    decisive: dict[str, Any] = {
        "seed": recipe.run.seed,
        "system": recipe.run.system,
        "sides": [
            {
                "checkpoint": side.checkpoint.name,
                "chat": side.chat.fingerprint,
                "bare": side.prompts.bare,
                "sampling": side.sampling.in_force(),
                "backend": side.backend,
                "weights": side.checkpoint.weights,
            }
            for side in (instruction, response)
        ],
        "engines": [_engine(one) for one in engine_sections(recipe)],
        "judges": [[one.name, msgspec.to_builtins(one)] for one in judges.all],
    }
    # what is not asked for leaves the key that runs always had
    decisive |= {name: one.decisive() for name, one in asked.items() if one is not None}
    if recipe.response.reasoning_budget is not None:
        decisive["reasoning_budget"] = recipe.response.reasoning_budget
    if recipe.run.turns > 1:
        decisive["turns"] = [recipe.run.turns, follow_up_system(recipe.run.follow_up_system)]
    said = mend(msgspec.to_builtins(decisive))  # as run.toml will have it
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:12]


def _engine(section: EngineSection) -> list[Any]:
    """What of an engine decides its samples; a LoRA trained again in the same folder is another one."""
    lora = section.options.get("lora")
    weights = weights_identity(lora) if isinstance(lora, str) and os.path.isdir(lora) else None
    return [section.dtype, section.max_context, section.options, *([weights] if weights else [])]


def require_same_samples(before: Recipe, now: Recipe) -> None:
    """A resumed run may be given other engine options, but for those that choose other weights.

    Raises:
        UsageError: one of them differs.
    """
    for was, given in zip(engine_sections(before), engine_sections(now), strict=True):
        for name in DECISIVE_OPTIONS:
            old, new = was.options.get(name), given.options.get(name)
            if old != new:
                raise UsageError(
                    f"engine option `{name}` was {_said(old)} when the run was begun, and is {_said(new)} "
                    "now: its records would come from two models",
                    hint="start a new run with another -o"
                    if old is None
                    else f"--engine-option {shlex.quote(f'{name}={old}')}",
                )


def _said(option: object) -> str:
    return "not set" if option is None else f"`{option}`"
