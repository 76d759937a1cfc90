"""One writer per folder, and a file that says who it is."""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from magpie_core.errors import RunFolderError, RunLockedError
from magpie_core.run.atomic import storage_errors, write_atomic
from magpie_core.run.encode import encode
from magpie_core.secrecy import struck

if TYPE_CHECKING:
    from filelock import FileLock

LOCK = ".magpie.lock"
HOLDER = ".magpie.holder.json"


class Holder(msgspec.Struct, frozen=True):
    """The process that writes, as the holder file has it."""

    pid: int
    host: str
    started: str
    command: str

    def __str__(self) -> str:
        """As the messages say it."""
        return f"process {self.pid} on host `{self.host}` since {self.started}"


class RunLock:
    """The right to write to one folder: a run, or what a step adds to it.

    The kernel holds the lock (``flock``), so it is free the moment its process ends, however it
    ends. The holder file only names that process for the message: one that a killed process left is
    no obstacle and is overwritten.

    Network file systems: Linux passes ``flock`` on to the server for NFS, and most cluster file
    systems do so too, but some (Lustre mounted with ``localflock``, several FUSE file systems) keep
    it to one machine. There two machines could hold the same lock; give each machine its own run
    folder. Where ``flock`` is not offered at all, ``filelock`` falls back to a lock file and warns,
    or it is refused.

    Args:
        path: the folder; it must be there.
        busy: what is going on while another process holds it, as its message begins; "run folder `path` is in
            use" unless said.
        hint: what to do then.
    """

    def __init__(self, path: Path, *, busy: str | None = None, hint: str | None = None) -> None:
        self.path = path
        self._busy = busy or f"run folder `{path}` is in use"
        self._hint = hint or f"wait, or look at it: magpie status {shlex.quote(str(path))}"
        self._lock: FileLock | None = None

    def acquire(self) -> Self:
        """Take the lock at once or not at all.

        Raises:
            RunLockedError: another process, or another object of this one, writes to the folder.
            StorageError: the folder cannot be written to.
        """
        from filelock import FileLock, Timeout  # 30 ms that reading a run need not pay

        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            with storage_errors(self.path, "lock"):
                lock.acquire(timeout=0)
        except Timeout:
            holder = read_holder(self.path) or "another process"
            raise RunLockedError(f"{self._busy} by {holder}", hint=self._hint) from None
        except (NotImplementedError, OSError) as error:
            missing = (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP)
            if isinstance(error, OSError) and error.errno not in missing:
                raise
            raise RunFolderError(
                f"`{self.path}` is on a file system that offers no locks",
                hint="work on a local disk: a run goes where -o says, columns go beside their source",
            ) from error
        try:
            write_atomic(self.path / HOLDER, encode(_this_process()))
        except BaseException:
            lock.release()
            raise
        self._lock = lock
        return self

    def release(self) -> None:
        """Give the lock back; twice is once."""
        if self._lock is None:
            return
        # A holder file that outlives its process is harmless, so a bad disk must not stop the release.
        with suppress(OSError):
            (self.path / HOLDER).unlink()
        self._lock.release()
        self._lock = None

    def discard(self) -> None:
        """Give the lock back and leave no file of it, for a folder that is to go.

        The file goes while it is held: whoever has it open already finds it gone, and takes a new one.
        """
        if self._lock is not None:
            with suppress(OSError):
                (self.path / LOCK).unlink()
        self.release()


def read_holder(path: Path) -> Holder | None:
    """Who says to write to the run folder, or None; the process may be gone since."""
    try:
        return msgspec.json.decode((path / HOLDER).read_bytes(), type=Holder)
    except (OSError, ValueError):
        return None


def writer(path: Path) -> Holder | None:
    """The process that writes to the run folder now, or None. Leaves no trace."""
    holder = read_holder(path)
    if holder is None:
        return None
    try:
        descriptor = os.open(path / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Shared and let go at once. A run that lives is not disturbed: this is refused while it does.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return holder
    except OSError:  # a file system without locks: nobody could hold one
        return None
    finally:
        os.close(descriptor)
    return None


def _this_process() -> Holder:
    started = datetime.now(UTC).astimezone().isoformat(sep=" ", timespec="seconds")
    return Holder(os.getpid(), socket.gethostname(), started, struck(" ".join(sys.argv)))
