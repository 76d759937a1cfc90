"""What stands in run.toml: everything a run was made with, complete enough to repeat it. No file access."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from magpie_core.errors import RunFolderError
from magpie_core.run.folder import FORMAT_VERSION
from magpie_core.run.recipe import Recipe, engine_sections
from magpie_core.run.stored import Stored, edited

if TYPE_CHECKING:  # status reads a run without the time that these take
    from magpie_core.plan import Plan, Side
    from magpie_core.plugins import Plugins

MAY_CHANGE = ("n", "max_attempts", "output", "pilot", "in_flight")
"""Keys of ``[run]`` that may differ between the sessions of one run."""

ENGINES = ("engine", "response_engine")
"""Sections that a later session may be given anew; what they were at first stands in ``[begun]`` then."""

DECISIVE = ("instruction", "response", "judges", "gates", "dedup")
"""Tables of ``run.toml`` that decide the text; the last two are there only where they were asked for."""


def contents(plan: Plan, plugins: Plugins, engine_versions: Mapping[str, str]) -> dict[str, Any]:
    """Contents of ``run.toml`` for ``plan``."""
    return {
        "format": FORMAT_VERSION,
        "key": plan.key,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": msgspec.to_builtins(plan.recipe),
        **_settings(plan),
        "versions": versions(plugins, engine_versions),
    }


def versions(plugins: Plugins, engine_versions: Mapping[str, str]) -> dict[str, str]:
    """Versions of everything that takes part."""
    return {
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "magpie-core": version("magpie-core"),
        **{one.distribution: one.version for one in plugins.infos if one.state == "loaded"},
        **{name: str(one) for name, one in engine_versions.items()},
    }


def recipe_of(stored: Mapping[str, Any], path: str) -> Recipe:
    """The recipe a run was made with.

    Raises:
        RunFolderError: the file was edited into something that is no recipe.
    """
    try:
        return msgspec.convert(stored.get("recipe", {}), Recipe)
    except msgspec.ValidationError as error:
        raise edited(path, f"does not hold a valid recipe: {error}") from error


def with_wanted(stored: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """``stored`` with what a later session may change; the number of records never shrinks."""
    recipe = msgspec.to_builtins(plan.recipe)
    new = recipe.get("run", {})
    kept = {k: v for k, v in stored["recipe"].get("run", {}).items() if k not in MAY_CHANGE}
    run = {**kept, **{name: new[name] for name in MAY_CHANGE if name in new}}
    # A default is not written; so a stored 500 meets an unwritten 100 here.
    run["n"] = max(plan.recipe.run.n, msgspec.convert(stored["recipe"], Recipe).run.n)
    before = {name: stored["recipe"][name] for name in ENGINES if name in stored["recipe"]}
    changed = {**stored["recipe"], "run": run}
    changed |= {name: recipe[name] for name in ENGINES if name in recipe}
    updated = {**stored, "recipe": changed}
    if any(changed.get(name) != before.get(name) for name in ENGINES):
        updated.setdefault("begun", before)  # the key was made with these, and stays
    return updated


def check_same_run(stored: Mapping[str, Any], plan: Plan, path: str) -> None:
    """Refuse to add records to a run that other settings decide.

    Raises:
        RunFolderError: names the first setting that differs.
    """
    old = _decisive(stored, recipe_of(stored, path))
    new = _decisive(_settings(plan), plan.recipe)
    if stored.get("key") == plan.key:
        return
    found = _first_difference(old, new)
    raise RunFolderError(
        f"`{path}` holds another run" + (f": {found}" if found else ""),
        hint=f"choose another folder with -o, or continue that run: magpie resume '{path}'",
    )


def check_unedited(stored: Stored, plan: Plan, path: str) -> None:
    """Refuse to go on with other weights, or when the settings no longer make the records' key.

    Raises:
        RunFolderError: the weights changed, or run.toml was edited by hand.
    """
    for then, side in ((stored.instruction, plan.instruction), (stored.response, plan.response)):
        if then.weights != side.checkpoint.weights:
            raise RunFolderError(
                f"checkpoint `{then.checkpoint}` has other weights than when `{path}` was begun",
                hint="bring the old weights back, or start a new run with another -o",
            )
    now = plan.near.decisive() if plan.near is not None else {}
    if stored.dedup.get("weights") != now.get("weights"):
        raise RunFolderError(
            f"the embedding model of `[dedup]` has other weights than when `{path}` was begun",
            hint="bring the old weights back, or start a new run with another -o",
        )
    steered = plan.control.decisive() if plan.control is not None else {}
    if stored.control != steered:
        raise RunFolderError(
            f"the prompts or personas of `[control]` are others than when `{path}` was begun",
            hint="bring the old files back, or start a new run with another -o",
        )
    if stored.key != plan.key:
        raise edited(path, "was edited: its settings do not make its key")


def _settings(plan: Plan) -> dict[str, Any]:
    """The part of ``run.toml`` that decides the text."""
    return {
        "instruction": _side(plan.instruction),
        "response": _side(plan.response),
        "judges": {one.name: msgspec.to_builtins(one) for one in plan.judges.all},
        **({"gates": plan.gates.decisive()} if plan.gates is not None else {}),
        **({"control": plan.control.decisive()} if plan.control is not None else {}),
        **({"dedup": plan.near.decisive()} if plan.near is not None else {}),
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
        "sampling": side.sampling.in_force(),
        "weights": side.checkpoint.weights,
    }


def _decisive(settings: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    engines = [
        {"dtype": one.dtype, "max_context": one.max_context, "options": one.options}
        for one in engine_sections(recipe)
    ]
    return {
        "seed": recipe.run.seed,
        "system": recipe.run.system,
        **{name: settings.get(name) for name in DECISIVE},
        "engines": {str(number): one for number, one in enumerate(engines, start=1)},
    }


def _first_difference(old: Any, new: Any, path: str = "") -> str | None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            where = f"{path}.{name}" if path else name
            if found := _first_difference(old.get(name), new.get(name), where):
                return found
        return None
    if _as_stored(old) == _as_stored(new):
        return None
    return f"its {path} is {_short(old)}, not {_short(new)}"


def _short(value: Any, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else text[:most] + "…"


def _as_stored(value: Any) -> Any:
    """TOML has no tuples, and an empty list or table may be missing."""
    plain = list(value) if isinstance(value, tuple) else value
    return None if plain in ([], {}) else plain
