"""A selection on disk, beside the source: which records, how they were chosen, what each step removed.

PLACE/selections/NAME/  selection.jsonl  funnel.json
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from magpie_core.choices import nearest
from magpie_core.dataset.source import Source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.atomic import make_folder, replacing, storage_errors, write_atomic
from magpie_core.run.encode import encode
from magpie_core.selection.request import Request

FOLDER = "selections"
IDS = "selection.jsonl"
FUNNEL = "funnel.json"
_NAME = re.compile(r"\w[\w.,+=@~ -]{0,99}")
"""What names a folder on every file system, and drives no terminal that lists it."""


class Chosen(msgspec.Struct, frozen=True):
    """One line of ``selection.jsonl``."""

    id: str


def digest(source: Source, request: Request) -> str:
    """Six hex digits that differ when another selection is asked for."""
    said = encode([source.identity, request.said()])
    return hashlib.blake2b(said, digest_size=3).hexdigest()


def folder_of(source: Source, name: str) -> Path:
    """Where the selection ``name`` stands.

    Raises:
        UsageError: it cannot be a folder's name.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{name}` is no name for a selection", hint="--as best-10k")
    return source.place / FOLDER / name


def check_free(folder: Path, request: Request, source: Source, *, overwrite: bool) -> None:
    """See that no other selection stands there.

    Raises:
        UsageError: one does.
    """
    path = folder / FUNNEL
    if overwrite or not path.exists():
        return
    found = _read(path)
    if found.get("asked") != request.said() or found.get("source") != source.identity:
        raise UsageError(
            f"`{folder}` is another selection",
            hint="give this one another name with --as, or add --overwrite",
        )


def write(folder: Path, ids: Iterable[str], document: dict[str, Any]) -> None:
    """Write a selection; it counts from the moment ``funnel.json`` is there.

    Raises:
        StorageError: the disk refused.
    """
    make_folder(folder, "write to")
    with storage_errors(folder):
        (folder / FUNNEL).unlink(missing_ok=True)
        with replacing(folder / IDS) as temporary, temporary.open("wb") as file:
            for one in ids:
                file.write(encode(Chosen(one)) + b"\n")
    write_atomic(folder / FUNNEL, msgspec.json.format(encode(document), indent=2) + b"\n")


def read_ids(source: Source, name: str) -> Iterator[str]:
    """The ids of the selection ``name``.

    Raises:
        UsageError: there is none. RunFolderError: it cannot be read.
    """
    folder = folder_of(source, name)
    if not (folder / FUNNEL).exists():
        there = sorted(one.parent.name for one in (source.place / FOLDER).glob(f"*/{FUNNEL}"))
        near = nearest(name, there)
        where = shlex.quote(str(source.path))
        raise UsageError(
            f"`{source.path}` has no selection `{name}` (there are: {', '.join(there) or 'none'})",
            hint=f"did you mean `{near[0]}`?"
            if near
            else f"make one: magpie select {where} --sample 1000",
        )
    decode = msgspec.json.Decoder(Chosen).decode
    path = folder / IDS
    with storage_errors(path, "read"), path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decode(line).id
            except ValueError as error:
                raise RunFolderError(
                    f"{path}:{number} cannot be read: {error}",
                    hint="make the selection again: the same magpie select, with --overwrite",
                ) from error


def read_asked(source: Source, name: str) -> dict[str, Any]:
    """What the selection ``name`` was asked for, as ``Request.said`` gave it; empty if unreadable."""
    asked = _read(folder_of(source, name) / FUNNEL).get("asked")
    return asked if isinstance(asked, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    with storage_errors(path, "read"):
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except ValueError:
            return {}
