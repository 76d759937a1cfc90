"""Which checkpoint and which family: named, the family's own, or the embedded one. Loads no weights."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from typing import Any

import msgspec

from magpie_core.checkpoint import Checkpoint, NamedModel, open_checkpoint
from magpie_core.choices import pick
from magpie_core.errors import CheckpointError, UnreachableError
from magpie_core.family import Family
from magpie_core.names import checkpoint_of
from magpie_core.neighbours.wanted import with_absolute_folder
from magpie_core.plugins import Plugins
from magpie_core.run.recipe import Recipe

EMBEDDED = "tiny"


def with_absolute_paths(recipe: Recipe) -> Recipe:
    """``recipe`` with its paths absolute, so that a run resumes from anywhere."""
    run = recipe.run
    run = msgspec.structs.replace(run, checkpoint=run.checkpoint and absolute(run.checkpoint))
    other = recipe.response_engine
    if other is not None:
        named = other.checkpoint and absolute(other.checkpoint)
        own = other.options and _with_absolute_lora(other.options)
        other = msgspec.structs.replace(other, checkpoint=named, options=own)
    engine = msgspec.structs.replace(
        recipe.engine, options=_with_absolute_lora(recipe.engine.options)
    )
    control = recipe.control
    control = msgspec.structs.replace(
        control,
        prompts=control.prompts and os.path.abspath(os.path.expanduser(control.prompts)),
        personas=control.personas and os.path.abspath(os.path.expanduser(control.personas)),
    )
    return msgspec.structs.replace(
        recipe,
        run=run,
        engine=engine,
        response_engine=other,
        control=control,
        dedup=with_absolute_folder(recipe.dedup),
    )


def absolute(name: str) -> str:
    """``name``, absolute where it is a folder here; not so the hub id of a folder that is not."""
    where = os.path.expanduser(name)
    return os.path.abspath(where) if os.path.isdir(where) else name


def _with_absolute_lora(options: dict[str, Any]) -> dict[str, Any]:
    """``options`` with the LoRA's folder absolute; on a server ``lora`` may be a name, which stays."""
    lora = options.get("lora")
    if not isinstance(lora, str) or not os.path.isfile(
        os.path.join(os.path.expanduser(lora), "adapter_config.json")
    ):
        return options
    return {**options, "lora": absolute(lora)}


def open_with_family(
    name: str | None,
    family_name: str | None,
    plugins: Plugins,
    notices: list[str],
    *,
    trust: bool,
    stand_in: bool = False,
) -> tuple[Checkpoint, Family | None]:
    """Open the checkpoint the user named, the family's own, or the embedded one; name the family.

    Args:
        name: what the user named.
        family_name: what the user named.
        plugins: what is installed.
        notices: a line is added where something was decided for the user.
        trust: whether code that comes with a checkpoint may run.
        stand_in: whether, offline, an embedded model may stand in for the family's own.
    """
    family = plugins.family(family_name) if family_name else None
    models = plugins.models()
    if name is None and family is None:
        name = pick("model", EMBEDDED, models).name
        notices.append(
            f"no checkpoint named: using the embedded demonstration model `{EMBEDDED}` "
            "(its data shows the method; it trains nothing useful)"
        )
    if name is not None:
        checkpoint = open_named(name, models, trust_remote_code=trust)
    else:
        assert family is not None
        assert family_name is not None
        wanted = absolute(checkpoint_of(family, family_name))
        checkpoint = _family_default(family, wanted, models, trust, notices, stand_in=stand_in)
    if family is None:
        family = _family_of(name, checkpoint, plugins)
        if family is None:
            notices.append(
                f"no installed family fits `{checkpoint.name}`: its chat template decides all"
            )
    return checkpoint, family


def open_named(
    name: str, models: Mapping[str, NamedModel], *, trust_remote_code: bool
) -> Checkpoint:
    """Open a folder, a hub id, or one of ``models`` by its short name.

    Raises:
        CheckpointError: it cannot be opened; a slip in a short name is told the nearest ones.
    """
    model = models.get(name)
    path = model.location() if model else None
    try:
        return open_checkpoint(name, path=path, trust_remote_code=trust_remote_code)
    except CheckpointError as error:
        near = [] if model or os.path.exists(name) else _short_names_like(name, models)
        if near:
            error.hint = f"the nearest short names are {', '.join(f'`{one}`' for one in near)}"
        raise


def _short_names_like(name: str, models: Mapping[str, NamedModel]) -> list[str]:
    """The nearest of the short names that begin with the same word, at most three."""
    begins, dash, _ = name.lower().partition("-")
    same = [one for one in models if "/" not in name and dash and one.startswith(f"{begins}-")]
    return difflib.get_close_matches(name.lower(), same, n=3, cutoff=0.0)


def _family_of(name: str | None, checkpoint: Checkpoint, plugins: Plugins) -> Family | None:
    """What a plugin says of the model it names, else what the checkpoint looks like."""
    model = plugins.models().get(name or "")
    stated = plugins.families().get(model.family) if model else None
    return stated or plugins.guess_family(checkpoint)


def _family_default(
    family: Family,
    name: str,
    models: Mapping[str, NamedModel],
    trust: bool,
    notices: list[str],
    *,
    stand_in: bool,
) -> Checkpoint:
    """The family's checkpoint called ``name``; offline, the embedded model that speaks its format."""
    try:
        return open_checkpoint(name, trust_remote_code=trust)
    except UnreachableError as error:
        stand_ins = [m for m in models.values() if m.embedded and m.family == family.name]
        if not stand_ins:
            raise
        if not stand_in:
            # Thousands of rows of toy data are nothing that anybody asked for.
            example = f"to see how it works: --checkpoint {stand_ins[0].name}"
            error.hint = f"{error.hint}; or, {example}" if error.hint else example
            raise
        notices.append(
            f"`{name}`, a checkpoint of {family.name}, is not on this machine and the hub "
            f"cannot be reached: using the embedded demonstration model `{stand_ins[0].name}`; "
            "name another with --checkpoint"
        )
        return open_checkpoint(stand_ins[0].name, path=stand_ins[0].location())
