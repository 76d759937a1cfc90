"""Put a recipe on the disk: nothing that is there is replaced unless that was asked for."""

from __future__ import annotations

import filecmp
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import msgspec

from magpie_core.errors import UsageError
from magpie_core.export.write import export
from magpie_core.run.atomic import TEMPORARY, make_folder, storage_errors, write_atomic
from magpie_core.training.plan import RecipePlan, StagePlan
from magpie_core.training.readme import readme
from magpie_core.training.records import Records
from magpie_core.training.trainers.llama_factory import INFO
from magpie_core.training.yaml_text import yaml_text

README = "README.md"
State = Literal["written", "as it was", "replaced"]


class Written(msgspec.Struct, frozen=True):
    """One file of a recipe."""

    path: Path
    state: State


def configuration_text(stage: StagePlan) -> str:
    """A stage's configuration as it is written."""
    job, title = stage.job, stage.trainer.title
    rows = "" if stage.survey is None else f", {stage.survey.rows:,} rows"
    what = "Supervised fine-tuning" if job.stage == "sft" else "Direct preference optimisation"
    head = (
        f"{what} of {job.base} with {title}{rows}. Written by `magpie recipe`.",
        "Paths are relative to this folder, so it can be moved as a whole. Start it here:",
        f"  {stage.configuration.command}",
    )
    return yaml_text(head, stage.configuration.sections)


def texts(plan: RecipePlan) -> dict[str, str]:
    """Every text file of a recipe, by its name in the folder: the configurations last.

    Raises:
        UsageError: the description of data that is there cannot be read.
    """
    found: dict[str, str] = {}
    for stage in plan.stages:
        if stage.trainer.template[stage.job.stage] == "file":
            found[stage.job.template_file] = stage.job.template + "\n"
        for name, text in stage.configuration.beside.items():
            found[name] = _with_what_is_there(plan.folder / name, found.get(name), text)
    if len(plan.stages) > 1:
        found[README] = readme(plan)
    return found | {one.job.config: configuration_text(one) for one in plan.stages}


def write(plan: RecipePlan, records: Records | None, *, overwrite: bool) -> list[Written]:
    """Write all files, the configurations last. Files that are there and say the same stay.

    Args:
        plan: the recipe.
        records: what is written as data; None where the recipe names a data set on the hub.
        overwrite: replace files that say something else.

    Raises:
        UsageError: a file says something else.
        StorageError: the disk refused.
    """
    wanted = texts(plan)
    for name, text in wanted.items():
        _state(plan.folder / name, text, overwrite=overwrite or name == INFO)
    make_folder(plan.folder, "write to")
    done = list(_data(plan, records, overwrite=overwrite)) if records is not None else []
    for name, text in wanted.items():
        path = plan.folder / name
        state = _state(path, text, overwrite=True)
        if state != "as it was":
            write_atomic(path, text.encode())
        done.append(Written(path, state))
    return done


def _data(plan: RecipePlan, records: Records, *, overwrite: bool) -> Iterator[Written]:
    seen: set[str] = set()
    for stage in plan.stages:
        writing = stage.writing
        if writing is None or writing.path in seen:
            continue
        seen.add(writing.path)
        path = plan.folder / writing.path
        make_folder(path.parent, "write to")
        if not path.exists():
            export(records, writing.exporter, path)
            yield Written(path, "written")
            continue
        with storage_errors(path), TemporaryDirectory(prefix=TEMPORARY, dir=path.parent) as beside:
            fresh = Path(beside, path.name)
            export(records, writing.exporter, fresh)
            if filecmp.cmp(fresh, path, shallow=False):
                yield Written(path, "as it was")
                continue
            if not overwrite:
                raise _taken(path)
            os.replace(fresh, path)
            yield Written(path, "replaced")


def _state(path: Path, text: str, *, overwrite: bool) -> State:
    with storage_errors(path, "read"):
        if not path.exists():
            return "written"
        if path.is_file() and path.read_bytes() == text.encode():
            return "as it was"
    if not overwrite or not path.is_file():
        raise _taken(path)
    return "replaced"


def _taken(path: Path) -> UsageError:
    return UsageError(
        f"`{path}` exists and says something else",
        hint="keep it and choose another --out, or replace it: --overwrite",
    )


def _with_what_is_there(path: Path, so_far: str | None, text: str) -> str:
    """A description of data sets with those that other recipes in the folder have.

    Raises:
        UsageError: the file that is there is no JSON object.
    """
    if path.name != INFO:
        return text
    known: dict[str, Any] = {}
    if path.is_file():
        with storage_errors(path, "read"):
            try:
                known = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
            except msgspec.DecodeError as error:
                raise UsageError(
                    f"`{path}` cannot be read: {error}",
                    hint=f"move it away: mv {shlex.quote(str(path))} {shlex.quote(str(path) + '.old')}",
                ) from error
    known |= json.loads(so_far or "{}") | json.loads(text)
    return json.dumps(known, indent=2, ensure_ascii=False) + "\n"
