"""The plan of a run, made again on another machine from its run.toml, and held against it. No Ray here."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from magpie_core.errors import RunFolderError
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import Plugins
from magpie_core.run.contents import check_unedited
from magpie_core.run.manifest import NAME, read_manifest
from magpie_core.run.recipe import Recipe
from magpie_core.run.stored import read_stored, recipe_to_resume


def plan_again(run: Path, recipe: bytes, plugins: Plugins) -> Plan:
    """The plan that ``run`` is made by.

    Args:
        run: the run folder.
        recipe: of this session, as JSON: it may have another number of records or other engine options.
        plugins: what is installed on this machine.

    Raises:
        RunFolderError: it cannot be seen from here, or the weights here are not those it was begun with.
        MagpieError: as ``make_plan``.
    """
    if not (run / NAME).exists():
        raise RunFolderError(
            f"machine `{socket.gethostname()}` does not see the run folder `{run}`",
            hint="choose with -o a folder on a file system that all machines share",
        )
    stored = read_stored(read_manifest(run), str(run))
    asked, begun = msgspec.json.decode(recipe, type=Recipe), recipe_to_resume(stored)
    # What a short name or a family's default was found to be when the run was begun, not what it is here.
    asked = msgspec.structs.replace(
        asked, run=msgspec.structs.replace(asked.run, checkpoint=begun.run.checkpoint)
    )
    if asked.response_engine is not None and begun.response_engine is not None:
        named = msgspec.structs.replace(
            asked.response_engine, checkpoint=begun.response_engine.checkpoint
        )
        asked = msgspec.structs.replace(asked, response_engine=named)
    plan = make_plan(asked, plugins, stored)
    check_unedited(stored, plan, str(run))
    return plan
