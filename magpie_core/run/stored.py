"""What a resumed run takes from its run.toml instead of deciding it again. Reads; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.chat.format import ChatFormat
from magpie_core.errors import RunFolderError
from magpie_core.family import Form
from magpie_core.run.atomic import storage_errors
from magpie_core.run.manifest import NAME, read_manifest
from magpie_core.run.recipe import Recipe
from magpie_core.sampling import Sampling


class StoredSide(msgspec.Struct, frozen=True, kw_only=True):
    """What ``[instruction]`` and ``[response]`` of a run.toml say."""

    checkpoint: str
    form: Form
    chat_format: ChatFormat
    sampling: Sampling
    weights: str | None = None


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a resumed run takes from its run.toml instead of deciding it again."""

    key: str
    recipe: Recipe
    instruction: StoredSide
    response: StoredSide
    judges: dict[str, dict[str, Any]]
    control: dict[str, Any] = {}
    """What instructions were steered to, where they were."""
    dedup: dict[str, Any] = {}
    """How near-duplicates were told, where they were turned down."""
    begun: dict[str, dict[str, Any]] | None = None
    """The engine sections that the run was begun with, where a later session was given others."""

    @property
    def recipe_of_key(self) -> Recipe:
        """The recipe that the key was made with.

        Raises:
            ValidationError: of msgspec, where ``begun`` was edited into something else.
        """
        if self.begun is None:
            return self.recipe
        plain = msgspec.to_builtins(self.recipe)
        for name in ("engine", "response_engine"):
            plain.pop(name, None)
        return msgspec.convert({**plain, **self.begun}, Recipe)


def read_stored(stored: Mapping[str, Any], path: str) -> Stored:
    """Read the decisive parts of a run.toml.

    Raises:
        RunFolderError: the file was edited into something that cannot be used.
    """
    try:
        sides = {name: _with_nulls(stored[name]) for name in ("instruction", "response")}
        found = msgspec.convert({**stored, **sides}, Stored)
        _ = found.recipe_of_key  # an edited `begun` is found here
        return found
    except (KeyError, TypeError, AttributeError) as error:
        raise edited(path, f"lacks a part: {error}") from error
    except msgspec.ValidationError as error:
        raise edited(path, f"does not fit: {error}") from error


def _with_nulls(side: Mapping[str, Any]) -> dict[str, Any]:
    """TOML has no null: a required piece of the chat format that is not there was None."""
    required = [one.name for one in msgspec.structs.fields(ChatFormat) if one.required]
    return {**side, "chat_format": {**dict.fromkeys(required), **side["chat_format"]}}


def recipe_to_resume(stored: Stored) -> Recipe:
    """The recipe of a run, with the checkpoints that were really used in place of defaults."""
    recipe = stored.recipe
    run = msgspec.structs.replace(recipe.run, checkpoint=stored.instruction.checkpoint)
    other = recipe.response_engine
    if other is not None:
        other = msgspec.structs.replace(other, checkpoint=stored.response.checkpoint)
    return msgspec.structs.replace(recipe, run=run, response_engine=other)


def without_own_engine(recipe: Recipe, names: Sequence[str]) -> Recipe:
    """``recipe`` with ``names`` of ``[response_engine]`` as in ``[engine]``: a flag is meant for both."""
    other = recipe.response_engine
    if other is None or not names:
        return recipe
    other = msgspec.structs.replace(other, **dict.fromkeys(names))
    return msgspec.structs.replace(recipe, response_engine=other)


def with_date_of(recipe: Recipe) -> Recipe:
    """``recipe`` with the date of the run in its output folder, so that tomorrow continues today's run."""
    if recipe.run.output is None or recipe.run.date:
        return recipe
    path = Path(recipe.run.output)
    with storage_errors(path, "open"):
        if not (path / NAME).is_file():
            return recipe
    stored = read_manifest(path).get("recipe")
    run = stored.get("run") if isinstance(stored, Mapping) else None
    date = run.get("date") if isinstance(run, Mapping) else None
    if not isinstance(date, str):
        return recipe
    return msgspec.structs.replace(recipe, run=msgspec.structs.replace(recipe.run, date=date))


def edited(path: str, what: str) -> RunFolderError:
    """The error for a run.toml that was changed by hand."""
    return RunFolderError(
        f"`{path}/run.toml` {what}", hint="restore the file, or start a new run with another -o"
    )
