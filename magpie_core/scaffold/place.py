"""Where a new distribution goes, whether its names are free, and writing it whole or not at all."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from magpie_core.errors import UsageError
from magpie_core.known import KNOWN
from magpie_core.names import find_family
from magpie_core.plugins import Plugins
from magpie_core.run.atomic import make_folder, storage_errors
from magpie_core.scaffold.names import Names

HOUSE_FOLDERS = {"adapter": "adapters/{}", "filter": "filters/{}"}
"""Folder of a kind in Magpie's own repository; the others stand in ``plugins/KIND_NAME``."""


def in_house(folder: Path) -> bool:
    """Whether ``folder`` is the root of Magpie's own repository."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    except (OSError, KeyError, ValueError):
        return False
    return project.get("name") == "magpie-core" and (folder / "adapters").is_dir()


def folder_for(names: Names, into: Path | None) -> Path:
    """Folder of the new distribution: in ``into``, in its place in this repository, or here."""
    if into is None and in_house(Path()):
        rule = HOUSE_FOLDERS.get(names.kind, f"plugins/{names.kind}_{{}}")
        return Path(rule.format(names.snake))
    return (into or Path()) / names.distribution


def check_free(names: Names, plugins: Plugins) -> None:
    """Refuse a name that is somebody's already: two plugins with one name cannot be installed together.

    Raises:
        UsageError: names whose it is.
    """
    other = f"magpie new {names.kind} my-{names.name}"
    if owner := _distribution(names.distribution):
        raise UsageError(f"there is a `{owner}` already", hint=f"{other}   # another name")
    offered = {
        "filter": {*plugins.filters(), *plugins.cleaners()},
        "tagger": {*plugins.taggers()},
        "backend": {*plugins.backends()},
    }.get(names.kind, set())
    taken = next((name for name in (names.name, names.snake) if name in offered), None)
    if names.kind == "adapter":
        family = find_family(names.name, plugins.families().values())
        taken = family.name if family else None
    if taken:
        what = "family" if names.kind == "adapter" else names.kind
        raise UsageError(f"an installed plugin offers the {what} `{taken}` already", hint=other)


def write(files: Mapping[str, str], folder: Path) -> None:
    """Write ``files`` (text by path) to ``folder``, which must not be there; all of them or none.

    Raises:
        UsageError: it is there. StorageError: it cannot be written.
    """
    refuse_what_is_there(folder)
    parent = folder.absolute().parent
    make_folder(parent)
    with (
        storage_errors(folder),
        tempfile.TemporaryDirectory(dir=parent, prefix=".magpie-new-") as made,
    ):
        whole = Path(made) / "whole"
        for name, text in files.items():
            path = whole / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        os.rename(whole, folder)


def refuse_what_is_there(folder: Path) -> None:
    """Refuse to write over anything.

    Raises:
        UsageError: there is something at ``folder``.
    """
    if os.path.lexists(folder):
        raise UsageError(
            f"`{folder}` is there already, and nothing is written over",
            hint="--into DIR for another place, or another name",
        )


def _distribution(name: str) -> str | None:
    """``name`` where a distribution is called so: installed, or known to us."""
    known = {requirement.strip("'").partition("[")[0] for _, _, requirement in KNOWN}
    try:
        return distribution(name).name
    except PackageNotFoundError:
        return name if name in known else None
