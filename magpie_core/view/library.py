"""The index of a source, ready to be asked: used again while nothing has changed, written anew where it has.

    PLACE/.view/index.duckdb    beside what it is an index of; else in the user's cache folder, else for once

A database file is a program of sorts. One that came with somebody's run is never opened: only what this
user's magpie wrote is, which a note in the user's own cache folder says (``seals.json``).
"""

from __future__ import annotations

import hashlib
import os
import shlex
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from magpie_core.dataset.source import RunSource, Source
from magpie_core.errors import MissingEngineError, StorageError, UsageError
from magpie_core.run.atomic import TEMPORARY, make_folder, storage_errors, write_atomic
from magpie_core.run.encode import encode
from magpie_core.selection.database import MEMORY, database_errors
from magpie_core.selection.loading import Progress
from magpie_core.view.building import build
from magpie_core.view.index import Index
from magpie_core.view.permission import refusing
from magpie_core.view.stock import signature

if TYPE_CHECKING:
    from magpie_core.selection.database import Database

FOLDER = ".view"
FILE = "index.duckdb"
SEALS = "seals.json"
Seal = tuple[int, int, int]
"""Inode, size and time of a file."""


def require() -> None:
    """See that what a page needs is installed.

    Raises:
        MissingEngineError: a package is not.
    """
    try:
        import duckdb  # noqa: F401
        import markdown_it  # noqa: F401
        import pyarrow  # noqa: F401
        import pygments  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingEngineError(
            f"magpie view needs a few packages more: {error}",
            hint="pip install 'magpie-core[view]'",
        ) from error


def open_index(
    source: Source, progress: Progress, makers: Mapping[str, str] | None = None
) -> Index:
    """The index of what ``source`` holds now.

    Args:
        source: nothing of it is written to, but for the folder ``.view`` beside it.
        progress: told how far it is.
        makers: taggers by the column they add, for hints.

    Raises:
        UsageError: the source holds no record, or a set is of a file that was changed since.
        StorageError: something cannot be read, or there is no room for an index.
    """
    require()
    now = signature(source)
    for folder in _folders(source):
        if (found := _reuse(source, folder / FILE, now, makers)) is not None:
            return found
    for folder in _folders(source):
        if refusing(folder) is None:
            make_folder(folder)
            path = _write(source, folder, progress, now)
            _seal(path)
            return _opened(source, path, makers)
    with tempfile.TemporaryDirectory(prefix="magpie-view-") as once:
        # What is open can be read after its name is gone.
        return _opened(source, _write(source, Path(once), progress, now), makers)


def _folders(source: Source) -> list[Path]:
    """Where an index may stand, the best place first."""
    name = hashlib.blake2b(str(source.path.resolve()).encode(), digest_size=8).hexdigest()
    own = [source.place / FOLDER] if source.place.is_dir() else []
    return [*own, *([cache / name] if (cache := _cache()) is not None else [])]


def _cache() -> Path | None:
    """The user's cache folder; None where there is none."""
    with suppress(RuntimeError):
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return Path(home, "magpie", "view")
    return None


def _reuse(source: Source, path: Path, now: str, makers: Mapping[str, str] | None) -> Index | None:
    if not path.is_file() or _seals().get(str(path.resolve())) != list(_state(path)):
        return None
    try:
        found = _opened(source, path, makers)
    except Exception:  # written by another version, or half of it: it is made anew
        return None
    if found.about.get("signature") == now:
        return found
    found.close()
    return None


def _write(source: Source, folder: Path, progress: Progress, now: str) -> Path:
    import duckdb

    with storage_errors(folder), tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=folder) as work:
        path = Path(work, FILE)
        with database_errors():
            database: Database = duckdb.connect(str(path))
            try:
                database.execute(f"SET memory_limit = '{MEMORY}'")
                database.execute("SET enable_progress_bar = false")
                build(source, database, progress, now)
            finally:
                database.close()
        path.replace(folder / FILE)
    return folder / FILE


def _opened(source: Source, path: Path, makers: Mapping[str, str] | None) -> Index:
    index = Index(source, path, dict(makers or {}))
    if not index.rows and not index.rejected:
        index.close()
        run = shlex.quote(str(source.path)) if isinstance(source, RunSource) else None
        raise UsageError(
            f"`{source.path}` holds no record",
            hint=f"see what is there: magpie status {run}" if run else None,
        )
    return index


def _state(path: Path) -> Seal:
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def _seals() -> dict[str, list[int]]:
    cache = _cache()
    with suppress(OSError, ValueError):
        if cache is not None:
            return msgspec.json.decode((cache / SEALS).read_bytes(), type=dict[str, list[int]])
    return {}


def _seal(path: Path) -> None:
    """Note that ``path`` was written here; those of files that are gone are forgotten."""
    cache = _cache()
    if cache is None:
        return
    with suppress(OSError, StorageError):
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {name: one for name, one in _seals().items() if Path(name).is_file()}
        write_atomic(cache / SEALS, encode({**kept, str(path.resolve()): list(_state(path))}))
