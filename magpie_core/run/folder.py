"""One run on disk: who may write, what is appended where, what is read back. No setting is known here.

    RUN/  run.toml  records/part-00000.jsonl …  rejects/…  failures/…  (other steps add theirs beside)
                    records/part-w003-00000.jsonl … where several workers write (``workers.py``)

``run.toml`` is written last when a run is created: a folder without it is not a run yet.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from magpie_core.errors import RunFolderError
from magpie_core.record import Failure, Record, Rejection
from magpie_core.run.atomic import TEMPORARY, storage_errors
from magpie_core.run.batches import read_batches
from magpie_core.run.events import FILE as EVENTS
from magpie_core.run.find import not_a_run
from magpie_core.run.lock import HOLDER, LOCK, RunLock
from magpie_core.run.manifest import FORMAT_VERSION, NAME, read_manifest, write_manifest
from magpie_core.run.order import in_order
from magpie_core.run.parts import Entry, OnDamage, PartWriter, all_parts, read_entries, recover
from magpie_core.run.settled import Settled, settle
from magpie_core.run.workers import await_end, hold, names

__all__ = ["FORMAT_VERSION", "RunFolder"]

FOLDERS: dict[type[Record | Rejection | Failure], str] = {
    Record: "records",
    Rejection: "rejects",
    Failure: "failures",
}
_LARGEST = 2**63 - 1
Item = TypeVar("Item", Record, Rejection, Failure)


class RunFolder:
    """A run that is open. Made by ``create``, ``open`` or ``join``; a context manager that closes.

    Several processes may read while one writes; readers see every line that is complete.
    """

    def __init__(
        self,
        path: Path,
        manifest: dict[str, Any],
        lock: RunLock | None,
        worker: str | None = None,
    ) -> None:
        self.path = path
        self.manifest = manifest
        """run.toml as it is on disk."""
        self.recovered = 0
        """Incomplete lines cut when it was opened for writing."""
        self.damaged = 0
        """Lines the last reading could not read and skipped."""
        self.on_damage: OnDamage | None = None
        """Told of each of them, when set: file, line number, reason."""
        self._lock = lock
        self._worker = worker
        self._writers: dict[type, PartWriter] = {}
        self._settled: tuple[object, Settled] | None = None

    @classmethod
    def create(cls, path: Path | str, manifest: dict[str, Any]) -> Self:
        """Make the folder and its run.toml, and hold the lock.

        What a creation that was killed half-way left is taken over.

        Raises:
            RunFolderError: a file, another run or somebody's data is there already; it is left
            alone. RunLockedError: another process is creating it.
            StorageError: the disk refused.
        """
        path = Path(path)
        try:
            with storage_errors(path, "make the run folder"):
                _refuse_occupied(path)
                path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(
                f"cannot make the run folder `{path}`: {error.strerror}", hint="choose another -o"
            ) from error
        lock = RunLock(path).acquire()
        try:
            _refuse_occupied(path)  # again: another process may have made it before we had the lock
            return cls(path, write_manifest(path, manifest), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path | str, *, write: bool) -> Self:
        """Open a run that exists; to write, take the lock and cut incomplete last lines.

        Raises:
            RunFolderError: missing, not a run, or its run.toml cannot be used.
            RunLockedError: another process writes to it.
            StorageError: it cannot be read, or written to when it should be.
        """
        path = Path(path)
        with storage_errors(path, "open"):
            if not (path / NAME).exists():
                raise not_a_run(path)
        manifest = read_manifest(path)
        if not write:
            return cls(path, manifest, None)
        lock = RunLock(path).acquire()
        try:
            await_end(path)
            run = cls(path, read_manifest(path), lock)
            run.recovered = sum(map(_recover_all, (path / name for name in FOLDERS.values())))
        except BaseException:
            lock.release()
            raise
        return run

    @classmethod
    def join(cls, path: Path | str, worker: str) -> Self:
        """Open a run that another process has open to write, to write parts of one's own beside it.

        Args:
            path: the run.
            worker: name of the parts; see ``workers.py``.

        Raises:
            RunFolderError: missing, not a run, or its run.toml cannot be used.
            RunLockedError: another process writes these parts.
            StorageError: it cannot be read or written to.
        """
        path = Path(path)
        manifest = read_manifest(path)
        with storage_errors(path, "open"):
            return cls(path, manifest, hold(path, worker), worker)

    def append(self, item: Record | Rejection | Failure) -> None:
        """Write one line to records/, rejects/ or failures/. See ``PartWriter`` for what survives what.

        Raises:
            StorageError: the disk refused; nothing incomplete stays behind.
        """
        self._check_writable()
        kind = type(item)
        if kind not in self._writers:
            self._writers[kind] = PartWriter(self.path / FOLDERS[kind], writer=self._worker)
        self._writers[kind].append(item)

    def sync(self) -> None:
        """Put everything appended so far on the disk; for quiet times, when ``append`` does not."""
        for writer in self._writers.values():
            writer.sync()

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Replace run.toml, all or nothing."""
        self._check_writable()
        assert self._worker is None, "run.toml is written by whoever holds the run"
        self.manifest = write_manifest(self.path, manifest)

    def records(self) -> Iterator[Record]:
        """Every record, as it stands in the files: in order of completion, repeated indexes included."""
        self.damaged = 0
        yield from (item for _, item in self._entries(Record))

    def records_in_order(self) -> Iterator[Record]:
        """Records by ascending index, each index once: the first wins. Reads the parts twice."""
        self.damaged = 0
        yield from in_order(self._entries(Record), Record, self._note_damage)

    def rejections(self) -> Iterator[Rejection]:
        """Every rejection, in file order."""
        self.damaged = 0
        yield from (item for _, item in self._entries(Rejection))

    def rejections_in_order(self) -> Iterator[Rejection]:
        """Rejections as ``records_in_order`` gives records."""
        self.damaged = 0
        yield from in_order(self._entries(Rejection), Rejection, self._note_damage)

    def failures(self) -> Iterator[Failure]:
        """Every failure, in file order, also those that were settled later."""
        self.damaged = 0
        yield from (item for _, item in self._entries(Failure))

    def owns(self, path: Path) -> bool:
        """Whether a file at ``path`` would be one of the run's own: its lines, run.toml or the lock."""
        folder, path = self.path.resolve(), path.resolve()
        if any(path.is_relative_to(folder / name) for name in FOLDERS.values()):
            return True
        return path.parent == folder and path.name in (NAME, LOCK, HOLDER)

    def settled(self) -> Settled:
        """Which indexes need no further work. Reads everything once, keeps a few bits of each.

        Asked again while no line was added, it gives what it gave before, which nobody may change.
        """
        stamp = self._stamp()
        if self._settled is None or self._settled[0] != stamp:
            self.damaged = 0
            settled = settle(self.batches(Record), self.batches(Rejection), self.batches(Failure))
            settled.damaged = self.damaged
            self._settled = stamp, settled
        self.damaged = self._settled[1].damaged
        return self._settled[1]

    def discard(self, *, folder_too: bool) -> None:
        """Take back a run that holds no line yet: only what ``create`` made, then close.

        Args:
            folder_too: remove the folder as well, if nothing else is in it.
        """
        self._check_writable()
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
        for name in FOLDERS.values():
            for part in (self.path / name).glob("part-*.jsonl"):
                part.unlink()
            with suppress(OSError):
                (self.path / name).rmdir()
        (self.path / NAME).unlink(missing_ok=True)
        with suppress(OSError):
            (self.path / EVENTS).unlink(missing_ok=True)
        self.close()
        (self.path / LOCK).unlink(missing_ok=True)
        if folder_too:
            with suppress(OSError):
                self.path.rmdir()

    def close(self) -> None:
        """Put everything on the disk and give the lock back, whatever fails; twice is once."""
        with ExitStack() as stack:
            if self._lock is not None:
                stack.callback(self._lock.release)
                self._lock = None
            for writer in self._writers.values():
                stack.callback(writer.close)
            self._writers = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _entries(self, kind: type[Item]) -> Iterator[tuple[Entry, Item]]:
        """Lines whose struct and index can be used; the one definition of damage for every reading."""
        for entry, item in read_entries(self.path / FOLDERS[kind], kind, self._note_damage):
            if 0 <= item.index <= _LARGEST:
                yield entry, item
            else:
                self._note_range(entry.path, entry.number, item)

    def batches(self, kind: type[Item]) -> Iterator[list[Item]]:
        """Every line of a kind in file order, repeated indexes included, about 64 KiB at a time."""
        for batch in read_batches(self.path / FOLDERS[kind], kind, self._note_damage):
            indexes = [one.index for one in batch.structs]
            if not indexes or (min(indexes) >= 0 and max(indexes) <= _LARGEST):
                yield batch.structs
                continue
            good = []
            for number, item in zip(batch.numbers, batch.structs, strict=True):
                if 0 <= item.index <= _LARGEST:
                    good.append(item)
                else:
                    self._note_range(batch.path, number, item)
            yield good

    def _stamp(self) -> object:
        """What tells whether a line was added or a part was changed."""
        stats = []
        for name in FOLDERS.values():
            for part in all_parts(self.path / name):
                with storage_errors(part, "read"):
                    stat = part.stat()
                stats.append((part, stat.st_size, stat.st_mtime_ns))
        return stats

    def _note_range(self, path: Path, number: int, item: Item) -> None:
        self._note_damage(path, number, f"index {item.index} is out of range")

    def _note_damage(self, path: Path, number: int, reason: str) -> None:
        self.damaged += 1
        if self.on_damage is not None:
            self.on_damage(path, number, reason)

    def _check_writable(self) -> None:
        if self._lock is None:
            raise RunFolderError(f"run folder `{self.path}` is not open for writing")


def _recover_all(folder: Path) -> int:
    """Cut the incomplete last lines of a folder's parts: ours and those of workers, which are all gone."""
    return sum(recover(folder, worker).torn for worker in (None, *names(folder)))


def _refuse_occupied(path: Path) -> None:
    """Raise unless ``path`` is free, or holds only what an interrupted creation leaves."""
    if not path.exists():
        return
    if not path.is_dir():
        raise RunFolderError(f"`{path}` is a file, not a folder", hint="choose another -o")
    if (path / NAME).exists():
        raise RunFolderError(
            f"`{path}` is a run already", hint=f"magpie resume {shlex.quote(str(path))}"
        )
    foreign = sorted(one.name for one in path.iterdir() if not _left_by_creation(one))
    if foreign:
        raise RunFolderError(
            f"`{path}` is not empty and no run (it holds `{foreign[0]}`)",
            hint="choose another folder with -o",
        )


def _left_by_creation(one: Path) -> bool:
    if one.is_dir() and not one.is_symlink():
        return one.name in FOLDERS.values() and not any(one.iterdir())
    return one.name in (LOCK, HOLDER) or one.name.startswith(TEMPORARY)
