"""What stands in run.toml: everything a run was made with, complete enough to repeat it. No file access."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import msgspec

from magpie_core.errors import RunFolderError
from magpie_core.plan import Plan, Side
from magpie_core.plugins import Plugins
from magpie_core.run.folder import FORMAT_VERSION
from magpie_core.run.recipe import Recipe

NOT_DECISIVE = {"recipe.run.n", "recipe.run.output", "recipe.run.max_attempts", "recipe.run.pilot"}
"""Settings that may change between the sessions of one run."""


def contents(plan: Plan, plugins: Plugins, engine_versions: dict[str, str]) -> dict[str, Any]:
    """Contents of ``run.toml`` for ``plan``."""
    return {
        "format": FORMAT_VERSION,
        "key": plan.key,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **_settings(plan),
        "versions": {
            "python": platform.python_version(),
            "platform": f"{sys.platform}-{platform.machine()}",
            "magpie-core": version("magpie-core"),
            **{p.distribution: p.version for p in plugins.infos if p.state == "loaded"},
            **{name: str(one) for name, one in engine_versions.items()},
        },
    }


def recipe_of(stored: dict[str, Any], path: str) -> Recipe:
    """The recipe a run was made with.

    Raises:
        RunFolderError: the file was edited into something that is no recipe.
    """
    try:
        return msgspec.convert(stored.get("recipe", {}), Recipe)
    except msgspec.ValidationError as error:
        raise RunFolderError(
            f"`{path}/run.toml` does not hold a valid recipe: {error}",
            hint="restore the file, or start a new run folder",
        ) from error


def check_same_run(stored: dict[str, Any], plan: Plan, path: str) -> None:
    """Refuse to add records to a run whose text was decided by other settings.

    Raises:
        RunFolderError: names the first setting that differs.
    """
    if stored.get("key") == plan.key:
        return
    new = _settings(plan)
    found = _first_difference({name: stored.get(name) for name in new}, new)
    raise RunFolderError(
        f"`{path}` holds another run" + (f" ({found})" if found else ""),
        hint=f"choose another folder with -o, or continue that run: magpie resume {path}",
    )


def _settings(plan: Plan) -> dict[str, Any]:
    return {
        "recipe": msgspec.to_builtins(plan.recipe),
        "instruction": _side(plan.instruction),
        "response": _side(plan.response),
        "judges": {one.name: msgspec.to_builtins(one) for one in plan.judges.all},
    }


def _side(side: Side) -> dict[str, Any]:
    prompts = side.prompts
    return {
        "checkpoint": side.checkpoint.name,
        "model_type": side.checkpoint.model_type,
        "family": side.family.name if side.family else None,
        "backend": side.backend,
        "form": "bare" if prompts.bare else "default",
        "pre_query_ids": prompts.encode(prompts.pre_query_text()),
        "fingerprint": side.chat.fingerprint,
        "chat_format": msgspec.to_builtins(side.chat),
        "sampling": msgspec.to_builtins(side.sampling),
    }


def _first_difference(old: Any, new: Any, path: str = "") -> str | None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            where = f"{path}.{name}" if path else name
            if found := _first_difference(old.get(name), new.get(name), where):
                return found
        return None
    if path in NOT_DECISIVE or _as_stored(old) == _as_stored(new):
        return None
    return f"its {path} is {old!r}, not {new!r}"


def _as_stored(value: Any) -> Any:
    """TOML has no tuples, no empty values and no None."""
    return (list(value) if isinstance(value, tuple) else value) or None
