"""Columns that a step adds to records, in a folder of their own beside the source. Knows no step.

    PLACE/tags/quality/  columns.toml  part-00000.jsonl …  failures/part-00000.jsonl …

The source is never written to. Each line is one record's columns, or why it has none; as in a run,
killing the process loses nothing, a torn last line is cut at the next start, and one process writes.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import tomli_w

from magpie_core.dataset.source import Source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.atomic import storage_errors, write_atomic
from magpie_core.run.lock import RunLock
from magpie_core.run.parts import OnDamage, PartWriter, read_parts, recover

NAME = "columns.toml"
FORMAT_VERSION = 1
FAILURES = "failures"


class Added(msgspec.Struct, frozen=True):
    """The columns of one record."""

    id: str
    columns: dict[str, Any]


class Missed(msgspec.Struct, frozen=True):
    """A record that got none, and why. The next session tries it again."""

    id: str
    error: str


class Columns:
    """What one step adds, open for writing; a context manager that closes.

    Args:
        source: whose records get the columns.
        name: path below ``source.place``: ``tags/quality``, ``neighbours/minilm``.
        settings: everything that decides what is written (TOML values). A later session must have the same.

    Raises:
        UsageError: the folder holds columns of other settings, or of a file that was changed since.
        RunLockedError: another process writes to it.
        StorageError: the disk refused.
    """

    def __init__(self, source: Source, name: str, settings: Mapping[str, Any]) -> None:
        self.folder = source.place / name
        self.name = name
        with storage_errors(self.folder, "make"):
            self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = RunLock(self.folder).acquire()
        try:
            said = {"format": FORMAT_VERSION, "source": source.identity, "settings": dict(settings)}
            self._agree(said, source)
            recover(self.folder)
            recover(self.folder / FAILURES)
            self.done = {one.id for one in read_added(self.folder)}
            """Ids that have their columns."""
        except BaseException:
            self._lock.release()
            raise
        self._added = PartWriter(self.folder)
        self._missed = PartWriter(self.folder / FAILURES)

    def add(self, id: str, columns: dict[str, Any]) -> None:
        """Write one record's columns.

        Raises:
            StorageError: the disk refused; nothing incomplete stays behind.
            PluginError: a column holds what JSON cannot.
        """
        self._added.append(Added(id, columns))
        self.done.add(id)

    def fail(self, id: str, error: str) -> None:
        """Write why a record gets none."""
        self._missed.append(Missed(id, error))

    def sync(self) -> None:
        """Put everything on the disk."""
        self._added.sync()
        self._missed.sync()

    def close(self) -> None:
        """Put everything on the disk and free the lock; twice is once."""
        try:
            self._added.close()
            self._missed.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _agree(self, said: dict[str, Any], source: Source) -> None:
        """Write ``columns.toml``, or hold what is there against it."""
        path = self.folder / NAME
        wanted = tomllib.loads(tomli_w.dumps(said))
        if not path.exists():
            write_atomic(path, tomli_w.dumps(said).encode())
            return
        found = read_settings(self.folder)
        if found.get("source") != wanted["source"]:
            raise UsageError(
                f"`{self.folder}` belongs to other contents of `{source.path}`: it was changed since",
                hint=_set_aside(self.folder),
            )
        before, now = found.get("settings", {}), wanted["settings"]
        different = next((k for k in sorted({*before, *now}) if before.get(k) != now.get(k)), None)
        if different is not None:
            raise UsageError(
                f"`{self.folder}` was made with {different} = {_short(before.get(different))}, "
                f"not {_short(now.get(different))}",
                hint=f"give the new one another name with --as, or {_set_aside(self.folder)}",
            )


def column_folders(place: Path) -> dict[str, Path]:
    """Every set of columns below ``place``, by name (``tags/quality``), sorted."""
    found = sorted(place.glob(f"*/*/{NAME}"))
    return {one.parent.relative_to(place).as_posix(): one.parent for one in found}


def read_settings(folder: Path) -> dict[str, Any]:
    """What ``columns.toml`` says.

    Raises:
        RunFolderError: it cannot be read.
    """
    path = folder / NAME
    with storage_errors(path, "read"):
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RunFolderError(
                f"`{path}` cannot be read: {error}", hint=_set_aside(folder)
            ) from error


def read_added(folder: Path, on_damage: OnDamage | None = None) -> Iterator[Added]:
    """The columns in a folder, each id once: the first line wins."""
    seen: set[str] = set()
    for one in read_parts(folder, Added, on_damage):
        if one.id not in seen:
            seen.add(one.id)
            yield one


def read_missed(folder: Path) -> dict[str, str]:
    """Ids without columns, with the last reason; those that got them later are left out."""
    missed = {one.id: one.error for one in read_parts(folder / FAILURES, Missed)}
    for one in read_parts(folder, Added):
        with suppress(KeyError):
            del missed[one.id]
    return missed


def _set_aside(folder: Path) -> str:
    return f"move it away: mv {shlex.quote(str(folder))} {shlex.quote(str(folder) + '.old')}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
