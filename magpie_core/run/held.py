"""A folder that one process fills, taken away again where nothing came of it. Knows no contents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from magpie_core.run.atomic import make_folder
from magpie_core.run.lock import HOLDER, LOCK, RunLock


class HeldFolder:
    """The folder ``place/name``, made where it is not there, and the right to write to it.

    Args:
        place: where steps put what they add; it may not exist yet.
        name: path below it: ``tags/quality``.
        busy: what another process that holds it is doing, as the message begins.
        hint: what to do then.

    Raises:
        RunLockedError: another process holds it. StorageError: the disk refused.
    """

    def __init__(self, place: Path, name: str, *, busy: str, hint: str) -> None:
        self.path = place / name
        self._place = place
        make_folder(self.path)
        self._lock = RunLock(self.path, busy=busy, hint=hint).acquire()

    def release(self) -> None:
        """Free the lock; twice is once.

        A folder without a file goes, and so do those above it, up to ``place``, that are empty then.
        """
        if any(path.name not in (LOCK, HOLDER) for path in self._files()):
            self._lock.release()
            return
        self._lock.discard()
        below = [path for path in self.path.glob("*") if path.is_dir()]
        above = [path for path in self.path.parents if path.is_relative_to(self._place)]
        for folder in (*below, self.path, *above):
            with suppress(OSError):  # somebody has put something there meanwhile, or took it away
                folder.rmdir()

    def _files(self) -> Iterator[Path]:
        return (path for path in self.path.rglob("*") if not path.is_dir())
