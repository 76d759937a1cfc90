"""run.toml: written whole or not at all, checked when read. Knows its format number, no setting."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from magpie_core.errors import RunFolderError
from magpie_core.run.atomic import storage_errors, write_atomic
from magpie_core.run.encode import mend, plain
from magpie_core.run.toml import parse_toml

NAME = "run.toml"
FORMAT_VERSION = 1
"""Raised when a folder of this version would be misread by an older magpie."""


def write_manifest(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Write ``manifest`` with the format number into ``folder``; return it as reading gives it back.

    TOML has no null: keys and items that are None are left out. Structs become tables, paths text.

    Raises:
        StorageError: the disk refused; a run.toml from before is still there.
    """
    plain_data = msgspec.to_builtins(
        {"format": FORMAT_VERSION} | manifest | {"format": FORMAT_VERSION},  # first, and ours
        builtin_types=(datetime.datetime, datetime.date, datetime.time),
        str_keys=True,
        enc_hook=plain,
    )
    text = tomli_w.dumps(mend(_without_none(plain_data)))
    write_atomic(folder / NAME, text.encode())
    return tomllib.loads(text)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What run.toml says.

    Raises:
        RunFolderError: not TOML, no run's, or of a format this version does not know.
        StorageError: it may not be read.
    """
    path = folder / NAME
    try:
        with storage_errors(path, "read"):
            manifest = parse_toml(path.read_bytes().decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, IsADirectoryError) as error:
        reason = str(error)
        raise RunFolderError(
            f"`{path}` cannot be read: {reason[:1].lower()}{reason[1:]}",
            hint="correct that line; the records beside it are untouched",
        ) from error
    _check_format(folder, manifest.get("format"))
    return manifest


def _check_format(folder: Path, version: object) -> None:
    if not isinstance(version, int) or isinstance(version, bool):
        raise RunFolderError(
            f"`{folder / NAME}` is not a run's: it has no `format` number",
            hint="choose a folder that magpie made",
        )
    if version > FORMAT_VERSION:
        raise RunFolderError(
            f"run folder `{folder}` has format {version}, this magpie knows up to {FORMAT_VERSION}",
            hint="pip install --upgrade magpie-core",
        )
    if version < FORMAT_VERSION:
        raise RunFolderError(
            f"run folder `{folder}` has format {version}, this magpie reads {FORMAT_VERSION}",
            hint="read it with the magpie that made it",
        )


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_none(one) for one in value if one is not None]
    return value
