"""What an export's ``--out`` names: a file of this machine, or one in a store."""

from __future__ import annotations

from pathlib import Path

from magpie_core.export.local import LocalFile
from magpie_core.export.place import Place

_URL = "://"


def place_of(out: Path | str, *, overwrite: bool) -> Place:
    """The place that ``out`` names: a path, or the URL of a file elsewhere.

    Raises:
        UsageError: such a URL cannot be written to.
        MissingEngineError: the package for it is not installed.
    """
    if isinstance(out, str) and is_url(out):
        from magpie_core.export.remote import local_path, remote_file

        path = local_path(out)
        return remote_file(out, overwrite=overwrite) if path is None else LocalFile(path, overwrite)
    return LocalFile(Path(out), overwrite)


def is_url(out: str) -> bool:
    """Whether ``out`` names a file by its protocol, ``s3://bucket/data.parquet``."""
    return _URL in out
