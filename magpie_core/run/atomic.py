"""Files that are there completely or not at all, and the operating system's refusals in our words."""

from __future__ import annotations

import errno
import os
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from magpie_core.errors import StorageError

TEMPORARY = ".magpie-"
"""How the names of unfinished files begin; only a killed process leaves one behind."""

_HINTS = {
    errno.ENOSPC: "free some space, or continue on another disk",
    errno.EDQUOT: "free some space: the quota of this user is used up",
    errno.EFBIG: "raise the limit on file sizes (`ulimit -f unlimited`)",
    errno.EROFS: "choose a folder on a disk that is not read-only",
    errno.EACCES: "choose a folder you may write to, or ask for the permission",
    errno.EPERM: "choose a folder you may write to, or ask for the permission",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "check the disk (`dmesg`), and continue on another one",
    errno.ELOOP: "look at the links with `ls -l`",
    errno.ENOENT: "choose another folder",
}


@contextmanager
def storage_errors(path: Path | str, what: str = "write to") -> Iterator[None]:
    """Turn what a disk or its permissions refuse inside the block into ``StorageError``.

    Args:
        path: the path as the user gave it, for the message.
        what: what was being done to it.

    Raises:
        StorageError: disk or quota full, file too large, name too long, read-only, no permission,
            hardware error, missing file or folder. Every other ``OSError`` is a surprise and passes.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _HINTS:
            raise
        reason = os.strerror(error.errno)
        hint = _HINTS[error.errno]
        if error.errno == errno.ENOENT and not Path(path).parent.exists():
            hint = f"mkdir -p {shlex.quote(str(Path(path).parent))}"
        raise StorageError(
            f"cannot {what} `{path}`: {reason[:1].lower()}{reason[1:]}", hint=hint
        ) from error


def make_folder(path: Path, what: str = "make") -> None:
    """Make ``path`` and the folders above it, where they are not there.

    Raises:
        StorageError: a file stands in the way, or the disk refused.
    """
    with storage_errors(path, what):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            file = next(one for one in (path, *path.parents) if one.exists() or one.is_symlink())
            aside = f"mv {shlex.quote(str(file))} {shlex.quote(str(file) + '.old')}"
            raise StorageError(
                f"cannot {what} `{path}`: `{file}` is a file", hint=f"move it away: {aside}"
            ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Hand out a temporary path beside ``path``, with its suffix; move it into place at the end.

    The file is on the disk before it gets its name, so that a power cut leaves the old one or the
    new one. Whatever ends the block early, ``KeyboardInterrupt`` included, removes the temporary file.
    """
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(6)}{path.suffix}")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``: all of it, on the disk, or nothing at all.

    Raises:
        StorageError: the disk refused; what was at ``path`` is still there.
    """
    with storage_errors(path), replacing(path) as temporary:
        temporary.write_bytes(data)


def sync_folder(folder: Path) -> None:
    """Put the folder's list of names on the disk; file systems that cannot are let off."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
