"""A set of columns that is replaced as a whole, where ``dataset.columns`` reads it. Knows no step.

New near-neighbours change old records' columns, so nothing can be appended. The rows get their place in
one rename, then the settings: killed between the two, the settings do not say what is wanted, and the
next call writes again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import tomli_w

from magpie_core.dataset.columns import FORMAT_VERSION, NAME, Added, read_settings
from magpie_core.dataset.source import Source
from magpie_core.errors import RunFolderError
from magpie_core.run.atomic import replacing, storage_errors, write_atomic
from magpie_core.run.encode import encode
from magpie_core.run.held import HeldFolder

PART = "part-00000.jsonl"


def hold(stack: ExitStack, sources: Sequence[Source], name: str) -> None:
    """Take the right to replace ``name`` beside every source, until ``stack`` closes.

    A folder that is empty then goes.

    Raises:
        RunLockedError: another process holds one. StorageError: the disk refused.
    """
    for source in sorted(sources, key=lambda one: str(one.place.resolve())):
        held = HeldFolder(
            source.place,
            name,
            busy=f"near-duplicates of `{source.path}` are being searched",
            hint="wait until it has ended, then give the same command again",
        )
        stack.callback(held.release)


def is_written(source: Source, name: str, settings: Mapping[str, Any]) -> bool:
    """Whether the columns are there already, made with these settings of this source."""
    folder = source.place / name
    if not (folder / NAME).is_file() or not (folder / PART).is_file():
        return False
    try:
        return read_settings(folder) == _as_read(source, settings)
    except RunFolderError:
        return False


def write(source: Source, name: str, settings: Mapping[str, Any], rows: Iterable[Added]) -> Path:
    """Replace the columns ``name`` of ``source``; whoever reads sees the old ones or the new ones.

    Raises:
        StorageError: the disk refused; the old ones are still there.
    """
    folder = source.place / name
    path = folder / PART
    with storage_errors(path), replacing(path) as temporary, temporary.open("wb") as file:
        for row in rows:
            file.write(encode(row) + b"\n")
    write_atomic(folder / NAME, tomli_w.dumps(_as_read(source, settings)).encode())
    return folder


def _as_read(source: Source, settings: Mapping[str, Any]) -> dict[str, Any]:
    said = {"format": FORMAT_VERSION, "source": source.identity, "settings": dict(settings)}
    return tomllib.loads(tomli_w.dumps(said))
