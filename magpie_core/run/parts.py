"""Append-only JSON Lines in numbered parts: write, recover, read. Knows structs, not what they mean."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from magpie_core.errors import StorageError
from magpie_core.run.atomic import storage_errors, sync_folder
from magpie_core.run.encode import encode

ROLL_BYTES = 256 * 1024**2
SYNC_SECONDS = 5.0
_BLOCK = 64 * 1024
_ANY_PART = re.compile(r"(part-(?:.*\D)?)(\d+)\.jsonl", re.DOTALL)
"""Parts of every writer: a lone one's are ``part-00000.jsonl``, a named one's ``part-NAME-00000.jsonl``."""

OnDamage = Callable[[Path, int, str], None]
"""Told of a line that cannot be read: file, line number from 1, reason."""
T = TypeVar("T")


@dataclass(frozen=True)
class Recovery:
    """What was cut from the end of the last part before writing went on."""

    torn: int = 0
    """Incomplete lines cut: 0 or 1."""
    bytes: int = 0
    """Their size."""


class Entry(NamedTuple):
    """Where one line is."""

    path: Path
    number: int
    """Line number, from 1."""
    offset: int
    """Where it begins, in bytes."""


class PartWriter:
    """Appends structs to the last part of a folder, one line each. For one writer, in one thread.

    What survives: a line is handed to the operating system whole, by one ``write``, before
    ``append`` returns, so killing the process (``kill -9``, out of memory) loses nothing that was
    appended. The part is put on the disk (``fsync``) when the last time was ``sync_seconds`` or
    longer ago, which is looked at in ``append``, and when it is full and at ``close``. A power cut
    therefore loses at most what was appended in the last ``sync_seconds`` while lines keep coming;
    when they come rarely, the last few may wait for the system's own write-back (30 s on Linux),
    unless ``sync`` is called.

    The folder is made and the last part recovered and opened at the first append.

    Args:
        folder: where the parts are.
        writer: its name, where several write to the folder, each to parts of its own.
        roll_bytes: size from which a part is full.
        sync_seconds: see above.
    """

    def __init__(
        self,
        folder: Path,
        *,
        writer: str | None = None,
        roll_bytes: int = ROLL_BYTES,
        sync_seconds: float = SYNC_SECONDS,
    ) -> None:
        self.folder = folder
        self._writer = writer
        self._roll_bytes = roll_bytes
        self._sync_seconds = sync_seconds
        self._descriptor: int | None = None
        self._number = 0
        self._good = 0  # where the last complete line of the part ends
        self._torn = False  # bytes beyond _good are in the file, because cutting them failed
        self._synced = 0.0

    def append(self, struct: Any) -> None:
        """Write one line.

        Raises:
            StorageError: the disk refused; the part ends with its last complete line, and
                ``append`` may be tried again.
            PluginError: the struct holds what JSON cannot.
        """
        line = encode(struct) + b"\n"
        with storage_errors(self.folder):
            if self._descriptor is None:
                self._open_last()
            self._find_end()
            if self._good and self._good + len(line) > self._roll_bytes:
                self._roll()
                self._find_end()
            self._write(line)
            if time.monotonic() - self._synced >= self._sync_seconds:
                self.sync()

    def sync(self) -> None:
        """Put everything appended so far on the disk.

        Raises:
            StorageError: the disk refused, or somebody deleted the part: what is written now is lost.
        """
        if self._descriptor is None:
            return
        with storage_errors(self.folder):
            os.fsync(self._descriptor)
            if os.fstat(self._descriptor).st_nlink == 0:
                raise StorageError(
                    f"`{self._part(self._number)}` was deleted while it was written to",
                    hint="start again with another -o",
                )
        self._synced = time.monotonic()

    def close(self) -> None:
        """Sync and close; twice is once."""
        if self._descriptor is None:
            return
        try:
            self.sync()
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, line: bytes) -> None:
        assert self._descriptor is not None
        written = 0
        try:
            # A full disk may take a part of the line and only refuse the rest.
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except BaseException:
            self._torn = True
            with suppress(OSError):
                self._cut()
            raise

    def _find_end(self) -> None:
        """Know where the last complete line ends. Asked of the file: an interrupt may skip a sum."""
        assert self._descriptor is not None
        if self._torn:
            self._cut()
        self._good = os.fstat(self._descriptor).st_size

    def _cut(self) -> None:
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, self._good)
        self._torn = False

    def _open_last(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        recover(self.folder, self._writer)
        last = _last_part(self.folder, self._writer)
        self._open(_series(last)[1] if last else 0)

    def _roll(self) -> None:
        number = self._number + 1
        self.close()
        self._open(number)

    def _open(self, number: int) -> None:
        descriptor = os.open(
            self._part(number), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666
        )
        self._descriptor, self._number = descriptor, number
        self._good, self._torn = 0, False
        self._synced = time.monotonic()
        sync_folder(self.folder)

    def _part(self, number: int) -> Path:
        return self.folder / f"{_prefix(self._writer)}{number:05d}.jsonl"


def recover(folder: Path, writer: str | None = None) -> Recovery:
    """Cut what a killed process or a power cut left after the last complete line of a writer's last part.

    That is the beginning of a line, or the NUL bytes some file systems leave where data never
    arrived. Call it only while holding the lock. A folder that does not exist needs no recovery.

    Raises:
        StorageError: the part cannot be opened or cut.
    """
    last = _last_part(folder, writer)
    if last is None:
        return Recovery()
    with storage_errors(last, "recover"), last.open("r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        end = size
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            file.truncate(end)
        # Also what is whole: the last writer may have been killed before it came to that, and what is
        # written from now on (pairs of these responses) must not outlive it.
        os.fsync(file.fileno())
    return Recovery(torn=1, bytes=size - end) if end < size else Recovery()


def read_parts(folder: Path, type: type[T], on_damage: OnDamage | None = None) -> Iterator[T]:
    """Every struct of every part, in the order of the parts' names and numbers.

    A part is ``part-00000.jsonl``, or ``part-NAME-00000.jsonl`` where another machine wrote it; other
    files are none of ours and are not read. Blank lines are skipped. A line that cannot be read as
    ``type`` goes to ``on_damage`` and is skipped. A writer's last line without its newline is not
    there yet: it may be writing it.

    Raises:
        StorageError: a part cannot be read at all.
    """
    for _, struct in read_entries(folder, type, on_damage):
        yield struct


def read_entries(
    folder: Path, type: type[T], on_damage: OnDamage | None = None
) -> Iterator[tuple[Entry, T]]:
    """As ``read_parts``, and where each struct is."""
    yield from _read(all_parts(folder), type, on_damage)


def read_writer(folder: Path, writer: str | None, type: type[T]) -> Iterator[T]:
    """As ``read_parts``, of the parts of one writer."""
    for _, struct in _read(_parts_of(folder, writer), type, None):
        yield struct


def _read(
    paths: list[Path], type: type[T], on_damage: OnDamage | None
) -> Iterator[tuple[Entry, T]]:
    decode = msgspec.json.Decoder(type).decode
    growing = still_growing(paths)
    for path in paths:
        with storage_errors(path, "read"), path.open("rb") as file:
            yield from each(Entry(path, 1, 0), file, decode, path in growing, on_damage)


def each(
    start: Entry,
    lines: Iterable[bytes],
    decode: Callable[[bytes], T],
    growing: bool,
    on_damage: OnDamage | None,
) -> Iterator[tuple[Entry, T]]:
    """The structs of ``lines``, and where each is; the one definition of what is damage.

    Args:
        start: where the first line is.
        lines: of one part.
        decode: makes the struct of a line.
        growing: whether the part may be written to: its last line may lack the end.
        on_damage: told of lines that cannot be read.
    """
    number, offset = start.number - 1, start.offset
    for line in lines:
        number += 1
        entry = Entry(start.path, number, offset)
        offset += len(line)
        if not line.endswith(b"\n"):
            if on_damage and not growing:
                on_damage(start.path, number, "the line is cut off")
            break
        if line.isspace():
            continue
        try:
            struct = decode(line)
        except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors
            if on_damage:
                on_damage(start.path, number, str(error))
            continue
        yield entry, struct


def still_growing(paths: list[Path]) -> set[Path]:
    """The last part of each writer."""
    return set({_series(path)[0]: path for path in paths}.values())


def all_parts(folder: Path) -> list[Path]:
    """The parts of every writer, each writer's by number: 100000 comes after 99999."""
    if not folder.is_dir():
        return []
    with storage_errors(folder, "read"):
        names = [name for name in os.listdir(folder) if _ANY_PART.fullmatch(name)]
        paths = [folder / name for name in names]
        # A link to nothing stays in, so that reading it says what is missing.
        return sorted((one for one in paths if one.is_file() or not one.exists()), key=_series)


def _series(part: Path) -> tuple[str, int]:
    found = _ANY_PART.fullmatch(part.name)
    assert found is not None
    return found[1], int(found[2])


def _parts_of(folder: Path, writer: str | None) -> list[Path]:
    """The parts of one writer, by number; None is a lone one."""
    return [one for one in all_parts(folder) if _series(one)[0] == _prefix(writer)]


def _last_part(folder: Path, writer: str | None) -> Path | None:
    return max(_parts_of(folder, writer), key=_series, default=None)


def _prefix(writer: str | None) -> str:
    return "part-" if writer is None else f"part-{writer}-"
