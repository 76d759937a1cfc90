"""Columns that a step adds to records, in a folder of their own beside the source. Knows no step.

    PLACE/tags/quality/  columns.toml  part-00000.jsonl …  failures/part-00000.jsonl …
                         part-w003-00000.jsonl … where several workers write (``run/workers.py``)

The source is never written to. Each line is one record's columns, or why it has none; as in a run,
killing the process loses nothing, a torn last line is cut at the next start, and one process writes.
Where no line was written nothing stays. Settings bind the next session once a record has its columns.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import msgspec
import tomli_w

from magpie_core.dataset.ids import IdSet
from magpie_core.dataset.source import FileSource, Source
from magpie_core.errors import RunFolderError, UsageError
from magpie_core.run.atomic import storage_errors, write_atomic
from magpie_core.run.held import HeldFolder
from magpie_core.run.parts import OnDamage, PartWriter, read_parts, recover
from magpie_core.run.toml import parse_toml
from magpie_core.run.workers import await_end, names

NAME = "columns.toml"
FORMAT_VERSION = 1
FAILURES = "failures"
PARTS = "part-*.jsonl"
LATEST = "latest"
"""The setting of columns that may be said again, such as marks: the last line of an id counts."""


class Added(msgspec.Struct, frozen=True):
    """The columns of one record."""

    id: str
    columns: dict[str, Any]


class Missed(msgspec.Struct, frozen=True):
    """A record that got none, and why. The next session tries it again."""

    id: str
    error: str


class Lines:
    """What one writer adds to a set of columns whose lock is held.

    Args:
        folder: of the columns.
        writer: its name, where several write, each to parts of its own; see ``run/workers.py``.
    """

    def __init__(self, folder: Path, writer: str | None = None) -> None:
        self.folder = folder
        self.done = IdSet()
        """Ids that have their columns."""
        self._added = PartWriter(folder, writer=writer)
        self._missed = PartWriter(folder / FAILURES, writer=writer)

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
        """Put everything on the disk; twice is once."""
        try:
            self._added.close()
        finally:
            self._missed.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Columns(Lines):
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
        super().__init__(source.place / name)
        self.name = name
        self._held = HeldFolder(
            source.place,
            name,
            busy=f"the columns `{name}` of `{source.path}` are being written",
            hint="wait until it has ended, then give the same command again; "
            "columns of another name can be made meanwhile",
        )
        try:
            await_end(self.folder)
            said = {"format": FORMAT_VERSION, "source": source.identity, "settings": dict(settings)}
            self._agree(said, source)
            for folder in (self.folder, self.folder / FAILURES):
                for writer in (None, *names(folder)):
                    recover(folder, writer)
            self.done = IdSet(one.id for one in read_added(self.folder))
        except BaseException:
            self._let_go()
            raise
        self._open = True

    def close(self) -> None:
        """Put everything on the disk and free the lock; twice is once."""
        if not self._open:
            return
        self._open = False
        try:
            super().close()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Free the lock; where no line was ever written, settings and folder go."""
        try:
            if not self._holds_lines():
                with storage_errors(self.folder, "tidy"):
                    for path in (*self._parts(), self.folder / NAME):
                        path.unlink(missing_ok=True)
        finally:
            self._held.release()

    def _parts(self) -> Iterator[Path]:
        for folder in (self.folder, self.folder / FAILURES):
            yield from folder.glob(PARTS)

    def _holds_lines(self) -> bool:
        return any(part.stat().st_size for part in self._parts())

    def _agree(self, said: dict[str, Any], source: Source) -> None:
        """Write ``columns.toml``, or hold what is there against it.

        What is there binds only where a record got columns under it. The process may have been killed
        before, or nothing but failures came of it: those of other settings are forgotten.
        """
        path = self.folder / NAME
        wanted = tomllib.loads(tomli_w.dumps(said))
        if not any(part.stat().st_size for part in self.folder.glob(PARTS)):
            if _settings_or_none(self.folder) != wanted:
                for part in (self.folder / FAILURES).glob(PARTS):
                    part.unlink()
                write_atomic(path, tomli_w.dumps(said).encode())
            return
        found = read_settings(self.folder)
        if found.get("source") != wanted["source"]:
            raise _outdated(self.folder, source)
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


def current_folders(source: Source) -> dict[str, Path]:
    """As ``column_folders``, and every set describes what ``source`` holds now.

    Raises:
        UsageError: one belongs to a file that was changed since: its ids may be other records today.
        RunFolderError: its settings cannot be read.
    """
    found = column_folders(source.place)
    for folder in found.values():
        check_current(source, folder)
    return found


def check_current(source: Source, folder: Path) -> None:
    """See that the columns in ``folder`` describe what ``source`` holds now.

    A run needs no look: ids begin with its key, so they name no other record.

    Raises:
        UsageError: the file was changed since. RunFolderError: the settings cannot be read.
    """
    if isinstance(source, FileSource) and read_settings(folder).get("source") != source.identity:
        raise _outdated(folder, source)


def read_settings(folder: Path) -> dict[str, Any]:
    """What ``columns.toml`` says.

    Raises:
        RunFolderError: it cannot be read.
    """
    path = folder / NAME
    with storage_errors(path, "read"):
        try:
            return parse_toml(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RunFolderError(
                f"`{path}` cannot be read: {error}", hint=_set_aside(folder)
            ) from error


def _last_wins(folder: Path) -> bool:
    settings = (_settings_or_none(folder) or {}).get("settings")
    return isinstance(settings, Mapping) and settings.get(LATEST) is True


def _settings_or_none(folder: Path) -> dict[str, Any] | None:
    if not (folder / NAME).exists():
        return None
    try:
        return read_settings(folder)
    except RunFolderError:
        return None


def read_added(folder: Path, on_damage: OnDamage | None = None) -> Iterator[Added]:
    """The columns in a folder, each id once: the first line wins, or the last where settings say ``latest``.

    The latter are held in memory together: what people write by hand is little.
    """
    if _last_wins(folder):
        yield from {one.id: one for one in read_parts(folder, Added, on_damage)}.values()
        return
    seen = IdSet()
    for one in read_parts(folder, Added, on_damage):
        if seen.add(one.id):
            yield one


def read_missed(folder: Path) -> dict[str, str]:
    """Ids without columns, with the last reason; those that got them later are left out."""
    missed = {one.id: one.error for one in read_parts(folder / FAILURES, Missed)}
    for one in read_parts(folder, Added):
        with suppress(KeyError):
            del missed[one.id]
    return missed


def _outdated(folder: Path, source: Source) -> UsageError:
    return UsageError(
        f"`{folder}` belongs to other contents of `{source.path}`: it was changed since",
        hint=_set_aside(folder),
    )


def _set_aside(folder: Path) -> str:
    return f"move it away: mv {shlex.quote(str(folder))} {shlex.quote(str(folder) + '.old')}"


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
