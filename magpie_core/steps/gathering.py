"""The run folder that import and merge fill: a new one, or the one that an earlier call for the same made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import kind_of, new_manifest
from magpie_core.run.manifest import NAME


def check_distinct(paths: Sequence[Path], what: str) -> None:
    """See that none of ``paths`` is named twice, whatever way there.

    Raises:
        UsageError: one is.
    """
    resolved = [path.resolve() for path in paths]
    twice = next((one for k, one in enumerate(paths) if resolved[k] in resolved[:k]), None)
    if twice is not None:
        raise UsageError(f"`{twice}` is named twice", hint=f"name each {what} once")


def open_gathered(
    out: Path, kind: Literal["import", "merge"], identities: list[str], than: str, **more: Any
) -> RunFolder:
    """Open ``out`` for writing.

    Args:
        out: a new folder, or one that an earlier call made.
        kind: what fills it.
        identities: what the records come from, in order, and all that decides what becomes of it.
        than: for the message: ``these parts``.
        more: for a new run.toml.

    Raises:
        RunFolderError: it holds something else.
        RunLockedError, StorageError: see ``RunFolder``.
    """
    manifest = new_manifest(kind, identities, **more)
    if not (out / NAME).exists():
        return RunFolder.create(out, manifest)
    folder = RunFolder.open(out, write=True)
    if folder.manifest.get("key") != manifest["key"] or kind_of(folder.manifest) != kind:
        folder.close()
        raise RunFolderError(
            f"`{out}` holds other records than {than}", hint="choose another folder with -o"
        )
    return folder


def mark_complete(folder: RunFolder, **changed: Any) -> None:
    """Put everything on the disk and say in run.toml that nothing is missing; ``changed`` with it."""
    folder.sync()
    manifest = {**folder.manifest, "complete": True, **changed}
    if manifest != folder.manifest:
        folder.write_manifest(manifest)
